"""Deadlines counted by clause and party, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from engine import logins, queries
from engine.errors import Forbidden
from engine.queries import DeadlineReport
from engine.store import Store
from engine.tables import deadline, membership
from tests.store.cast import NOW, SINCE, asked, done, opened

DAY = timedelta(days=1)
ACCEPT = "MIDT-4.4-12"


@pytest.fixture
def counted(store: Store) -> Store:
    """Two rounds: in one the probation service answers in time, in the other never; and some made by hand."""
    first = asked(store, opened(store))
    done(store, "jens", first, "accepter_plan", {"accept": True}, now=NOW + DAY)
    asked(store, opened(store, cpr="710378-1017"))
    of: dict[str, Any] = {
        "instance_id": first, "case_id": 1, "agreement": "midtjylland", "element": "x", "process": "p",
        "party": "Kriminalforsorgen", "unit_id": 2, "frist": "1 dag", "started_at": NOW, "due_at": NOW + DAY,
        "overdue_at": NOW + DAY, "paused": [], "clause": ACCEPT,
    }  # fmt: skip
    late = {"status": "late", "met_at": NOW + 2 * DAY, "local": False}
    stands = {"status": "open", "local": False, "paused": [[NOW.isoformat(), None]]}
    moved = {"status": "cancelled", "cancelled_at": NOW, "local": False}
    with store.write() as db:
        for n, more in enumerate((late, stands, moved, {"status": "open", "local": True}), 50):
            db.execute(insert(deadline).values(**of | {"ref": str(n)} | more))
        leads = {"person_id": 2, "unit_id": 1, "role": "leder", "valid_from": SINCE}
        db.execute(insert(membership).values(**leads))
    return store


def of(store: Store, login: str, *, now=NOW + DAY, **wanted: Any) -> dict[str, Any]:
    who = logins.actor(store, login, now=now)
    return queries.deadline_report(store, who, DeadlineReport(**wanted), now=now)


def test_each_deadline_counts_once_and_what_was_called_off_does_not(counted):
    found = of(counted, "ole")
    (row,) = found["items"]
    assert (row["clause"], row["party"]) == (ACCEPT, "Kriminalforsorgen")
    assert row["text"]
    assert found["totals"] == {"kept": 1, "late": 1, "open": 1, "overdue": 0, "paused": 1}
    # A month later the one that was not done is past due; the one in bero is not.
    later = of(counted, "ole", now=NOW + 30 * DAY)["totals"]
    assert later == {"kept": 1, "late": 1, "open": 1, "overdue": 1, "paused": 1}


def test_local_numbers_count_only_where_asked_for(counted):
    found = of(counted, "ole", local=True)
    assert sorted(row["local"] for row in found["items"]) == [False, True]
    assert found["totals"]["open"] == 2


def test_a_report_is_of_days_both_included_of_a_party_or_an_agreement(counted):
    assert (
        of(counted, "ole", since=date(2024, 3, 27), until=date(2024, 3, 27))["totals"]["late"] == 1
    )
    assert of(counted, "ole", since=date(2024, 3, 28))["totals"]["late"] == 0
    assert not of(counted, "ole", party="Egen læge")["items"]
    assert not of(counted, "ole", agreement="hovedstaden")["items"]


def test_a_leader_counts_what_the_own_units_take_part_in(counted):
    assert of(counted, "anna")["totals"] == of(counted, "ole")["totals"]
    with counted.write() as db:
        leads = {"person_id": 6, "unit_id": 7, "role": "leder", "valid_from": SINCE}
        db.execute(insert(membership).values(**leads))
    assert not of(counted, "sia")["items"]
    for login in ("ida", "jens", "dan"):
        with pytest.raises(Forbidden):
            of(counted, login)
