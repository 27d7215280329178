"""One element, several clauses: which of them a deadline fulfils may hang on the pathway's data."""

from __future__ import annotations

import pytest

from tests.small import SETTINGS, E, S, begin, by_event, doc, el, on, user, way

CLAUSES = "MIDT-1 MIDT-2"
PHASES = {
    "ude": {"frist": "3 uger", "klausul": "MIDT-1"},
    "inde": {"frist": "5 hverdage", "klausul": "MIDT-2", "lokal": True},
}


@pytest.mark.parametrize(
    ("phase", "clause", "local"), [("ude", "MIDT-1", False), ("inde", "MIDT-2", True)]
)
def test_a_record_of_the_agreement_names_frist_clause_and_whether_it_is_local(phase, clause, local):
    # Given one meeting with a clock for each phase, written in agreement.toml
    settings = {**SETTINGS, "parametre": {"frister": PHASES}}
    meeting = user("A", stafet_klausul=CLAUSES, stafet_frist="=get value(frister, fase)")
    play = begin(S + meeting + E + way("S A E"), {"fase": phase}, settings=settings)
    # Then the deadline is that phase's
    (record,) = play.step.deadlines
    assert (record.clause, record.frist, record.local) == (clause, PHASES[phase]["frist"], local)


def test_a_record_without_a_clause_fulfils_the_elements_own():
    meeting = user("A", stafet_klausul=CLAUSES, stafet_frist='={frist: "2 dage"}')
    (record,) = begin(S + meeting + E + way("S A E")).step.deadlines
    assert record.clause == "MIDT-1"


def test_a_record_without_a_frist_is_no_deadline():
    meeting = user("A", stafet_klausul=CLAUSES, stafet_frist='={klausul: "MIDT-2"}')
    assert not begin(S + meeting + E + way("S A E")).step.deadlines


# ---- in called parts ---------------------------------------------------------------------
PART = doc(
    S + user("B") + user("A", stafet_klausul="MIDT-1", stafet_frist="3 dage", stafet_fra="x") + E + way("S B A E"),
    "faelles-del",
)  # fmt: skip


def test_what_was_done_in_a_called_part_does_not_move_when_the_part_is_called_again():
    # Given a part that is called once more for as long as there is a date
    again = (
        el("exclusiveGateway", "J")
        + user("V")
        + el("callActivity", "C", calledElement="faelles-del")
    )
    loop = el("exclusiveGateway", "G", default="G-E")
    body = S + again + loop + E + way("S J V C G E") + way("G J", "x != null")
    play = begin(body, parts={"faelles-del": PART})
    # When it was done once, and begins anew with another date
    play.do("V", x="2026-03-02").do("B").do("A")
    play.do("V", x="2026-03-09")
    # Then the old deadline stands; the new one comes with its task
    assert (play.tasks, play.step.deadlines) == (["B"], ())
    (record,) = play.do("B").step.deadlines
    assert (record.status, record.started_at.day) == ("open", 8)  # midnight of the 9th in Denmark


# ---- handed on ---------------------------------------------------------------------------
def test_a_deadline_goes_with_its_task_when_the_lane_names_another_party():
    # Given a task of whoever coordinates, and somebody who may name another
    lanes = {"Koordinator": {"part": "Psykiatri", "felt": "koordinator"}}
    lane = '<laneSet id="L"><lane id="L1" name="Koordinator"><flowNodeRef>A</flowNodeRef></lane></laneSet>'
    asked = user("A", stafet_klausul="MIDT-1", stafet_frist="3 dage")
    change = by_event("H", on("message", "bud"), stays=True)
    play = begin(
        lane + S + asked + E + way("S A E") + change,
        {"koordinator": "Psykiatri"},
        settings={**SETTINGS, "lanes": lanes},
    )
    (record,) = play.step.deadlines
    assert record.party == "Psykiatri"
    # When another coordinates
    play.wait(days=1).say("bud", koordinator="Kommune")
    # Then the same record is the other's, with the date it had
    (moved,) = play.step.deadlines
    assert (moved.ref, moved.party, moved.due_at) == (record.ref, "Kommune", record.due_at)
    # And who has done it is not asked again
    play.do("H_t").do("A")
    (met,) = play.step.deadlines
    assert (met.party, met.status) == ("Kommune", "met")
