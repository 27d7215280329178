"""What is stuck and what only waits, each reason made true and untrue again, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from engine import actions, logins, queries
from engine.actions import watching
from engine.errors import Forbidden
from engine.store import Store
from engine.stuck import look
from engine.tables import (
    deadline,
    history,
    incident,
    instance,
    job,
    membership,
    message,
    person,
    stuck,
    task,
    worker,
)
from tests.store.cast import NOW, opened, started

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
#: What a date of the walk is besides its moments.
DATE: dict[str, Any] = {
    "instance_id": 1, "case_id": 1, "agreement": "midtjylland", "element": "x", "process": "p",
    "party": "Regionspsykiatrien", "unit_id": 1, "frist": "1 dag", "paused": [], "status": "open",
}  # fmt: skip


@pytest.fixture
def walk(store: Store) -> int:
    """A plan round that has just been begun, with its first task on the ward; a worker beats."""
    number = started(store, opened(store))
    actions.beat(store, "w1", done=0, failed=0, now=NOW)
    return number


def looked(store: Store, now: datetime = NOW) -> list[tuple[str, str]]:
    """Reason and detail of everything that is stuck."""
    actions.beat(store, "w1", done=0, failed=0, now=now)
    actions.watch(store, now=now, every=timedelta(0))
    ole = logins.actor(store, "ole", now=now)
    page = queries.causes(store, ole, queries.StuckFilter(), now=now)
    return [(one["reason"], one["detail"]) for one in page.items]


def write(store: Store, *statements: Any) -> None:
    with store.write() as db:
        for statement in statements:
            db.execute(statement)


def test_what_waits_legitimately_is_not_stuck(store, walk):
    assert looked(store) == []
    # Not after four hverdage either, and not while the instance is held for a while.
    assert looked(store, NOW + 4 * DAYS) == []
    ole = logins.actor(store, "ole", now=NOW)
    actions.suspend(store, ole, walk, "Afventer svar", now=NOW)
    assert looked(store, NOW + DAYS) == []


def test_a_task_that_nobody_takes_for_five_hverdage(store, walk):
    # Easter lies in between: 27 March, 2, 3, 4 and 5 April are the five.
    assert looked(store, datetime.fromisoformat("2024-04-04T09:00+02:00")) == []
    later = datetime.fromisoformat("2024-04-08T09:00+02:00")
    assert looked(store, later) == [("orphaned", "untaken")]
    ida = logins.actor(store, "ida", now=later)
    with store.read() as db:
        number = db.scalar(select(task.c.id).where(task.c.instance_id == walk))
    actions.claim(store, ida, number, now=later)
    assert looked(store, later) == []


def test_a_task_whose_local_date_has_passed_and_that_nobody_takes(store, walk):
    later = datetime.fromisoformat("2024-04-08T09:00+02:00")
    with store.read() as db:
        number = db.scalar(select(task.c.id).where(task.c.instance_id == walk))
    of = {**DATE, "task_id": number, "started_at": NOW, "due_at": later, "overdue_at": later}
    local = insert(deadline).values(ref="91", clause="", local=True, **of)
    write(store, update(task).values(due_at=later), local)
    # Until the local date it waits for its day; after it nobody would be told.
    assert looked(store, later - HOURS) == []
    assert looked(store, later) == [("orphaned", "untaken")]
    # The agreement's own date says when it is late.
    legal = {**of, "due_at": later + 9 * DAYS, "overdue_at": later + 9 * DAYS}
    write(store, insert(deadline).values(ref="92", clause="MIDT-4.4-10", local=False, **legal))
    assert looked(store, later) == []


def test_a_task_that_nobody_is_left_to_do(store, walk):
    write(store, update(membership).where(membership.c.unit_id == 1).values(valid_to=NOW.date()))
    assert looked(store) == []
    assert looked(store, NOW + DAYS) == [("orphaned", "nobody")]
    write(store, update(membership).where(membership.c.unit_id == 1).values(valid_to=None))
    assert looked(store, NOW + DAYS) == []


def test_a_task_whose_holder_has_left(store, walk):
    write(
        store,
        update(task).where(task.c.instance_id == walk).values(assignee_id=2),
        update(person).where(person.c.id == 2).values(active=False),
    )
    assert looked(store) == [("orphaned", "holder_gone")]


def test_a_failure_is_stuck_when_no_retry_is_left(store, walk):
    failed = insert(incident).values(instance_id=walk, at=NOW, code="failed", sentence="Nej.")
    retry = insert(job).values(
        kind="timer", instance_id=walk, key="t", due_at=NOW + HOURS, data={}, attempts=1, error="failed"
    )  # fmt: skip
    write(store, failed, retry, update(instance).values(status="incident"))
    assert looked(store) == []
    write(store, update(job).where(job.c.key == "t").values(attempts=2))
    assert looked(store) == [("failed", "failed")]
    ole = logins.actor(store, "ole", now=NOW)
    actions.retry(store, ole, walk, "Rettet", now=NOW)
    assert looked(store) == []


@pytest.mark.parametrize(
    ("code", "reason"), [("unknown_pathway", "blocked"), ("loop_without_wait", "loop")]
)
def test_some_failures_need_somebody_at_once(store, walk, code, reason):
    failed = insert(incident).values(instance_id=walk, at=NOW, code=code, sentence="Nej.")
    write(store, failed, update(instance).values(status="incident"))
    assert looked(store) == [(reason, code)]


def test_a_legal_date_that_has_passed_but_no_local_one(store, walk):
    past = {"started_at": NOW - 3 * DAYS, "due_at": NOW - 2 * DAYS, "overdue_at": NOW - 2 * DAYS}
    of = {**DATE, **past, "instance_id": walk}
    write(
        store,
        insert(deadline).values(ref="91", clause="MIDT-4.4-10", local=False, **of),
        insert(deadline).values(ref="92", clause="MIDT-4.4-11", local=True, **of),
    )
    assert looked(store) == [("overdue", "MIDT-4.4-10")]
    # A clock that stands does not run over.
    stands = {"paused": [[(NOW - 3 * DAYS).isoformat(), None]]}
    write(store, update(deadline).where(deadline.c.ref == "91").values(**stands))
    assert looked(store) == []


def test_a_timer_that_nobody_fires(store, walk):
    due = insert(job).values(
        kind="timer", instance_id=walk, key="t", due_at=NOW - timedelta(minutes=1), data={}
    )
    write(store, due)
    assert looked(store) == []
    assert looked(store, NOW + timedelta(minutes=2)) == [("timer", "")]
    # Where no worker beats, it is late at once.
    write(store, delete(worker))
    actions.watch(store, now=NOW, every=timedelta(0))
    ole = logins.actor(store, "ole", now=NOW)
    page = queries.causes(store, ole, queries.StuckFilter(reason="timer"), now=NOW)
    assert [one["next_act"] for one in page.items] == ["retry"]


def test_a_second_try_that_nobody_makes_is_late(store, walk):
    again = {"key": "t", "attempts": 1, "error": "crash", "due_at": NOW + timedelta(minutes=2)}
    write(store, insert(job).values(kind="timer", instance_id=walk, data={}, **again))
    failed = insert(incident).values(instance_id=walk, at=NOW, code="crash", sentence="Nej.")
    write(store, failed, update(instance).values(status="incident"))
    assert looked(store, NOW + timedelta(minutes=1)) == []
    assert looked(store, NOW + timedelta(minutes=5)) == [("timer", "")]
    write(store, update(job).where(job.c.key == "t").values(due_at=NOW + HOURS))
    assert looked(store, NOW + timedelta(minutes=5)) == []


def test_an_instance_that_waits_for_nothing_or_too_long_for_a_message(store, walk):
    write(store, update(task).values(status="cancelled"), delete(job))
    write(store, update(instance).values(awaits=["svar"], status="waiting"))
    assert looked(store) == []
    assert looked(store, NOW + 21 * DAYS) == [("message", "svar")]
    write(store, update(instance).values(awaits=[]))
    assert looked(store) == [("zombie", "")]


LINE = {
    "instance_id": 1, "case_id": 1, "what": "entered", "element": "x", "name": "X", "process": "p",
    "kind": "userTask", "party": "",
}  # fmt: skip


def test_an_element_that_is_entered_again_and_again(store, walk):
    line = {**LINE, "instance_id": walk}
    write(store, insert(history).values([{**line, "at": NOW} for _ in range(61)]))
    assert looked(store) == [("loop", "61")]
    assert looked(store, NOW + 2 * HOURS) == []


def test_a_slow_circle_in_a_busy_house(store, walk, monkeypatch):
    """The newest lines reach back some minutes only: whoever is in them twice is counted over the hour."""
    monkeypatch.setattr(look, "LOOKED", 20)
    line = {**LINE, "instance_id": walk}
    busy: list[dict[str, Any]] = []
    for turn in range(60):
        at = NOW - timedelta(seconds=50 * (60 - turn))
        busy += [{**line, "element": f"y{other}", "at": at} for other in range(10)]
        busy.append({**line, "at": at})
    write(store, insert(history).values(busy))
    assert looked(store) == []  # sixty, not more
    write(store, insert(history).values({**line, "at": NOW}))
    assert looked(store) == [("loop", "61")]


def test_an_instance_that_is_held_too_long(store, walk):
    ole = logins.actor(store, "ole", now=NOW)
    actions.suspend(store, ole, walk, "Afventer svar", now=NOW)
    later = NOW + 14 * DAYS
    assert looked(store, later) == [("blocked", "suspended")]
    actions.resume(store, ole, walk, "Svar er kommet", now=later)
    assert ("blocked", "suspended") not in looked(store, later)


def test_an_instance_that_waits_for_one_that_is_stuck(store, walk):
    child = started(store, opened(store, cpr="710378-1017"))
    write(
        store,
        update(instance).where(instance.c.id == child).values(parent_id=walk, status="incident"),
        insert(incident).values(instance_id=child, at=NOW, code="failed", sentence="Nej."),
        update(task).where(task.c.instance_id == walk).values(status="cancelled"),
        update(instance).where(instance.c.id == walk).values(awaits=["svar"], status="waiting"),
    )
    assert sorted(looked(store)) == [("blocked", "child"), ("failed", "failed")]


def test_a_message_that_nobody_waits_for(store, walk):
    ida = logins.actor(store, "ida", now=NOW)
    actions.send(store, ida, "findes_ikke", 1, {}, now=NOW)
    assert looked(store) == [("undeliverable", "ukendt")]
    write(store, update(message).values(status="matched"))
    assert looked(store) == []


def test_a_delivery_that_failed_twice(store, walk):
    failing = insert(job).values(
        kind="deliver", instance_id=walk, key="d", due_at=NOW + HOURS, data={"message": "?"}, attempts=2,
        error="failed",
    )  # fmt: skip
    write(store, failing)
    assert looked(store) == [("undeliverable", "failed")]


def test_pages_groups_and_filters_agree(store, walk):
    write(store, update(membership).where(membership.c.unit_id == 1).values(valid_to=NOW.date()))
    ida = logins.actor(store, "ida", now=NOW)
    actions.send(store, ida, "findes_ikke", 1, {}, now=NOW)
    later = NOW + DAYS
    assert len(looked(store, later)) == 2
    ole = logins.actor(store, "ole", now=later)
    groups = {g["reason"]: g["count"] for g in queries.groups(store, ole, now=later)}
    assert groups == {"orphaned": 1, "undeliverable": 1}
    first = queries.causes(store, ole, queries.StuckFilter(limit=1), now=later)
    second = queries.causes(store, ole, queries.StuckFilter(limit=1, after=first.next), now=later)
    assert {first.items[0]["reason"], second.items[0]["reason"]} == set(groups)
    assert second.next is None
    of = queries.instances(store, ole, queries.InstanceFilter(stuck=True), now=later)
    assert [one["id"] for one in of.items] == [walk]
    assert not queries.instances(store, ole, queries.InstanceFilter(stuck=False), now=later).items


def test_only_operators_see_what_is_stuck(store, walk):
    ida = logins.actor(store, "ida", now=NOW)
    with pytest.raises(Forbidden):
        queries.causes(store, ida, queries.StuckFilter(), now=NOW)
    with pytest.raises(Forbidden):
        queries.groups(store, ida, now=NOW)


def test_a_look_that_ends_late_takes_nothing_away(store, walk, monkeypatch):
    """It read before the fault, and another has found that meanwhile."""
    really = watching.causes
    gone = (
        update(task).where(task.c.instance_id == walk).values(assignee_id=2),
        update(person).where(person.c.id == 2).values(active=False),
    )

    def slow(db, now):
        before = list(really(db, now))
        with monkeypatch.context() as quick:
            quick.setattr(watching, "causes", really)
            write(store, *gone)
            assert looked(store, NOW + timedelta(seconds=2)) != []
        return before

    monkeypatch.setattr(watching, "causes", slow)
    assert actions.watch(store, now=NOW + timedelta(seconds=1), every=timedelta(0))
    ole = logins.actor(store, "ole", now=NOW)
    assert queries.causes(store, ole, queries.StuckFilter(), now=NOW).items != []
    monkeypatch.setattr(watching, "causes", really)
    # A clock that is set back does not stop the looking.
    write(store, delete(stuck))
    assert looked(store, NOW - HOURS) != []


def test_one_look_at_a_time_and_what_was_known_keeps_its_row(store, walk):
    write(store, update(membership).where(membership.c.unit_id == 1).values(valid_to=NOW.date()))
    later = NOW + DAYS
    assert actions.watch(store, now=later)
    assert not actions.watch(store, now=later + timedelta(seconds=2))
    with store.read() as db:
        before = db.execute(select(stuck.c.id, stuck.c.found_at)).all()
    assert actions.watch(store, now=later + timedelta(seconds=4))
    with store.read() as db:
        assert db.execute(select(stuck.c.id, stuck.c.found_at)).all() == before
    # A clock that was set back does not stop the looking.
    assert actions.watch(store, now=later - HOURS)
