"""What is done several times, and what holds other steps: rounds, loops, sub-processes, called parts, ad-hoc."""

from __future__ import annotations

import pytest

from engine.errors import ActionNotOpen, LoopWithoutWait, StepFailed
from tests.small import E, S, begin, border, catch, doc, each, el, end, on, sub, user, users, way

PARTIES = '["Kommune", "Psykiatri", "Kriminalforsorg"]'


def round_of(**how) -> str:
    return S + user("A", each(PARTIES, name="part", **how)) + user("B") + E + way("S A B E")


# ---- multi-instance ----------------------------------------------------------------------
def test_a_parallel_round_opens_a_task_for_each_and_waits_for_all():
    play = begin(round_of())
    assert [(t.party, t.nth, t.of) for t in play.step.tasks] == [
        ("Kommune", 0, 3), ("Psykiatri", 1, 3), ("Kriminalforsorg", 2, 3),
    ]  # fmt: skip
    play.do("A", 2).do("A")
    assert [t.party for t in play.step.tasks] == ["Psykiatri"]
    assert play.do("A").tasks == ["B"]


def test_a_sequential_round_opens_one_at_a_time_in_order():
    play = begin(round_of(one_by_one=True))
    for party in ("Kommune", "Psykiatri", "Kriminalforsorg"):
        assert [t.party for t in play.step.tasks] == [party]
        play.do("A")
    assert play.tasks == ["B"]


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_completion_condition_ends_the_round_early(one_by_one):
    for condition in ("numberOfCompletedInstances >= 2", "nrOfCompletedInstances >= 2"):
        play = begin(round_of(until=condition, one_by_one=one_by_one))
        play.do("A")
        assert "A" in play.tasks
        assert play.do("A").tasks == ["B"]
    play = begin(
        round_of(until="some a in svar satisfies a.nej", collect="svar", one_by_one=one_by_one)
    )
    assert play.do("A", nej=True).tasks == ["B"]


def test_a_round_counts_its_turns():
    play = begin(round_of(until="numberOfActiveInstances = 1 and numberOfInstances = 3"))
    assert play.do("A").tasks == ["A", "A"]
    assert play.do("A").tasks == ["B"]


def test_a_round_collects_its_answers_in_the_order_of_the_list():
    choice = el("exclusiveGateway", "X", default="X-N") + users("J N") + way("A X N")
    enough = 'svar[1].part = "Kommune" and svar[1].accept and not(svar[3].accept)'
    body = (
        S
        + user("A", each(PARTIES, name="part", collect="svar"))
        + choice
        + way("S A")
        + way("X J", enough)
    )
    play = begin(body).do("A", 2, accept=False).do("A", 1, accept=True)
    assert play.do("A", accept=True).tasks == ["J"]


def test_a_round_without_a_list_writes_its_answers_through():
    body = (
        S
        + user("A", each("2"))
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
        + way("S A X N")
    )
    play = begin(body + way("X J", "accept")).do("A", accept=False).do("A", accept=True)
    assert play.tasks == ["J"]


@pytest.mark.parametrize("items", ["[]", "ukendt", "0"])
def test_a_round_of_nobody_is_done_at_once(items):
    assert begin(
        S + user("A", each(items, name="x", collect="svar")) + user("B") + way("S A B")
    ).tasks == ["B"]


def test_a_round_of_what_is_no_list_stops_the_step():
    with pytest.raises(StepFailed, match="gives no list"):
        begin(S + user("A", each('"Kommune"')) + way("S A"))
    with pytest.raises(StepFailed, match="more than 1000 times"):
        begin(S + user("A", each("1001")) + way("S A"))


def test_a_standard_loop_cardinality_is_a_number_of_turns():
    multi = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
    assert begin(S + user("A", multi) + way("S A")).tasks == ["A", "A", "A"]


def test_a_border_event_ends_the_whole_round():
    for one_by_one in (False, True):
        body = (
            round_of(one_by_one=one_by_one)
            + border("T", "A", on("timer", "P1D"))
            + user("R")
            + way("T R")
        )
        assert begin(body).do("A").wait(days=1).tasks == ["R"]


