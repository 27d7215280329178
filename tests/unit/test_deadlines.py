"""The ledger of deadlines: what CONTRACT promises of statuses, moves and pauses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine.calendar import DANISH, count, parse
from engine.deadlines import MOST_PAUSES, Ledger, status_at
from engine.errors import FristInvalid, StateUnreadable
from engine.model import Deadline


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


NOON = at("2025-02-03T12:00+01:00")


def begin(ledger: Ledger, now: datetime, key: str = "7", **other: object) -> None:
    act = {
        "element": "varsl", "process": "hovedstaden-faerdigmelding", "task_ref": key,
        "clause": "HOV-VARS-23", "party": "Psykiatrisk center", "frist": "3 hverdage",
        "fra": None, "follows": False,
    }  # fmt: skip
    ledger.begin(key, now=now, **{**act, **other})  # type: ignore[arg-type]


def stored(ledger: Ledger) -> Ledger:
    """What the next step finds: through text, as the state does."""
    return Ledger.from_json(json.loads(json.dumps(ledger.to_json())), DANISH)


def only(records: tuple[Deadline, ...]) -> Deadline:
    assert len(records) == 1, records
    return records[0]


def test_a_deadline_counts_from_the_moment_its_element_becomes_active() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    record = only(ledger.take_changed(NOON))
    assert (record.ref, record.status, record.started_at) == ("1", "open", NOON)
    assert record.due_at == at("2025-02-06T23:59:59+01:00")
    assert record.overdue_at == at("2025-02-07T00:00+01:00")
    assert record.reminder_at == at("2025-02-05T09:00+01:00")


@pytest.mark.parametrize(
    ("done", "status"),
    [
        ("2025-02-06T23:59:59.999999+01:00", "met"),
        ("2025-02-07T00:00:00+01:00", "late"),
    ],
)
def test_done_before_the_overdue_moment_is_in_time(done: str, status: str) -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    ledger.complete("7", at(done))
    assert only(ledger.take_changed(at(done))).status == status
    assert ledger.take_changed(at(done)) == ()


def test_a_finished_deadline_leaves_the_state() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    ledger.complete("7", NOON)
    assert ledger.to_json() == [1, [], []]


def test_time_alone_makes_it_overdue_and_that_is_told_once() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    ledger.take_changed(NOON)
    later = at("2025-02-07T08:00+01:00")
    ledger = stored(ledger)
    assert only(ledger.take_changed(later)).status == "overdue"
    assert stored(ledger).take_changed(later) == ()
    ledger.complete("7", later)
    assert only(ledger.take_changed(later)).status == "late"


def test_an_interrupted_element_cancels_what_was_open() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    ledger.cancel("7", NOON)
    record = only(ledger.take_changed(NOON))
    assert (record.status, record.cancelled_at) == ("cancelled", NOON)
    assert ledger.running(NOON) == ()


def test_when_fra_moves_an_open_record_is_cancelled_and_a_new_one_opens() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="8 dage før", fra="2025-02-24", follows=True)
    ledger.take_changed(NOON)
    ledger = stored(ledger)
    ledger.follow("7", "2025-03-20", NOON + timedelta(days=1))
    old, new = ledger.take_changed(NOON + timedelta(days=1))
    assert (old.ref, old.status, old.due_at) == ("1", "cancelled", at("2025-02-16T23:59:59+01:00"))
    assert (new.ref, new.status, new.due_at) == ("2", "open", at("2025-03-12T23:59:59+01:00"))
    assert new.started_at == at("2025-03-20T00:00+01:00")


def test_the_same_fra_again_changes_nothing() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="8 dage før", fra="2025-02-24", follows=True)
    ledger.take_changed(NOON)
    ledger.follow("7", "2025-02-24", NOON + timedelta(days=3))
    assert ledger.take_changed(NOON + timedelta(days=3)) == ()


@pytest.mark.parametrize(("moved_to", "status"), [("2025-03-20", "met"), ("2025-02-17", "late")])
def test_when_fra_moves_after_the_act_a_met_record_stays_and_the_new_one_takes_its_moment(
    moved_to: str, status: str
) -> None:
    done = at("2025-02-10T10:00+01:00")
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="8 dage før", fra="2025-02-24", follows=True)
    ledger.complete("7", done)
    assert only(ledger.take_changed(done)).status == "met"
    ledger = stored(ledger)
    assert [act.key for act in ledger.followed()] == ["7"]
    ledger.follow("7", moved_to, done + timedelta(hours=2))
    new = only(ledger.take_changed(done + timedelta(hours=2)))
    assert (new.ref, new.status, new.met_at) == ("2", status, done)


def test_before_a_date_that_is_not_known_there_is_no_record_yet() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="8 dage før", follows=True)
    assert ledger.take_changed(NOON) == ()
    ledger.complete("7", NOON)
    ledger = stored(ledger)
    ledger.follow("7", "2025-02-24", NOON)
    assert only(ledger.take_changed(NOON)).status == "met"


def test_a_date_that_is_taken_back_leaves_no_open_record() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="8 dage før", fra="2025-02-24", follows=True)
    ledger.take_changed(NOON)
    ledger.follow("7", None, NOON)
    assert only(ledger.take_changed(NOON)).status == "cancelled"
    assert ledger.running(NOON) == ()


def test_an_element_active_anew_ends_the_moves_of_last_time() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="8 dage før", fra="2025-02-24", follows=True)
    ledger.complete("7", NOON)
    begin(ledger, NOON, key="8", frist="8 dage før", fra="2025-03-20", follows=True)
    assert [act.key for act in ledger.followed()] == ["8"]


def test_a_pause_lengthens_hours_by_its_length() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, frist="24 timer")
    ledger.pause(NOON + timedelta(hours=1))
    ledger.pause(NOON + timedelta(hours=2))  # a second pause changes nothing
    ledger = stored(ledger)
    ledger.resume(NOON + timedelta(hours=6))
    ledger.resume(NOON + timedelta(hours=7))
    record = only(ledger.take_changed(NOON + timedelta(hours=7)))
    assert record.due_at == NOON + timedelta(hours=29)
    assert record.paused == ((NOON + timedelta(hours=1), NOON + timedelta(hours=6)),)


def test_days_that_a_pause_touches_are_not_counted() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    ledger.pause(at("2025-02-04T15:00+01:00"))
    ledger.resume(at("2025-02-05T09:00+01:00"))
    record = only(ledger.take_changed(at("2025-02-05T09:00+01:00")))
    assert record.due_at == at("2025-02-10T23:59:59+01:00")


def test_nothing_becomes_overdue_while_it_is_paused() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    ledger.pause(NOON + timedelta(days=1))
    record = only(ledger.take_changed(NOON + timedelta(days=1)))
    much_later = NOON + timedelta(days=40)
    assert record.overdue_at < much_later
    assert status_at(record, much_later) == "open"
    assert only(ledger.running(much_later)).status == "open"
    assert only(ledger.running(much_later)).overdue_at > much_later


def test_what_was_overdue_before_the_pause_stays_overdue() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON)
    late = NOON + timedelta(days=10)
    ledger.pause(late)
    record = only(ledger.take_changed(late))
    assert record.status == "overdue"
    assert status_at(record, late + timedelta(days=1)) == "overdue"


def test_a_deadline_that_begins_in_a_pause_waits_for_its_end() -> None:
    ledger = Ledger(DANISH)
    ledger.pause(NOON)
    begin(ledger, NOON + timedelta(hours=1), frist="24 timer")
    ledger.resume(NOON + timedelta(hours=3))
    assert only(ledger.running(NOON + timedelta(hours=3))).due_at == NOON + timedelta(hours=27)


def test_a_reminder_of_a_date_never_comes_before_the_date_was_known() -> None:
    ledger = Ledger(DANISH)
    known = at("2025-02-15T10:00+01:00")
    begin(ledger, known, frist="8 dage før", fra="2025-02-24", follows=True)
    assert only(ledger.take_changed(known)).reminder_at is None
    begin(ledger, known, key="8", frist="dato", fra="2025-03-31", follows=True, element="opfoelg")
    assert only(ledger.take_changed(known)).reminder_at == at("2025-03-28T09:00+01:00")


def test_a_bad_text_is_refused_and_leaves_the_ledger_as_it_was() -> None:
    ledger = Ledger(DANISH)
    with pytest.raises(FristInvalid):
        begin(ledger, NOON, frist="snart")
    begin(ledger, NOON, frist="8 dage før", fra="2025-02-24", follows=True)
    before = ledger.to_json()
    for fra in ("31.02.", "2025-02-31", "0001-01-03"):
        with pytest.raises(FristInvalid):
            ledger.follow("7", fra, NOON)
        assert ledger.to_json() == before


def test_a_state_that_is_no_ledger_is_refused() -> None:
    for text in ([1], [1, [], [["7"]]], ["x", [], []], [1, [[None]], []]):
        with pytest.raises(StateUnreadable):
            Ledger.from_json(text, DANISH)
    assert Ledger.from_json(None, DANISH).to_json() == [0, [], []]


def test_a_thousand_rounds_do_not_make_the_state_grow() -> None:
    ledger = Ledger(DANISH)
    sizes = []
    for turn in range(300):
        now = NOON + timedelta(hours=turn)
        begin(ledger, now, key=str(turn), frist="dato", fra="2026-03-31", follows=True)
        ledger.pause(now)
        ledger.resume(now + timedelta(minutes=5))
        ledger.complete(str(turn), now + timedelta(minutes=9))
        ledger.take_changed(now)
        sizes.append(len(json.dumps(ledger.to_json())))
    assert len(ledger.pauses) == MOST_PAUSES
    assert sizes[-1] <= sizes[100] + 20


def test_each_party_of_a_round_has_a_deadline_of_its_own() -> None:
    ledger = Ledger(DANISH)
    begin(ledger, NOON, key="1", party="Kriminalforsorgen")
    begin(ledger, NOON, key="2", party="Kommunens myndighed")
    ledger.complete("1", NOON)
    first, second = ledger.take_changed(NOON)
    assert (first.party, first.status) == ("Kriminalforsorgen", "met")
    assert (second.party, second.status) == ("Kommunens myndighed", "open")
    assert second.due_at == count(parse("3 hverdage"), NOON).due
