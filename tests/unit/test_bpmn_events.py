"""Events: what each kind does as a start, in the flow, on a border and at the end, as BPMN 2.0 says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import pathway
from engine.errors import ActionNotOpen, LoopWithoutWait, MessageUnmatched, StepFailed
from tests.small import (
    NOW,
    E,
    S,
    begin,
    border,
    by_event,
    catch,
    compiled,
    doc,
    el,
    end,
    on,
    sub,
    throw,
    user,
    users,
    way,
)

TASK = S + user("A") + E + way("S A E")


def start_on(event: str) -> str:
    """A process whose only start is this event, then a task."""
    return el("startEvent", "S1", event) + user("A") + E + way("S1 A E")


# ---- starts ------------------------------------------------------------------------------
def test_a_plain_start_begins_at_once():
    assert begin(TASK).tasks == ["A"]


def test_a_message_start_is_an_action_that_begins_the_pathway():
    running = compiled(
        S + el("startEvent", "S1", on("message", "bud")) + users("A B") + way("S A") + way("S1 B")
    )
    assert [(a.id, a.message) for a in running.start_actions] == [("S", None), ("S1", "bud")]
    body = (
        S + el("startEvent", "S1", on("message", "bud")) + users("A B") + way("S A") + way("S1 B")
    )
    assert begin(body).tasks == ["A"]
    assert begin(body, action="bud").tasks == ["B"]
    assert begin(body, action="S1").tasks == ["B"]
    with pytest.raises(ActionNotOpen):
        begin(body, action="noget andet")


def test_a_signal_start_begins_when_somebody_starts_it_by_its_name():
    body = (
        S + el("startEvent", "S1", on("signal", "alarm")) + users("A B") + way("S A") + way("S1 B")
    )
    assert begin(body, action="alarm").tasks == ["B"]
    assert begin(start_on(on("signal", "alarm"))).tasks == ["A"]


def test_a_timer_start_waits_for_its_time():
    play = begin(start_on(on("timer", "P2D")))
    assert (play.tasks, play.timers) == ([], [NOW + timedelta(days=2)])
    assert play.wait(days=1).tasks == []
    assert play.wait(days=1).tasks == ["A"]
    assert begin(start_on(on("timer", "P2D")), action="S1").tasks == ["A"]


def test_a_conditional_start_waits_until_it_holds():
    play = begin(start_on(on("conditional", "klar = true")))
    assert (play.tasks, play.step.status) == ([], "waiting")
    assert play.operator("amend", {"klar": True}).tasks == ["A"]


def test_the_first_of_several_waiting_starts_closes_the_others():
    body = el("startEvent", "S1", on("timer", "P5D")) + el("startEvent", "S2", on("timer", "P2D"))
    play = begin(body + users("A B") + way("S1 A") + way("S2 B")).wait(days=2)
    assert (play.tasks, play.timers) == (["B"], [])
    assert play.wait(days=5).tasks == ["B"]


def test_a_process_without_start_events_begins_everywhere_at_once():
    assert begin(users("A B C") + way("A C")).tasks == ["A", "B"]


# ---- in the flow -------------------------------------------------------------------------
def test_a_message_is_waited_for_in_the_flow_and_brings_values():
    play = begin(
        S + catch("C", on("message", "bud")) + users("A B") + way("S C A") + way("A B", "x = 1")
    )
    assert (play.tasks, play.step.awaits, play.actions) == ([], ("bud",), {"C"})
    with pytest.raises(MessageUnmatched):
        play.say("svar")
    play.say("bud", x=1)
    assert play.tasks == ["A"]
    with pytest.raises(MessageUnmatched):
        play.say("bud")
    assert play.do("A").tasks == ["B"]


def test_a_message_that_is_waited_for_can_be_reported():
    play = begin(S + catch("C", on("message", "bud")) + user("A") + way("S C A"))
    with pytest.raises(ActionNotOpen):
        play.act("A")
    assert play.act("C").tasks == ["A"]


def test_a_thrown_message_is_told_once():
    tells = throw("T", on("message", "bud"), stafet_til="Kommune", stafet_titel="Et bud")
    play = begin(S + tells + user("A") + way("S T A"))
    assert play.told == [("bud", "Kommune")]
    assert play.step.messages[0].title == "Et bud"
    assert play.do("A").told == []


def test_a_signal_reaches_everybody_who_waits_and_nobody_else():
    body = (
        S
        + el("parallelGateway", "G")
        + catch("C1", on("signal", "alarm"))
        + catch("C2", on("signal", "alarm"))
    )
    body += catch("C3", on("signal", "ro")) + users("A B C D") + throw("T", on("signal", "alarm"))
    play = begin(body + way("S G C1 A") + way("G C2 B") + way("G C3 C") + way("G D T"))
    assert play.do("D").tasks == ["A", "B"]
    assert play.tokens == {"A", "B", "C3"}


def test_a_signal_reaches_called_parts_and_sub_processes():
    part = S + catch("C", on("signal", "alarm")) + user("I") + way("S C I")
    body = S + el("parallelGateway", "G") + el("callActivity", "K", calledElement="del") + user("A")
    body += sub(
        "U",
        el("startEvent", "S2") + catch("C2", on("signal", "alarm")) + user("I2") + way("S2 C2 I2"),
    )
    body += throw("T", on("signal", "alarm")) + way("S G K") + way("G U") + way("G A T")
    assert begin(body, parts={"del": doc(part, "del")}).do("A").tasks == ["I", "I2"]


def test_a_condition_in_the_flow_waits_until_it_holds():
    body = (
        S
        + el("parallelGateway", "G")
        + catch("C", on("conditional", "x > 3"))
        + users("A B")
        + way("S G C A")
    )
    play = begin(body + way("G B"))
    assert play.tasks == ["B"]
    assert play.do("B", x=4).tasks == ["A"]
    assert begin(body + way("G B"), {"x": 9}).tasks == ["A", "B"]


def test_a_link_goes_on_at_its_other_end():
    body = (
        S
        + user("A")
        + throw("L1", on("link", "videre"))
        + catch("L2", on("link", "videre"))
        + user("B")
        + E
    )
    play = begin(body + way("S A L1") + way("L2 B E"))
    assert play.do("A").tasks == ["B"]
    assert play.do("B").ended == "E"


def test_several_throwing_links_lead_to_one_end():
    body = (
        S
        + el("exclusiveGateway", "X", default="X-L2")
        + throw("L1", on("link", "l"))
        + throw("L2", on("link", "l"))
    )
    body += catch("L", on("link", "l")) + user("B") + way("S X L2") + way("X L1", "x") + way("L B")
    assert begin(body, {"x": True}).tasks == begin(body, {"x": False}).tasks == ["B"]


def test_an_escalation_in_the_flow_tells_the_outside_and_goes_on():
    inner = (
        el("startEvent", "S2")
        + throw("T", on("escalation", "hjaelp"))
        + user("I")
        + end("E2")
        + way("S2 T I E2")
    )
    body = (
        S
        + sub("U", inner)
        + border("B", "U", on("escalation", "hjaelp"), stays=True)
        + users("A R")
        + E
    )
    play = begin(body + way("S U A E") + way("B R"))
    assert play.tasks == ["I", "R"]
    assert play.do("I").tasks == ["A", "R"]


def test_a_plain_throwing_event_marks_a_place():
    play = begin(S + throw("T") + user("A") + way("S T A"))
    assert play.tasks == ["A"]
    assert ("completed", "T") in [(t.what, t.element) for t in play.step.traces]


# ---- ends --------------------------------------------------------------------------------
def test_an_end_event_names_the_end_state():
    body = (
        S
        + el("exclusiveGateway", "X", default="X-E")
        + end("E2")
        + E
        + way("S X E")
        + way("X E2", "x")
    )
    assert begin(body, {"x": True}).ended == "E2"
    assert begin(body, {"x": False}).ended == "E"


def test_an_end_event_ends_its_own_way_only():
    play = begin(
        S
        + el("parallelGateway", "G")
        + users("A B")
        + E
        + end("E2")
        + way("S G A E")
        + way("G B E2")
    )
    assert play.do("A").step.status == "running"
    assert play.do("B").ended == "E2"


def test_a_message_end_tells():
    tells = el("endEvent", "E1", on("message", "bud"), stafet_til="Kommune")
    play = begin(S + tells + way("S E1"))
    assert (play.told, play.ended) == ([("bud", "Kommune")], "E1")


def test_a_signal_end_is_heard():
    body = S + el("parallelGateway", "G") + catch("C", on("signal", "alarm")) + users("A B")
    body += end("E1", on("signal", "alarm")) + way("S G C A") + way("G B E1")
    assert begin(body).do("B").tasks == ["A"]


def test_a_terminate_end_stops_everything_in_its_scope():
    body = (
        S
        + el("parallelGateway", "G")
        + users("A B")
        + end("T", on("terminate"))
        + E
        + way("S G A T")
        + way("G B E")
    )
    play = begin(body).do("A")
    assert (play.ended, play.tasks) == ("T", [])
    assert ("cancelled", "B") in [(t.what, t.element) for t in play.step.traces]


def test_a_terminate_end_in_a_sub_process_stops_that_and_no_more():
    inner = (
        el("startEvent", "S2")
        + el("parallelGateway", "G2")
        + users("I J")
        + end("T", on("terminate"))
    )
    inner += end("E2") + way("S2 G2 I T") + way("G2 J E2")
    body = (
        S
        + el("parallelGateway", "G")
        + sub("U", inner)
        + users("A B")
        + way("S G U A")
        + way("G B")
    )
    play = begin(body)
    assert play.tasks == ["B", "I", "J"]
    assert play.do("I").tasks == ["A", "B"]


def test_a_terminate_end_in_a_called_part_ends_the_part():
    part = (
        S
        + el("parallelGateway", "G")
        + users("I J")
        + end("T", on("terminate"))
        + way("S G I T")
        + way("G J")
    )
    body = S + el("callActivity", "K", calledElement="del") + user("A") + way("S K A")
    assert begin(body, parts={"del": doc(part, "del")}).do("I").tasks == ["A"]


# ---- errors and escalations --------------------------------------------------------------
def failing(code: str = "fejl", kind: str = "error") -> str:
    """A sub-process U with a task I, that ends with an error or escalation; a task J beside it."""
    inner = (
        el("startEvent", "S2")
        + el("parallelGateway", "G2")
        + users("I J")
        + end("F", on(kind, code))
    )
    return sub("U", inner + way("S2 G2 I F") + way("G2 J"))


def test_an_error_end_interrupts_the_sub_process_whose_border_catches_it():
    body = (
        S
        + failing()
        + border("B", "U", on("error", "fejl"))
        + users("A R")
        + way("S U A")
        + way("B R")
    )
    play = begin(body).do("I")
    assert play.tasks == ["R"]


def test_an_error_is_caught_by_its_code_before_any_code_and_by_the_nearest():
    body = S + failing() + border("B0", "U", on("error")) + border("B1", "U", on("error", "fejl"))
    body += border("B2", "U", on("error", "fejl2")) + users("A R0 R1 R2")
    body += way("S U A") + way("B0 R0") + way("B1 R1") + way("B2 R2")
    assert begin(body).do("I").tasks == ["R1"]
    other = body.replace('errorRef="fejl"/></boundaryEvent>', 'errorRef="fejl2"/></boundaryEvent>')
    assert begin(other).do("I").tasks == ["R0"]


def test_an_error_goes_outwards_through_sub_processes_and_called_parts():
    part = S + failing() + E + way("S U E")
    body = S + sub(
        "Y", el("startEvent", "S3") + el("callActivity", "K", calledElement="del") + way("S3 K")
    )
    body += border("B", "Y", on("error", "fejl")) + users("A R") + way("S Y A") + way("B R")
    play = begin(body, parts={"del": doc(part, "del")})
    assert play.do("I").tasks == ["R"]


def test_an_error_that_nobody_catches_stops_the_step_and_names_the_end():
    play = begin(S + failing() + E + way("S U E"))
    with pytest.raises(StepFailed, match="“F” ends with the error “fejl”, which nobody catches"):
        play.do("I")


def test_an_escalation_that_nobody_catches_does_nothing():
    play = begin(S + failing("hjaelp", "escalation") + user("A") + way("S U A"))
    assert play.do("I").tasks == ["J"]
    assert play.do("J").tasks == ["A"]


def test_an_escalation_may_interrupt():
    body = S + failing("hjaelp", "escalation") + border("B", "U", on("escalation")) + users("A R")
    assert begin(body + way("S U A") + way("B R")).do("I").tasks == ["R"]


def test_an_error_on_a_persons_task_is_something_that_the_person_reports():
    body = (
        S
        + user("A")
        + border("B", "A", on("error", "fejl"))
        + border("K", "A", on("escalation"), stays=True)
    )
    play = begin(body + users("R H") + E + way("S A E") + way("B R") + way("K H"))
    assert play.actions == {"B", "K"}
    assert play.act("K").tasks == ["A", "H"]
    assert play.act("B").tasks == ["H", "R"]
    assert play.actions == set()


def test_an_error_event_on_a_script_catches_what_cannot_be_computed():
    slow = "count(for a in 1..999, b in 1..999 return a)"
    script = el("scriptTask", "A", stafet_udtryk=slow, stafet_resultat="b")
    body = S + script + user("B") + way("S A B")
    with pytest.raises(StepFailed, match="“A”"):
        begin(body)
    assert begin(body + border("F", "A", on("error")) + user("R") + way("F R")).tasks == ["R"]


# ---- borders -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("event", "comes"),
    [
        (on("message", "bud"), lambda play: play.say("bud")),
        (on("timer", "P1D"), lambda play: play.wait(days=1)),
        (on("conditional", "x = 1"), lambda play: play.operator("amend", {"x": 1})),
        (on("signal", "alarm"), lambda play: play.do("X")),
    ],
    ids=["message", "timer", "conditional", "signal"],
)
@pytest.mark.parametrize("stays", [False, True], ids=["interrupting", "non_interrupting"])
def test_an_event_on_a_border(event, comes, stays):
    # Given a task A with the event on its border, and something beside it that can throw the signal
    body = (
        S + el("parallelGateway", "G") + user("X") + throw("T", on("signal", "alarm")) + user("A")
    )
    body += (
        border("B", "A", event, stays=stays) + user("R") + way("S G A") + way("G X T") + way("B R")
    )
    play = begin(body)
    # When the event comes
    comes(play)
    # Then A is gone, or goes on beside what the event began
    assert [t for t in play.tasks if t != "X"] == (["A", "R"] if stays else ["R"])
    assert play.tokens.isdisjoint({"B"})


def test_a_border_message_that_does_not_interrupt_may_come_again_and_again():
    body = S + user("A") + border("B", "A", on("message", "bud"), stays=True) + user("R") + E
    play = begin(body + way("S A E") + way("B R"))
    for n in range(1, 6):
        play.say("bud")
        assert play.tasks == ["A"] + ["R"] * n
    play.do("A")
    with pytest.raises(MessageUnmatched):
        play.say("bud")
    for _ in range(5):
        assert play.ended is None
        play.do("R")
    assert play.step.status == "completed"


def test_a_border_condition_fires_each_time_it_becomes_true():
    body = S + user("A") + border("B", "A", on("conditional", "x = 1"), stays=True) + user("R")
    play = begin(body + way("S A") + way("B R"))
    for n in range(1, 4):
        play.operator("amend", {"x": 1}).operator("amend", {"x": 1})
        assert play.tasks == ["A"] + ["R"] * n
        play.operator("amend", {"x": 0})


def test_a_border_signal_that_does_not_interrupt_fires_each_time():
    body = (
        S
        + el("parallelGateway", "G")
        + user("A")
        + border("B", "A", on("signal", "alarm"), stays=True)
    )
    body += user("R") + el("exclusiveGateway", "M") + user("X") + throw("T", on("signal", "alarm"))
    play = begin(body + way("S G A") + way("G M X T M") + way("B R"))
    for n in range(1, 4):
        assert play.do("X").tasks == ["A", *["R"] * n, "X"]


def test_a_border_event_on_a_sub_process_stops_all_that_is_in_it():
    inner = (
        el("startEvent", "S2")
        + el("parallelGateway", "G2")
        + users("I J")
        + way("S2 G2 I")
        + way("G2 J")
    )
    body = (
        S
        + sub("U", inner)
        + border("B", "U", on("message", "bud"))
        + users("A R")
        + way("S U A")
        + way("B R")
    )
    play = begin(body)
    assert play.tasks == ["I", "J"]
    assert play.say("bud").tasks == ["R"]


def test_a_border_listens_anew_when_a_loop_comes_back():
    body = (
        S
        + el("exclusiveGateway", "M")
        + user("A")
        + border("B", "A", on("timer", "P2D"), stays=True)
        + user("R")
    )
    body += (
        el("exclusiveGateway", "X", default="X-M")
        + E
        + way("S M A X M")
        + way("X E", "slut")
        + way("B R")
    )
    play = begin(body).wait(days=2)
    assert (play.tasks, play.timers) == (["A", "R"], [])
    play.do("A")
    assert play.timers == [NOW + timedelta(days=4)]
    assert play.wait(days=2).tasks == ["A", "R", "R"]


def test_a_message_brings_its_values_to_the_outside_of_a_called_part():
    part = doc(
        S
        + user("I")
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
        + way("S I X N")
        + way("X J", "x = 1"),
        "del",
    )
    body = (
        S
        + el("callActivity", "K", calledElement="del")
        + border("B", "K", on("message", "bud"), stays=True)
    )
    body += (
        el("exclusiveGateway", "X2", default="X2-R0")
        + users("A R0 R1")
        + way("S K A")
        + way("B X2 R0")
    )
    play = begin(body + way("X2 R1", "x = 1"), parts={"del": part})
    assert play.say("bud", x=1).tasks == ["I", "R1"]
    assert play.do("I").tasks == ["N", "R1"]  # the part has values of its own


def test_events_that_throw_each_other_without_end_are_stopped():
    body = TASK + by_event(
        "H", on("signal", "alarm"), stays=True,
        inner=throw("H_t", on("signal", "alarm")) + end("H_e") + way("H_s H_t H_e"),
    )  # fmt: skip
    body += sub("U", el("startEvent", "S2") + throw("T", on("signal", "alarm")) + way("S2 T"))
    with pytest.raises(LoopWithoutWait):
        begin(body.replace("</userTask>", "</userTask>") + way("A U")).do("A")


def test_a_message_goes_to_all_events_that_wait_for_it_but_to_one_turn_in_the_flow():
    body = (
        S
        + el("parallelGateway", "G")
        + catch("C1", on("message", "bud"))
        + catch("C2", on("message", "bud"))
    )
    play = begin(body + users("A B") + way("S G C1 A") + way("G C2 B"))
    assert play.say("bud").tasks == ["A", "B"]
    # Two tokens on one event: one message answers one of them.
    body = (
        S
        + el("parallelGateway", "G")
        + el("exclusiveGateway", "M")
        + catch("C", on("message", "bud"))
        + user("A")
    )
    play = begin(body + way("S G M C A") + way("G M").replace('id="G-M"', 'id="G-M2"'))
    assert play.say("bud").tasks == ["A"]
    assert play.say("bud").tasks == ["A", "A"]


def test_the_state_says_nothing_of_what_is_over():
    running = compiled(TASK)
    step = pathway.start(running, {}, NOW, parties={})
    step = pathway.complete(running, step.state, step.tasks[0].ref, {}, NOW)
    assert '"t":[]' in step.state