def test_a_border_event_that_does_not_interrupt_leaves_the_round_alone():
    play = begin(
        round_of() + border("T", "A", on("message", "bud"), stays=True) + user("R") + way("T R")
    )
    assert play.say("bud").say("bud").tasks == ["A", "A", "A", "R", "R"]


def test_a_round_of_sub_processes_keeps_each_turns_values_apart():
    inner = (
        el("startEvent", "S2")
        + user("I")
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
    )
    inner += way("S2 I X N") + way("X J", "accept")
    play = begin(S + sub("U", inner + each(PARTIES, name="part")) + user("B") + way("S U B"))
    play.do("I", 0, accept=True).do("I", 0, accept=False)
    assert play.tasks == ["I", "J", "N"]
    play.do("I", accept=True).do("N").do("J")
    assert play.do("J").tasks == ["B"]


def test_a_terminate_in_one_turn_ends_that_turn():
    inner = (
        el("startEvent", "S2")
        + el("parallelGateway", "G")
        + users("I J")
        + end("T", on("terminate"))
    )
    inner += way("S2 G I T") + way("G J")
    play = begin(S + sub("U", inner + each("2")) + user("B") + way("S U B")).do("I")
    assert play.tasks == ["I", "J"]
    assert play.do("I").tasks == ["B"]


def test_an_error_in_one_turn_interrupts_the_round():
    inner = el("startEvent", "S2") + user("I") + end("F", on("error", "fejl")) + way("S2 I F")
    body = (
        S
        + sub("U", inner + each("3"))
        + border("B", "U", on("error"))
        + users("A R")
        + way("S U A")
        + way("B R")
    )
    assert begin(body).do("I").tasks == ["R"]


def test_a_message_answers_the_turn_that_it_is_about():
    receive = el("receiveTask", "A", each(PARTIES, name="part"), messageRef="svar")
    play = begin(S + receive + user("B") + way("S A B"))
    play.say("svar", part="Psykiatri")
    left = play.step.state
    assert '"Psykiatri"' in left
    with pytest.raises(Exception, match="Nobody waits"):
        play.say("svar", part="Psykiatri")
    play.say("svar")  # does not say: the oldest that waits
    with pytest.raises(Exception, match="Nobody waits"):
        play.say("svar", part="Kommune")
    assert play.say("svar", part="Kriminalforsorg").tasks == ["B"]


# ---- standard loops ----------------------------------------------------------------------
def loop(condition: str = "", maximum: str = "", before: bool = False) -> str:
    said = (f' loopMaximum="{maximum}"' if maximum else "") + (
        ' testBefore="true"' if before else ""
    )
    inner = f"<loopCondition>{condition}</loopCondition>" if condition else ""
    return f"<standardLoopCharacteristics{said}>{inner}</standardLoopCharacteristics>"


def test_a_standard_loop_turns_while_its_condition_holds():
    play = begin(S + user("A", loop("igen")) + user("B") + way("S A B"))
    for _ in range(4):
        assert play.do("A", igen=True).tasks == ["A"]
    assert play.do("A", igen=False).tasks == ["B"]


def test_a_standard_loop_may_test_before_its_first_turn():
    body = S + user("A", loop("igen", before=True)) + user("B") + way("S A B")
    assert begin(body, {"igen": False}).tasks == ["B"]
    assert begin(body, {"igen": True}).tasks == ["A"]


def test_a_standard_loop_ends_at_its_maximum():
    play = begin(S + user("A", loop("true", "3")) + user("B") + way("S A B")).do("A").do("A")
    assert play.tasks == ["A"]
    assert play.do("A").tasks == ["B"]
    assert (
        begin(
            S
            + el("scriptTask", "A", loop("", "5000"), stafet_udtryk="1", stafet_resultat="x")
            + E
            + way("S A E")
        ).ended
        == "E"
    )


def test_a_standard_loop_that_waits_for_nobody_is_stopped():
    script = el("scriptTask", "A", loop("true"), stafet_udtryk="1", stafet_resultat="x")
    with pytest.raises(LoopWithoutWait, match="“A”"):
        begin(S + script + E + way("S A E"))


