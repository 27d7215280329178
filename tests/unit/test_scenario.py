"""Scenario files: what is read, what is refused in one sentence, what counts as come true."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import ScenarioInvalid
from engine.scenario import expects_refusal, judge, load

MINIMAL = """
agreement: midtjylland
pathway: planrunde
start: 2024-03-26T10:00+01:00
steps:
  - {at: 2024-03-26T10:00+01:00, task: {clause: MIDT-4.4-10}, data: {justering_plan: false}}
  - {at: 2024-04-02T13:00+02:00, wait: true}
"""
DEADLINE = {
    "clause": "MIDT-4.4-12",
    "party": "Kriminalforsorgen",
    "due_at": "2024-04-03T23:59:59+02:00",
    "status": "met",
    "paused": [],
}


def played(**over: object) -> dict[str, object]:
    empty = {
        "end_state": None,
        "deadlines": [],
        "messages": [],
        "tasks": [],
        "refused": [],
        "visited": [],
        "bero": [],
    }
    return {**empty, **over}


def expecting(text: str):
    (scenario,) = load(MINIMAL + "expect:\n" + text)
    return scenario


def test_a_moment_keeps_its_offset():
    (scenario,) = load(MINIMAL)
    assert scenario.start == datetime(2024, 3, 26, 9, 0, tzinfo=UTC)
    assert [move.at for move in scenario.moves][1] == datetime(2024, 4, 2, 11, 0, tzinfo=UTC)


def test_steps_are_played_in_the_order_of_time():
    (scenario,) = load(MINIMAL + "  - {at: 2024-03-25T10:00+01:00, wait: true}\n")
    assert [move.kind for move in scenario.moves] == ["wait", "task", "wait"]


def test_several_documents_and_lists_are_several_scenarios():
    assert len(load(MINIMAL + "---" + MINIMAL)) == 2


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[", "YAML"),
        ("", "no scenario"),
        ("- 3", "the scenario"),
        (MINIMAL.replace("pathway: planrunde\n", ""), "pathway"),
        (MINIMAL.replace("start: 2024-03-26T10:00+01:00", "start: i går"), "start"),
        (MINIMAL + "  - {wait: true}\n", "at"),
        (MINIMAL + "  - {at: 2024-03-26T10:00+01:00}\n", "task"),
        (MINIMAL + "  - {at: 2024-03-26T10:00+01:00, wait: true, task: {}}\n", "one of"),
        (MINIMAL + "  - {at: 2024-03-26T10:00+01:00, task: {klausul: x}}\n", "klausul"),
        (MINIMAL + "forventet: {}\n", "forventet"),
        (MINIMAL + "expect: {slut: x}\n", "slut"),
    ],
)
def test_what_cannot_be_read_is_named(text, named):
    with pytest.raises(ScenarioInvalid) as refused:
        load(text)
    assert named in refused.value.sentence
    assert "\n" not in refused.value.sentence


def test_a_deadline_is_matched_by_what_the_row_names():
    scenario = expecting(
        "  deadlines: [{clause: MIDT-4.4-12, due: 2024-04-03T21:59:59Z, status: met}]"
    )
    assert judge(scenario, played(deadlines=[DEADLINE])) == []


def test_each_row_needs_a_record_of_its_own():
    row = "{clause: MIDT-4.4-12, status: met}"
    scenario = expecting(f"  deadlines: [{row}, {row}]")
    assert len(judge(scenario, played(deadlines=[DEADLINE]))) == 1
    assert judge(scenario, played(deadlines=[DEADLINE, DEADLINE])) == []


def test_the_particular_row_chooses_first():
    scenario = expecting(
        "  deadlines: [{clause: MIDT-4.4-12}, {clause: MIDT-4.4-12, party: Kriminalforsorgen}]"
    )
    other = {**DEADLINE, "party": "Kommunens myndighed"}
    assert judge(scenario, played(deadlines=[DEADLINE, other])) == []


def test_a_second_off_is_a_miss_and_the_nearest_is_told():
    scenario = expecting("  deadlines: [{clause: MIDT-4.4-12, due: 2024-04-03T23:59:58+02:00}]")
    (problem,) = judge(scenario, played(deadlines=[DEADLINE]))
    assert "2024-04-03T23:59:59+02:00" in problem


def test_an_end_state_that_is_not_reached_is_a_problem():
    assert judge(expecting("  end_state: eskaleret"), played()) != []
    assert judge(expecting("  end_state: null"), played()) == []
    assert judge(expecting("  end_state: null"), played(end_state="eskaleret")) != []


def test_pauses_and_visits_are_held_too():
    paused = [["2024-04-01T10:00:00+02:00", "2024-04-02T10:00:00+02:00"]]
    scenario = expecting("  bero: [[2024-04-01T08:00:00Z, 2024-04-02T08:00:00Z]]\n  visited: [a]")
    assert judge(scenario, played(bero=paused, visited=["a"])) == []
    assert len(judge(scenario, played())) == 2


@pytest.mark.parametrize(
    ("row", "hit"),
    [("1", True), ("2", False), ("{clause: MIDT-4.4-10}", True), ("{clause: X}", False)],
)
def test_a_refusal_is_named_by_number_or_by_what_it_selects(row, hit):
    scenario = expecting(f"  refused: [{row}]")
    assert expects_refusal(scenario, scenario.moves[0]) is hit


def test_a_refused_step_that_stands_nowhere_is_tried_as_well():
    scenario = expecting("  refused: [{task: {element: godkend}, data: {godkendt: maaske}}]")
    assert [m.must_refuse for m in scenario.moves] == [False, False, True]
