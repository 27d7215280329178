"""Event sub-processes: any start, interrupting or not, at any level, as often as the event comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.errors import MessageUnmatched, StepFailed
from tests.small import (
    NOW,
    E,
    S,
    begin,
    border,
    by_event,
    doc,
    each,
    el,
    end,
    on,
    sub,
    throw,
    user,
    users,
    way,
)

#: A task A, and beside it X, after which the signal, error or escalation of the case is thrown.
MAIN = S + el("parallelGateway", "G") + users("A X") + E + way("S G A E") + way("G X")


def thrown(kind: str, name: str) -> str:
    if kind == "error":
        return el("endEvent", "T", on("error", name)) + way("X T")
    return throw("T", on(kind, name)) + way("X T")


STARTS = {
    "message": (on("message", "bud"), "", lambda play: play.say("bud")),
    "timer": (on("timer", "P3D"), "", lambda play: play.wait(days=3)),
    "signal": (on("signal", "alarm"), thrown("signal", "alarm"), lambda play: play.do("X")),
    "escalation": (on("escalation", "hjaelp"), thrown("escalation", "hjaelp"), lambda play: play.do("X")),
    "conditional": (on("conditional", "x = 1"), "", lambda play: play.operator("amend", {"x": 1})),
}  # fmt: skip


@pytest.mark.parametrize("kind", STARTS)
def test_an_interrupting_event_sub_process_takes_the_place_of_its_scope(kind):
    event, more, comes = STARTS[kind]
    # Given an instance with an event sub-process that interrupts
    play = begin(MAIN + more + by_event("H", event))
    assert play.tasks == ["A", "X"]
    # When its event comes
    comes(play)
    # Then nothing else is left, and its end is the instance's end state
    assert (play.tasks, play.timers, play.step.awaits) == (["H_t"], [], ())
    assert play.do("H_t").ended == "H_e"


@pytest.mark.parametrize("kind", STARTS)
def test_an_event_sub_process_that_does_not_interrupt_runs_beside(kind):
    event, more, comes = STARTS[kind]
    play = begin(MAIN + more + by_event("H", event, stays=True))
    comes(play)
    assert [t for t in play.tasks if t != "X"] == ["A", "H_t"]
    # The instance waits for it, and it does not speak for the instance.
    play.do("A")
    if "X" in play.tasks:
        play.do("X")
    assert play.ended is None
    assert play.do("H_t").ended == "E"


def test_an_error_starts_an_event_sub_process_and_interrupts():
    play = begin(MAIN + thrown("error", "fejl") + by_event("H", on("error", "fejl")))
    assert play.do("X").tasks == ["H_t"]
    assert play.do("H_t").ended == "H_e"


def test_a_message_may_start_the_same_event_sub_process_many_times():
    play = begin(MAIN + by_event("H", on("message", "bud"), stays=True))
    for n in range(1, 8):
        play.say("bud")
        assert play.tasks == ["A", *["H_t"] * n, "X"]
        assert play.actions == {"H_s"}
    play.act("H_s")
    assert play.tasks.count("H_t") == 8
    while "H_t" in play.tasks:
        play.do("H_t")
    assert play.tasks == ["A", "X"]


def test_a_cycle_starts_an_event_sub_process_each_time():
    play = begin(MAIN + by_event("H", on("timer", "R2/P3D"), stays=True))
    assert play.wait(days=3).tasks == ["A", "H_t", "X"]
    assert play.timers == [NOW + timedelta(days=6)]
    assert play.wait(days=3).tasks == ["A", "H_t", "H_t", "X"]
    assert play.timers == []
    # Nothing that only listens keeps the instance from ending.
    play.do("A").do("X").do("H_t").do("H_t")
    assert play.ended == "E"


def test_a_listening_event_sub_process_does_not_keep_the_instance_open():
    play = begin(S + user("A") + E + way("S A E") + by_event("H", on("timer", "P30D"), stays=True))
    assert play.do("A").ended == "E"
    assert play.timers == []


@pytest.mark.parametrize("stays", [False, True])
def test_an_event_sub_process_within_a_sub_process(stays):
    inner = (
        el("startEvent", "S2")
        + user("I")
        + end("E2")
        + way("S2 I E2")
        + by_event("H", on("message", "bud"), stays=stays)
    )
    play = begin(S + sub("U", inner) + user("A") + E + way("S U A E"))
    play.say("bud")
    assert play.tasks == (["H_t", "I"] if stays else ["H_t"])
    # The sub-process is done when all in it is; then the way goes on outside.
    if stays:
        assert play.do("I").tasks == ["H_t"]
    play.do("H_t")
    assert (play.tasks, play.ended) == (["A"], None)
    with pytest.raises(MessageUnmatched):
        play.say("bud")
    assert play.do("A").ended == "E"


def test_an_event_sub_process_within_a_called_part_and_within_an_event_sub_process():
    deep = by_event("H2", on("message", "bud2"), stays=True)
    handler = user("H_t") + end("H_e") + way("H_s H_t H_e") + deep
    part = doc(
        S + user("I") + way("S I") + by_event("H", on("message", "bud"), stays=True, inner=handler),
        "del",
    )
    play = begin(
        S + el("callActivity", "K", calledElement="del") + E + way("S K E"), parts={"del": part}
    )
    assert play.step.awaits == ("bud",)
    assert set(play.say("bud").step.awaits) == {"bud", "bud2"}
    play.say("bud2").say("bud2")
    assert play.tasks == ["H2_t", "H2_t", "H_t", "I"]
    for task in ("H_t", "H2_t", "I", "H2_t"):
        assert play.ended is None
        play.do(task)
    assert play.ended == "E"


def test_an_interrupted_sub_process_keeps_what_stands_on_its_border():
    inner = el("startEvent", "S2") + user("I") + way("S2 I") + by_event("H", on("message", "bud"))
    body = (
        S
        + sub("U", inner)
        + border("B", "U", on("timer", "P5D"))
        + users("A R")
        + way("S U A")
        + way("B R")
    )
    play = begin(body).say("bud")
    assert (play.tasks, play.timers) == (["H_t"], [NOW + timedelta(days=5)])
    assert play.wait(days=5).tasks == ["R"]


def test_once_interrupted_no_other_event_sub_process_of_the_scope_starts():
    play = begin(
        MAIN
        + by_event("H", on("message", "bud"))
        + by_event("K", on("message", "svar"), stays=True)
    )
    assert play.say("svar").tasks == ["A", "K_t", "X"]
    assert play.say("bud").tasks == ["H_t"]
    with pytest.raises(MessageUnmatched):
        play.say("svar")


def test_an_error_in_an_event_sub_process_goes_outwards_and_not_to_itself():
    handler = end("H_f", on("error", "fejl")) + way("H_s H_f")
    inner = el("startEvent", "S2") + user("I") + way("S2 I")
    inner += by_event("H", on("error", "fejl"), inner=handler) + by_event(
        "K", on("message", "bud"), inner=end("K_f", on("error", "fejl")) + way("K_s K_f")
    )
    body = (
        S
        + sub("U", inner)
        + border("B", "U", on("error", "fejl"))
        + users("A R")
        + way("S U A")
        + way("B R")
    )
    assert begin(body).say("bud").tasks == ["R"]
    alone = begin(
        MAIN + thrown("error", "fejl") + by_event("H", on("error", "fejl"), inner=handler)
    )
    with pytest.raises(StepFailed, match="nobody catches"):
        alone.do("X")


def test_an_event_sub_process_within_catches_before_the_border_does():
    inner = (
        el("startEvent", "S2")
        + user("I")
        + end("F", on("error", "fejl"))
        + way("S2 I F")
        + by_event("H", on("error"))
    )
    body = (
        S
        + sub("U", inner)
        + border("B", "U", on("error", "fejl"))
        + users("A R")
        + way("S U A")
        + way("B R")
    )
    play = begin(body).do("I")
    assert play.tasks == ["H_t"]
    assert play.do("H_t").tasks == ["A"]


def test_an_event_sub_process_may_have_events_on_its_own_border():
    play = begin(
        MAIN
        + by_event("H", on("message", "bud"), stays=True)
        + border("B", "H", on("message", "svar"))
        + user("R")
        + way("B R")
    )
    play.say("bud")
    assert play.say("svar").tasks == ["A", "R", "X"]


def test_each_turn_of_a_round_has_event_sub_processes_of_its_own():
    inner = (
        el("startEvent", "S2") + user("I") + way("S2 I") + by_event("H", on("message", "doedsfald"))
    )
    play = begin(
        S + sub("U", inner + each('["Kommune", "Psykiatri"]', name="part")) + E + way("S U E")
    )
    assert play.tasks == ["I", "I"]
    # What a message says of whom it is about decides which turn hears it; one that does not say is heard by all.
    assert play.say("doedsfald", part="Kommune").tasks == ["H_t", "I"]
    assert begin(
        S + sub("U", inner + each('["Kommune", "Psykiatri"]', name="part")) + E + way("S U E")
    ).say("doedsfald").tasks == ["H_t", "H_t"]


def test_values_that_the_event_brings_are_seen_in_its_sub_process():
    handler = (
        el("exclusiveGateway", "X1", default="X1-N")
        + users("J N")
        + way("H_s X1 N")
        + way("X1 J", "haster = true")
    )
    body = (
        S + user("A") + way("S A") + by_event("H", on("message", "bud"), stays=True, inner=handler)
    )
    assert begin(body).say("bud", haster=True).tasks == ["A", "J"]
    assert begin(body).act("H_s").tasks == ["A", "N"]


#: Each start brings x; the task's choice of way and its deadline depend on it.
TURNS = by_event(
    "H", on("message", "bud"), stays=True,
    inner=user("H_t") + el("exclusiveGateway", "V", default="V-H_e") + end("H_1") + end("H_e")
    + way("H_s H_t V H_e") + way("V H_1", "x = 1"),
)  # fmt: skip


def ended(play) -> list[str]:
    return [t.element for t in play.step.traces if (t.what, t.kind) == ("completed", "endEvent")]


def test_each_turn_of_an_event_sub_process_keeps_to_what_it_brought():
    play = begin(MAIN + TURNS)
    play.say("bud", x=1).say("bud", x=2)
    # The older turn goes the way of its own value, though a newer one has come since.
    play.do("H_t", 0)
    assert ended(play) == ["H_1"]
    play.do("H_t", 0)
    assert ended(play) == ["H_e"]


def test_what_a_turn_of_an_event_sub_process_brings_is_seen_outside():
    after = user("A") + el("exclusiveGateway", "W", default="W-E") + E + end("E2")
    play = begin(S + after + way("S A W E") + way("W E2", "x = 3") + TURNS)
    play.say("bud", x=1).do("H_t", x=3)
    assert play.do("A").ended == "E2"


def test_an_operator_corrects_a_value_for_the_turns_too():
    play = begin(MAIN + TURNS)
    play.say("bud", x=2)
    play.operator("amend", {"x": 1})
    play.do("H_t")
    assert ended(play) == ["H_1"]
