"""Tasks and gateways: what BPMN 2.0 says of each, over one small diagram each."""

from __future__ import annotations

import pytest

from engine import pathway
from engine.errors import InstanceEnded, LoopWithoutWait, StepFailed, TaskNotOpen
from tests.small import E, S, begin, border, catch, el, end, on, user, users, way

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="d">
<decision id="vej" name="vej"><variable name="vej"/><decisionTable hitPolicy="UNIQUE">
<input><inputExpression><text>alder</text></inputExpression></input><output name="vej"/>
<rule><inputEntry><text>&lt; 18</text></inputEntry><outputEntry><text>"barn"</text></outputEntry></rule>
<rule><inputEntry><text>&gt;= 18</text></inputEntry><outputEntry><text>"voksen"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


# ---- tasks -------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["userTask", "manualTask"])
def test_a_persons_task_waits_until_it_is_completed(kind):
    # Given a diagram with one task for a person
    play = begin(S + el(kind, "A") + E + way("S A E"))
    assert (play.tasks, play.step.status) == (["A"], "running")
    before, ref = play.step.state, play.ref("A")
    # When somebody completes it
    play.do("A")
    # Then the pathway has ended; the task was open once
    assert play.ended == "E"
    with pytest.raises(InstanceEnded):
        pathway.complete(play.running, play.step.state, ref, {}, play.now)
    with pytest.raises(TaskNotOpen):
        pathway.complete(play.running, before, "999", {}, play.now)


def test_a_task_without_a_kind_is_done_at_once():
    assert begin(S + el("task", "A") + E + way("S A E")).ended == "E"


def test_a_send_task_tells_and_goes_on():
    send = el("sendTask", "A", stafet_besked="bud", stafet_til="Kommune", stafet_felter="x")
    play = begin(S + send + user("B") + E + way("S A B E"), {"x": 7, "hemmelig": 1})
    assert play.told == [("bud", "Kommune")]
    assert play.tasks == ["B"]


def test_a_send_task_may_name_a_message_of_the_file():
    send = el("sendTask", "A", messageRef="bud", stafet_til="Kommune")
    assert begin(S + send + E + way("S A E")).told == [("bud", "Kommune")]


def test_a_receive_task_waits_for_its_message_and_is_nobodys_work():
    play = begin(S + el("receiveTask", "A", messageRef="bud") + E + way("S A E"))
    assert (play.tasks, play.step.awaits, play.step.status) == ([], ("bud",), "waiting")
    play.say("bud")
    assert play.ended == "E"


def test_a_script_task_keeps_the_value_of_its_feel():
    script = el("scriptTask", "A", stafet_udtryk="a + 1", stafet_resultat="b")
    choice = el("exclusiveGateway", "X", default="X-N") + user("J") + user("N")
    play = begin(S + script + choice + way("S A X") + way("X J", "b = 3") + way("X N"), {"a": 2})
    assert play.tasks == ["J"]


def test_a_service_task_computes_or_tells():
    service = el("serviceTask", "A", stafet_udtryk="2 * a", stafet_resultat="b")
    tells = el("serviceTask", "B", stafet_besked="bud", stafet_til="Kommune")
    play = begin(
        S + service + tells + user("C") + E + way("S A B") + way("B C", "b = 8") + way("C E"),
        {"a": 4},
    )
    assert (play.tasks, play.told) == (["C"], [("bud", "Kommune")])


def test_a_business_rule_task_asks_its_decision():
    rule = el("businessRuleTask", "A", stafet_beslutning="vej", stafet_resultat="vej")
    choice = el("exclusiveGateway", "X", default="X-N") + user("J") + user("N")
    body = S + rule + choice + way("S A X") + way("X J", 'vej = "barn"') + way("X N")
    assert begin(body, {"alder": 12}, decisions={"vej": TABLE}).tasks == ["J"]
    assert begin(body, {"alder": 40}, decisions={"vej": TABLE}).tasks == ["N"]


def test_a_task_with_several_flows_out_splits():
    play = begin(S + users("A B C") + E + way("S A B E") + way("A C E"))
    assert play.do("A").tasks == ["B", "C"]
    assert play.do("B").ended is None
    assert play.do("C").ended == "E"


