"""The ledger walked at random: whatever happens, its records tell one story."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import DANISH
from engine.deadlines import Ledger, status_at
from engine.model import Deadline

BEGAN = datetime(2025, 3, 20, 11, 30, tzinfo=UTC)
FRISTS = [
    "3 hverdage",
    "24 timer",
    "8 dage før",
    "2 uger",
    "dato",
    "24 timer eller førstkommende hverdag",
]
keys = st.sampled_from(["1", "2", "3"])
dates = st.none() | st.dates(date(2025, 3, 1), date(2025, 5, 31)).map(str)
events = st.one_of(
    st.tuples(st.just("begin"), keys, st.sampled_from(FRISTS), dates, st.booleans()),
    st.tuples(st.just("follow"), keys, dates),
    st.tuples(st.sampled_from(["complete", "cancel"]), keys),
    st.tuples(st.sampled_from(["pause", "resume", "wait"])),
)
steps = st.lists(st.tuples(st.integers(0, 6_000), events), max_size=25)


def do(ledger: Ledger, event: tuple[object, ...], now: datetime) -> None:
    match event:
        case ("begin", str(key), str(frist), fra, bool(follows)):
            ledger.begin(
                key, element=f"e{key}", process="p", task_ref=key, clause="X-1", party="A", frist=frist,
                fra=fra if follows else None, follows=follows, now=now,
            )  # fmt: skip
        case ("follow", str(key), fra):
            if key in {act.key for act in ledger.followed()}:
                ledger.follow(key, fra, now)  # type: ignore[arg-type]
        case ("complete", str(key)):
            ledger.complete(key, now)
        case ("cancel", str(key)):
            ledger.cancel(key, now)
        case ("pause",):
            ledger.pause(now)
        case ("resume",):
            ledger.resume(now)


def walk(
    story: list[tuple[int, tuple[object, ...]]], stored: bool
) -> tuple[Ledger, list[Deadline], datetime]:
    ledger, told, now = Ledger(DANISH), [], BEGAN
    for minutes, event in story:
        now += timedelta(minutes=minutes)
        do(ledger, event, now)
        told += ledger.take_changed(now)
        if stored:
            ledger = Ledger.from_json(json.loads(json.dumps(ledger.to_json())), DANISH)
    return ledger, told, now


@given(steps)
def test_storing_between_the_steps_changes_nothing(
    story: list[tuple[int, tuple[object, ...]]],
) -> None:
    kept, told, now = walk(story, stored=False)
    read, same, _ = walk(story, stored=True)
    assert told == same
    assert kept.running(now) == read.running(now)


@given(steps)
def test_a_finished_record_is_never_told_again(story: list[tuple[int, tuple[object, ...]]]) -> None:
    _, told, _ = walk(story, stored=True)
    finished: set[str] = set()
    for record in told:
        assert record.ref not in finished
        if record.status in ("met", "late", "cancelled"):
            finished.add(record.ref)


@given(steps)
def test_each_act_has_at_most_one_record_that_runs(
    story: list[tuple[int, tuple[object, ...]]],
) -> None:
    ledger, told, now = walk(story, stored=True)
    last = {record.ref: record for record in told}
    running = {r for r, record in last.items() if record.status in ("open", "overdue")}
    assert running == {record.ref for record in ledger.running(now)}
    owners = [last[ref].task_ref for ref in running]
    assert len(owners) == len(set(owners))


@given(steps)
def test_statuses_say_what_the_moments_say(story: list[tuple[int, tuple[object, ...]]]) -> None:
    _, told, _ = walk(story, stored=True)
    for record in told:
        assert record.due_at <= record.overdue_at
        assert (record.status == "cancelled") == (record.cancelled_at is not None)
        assert (record.status in ("met", "late")) == (record.met_at is not None)
        if record.met_at is not None:
            assert (record.status == "met") == (record.met_at < record.overdue_at)
            assert status_at(record, record.met_at + timedelta(days=900)) == record.status
