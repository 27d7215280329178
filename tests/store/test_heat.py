"""Where the time goes in a pathway: counts, medians and missed dates of each element, of two versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from engine import queries
from engine.errors import Forbidden, NotFound
from engine.model import Actor
from engine.queries import pace
from engine.store import Store
from engine.tables import deadline, history, instance, pathway
from tests.store.cast import NOW, opened, started

As = Callable[[str], Actor]
KEY = "midtjylland-planrunde"
HOUR = timedelta(hours=1)


@pytest.fixture
def walks(store: Store) -> list[int]:
    """Five instances without history."""
    case = opened(store)
    found = [started(store, case) for _ in range(5)]
    with store.write() as db:
        db.execute(delete(history))
    return found


def happened(
    store: Store,
    walk: int,
    element: str,
    *whats: tuple[str, float],
    party: str = "",
    kind: str = "userTask",
) -> None:
    """`("entered", 0), ("completed", 2)`: what happened there so many hours after the beginning."""
    with store.write() as db:
        case = db.scalar(select(instance.c.case_id).where(instance.c.id == walk))
        rows = [
            {
                "instance_id": walk, "case_id": case, "at": NOW + hours * HOUR, "what": what, "element": element,
                "name": element, "process": KEY, "kind": kind, "party": party,
            }
            for what, hours in whats
        ]  # fmt: skip
        db.execute(insert(history), rows)


def heat(store: Store, actor: Actor, now: datetime = NOW, **asked: Any) -> dict[str, Any]:
    """The elements that were come to, of the version and of the one beside it."""
    found = queries.heat(store, actor, KEY, now=now, **asked)
    return {
        one["id"]: (one["version"], one["beside"])
        for one in found["items"]
        if (one["version"] or pace.NOTHING)["count"] or (one["beside"] or pace.NOTHING)["count"]
    }


def hours(at: dict[str, Any]) -> float | None:
    return None if at["median"] is None else at["median"] / 3600


@pytest.mark.parametrize(
    ("took", "median"), [([4], 4), ([1, 9], 5), ([9, 1, 2], 2), ([1, 2, 4, 100], 3), ([7, 7, 1, 7, 9], 7)]
)  # fmt: skip
def test_the_median_is_the_middle_one_or_between_the_two(
    store: Store, as_: As, walks: list[int], took: list[int], median: float
) -> None:
    for walk, lasted in zip(walks, took, strict=False):
        happened(store, walk, "vurder_behov", ("entered", 1), ("completed", 1 + lasted))
    at, _ = heat(store, as_("ole"))["vurder_behov"]
    assert (at["count"], at["open"], hours(at)) == (len(took), 0, pytest.approx(median, abs=0.001))


def test_what_is_not_over_and_what_was_cancelled_have_no_time(
    store: Store, as_: As, walks: list[int]
) -> None:
    happened(store, walks[0], "vurder_behov", ("entered", 0), ("completed", 2), ("entered", 5))
    happened(store, walks[1], "vurder_behov", ("entered", 0), ("cancelled", 1))
    happened(store, walks[2], "vurder_behov", ("entered", 0))
    at, _ = heat(store, as_("ole"))["vurder_behov"]
    assert (at["count"], at["open"], hours(at)) == (4, 2, pytest.approx(2, abs=0.001))


def test_turns_of_several_parties_are_each_their_own(
    store: Store, as_: As, walks: list[int]
) -> None:
    slow, quick = "Kriminalforsorgen", "Kommunens myndighed"
    happened(store, walks[0], "accepter_plan", ("entered", 0), ("completed", 30), party=slow)
    happened(store, walks[0], "accepter_plan", ("entered", 0), ("completed", 2), party=quick)
    at, _ = heat(store, as_("ole"))["accepter_plan"]
    assert (at["count"], hours(at)) == (2, pytest.approx(16, abs=0.001))


def test_what_is_caught_without_being_come_to_counts_too(
    store: Store, as_: As, walks: list[int]
) -> None:
    happened(store, walks[0], "accept_mangler", ("fired", 3), kind="boundaryEvent")
    at, _ = heat(store, as_("ole"))["accept_mangler"]
    assert (at["count"], at["open"], at["median"]) == (1, 0, None)


def test_dates_that_were_missed_among_those_that_were_due(
    store: Store, as_: As, walks: list[int]
) -> None:
    rows = [
        ("met", NOW, NOW + HOUR), ("late", NOW + 2 * HOUR, NOW + HOUR), ("open", None, NOW + HOUR),
        ("open", None, NOW + 9 * HOUR), ("cancelled", None, NOW + HOUR),
    ]  # fmt: skip
    with store.write() as db:
        case = db.scalar(select(instance.c.case_id))
        for walk, (status, met, over) in zip(walks, rows, strict=True):
            gone = NOW if status == "cancelled" else None
            row = {
                "instance_id": walk, "ref": "x", "case_id": case, "agreement": "midtjylland", "party": "Egen læge",
                "element": "accepter_plan", "process": KEY, "clause": "MIDT-4.4-12", "unit_id": 4, "frist": "PT1H",
                "started_at": NOW, "due_at": over, "overdue_at": over, "met_at": met, "cancelled_at": gone,
                "paused": [], "local": False, "status": status,
            }  # fmt: skip
            db.execute(insert(deadline).values(row))
    found = queries.heat(store, as_("ole"), KEY, now=NOW + 3 * HOUR)
    (at,) = [one["version"] for one in found["items"] if one["id"] == "accepter_plan"]
    assert (at["dated"], at["missed"]) == (3, 2)


def test_two_versions_and_a_period(store: Store, as_: As, walks: list[int]) -> None:
    with store.write() as db:
        row = dict(db.execute(select(pathway).where(pathway.c.key == KEY)).mappings().one())
        source = row["source"].replace(
            'id=\\"vurder_behov\\" name=\\"', 'id=\\"vurder_behov\\" name=\\"Nu: '
        )
        newer = {**{k: v for k, v in row.items() if k != "id"}, "version": 2, "source": source}
        number = db.execute(insert(pathway).returning(pathway.c.id), newer).scalar_one()
        moved = update(instance).where(instance.c.id == walks[0])
        db.execute(moved.values(pathway_id=number))
        older = update(instance).where(instance.c.id == walks[1])
        db.execute(older.values(started_at=NOW - timedelta(days=40)))
    for walk, lasted in zip(walks[:3], (2, 4, 8), strict=True):
        happened(store, walk, "vurder_behov", ("entered", 0), ("completed", lasted))
    new, old = heat(store, as_("dan"), beside=1)["vurder_behov"]
    assert (new["count"], hours(new)) == (1, pytest.approx(2, abs=0.001))
    assert (old["count"], hours(old)) == (2, pytest.approx(6, abs=0.001))
    late = heat(store, as_("dan"), version=1, since=NOW - timedelta(days=30))["vurder_behov"]
    assert late[1] is None
    assert hours(late[0]) == pytest.approx(8, abs=0.001)
    for wrong in ({"version": 9}, {"beside": 9}):
        with pytest.raises(NotFound):
            heat(store, as_("dan"), **wrong)


def test_only_so_many_instances_are_read_and_that_is_said(
    store: Store, as_: As, walks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "MOST", 2)
    for walk in walks:
        happened(store, walk, "vurder_behov", ("entered", 0), ("completed", walk))
    found = queries.heat(store, as_("ole"), KEY, now=NOW)
    at = next(one["version"] for one in found["items"] if one["id"] == "vurder_behov")
    assert found["sides"] == [{"version": 1, "instances": 2, "more": True}]
    assert at["count"] == 2
    # The newest.
    assert hours(at) == pytest.approx((walks[-1] + walks[-2]) / 2, abs=0.001)


@pytest.mark.parametrize("login", ["ida", "sia"])
def test_it_is_for_operators_and_designers(store: Store, as_: As, login: str) -> None:
    with pytest.raises(Forbidden):
        queries.heat(store, as_(login), KEY, now=NOW)