def test_conditional_flows_out_of_a_task_are_taken_where_they_hold():
    body = S + el("userTask", "A", default="A-D") + users("B C D") + way("S A") + way("A D")
    body += way("A B", "x > 1") + way("A C", "x > 2")
    assert begin(body).do("A", x=3).tasks == ["B", "C"]
    assert begin(body).do("A", x=2).tasks == ["B"]
    assert begin(body).do("A", x=1).tasks == ["D"]


def test_an_unconditional_flow_is_always_taken_and_the_default_where_no_condition_holds():
    body = (
        S
        + el("userTask", "A", default="A-D")
        + users("B C D")
        + way("S A")
        + way("A D")
        + way("A B")
    )
    body += way("A C", "x > 2")
    assert begin(body).do("A", x=3).tasks == ["B", "C"]
    assert begin(body).do("A", x=1).tasks == ["B", "D"]


def test_a_task_whose_conditions_all_fail_does_not_end_in_silence():
    play = begin(S + users("A B") + way("S A") + way("A B", "x > 1"))
    with pytest.raises(StepFailed, match="no way on"):
        play.do("A", x=0)


def test_a_step_without_a_flow_out_ends_its_way():
    assert begin(S + user("A") + way("S A")).do("A").step.status == "completed"


def test_several_tokens_pass_a_task_one_by_one():
    body = (
        S + el("parallelGateway", "G") + users("A B") + el("exclusiveGateway", "M") + user("C") + E
    )
    play = begin(body + way("S G A M C E") + way("G B M"))
    play.do("A").do("B")
    assert play.tasks == ["C", "C"]
    assert play.do("C").ended is None
    assert play.do("C").ended == "E"


# ---- exclusive ---------------------------------------------------------------------------
CHOICE = S + el("exclusiveGateway", "X", default="X-D") + users("A B D") + way("S X") + way("X D")


def test_an_exclusive_gateway_takes_the_first_flow_that_holds():
    body = CHOICE + way("X A", "x > 1") + way("X B", "x > 0")
    assert begin(body, {"x": 2}).tasks == ["A"]
    assert begin(body, {"x": 1}).tasks == ["B"]
    assert begin(body, {"x": 0}).tasks == ["D"]
    assert begin(body).tasks == ["D"]


def test_an_exclusive_gateway_without_a_way_on_stops_the_step():
    body = S + el("exclusiveGateway", "X", name="Enig?") + users("A B")
    with pytest.raises(StepFailed, match=r"“Enig\?” \(X\) has no way on"):
        begin(body + way("S X") + way("X A", "x > 1") + way("X B", "x > 2"), {"x": 0})


def test_an_exclusive_gateway_joins_without_waiting():
    body = S + el("parallelGateway", "G") + users("A B C") + el("exclusiveGateway", "M")
    play = begin(body + way("S G A M C") + way("G B M"))
    assert play.do("A").tasks == ["B", "C"]


# ---- parallel ----------------------------------------------------------------------------
def test_a_parallel_gateway_splits_and_waits_for_every_way():
    body = S + el("parallelGateway", "G") + users("A B C D") + el("parallelGateway", "J") + E
    play = begin(body + way("S G A J D E") + way("G B J") + way("G C J"))
    assert play.tasks == ["A", "B", "C"]
    play.do("A").do("C")
    assert (play.tasks, play.tokens) == (["B"], {"B", "J"})
    assert play.do("B").tasks == ["D"]
    assert play.do("D").ended == "E"


def test_a_parallel_gateway_waits_for_each_flow_not_for_a_number():
    # Two tokens by one way and none by the other: the standard's gateway waits on.
    body = S + el("parallelGateway", "G") + users("A B C") + el("exclusiveGateway", "M")
    body += el("parallelGateway", "J") + user("D")
    play = begin(body + way("S G A M J D") + way("G B M") + way("G C J"))
    play.do("A").do("B")
    assert play.tasks == ["C"]
    play.do("C")
    assert (play.tasks, play.tokens) == (["D"], {"D", "J"})


