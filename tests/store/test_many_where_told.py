"""One act on a group as one was told: moments that are moved, and taken back where nothing happened since."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from engine import actions, logins, queries
from engine.actions.chosen import CHOSEN
from engine.calendar import COPENHAGEN
from engine.errors import Conflict, Invalid
from engine.store import Store
from engine.tables import instance, job, stuck
from stafet.cli import cli
from stafet.demo.crowd import multiply
from tests.store.cast import NOW, asked, opened
from tests.store.conftest import KEYS

MANY = 5
LATER = NOW + timedelta(minutes=1)
WHY = "Aftalt med afsnittet"
WAIT = "vent_en_hverdag"


@pytest.fixture
def walks(store: Store) -> list[int]:
    """So many plan rounds: the first is asked still, the others wait a hverdag."""
    asked(store, opened(store), "Kriminalforsorgen")
    multiply(store, 1, MANY - 1)
    ole = logins.actor(store, "ole", now=NOW)
    with store.read() as db:
        numbers = list(db.scalars(select(instance.c.id).order_by(instance.c.id)))
    for each in numbers[1:]:
        actions.move(store, ole, each, "accepter_plan", WAIT, WHY, now=NOW)
    assert len(numbers) == MANY
    return numbers


def moments(store: Store) -> dict[int, datetime]:
    """When each that waits goes on."""
    with store.read() as db:
        asked = select(job.c.instance_id, job.c.due_at).where(job.c.element == WAIT)
        return {row.instance_id: row.due_at for row in db.execute(asked)}


def begun(store: Store, act: str, ids: list[int], **what: Any) -> int:
    ole = logins.actor(store, "ole", now=NOW)
    return actions.many(store, ole, act, CHOSEN, WHY, ids=ids, what=what, now=NOW)


def worked(store: Store, number: int) -> dict[str, Any]:
    while actions.run_batches(store, 25, now=LATER):
        pass
    return queries.batch_of(store, logins.actor(store, "ole", now=LATER), number, now=LATER)


def taken_back(store: Store, number: int) -> dict[str, Any]:
    ole = logins.actor(store, "ole", now=LATER)
    return worked(store, actions.many_undo(store, ole, number, WHY, now=LATER))


def codes(found: dict[str, Any]) -> list[tuple[str, list[int]]]:
    return [(one["code"], one["instances"]) for one in found["kept"]]


def test_the_moments_of_all_are_moved_and_set_back(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    before = moments(store)
    what = {"element": WAIT, "days": 7, "hours": 1}
    seen = actions.outlook(store, ole, "reschedule", CHOSEN, ids=walks, what=what, now=NOW)
    assert (seen.possible, seen.impossible) == (MANY - 1, {"no_timer_there": 1})
    # Clocks are set forward at Easter: seven days later it is the same on the clock, and then an hour.
    for one in seen.each[1:]:
        (timer,) = one["changes"]["timers"]
        was = timer["was"].astimezone(COPENHAGEN)
        assert timer["due_at"].astimezone(COPENHAGEN) - was == timedelta(days=7, hours=1)
    assert moments(store) == before
    number = begun(store, "reschedule", walks, **what)
    found = worked(store, number)
    assert codes(found) == [("no_timer_there", walks[:1])]
    assert (found["told"], found["undoable"], found["may_undo"]) == (what, MANY - 1, True)
    assert found["names"][WAIT]
    later = moments(store)
    assert all(later[each] > before[each] for each in walks[1:])
    # One is moved on by hand: that one stays as it is now.
    actions.move(store, ole, walks[1], WAIT, "foelg_op", WHY, now=LATER)
    assert worked(store, number)["undoable"] == MANY - 2
    back = taken_back(store, number)
    assert codes(back) == [("changed_since", walks[1:2])]
    assert moments(store) == {each: before[each] for each in walks[2:]}
    assert (back["undoable"], back["may_undo"]) == (0, False)
    with pytest.raises(Conflict):
        actions.many_undo(store, ole, back["id"], WHY, now=LATER)


def test_one_moment_for_all_that_are_late(
    store: Store, walks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = NOW + timedelta(days=30)
    actions.beat(store, "w1", done=0, failed=0, now=late)
    with store.write() as db:
        db.execute(update(job).where(job.c.kind != "timer").values(due_at=late + timedelta(1)))
    actions.watch(store, now=late, every=timedelta(0))
    with store.read() as db:
        stands = set(db.scalars(select(stuck.c.instance_id).where(stuck.c.reason == "timer")))
    assert stands >= set(walks[1:])
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)

    def line(*more: str) -> Any:
        told = ("reschedule", "timer", "--reason", WHY, "--by", "ole", "--element", WAIT, *more)
        return CliRunner().invoke(cli, ["batch", "begin", *told], standalone_mode=False)

    for wrong in (
        (),
        ("--due-at", "2024-05-01", "--days", "1"),
        ("--due-at", "2224-05-01"),
        ("--days", "9999"),
    ):
        assert isinstance(line(*wrong).exception, Invalid)
    assert line("--due-at", "2024-05-01T08:30").output.startswith("Batch 1 has begun")
    worked(store, 1)
    assert set(moments(store).values()) == {datetime.fromisoformat("2024-05-01T08:30+02:00")}