# ---- sub-processes -----------------------------------------------------------------------
def test_a_sub_process_is_done_when_every_way_in_it_has_ended():
    inner = (
        el("startEvent", "S2") + el("parallelGateway", "G") + users("I J") + end("E2") + end("E3")
    )
    play = begin(
        S + sub("U", inner + way("S2 G I E2") + way("G J E3")) + user("A") + E + way("S U A E")
    )
    assert play.tokens == {"U", "I", "J"}
    assert play.do("I").tasks == ["J"]
    assert play.do("J").tasks == ["A"]
    assert play.do("A").ended == "E"


def test_a_sub_process_without_a_start_event_begins_everywhere():
    play = begin(S + sub("U", users("I J K") + way("I K")) + E + way("S U E"))
    assert play.tasks == ["I", "J"]


def test_an_empty_sub_process_is_done_at_once():
    assert begin(S + sub("U", "") + E + way("S U E")).ended == "E"


def test_a_sub_process_shares_the_values_around_it():
    inner = el("startEvent", "S2") + user("I") + way("S2 I")
    body = (
        S
        + sub("U", inner)
        + el("exclusiveGateway", "X", default="X-N")
        + users("J N")
        + way("S U X N")
    )
    assert begin(body + way("X J", "x = 1")).do("I", x=1).tasks == ["J"]


def test_conditions_on_the_flows_out_of_a_sub_process():
    inner = el("startEvent", "S2") + user("I") + way("S2 I")
    body = (
        S
        + el("subProcess", "U", inner, default="U-N")
        + users("J N")
        + way("S U N")
        + way("U J", "x = 1")
    )
    assert begin(body).do("I", x=1).tasks == ["J"]
    assert begin(body).do("I", x=2).tasks == ["N"]


# ---- called parts ------------------------------------------------------------------------
PART = doc(
    S + user("I") + el("exclusiveGateway", "X", default="X-N") + users("J N") + E
    + way("S I X N E") + way("X J", "n = 1") + way("J E"), "del",
)  # fmt: skip


def test_a_called_part_takes_values_in_and_gives_values_out():
    call = el(
        "callActivity", "K", calledElement="del", stafet_ind="n = m + 1", stafet_ud="svar = n * 10"
    )
    body = S + call + el("exclusiveGateway", "X", default="X-B") + users("A B") + way("S K X B")
    play = begin(body + way("X A", "svar = 10"), {"m": 0}, parts={"del": PART})
    assert play.do("I").tasks == ["J"]
    assert play.do("J").tasks == ["A"]


def test_a_called_part_has_values_of_its_own():
    call = el("callActivity", "K", calledElement="del", stafet_ind="n = 2")
    body = (
        S
        + call
        + el("exclusiveGateway", "X", default="X-B")
        + users("A B")
        + way("S K X B")
        + way("X A", "n = 7")
    )
    play = begin(body, {"n": 7}, parts={"del": PART})
    assert play.do("I").tasks == ["N"]
    assert play.do("N").tasks == ["A"]


def test_without_ind_all_that_the_part_reads_goes_in_and_nothing_comes_out():
    body = (
        S
        + el("callActivity", "K", calledElement="del")
        + el("exclusiveGateway", "X", default="X-B")
        + users("A B")
    )
    body += way("S K X B") + way("X A", "n = 5")
    play = begin(body, {"n": 1}, parts={"del": PART})
    assert play.do("I", n=5).tasks == ["N"]
    assert play.do("N").tasks == ["B"]


def test_the_flows_out_of_a_called_part_see_the_values_outside():
    body = (
        S
        + el("callActivity", "K", calledElement="del", stafet_ind="n = 2", default="K-B")
        + users("A B")
    )
    play = begin(body + way("S K B") + way("K A", "n = 7"), {"n": 7}, parts={"del": PART})
    assert play.do("I").do("N").tasks == ["A"]


def test_a_round_of_called_parts_collects_what_each_gives_out():
    call = el(
        "callActivity", "K", each("[1, 2]", name="m", collect="alle"), calledElement="del",
        stafet_ind="n=m", stafet_ud="facit=n * 10",
    )  # fmt: skip
    body = S + call + el("exclusiveGateway", "X", default="X-B") + users("A B") + way("S K X B")
    body += way("X A", "alle[1].facit = 10 and alle[2].facit = 20")
    play = begin(body, parts={"del": PART}).do("I").do("I")
    assert play.tasks == ["J", "N"]
    assert play.do("N").do("J").tasks == ["A"]