def test_a_parallel_join_whose_other_way_was_not_taken_waits_for_ever():
    body = (
        S
        + el("parallelGateway", "G")
        + user("A")
        + el("exclusiveGateway", "X", default="X-E2")
        + user("B")
    )
    body += end("E2") + el("parallelGateway", "J") + E
    body += way("S G A J E") + way("G X") + way("X B", "go") + way("X E2") + way("B J")
    play = begin(body, {"go": False}).do("A")
    assert (play.step.status, play.tokens) == ("waiting", {"J"})


def test_a_parallel_gateway_in_a_loop_joins_anew_each_turn():
    body = S + el("exclusiveGateway", "M") + el("parallelGateway", "G") + users("A B")
    body += el("parallelGateway", "J") + el("exclusiveGateway", "X", default="X-E") + E
    play = begin(body + way("S M G A J X E") + way("G B J") + way("X M", "igen"))
    for _ in range(5):
        play.do("B", igen=True).do("A")
        assert play.tasks == ["A", "B"]
    assert play.do("A").do("B", igen=False).ended == "E"


# ---- inclusive ---------------------------------------------------------------------------
OR = (
    S
    + el("inclusiveGateway", "G", default="G-D")
    + users("A B D F")
    + el("inclusiveGateway", "J")
    + E
)
OR += (
    way("S G")
    + way("G A", "a")
    + way("G B", "b")
    + way("G D")
    + way("A J")
    + way("B J")
    + way("D J F E")
)


def test_an_inclusive_gateway_takes_all_that_hold_and_waits_for_those():
    play = begin(OR, {"a": True, "b": True})
    assert play.tasks == ["A", "B"]
    assert play.do("A").tasks == ["B"]
    assert play.do("B").tasks == ["F"]
    assert play.do("F").ended == "E"


def test_an_inclusive_gateway_takes_the_default_when_nothing_holds():
    play = begin(OR, {"a": False, "b": False})
    assert play.tasks == ["D"]
    assert play.do("D").tasks == ["F"]


def test_an_inclusive_join_does_not_wait_for_what_cannot_come():
    play = begin(OR, {"a": True, "b": False})
    assert play.do("A").tasks == ["F"]


def test_an_inclusive_gateway_without_a_way_on_stops_the_step():
    body = (
        S
        + el("inclusiveGateway", "G")
        + users("A B")
        + way("S G")
        + way("G A", "a")
        + way("G B", "b")
    )
    with pytest.raises(StepFailed, match="“G” has no way on"):
        begin(body, {"a": False, "b": False})


def test_an_inclusive_join_waits_while_a_token_that_can_come_is_upstream():
    # A is done; B stands before a choice that may lead to the join.
    body = (
        S
        + el("parallelGateway", "G")
        + users("A B C F")
        + el("exclusiveGateway", "X", default="X-E2")
    )
    body += end("E2") + el("inclusiveGateway", "J") + E
    body += way("S G A J F E") + way("G B X E2") + way("X C", "x") + way("C J")
    play = begin(body).do("A")
    assert play.tasks == ["B"]
    assert begin(body).do("A").do("B", x=False).tasks == ["F"]
    play.do("B", x=True)
    assert play.tasks == ["C"]
    assert play.do("C").tasks == ["F"]


def test_an_inclusive_join_in_a_loop_opens_once_a_turn():
    body = (
        S + el("exclusiveGateway", "M") + el("inclusiveGateway", "G", default="G-B") + users("A B")
    )
    body += el("inclusiveGateway", "J") + el("exclusiveGateway", "X", default="X-E") + E
    body += way("S M G B J X E") + way("G A", "a") + way("A J") + way("X M", "igen")
    play = begin(body, {"a": True})
    for _ in range(3):
        assert play.do("A", igen=True, a=False).tasks == ["B"]
        assert play.do("B", a=True).tasks == ["A"]
    assert play.do("A", igen=False).ended == "E"


def test_an_inclusive_join_inside_a_loop_does_not_wait_for_itself():
    # The token that waits could go round and come in by the other flow: the standard does not count that way.
    body = (
        S + el("inclusiveGateway", "J") + user("A") + el("exclusiveGateway", "X", default="X-E") + E
    )
    play = begin(body + way("S J A X E") + way("X J", "igen"))
    assert play.tasks == ["A"]
    assert play.do("A", igen=True).tasks == ["A"]
    assert play.do("A", igen=False).ended == "E"


