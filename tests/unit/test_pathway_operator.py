"""What an operator does to an instance beside its diagram: suspend, resume, cancel, move, correct."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import pathway
from engine.errors import (
    InstanceEnded,
    InstanceNotSuspended,
    InstanceSuspended,
    MoveImpossible,
)
from tests.small import (
    NOW,
    E,
    S,
    begin,
    border,
    by_event,
    catch,
    doc,
    each,
    el,
    on,
    sub,
    throw,
    user,
    users,
    way,
)

DUE = {"stafet_klausul": "MIDT-1", "stafet_frist": "3 dage"}
MAIN = S + user("A", **DUE) + user("B", **DUE) + E + way("S A B E")


def statuses(play) -> list[tuple[str, str]]:
    return [(d.element, d.status) for d in play.step.deadlines]


# ---- suspend and resume ------------------------------------------------------------------
def test_nothing_happens_to_a_suspended_instance():
    body = MAIN + border("T", "A", on("timer", "P1D"), stays=True) + user("R") + way("T R")
    play = begin(body + by_event("H", on("message", "bud"), stays=True)).operator("suspend")
    ref = play.ref("A")
    assert (play.step.status, play.tasks, play.timers, play.actions) == (
        "suspended",
        ["A"],
        [],
        set(),
    )
    for happens in (
        lambda: pathway.complete(play.running, play.step.state, ref, {}, NOW),
        lambda: play.say("bud"),
        lambda: play.act("H_s"),
        lambda: play.operator("move", "A", "B"),
        lambda: play.operator("suspend"),
    ):
        with pytest.raises(InstanceSuspended):
            happens()
    assert play.wait(days=9).tasks == ["A"]


def test_a_clock_that_runs_lets_everything_fall_due_on_resuming():
    body = MAIN + border("T", "A", on("timer", "P1D"), stays=True) + user("R") + way("T R")
    play = begin(body).operator("suspend").wait(days=5).operator("resume")
    assert (play.step.status, play.tasks) == ("running", ["A"])
    assert play.timers == [NOW + timedelta(days=1)]
    assert play.at(play.now).tasks == ["A", "R"]


def test_a_clock_that_stands_pauses_deadlines_and_durations():
    body = MAIN + border("T", "A", on("timer", "P2D"), stays=True) + user("R") + way("T R")
    body += by_event("H", on("timer", "2026-03-03T08:00:00"), stays=True)
    play = begin(body)
    before = play.step.deadlines[0].due_at
    play.wait(hours=12).operator("suspend", clock="stands").wait(days=4).operator("resume")
    # The length loses no time, the date stays a date, and the days that the pause touched do not count.
    assert play.timers[1] == NOW + timedelta(days=6)
    assert play.timers[0] < NOW + timedelta(days=2)
    play.do("A")
    (done,) = [d for d in play.step.deadlines if d.element == "A"]
    assert done.due_at == before + timedelta(days=4)
    assert play.step.pauses[0][1] is not None


def test_a_pause_of_the_diagram_outlives_a_suspension():
    body = MAIN + by_event("H", on("message", "bud"), stays=True).replace(
        'triggeredByEvent="true"', 'triggeredByEvent="true" stafet:ur="bero"'
    )
    play = (
        begin(body).say("bud").operator("suspend", clock="stands").wait(days=1).operator("resume")
    )
    assert play.step.pauses == ((NOW, None),)


def test_only_what_is_suspended_can_be_resumed():
    play = begin(MAIN)
    with pytest.raises(InstanceNotSuspended):
        play.operator("resume")


# ---- cancel ------------------------------------------------------------------------------
@pytest.mark.parametrize("first", [None, "suspend"])
def test_a_cancelled_instance_has_no_tasks_timers_or_open_deadlines(first):
    play = begin(MAIN + by_event("H", on("timer", "R/P1D"), stays=True)).wait(days=1)
    if first:
        play.operator(first)
    play.operator("cancel")
    assert (play.step.status, play.step.end_state, play.tasks, play.timers, play.tokens) == (
        "cancelled",
        None,
        [],
        [],
        set(),
    )
    assert statuses(play) == [("A", "cancelled")]
    assert {t.element for t in play.step.traces if t.what == "cancelled"} == {"A", "H", "H_t"}
    for verb, args in (
        ("cancel", ()),
        ("resume", ()),
        ("suspend", ()),
        ("move", ("A", "B")),
        ("amend", ({},)),
    ):
        with pytest.raises(InstanceEnded):
            play.operator(verb, *args)
    assert play.wait(days=3).step.status == "cancelled"


# ---- move --------------------------------------------------------------------------------
def test_a_token_is_moved_with_its_deadline():
    play = begin(MAIN).operator("move", "A", "B")
    assert play.tasks == ["B"]
    assert statuses(play) == [("A", "cancelled"), ("B", "open")]
    assert play.operator("move", play.ref("B"), "A").tasks == ["A"]
    assert play.operator("move", "A", "E").ended == "E"


def test_a_token_can_be_moved_to_events_and_choices():
    body = (
        S
        + user("A")
        + catch("C", on("message", "bud"))
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
    )
    body += (
        throw("T", on("message", "bud"), stafet_til="Kommune")
        + E
        + way("S A C X N E")
        + way("X J", "x")
        + way("J T E")
    )
    assert begin(body).operator("move", "A", "C").say("bud").tasks == ["N"]
    assert begin(body, {"x": True}).operator("move", "A", "X").tasks == ["J"]
    play = begin(body).operator("move", "A", "T")
    assert (play.told, play.ended) == ([("bud", "Kommune")], "E")


def test_a_move_out_of_a_sub_process_calls_it_off_and_into_one_opens_it():
    inner = (
        el("startEvent", "S2")
        + users("I J")
        + way("S2 I J")
        + by_event("H", on("message", "bud"), stays=True)
    )
    body = (
        S
        + sub("U", inner)
        + border("B", "U", on("timer", "P5D"))
        + users("A R")
        + E
        + way("S U A E")
        + way("B R")
    )
    out = begin(body).operator("move", "I", "A")
    assert (out.tasks, out.timers) == (["A"], [])
    assert ("cancelled", "U") in [(t.what, t.element) for t in out.step.traces]
    back = out.operator("move", "A", "J")
    # Its border and its event sub-processes listen as if it had been entered by its own start.
    assert (back.tasks, back.timers, back.step.awaits) == (
        ["J"],
        [NOW + timedelta(days=5)],
        ("bud",),
    )
    assert back.say("bud").tasks == ["H_t", "J"]
    assert back.do("J").do("H_t").tasks == ["A"]


def test_a_move_within_a_sub_process_leaves_the_rest_of_it_alone():
    inner = (
        el("startEvent", "S2")
        + el("parallelGateway", "G")
        + users("I J K")
        + way("S2 G I K")
        + way("G J")
    )
    play = begin(S + sub("U", inner) + user("A") + way("S U A")).operator("move", "I", "K")
    assert play.tasks == ["J", "K"]
    assert play.operator("move", "K", "A").tasks == ["A", "J"]


def test_a_move_inside_a_called_part_and_out_of_it():
    part = doc(S + users("I J") + way("S I J"), "del")
    body = S + el("callActivity", "K", calledElement="del") + user("A") + way("S K A")
    play = begin(body, parts={"del": part}).operator("move", "I", "J")
    assert play.tasks == ["J"]
    assert play.operator("move", "J", "A").tasks == ["A"]


def test_one_of_several_tokens_is_named_by_its_ref():
    body = (
        S
        + el("parallelGateway", "G")
        + el("exclusiveGateway", "M")
        + users("A B")
        + way("S G M A B")
    )
    play = begin(body + way("G M").replace('id="G-M"', 'id="G-M2"'))
    with pytest.raises(MoveImpossible, match="Several tokens stand on “A”; name one of"):
        play.operator("move", "A", "B")
    assert play.operator("move", play.ref("A"), "B").tasks == ["A", "B"]


def test_a_move_that_cannot_be_is_refused_and_changes_nothing():
    inner = el("startEvent", "S2") + user("I") + way("S2 I")
    body = (
        S + el("parallelGateway", "G") + users("A B") + el("parallelGateway", "J") + user("C") + E
    )
    body += (
        sub("U", inner + each("2"))
        + border("T", "A", on("timer", "P9D"))
        + by_event("H", on("message", "bud"))
    )
    body += way("S G A J C U E") + way("G B J") + way("T C").replace('id="T-C"', 'id="tc"')
    play = begin(body)
    for source, target, words in (
        ("C", "A", "No token stands on “C”"), ("A", "ingen", "cannot be reached"), ("A", "S", "cannot be put on"),
        ("A", "T", "cannot be put on"), ("A", "J", "Choose a step after it"), ("A", "H", "cannot be put on"),
        ("A", "I", "lies in “U”, which cannot be opened"),
    ):  # fmt: skip
        with pytest.raises(MoveImpossible, match=words):
            play.operator("move", source, target)
    assert play.tasks == ["A", "B"]
    play.do("A").do("B").do("C")
    with pytest.raises(MoveImpossible, match="cannot be reached"):
        play.operator(
            "move", play.ref("I"), "C"
        )  # one turn of a round: the others would wait for it
    assert play.operator("move", "U", "C").tasks == ["C"]


# ---- correct -----------------------------------------------------------------------------
def test_values_are_corrected_and_conditions_hear_of_it():
    body = (
        S
        + user("A")
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
        + way("S A X N")
        + way("X J", "x = 1")
    )
    play = begin(body, {"x": 0}).operator("amend", {"x": 1, "fritekst": "noget om en borger"})
    assert "fritekst" not in play.step.state
    assert play.do("A").tasks == ["J"]
    waits = S + catch("C", on("conditional", "x = 1")) + user("A") + way("S C A")
    assert begin(waits).operator("amend", {"x": 1}).tasks == ["A"]


def test_a_date_that_is_corrected_moves_the_deadline_that_hangs_on_it():
    task = user("A", stafet_klausul="MIDT-1", stafet_frist="8 dage før", stafet_fra="moede")
    play = begin(S + task + E + way("S A E"), {"moede": "2026-04-01"}).operator(
        "amend", {"moede": "2026-05-01"}
    )
    assert [(d.status, d.due_at.month) for d in play.step.deadlines] == [
        ("cancelled", 3),
        ("open", 4),
    ]


def test_a_deadline_on_an_event_after_a_gateway_runs_while_the_gateway_waits():
    one = catch("C1", on("message", "bud"), stafet_klausul="MIDT-1", stafet_frist="3 dage")
    two = catch("C2", on("message", "svar"), stafet_klausul="MIDT-2", stafet_frist="3 dage")
    play = begin(
        S + el("eventBasedGateway", "G") + one + two + user("A") + way("S G C1 A") + way("G C2 A")
    )
    assert statuses(play) == [("C1", "open"), ("C2", "open")]
    assert statuses(play.say("bud")) == [("C1", "met"), ("C2", "cancelled")]


# ---- skip and restart --------------------------------------------------------------------
def test_a_skipped_step_is_not_done_and_the_next_one_begins():
    play = begin(MAIN).operator("skip", "A")
    assert play.tasks == ["B"]
    assert statuses(play) == [("A", "cancelled"), ("B", "open")]
    assert play.operator("skip", play.ref("B")).step.status == "completed"


def test_a_step_with_several_ways_on_or_without_a_token_is_not_skipped():
    forked = S + user("A") + user("B") + user("C") + way("S A B") + way("A C")
    play = begin(forked)
    for source in ("A", "B"):
        with pytest.raises(MoveImpossible):
            play.operator("skip", source)


def test_a_round_is_skipped_whole_and_not_one_turn_of_it():
    body = S + user("A", each("parter")) + user("B") + E + way("S A B E")
    play = begin(body, {"parter": ["Sygehus", "Kommune"]})
    assert play.tasks == ["A", "A"]
    with pytest.raises(MoveImpossible):
        play.operator("skip", play.ref("A"))
    assert play.operator("skip", "A").tasks == ["B"]


def test_a_restart_calls_off_all_that_stands_and_keeps_what_listens():
    body = MAIN + border("T", "A", on("timer", "P1D"), stays=True) + user("R") + way("T R")
    play = begin(body + by_event("H", on("message", "bud"), stays=True)).wait(days=1)
    assert sorted(play.tasks) == ["A", "R"]
    play.operator("restart", "B")
    assert (play.tasks, play.timers, play.actions) == (["B"], [], {"H_s"})
    assert ("A", "cancelled") in statuses(play)
    assert play.operator("restart", "A").tasks == ["A"]
    for target in ("S", "T", "findes_ikke"):
        with pytest.raises(MoveImpossible):
            play.operator("restart", target)
    play.do("A").do("B")
    with pytest.raises(InstanceEnded):
        play.operator("restart", "A")