def test_a_part_may_lie_in_the_same_file():
    part = f'<process id="del" isExecutable="true">{S + user("I") + way("S I")}</process>'
    file = doc(
        S
        + el("callActivity", "K", calledElement="del")
        + user("A")
        + way("S K A").replace('id="S-K"', 'id="f1"'),
        more=part.replace('id="S"', 'id="S9"').replace(
            '"S-I" sourceRef="S"', '"f9" sourceRef="S9"'
        ),
    )
    assert begin(file).do("I").tasks == ["A"]


def test_a_part_that_calls_itself_is_stopped_and_named():
    body = (
        S
        + el("callActivity", "K", name="Igen", calledElement="midtjylland-proeve")
        + E
        + way("S K E")
    )
    with pytest.raises(LoopWithoutWait) as told:
        begin(body)
    assert "“Igen” (K) calls parts inside parts" in told.value.sentence
    assert told.value.facts["elements"] == ("midtjylland-proeve",)


def test_a_part_that_calls_itself_behind_a_task_is_stopped_by_its_depth():
    body = (
        S
        + user("A")
        + el("callActivity", "K", calledElement="midtjylland-proeve")
        + E
        + way("S A K E")
    )
    play = begin(body)
    for _ in range(30):
        play.do("A")
    with pytest.raises(StepFailed, match="more than 30 deep"):
        play.do("A")
    assert play.tasks == ["A"]


def test_parts_that_call_each_other_are_stopped():
    part = doc(
        S + el("callActivity", "K2", calledElement="midtjylland-proeve") + way("S K2"), "del"
    )
    with pytest.raises(LoopWithoutWait, match="del → midtjylland-proeve"):
        begin(S + el("callActivity", "K", calledElement="del") + way("S K"), parts={"del": part})


# ---- ad-hoc ------------------------------------------------------------------------------
def ad_hoc(condition: str = "", **attributes: str) -> str:
    done = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    return (
        S
        + el("adHocSubProcess", "U", users("X Y Z") + way("Y Z") + done, **attributes)
        + user("A")
        + way("S U A")
    )


def test_an_ad_hoc_sub_process_opens_all_that_no_flow_leads_to_in_any_order():
    play = begin(ad_hoc())
    assert play.tasks == ["X", "Y"]
    assert play.do("Y").tasks == ["X", "Z"]
    assert play.do("Z").do("X").tasks == ["A"]


def test_a_step_of_an_ad_hoc_sub_process_can_be_done_again():
    play = begin(ad_hoc()).do("X")
    assert (play.tasks, play.actions) == (["Y"], {"X"})
    assert play.act("X").tasks == ["X", "Y"]
    with pytest.raises(ActionNotOpen):
        play.act("X")
    play.do("X").do("Y").do("Z")
    assert (play.tasks, play.actions) == (["A"], set())


def test_a_completion_condition_ends_an_ad_hoc_sub_process_and_what_is_open_in_it():
    play = begin(ad_hoc("nok"), {"nok": False})
    play.do("X", nok=False).do("Y").do("Z")
    assert (play.tasks, play.actions) == ([], {"X", "Y"})  # it stays open until the condition holds
    assert play.act("Y").tasks == ["Y"]
    assert play.act("X").do("X", nok=True).tasks == ["A"]


def test_an_ad_hoc_sub_process_may_let_what_is_open_be_finished():
    play = begin(ad_hoc("nok", cancelRemainingInstances="false")).do("X", nok=True)
    assert (play.tasks, play.actions) == (["Y"], set())
    assert play.do("Y").do("Z").tasks == ["A"]


def test_an_ad_hoc_sub_process_may_hold_events_and_be_interrupted():
    held = users("X") + catch("C", on("message", "bud")) + user("Y") + way("C Y")
    body = (
        S + el("adHocSubProcess", "U", held) + border("B", "U", on("timer", "P9D")) + users("A R")
    )
    body += way("S U A") + way("B R")
    play = begin(body).say("bud")
    assert play.tasks == ["X", "Y"]
    assert play.wait(days=9).tasks == ["R"]
