"""One element, several clauses: which of them a deadline fulfils may hang on the pathway's data."""

from __future__ import annotations

import pytest

from tests.small import SETTINGS, E, S, begin, user, way

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
