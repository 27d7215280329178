"""How long a case is kept: from the last entry about the citizen, and not while a pathway runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import actions, keeping, queries
from engine.errors import Forbidden, NotFound
from engine.model import MACHINE, Actor
from engine.retention import KINDS
from engine.store import Store
from engine.tables import instance
from tests.store.cast import NOW, asked, opened

AFTER = datetime.fromisoformat("2034-03-26T10:00+02:00")
DAY = timedelta(days=1)


def _of(store: Store, case: int, now: datetime) -> dict[str, dict[str, Any]]:
    items = queries.retention(store, MACHINE, case, now=now)["items"]
    return {each["kind"]: each for each in items}


def _why(store: Store, case: int, now: datetime) -> set[str]:
    return {each["why"] for each in _of(store, case, now).values()}


def _end_all(store: Store, now: datetime) -> None:
    with store.read() as db:
        going = list(db.scalars(select(instance.c.id).where(instance.c.ended_at.is_(None))))
    for number in going:
        actions.cancel(store, MACHINE, number, "Sagen er slut.", now=now)


def test_a_case_is_kept_ten_years_after_the_last_entry(store: Store) -> None:
    case = opened(store)
    found = _of(store, case, AFTER - timedelta(seconds=1))
    assert tuple(found) == KINDS
    assert {each["due_at"] for each in found.values()} == {AFTER}
    assert {each["months"] for each in found.values()} == {120}
    assert found["sag"]["ground"].startswith("Autorisationslovens § 25")
    assert _why(store, case, AFTER - timedelta(seconds=1)) == {"not_yet"}
    assert _why(store, case, AFTER) == {""}


def test_nothing_is_past_its_term_while_a_pathway_runs(store: Store) -> None:
    case = opened(store)
    asked(store, case)
    assert _why(store, case, AFTER + 900 * DAY) == {"running"}
    _end_all(store, NOW + 30 * DAY)
    assert _why(store, case, AFTER + 29 * DAY) == {"not_yet"}
    assert _why(store, case, AFTER + 31 * DAY) == {""}


def test_a_later_entry_in_another_case_of_the_citizen_keeps_both(store: Store) -> None:
    first, later = opened(store), opened(store, now=NOW + 700 * DAY)
    other = opened(store, cpr="810590-2018", name="Tine Rasmussen")
    assert _why(store, first, AFTER + 699 * DAY) == {"not_yet"}
    assert _why(store, other, AFTER) == {""}
    assert _why(store, first, AFTER + 701 * DAY) == _why(store, later, AFTER + 701 * DAY) == {""}


def test_every_entry_counts(store: Store, as_: Callable[..., Actor]) -> None:
    """A message from outside, long after the rest."""
    case = opened(store)
    actions.send(store, as_("ida"), "noget", case, {"a": 1}, now=NOW + 100 * DAY)
    assert {e["last_entry_at"] for e in _of(store, case, NOW).values()} == {NOW + 100 * DAY}


def test_the_overview_lists_what_is_past_its_term_and_counts_the_rest(store: Store) -> None:
    old = opened(store)
    opened(store, cpr="810590-2018", name="Tine Rasmussen", now=NOW + 900 * DAY)
    found = queries.retention(store, MACHINE, now=AFTER)
    assert {(each["case"], each["kind"]) for each in found["items"]} == {(old, k) for k in KINDS}
    counted = {name: 0 for name in keeping.WHY if name}
    assert found["totals"] == [
        {"agreement": "midtjylland", "cases": 2, "due": 1, **counted, "not_yet": 1}
    ]
    assert queries.retention(store, MACHINE, now=NOW)["items"] == []


def test_who_operates_may_ask_and_nobody_else(store: Store, as_: Callable[..., Actor]) -> None:
    case = opened(store)
    assert queries.retention(store, as_("ole"), case, now=NOW)["items"]
    for login in ("ida", "bo", "dan"):
        with pytest.raises(Forbidden):
            queries.retention(store, as_(login), case, now=NOW)
    with pytest.raises(NotFound):
        queries.retention(store, MACHINE, case + 1, now=NOW)