def test_an_inclusive_join_waits_for_a_token_behind_a_link_or_a_border():
    link = (
        S
        + el("parallelGateway", "G")
        + users("A B F")
        + el("intermediateThrowEvent", "L1", on("link", "l"))
    )
    link += catch("L2", on("link", "l")) + el("inclusiveGateway", "J") + E
    play = begin(link + way("S G A J F E") + way("G B L1") + way("L2 J"))
    assert play.do("A").tasks == ["B"]
    assert play.do("B").tasks == ["F"]
    edge = S + el("parallelGateway", "G") + users("A B F") + border("K", "B", on("message", "bud"))
    edge += end("E2") + el("inclusiveGateway", "J") + E
    play = begin(edge + way("S G A J F E") + way("G B E2") + way("K J"))
    assert play.do("A").tasks == ["B"]
    assert play.say("bud").tasks == ["F"]


def test_an_unconditional_flow_out_of_an_inclusive_gateway_is_always_taken():
    body = S + el("inclusiveGateway", "G") + users("A B") + way("S G A") + way("G B", "b")
    assert begin(body, {"b": False}).tasks == ["A"]
    assert begin(body, {"b": True}).tasks == ["A", "B"]


# ---- event-based -------------------------------------------------------------------------
def test_an_event_gateway_takes_the_first_event_and_forgets_the_others():
    body = (
        S
        + el("eventBasedGateway", "G")
        + catch("T", on("timer", "P3D"))
        + catch("M", on("message", "bud"))
    )
    body += catch("L", on("signal", "alarm")) + catch("C", on("conditional", "x = 1"))
    body += el("receiveTask", "R", messageRef="svar") + users("A B C2 D F")
    body += way("S G T A") + way("G M B") + way("G L C2") + way("G C D") + way("G R F")
    assert set(begin(body).step.awaits) == {"bud", "svar"}
    assert begin(body).wait(days=3).tasks == ["A"]
    assert begin(body).say("bud").tasks == ["B"]
    assert begin(body).say("svar").tasks == ["F"]
    assert begin(body, {"x": 1}).tasks == ["D"]
    late = begin(body).say("bud")
    assert (late.timers, late.step.awaits) == ([], ())
    assert late.wait(days=9).tasks == ["B"]


def test_an_event_gateway_hears_a_signal():
    body = (
        S
        + el("parallelGateway", "P")
        + user("A")
        + el("intermediateThrowEvent", "L", on("signal", "alarm"))
    )
    body += (
        el("eventBasedGateway", "G")
        + catch("C1", on("signal", "alarm"))
        + catch("C2", on("message", "bud"))
    )
    body += users("B C") + way("S P A L") + way("P G C1 B") + way("G C2 C")
    assert begin(body).do("A").tasks == ["B"]


def test_an_event_gateway_with_two_timers_takes_the_earlier():
    body = (
        S
        + el("eventBasedGateway", "G")
        + catch("T1", on("timer", "P30D"))
        + catch("T2", on("timer", "P2D"))
    )
    body += users("A B") + way("S G T1 A") + way("G T2 B")
    assert begin(body).wait(days=2).tasks == ["B"]
    assert begin(body).wait(days=40).tasks == ["B"]


# ---- loops -------------------------------------------------------------------------------
def test_a_loop_that_waits_for_nobody_stops_and_names_its_elements():
    body = (
        S
        + el("exclusiveGateway", "M")
        + el("task", "A", name="Regn")
        + el("exclusiveGateway", "X", default="X-M")
    )
    with pytest.raises(LoopWithoutWait) as told:
        begin(body + E + way("S M A X M") + way("X E", "false"))
    assert told.value.facts["elements"] == ("M", "A", "X")
    assert "“Regn” (A)" in told.value.sentence


def test_a_loop_with_a_task_turns_as_often_as_it_is_asked_to():
    body = (
        S + el("exclusiveGateway", "M") + user("A") + el("exclusiveGateway", "X", default="X-E") + E
    )
    play = begin(body + way("S M A X E") + way("X M", "igen"))
    for _ in range(1_100):
        play.do("A", igen=True)
    assert play.do("A", igen=False).ended == "E"
