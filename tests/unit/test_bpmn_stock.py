"""What SpiffWorkflow 3.2.0 does by itself where our layer does otherwise (docs/bpmn.md).

Each test would turn red when an upgrade mends it: then the row in the docs, and perhaps a part of the layer, can go.
Ours on the same diagrams is shown in the other `test_bpmn_*` files.
"""

from __future__ import annotations

import time

import pytest
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import pathway
from tests.small import (
    E,
    S,
    begin,
    border,
    by_event,
    catch,
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

P = "midtjylland-proeve"
TASK = S + user("A") + E + way("S A E")


def spec(body: str):
    # Stock names events by an id of their own; ours need none.
    parser = BpmnParser()
    parser.add_bpmn_str(doc(body).encode())
    return parser.get_spec(P), parser.get_subprocess_specs(P)


def stock(body: str, made=None, **data) -> BpmnWorkflow:
    flow = BpmnWorkflow(*(made or spec(body)))
    flow.task_tree.data.update(data)
    flow.do_engine_steps()
    return flow


def ready(flow: BpmnWorkflow) -> list[str]:
    return sorted(
        t.task_spec.name for t in flow.get_tasks(state=TaskState.READY) if t.task_spec.manual
    )


def do(flow: BpmnWorkflow, task: str, **data) -> None:
    token = flow.get_next_task(state=TaskState.READY, spec_name=task)
    token.data.update(data)
    token.run()
    flow.do_engine_steps()


def say(flow: BpmnWorkflow, name: str) -> None:
    flow.send_event(BpmnEvent(MessageEventDefinition(name), {}))
    flow.do_engine_steps()


def test_stock_ends_a_link_in_silence():
    body = (
        S
        + throw("L", on("link", "l"))
        + catch("M", on("link", "l"))
        + user("A")
        + E
        + way("S L")
        + way("M A E")
    )
    flow = stock(body)
    assert (ready(flow), flow.is_completed()) == ([], True)
    assert begin(body).tasks == ["A"]


def test_stock_throws_nothing_at_a_signal_end():
    body = S + el("parallelGateway", "G") + catch("C", on("signal", "alarm")) + users("A B")
    body += end("X", on("signal", "alarm")) + way("S G C A") + way("G B X")
    flow = stock(body)
    do(flow, "B")
    assert ready(flow) == []
    assert begin(body).do("B").tasks == ["A"]


def test_stock_does_not_interrupt():
    body = TASK + by_event("H", on("message", "bud"))
    flow = stock(body)
    say(flow, "bud")
    assert ready(flow) == ["A", "H_t"]
    assert begin(body).say("bud").tasks == ["H_t"]


def test_stock_runs_an_escalation_start_at_once():
    body = TASK + by_event("H", on("escalation", "hjaelp"), stays=True)
    assert ready(stock(body)) == ["A", "H_t"]
    assert begin(body).tasks == ["A"]


def test_stock_changes_the_shared_diagram():
    made = spec(TASK + by_event("H", on("message", "bud"), stays=True))
    before = len(stock("", made).tasks)
    say(stock("", made), "bud")
    # Nobody has said anything to this one, and yet it is another.
    assert len(stock("", made).tasks) > before
    play = begin(TASK + by_event("H", on("message", "bud"), stays=True)).say("bud")
    fresh = pathway.start(play.running, {}, play.now, parties={})
    assert [task.element for task in fresh.tasks] == ["A"]


def test_stock_is_deaf_inside_a_sub_process():
    inner = (
        el("startEvent", "S2")
        + user("I")
        + end("E2")
        + way("S2 I E2")
        + by_event("H", on("message", "bud"), stays=True)
    )
    body = S + sub("U", inner) + E + way("S U E")
    with pytest.raises(WorkflowException, match="not waiting"):
        say(stock(body), "bud")
    assert begin(body).say("bud").tasks == ["H_t", "I"]


def test_stock_is_kept_open_by_a_listening_timer():
    quoted = on("timer", "P30D").replace(">P30D<", '>"P30D"<')
    flow = stock(TASK + by_event("H", quoted, stays=True))
    do(flow, "A")
    assert not flow.is_completed()
    assert begin(TASK + by_event("H", on("timer", "P30D"), stays=True)).do("A").ended == "E"


def test_stock_hears_a_border_message_once():
    body = (
        TASK
        + border("B", "A", on("message", "bud"), stays=True)
        + user("R")
        + end("E2")
        + way("B R E2")
    )
    flow = stock(body)
    say(flow, "bud")
    with pytest.raises(WorkflowException, match="not waiting"):
        say(flow, "bud")
    assert begin(body).say("bud").say("bud").tasks == ["A", "R", "R"]


def test_stock_passes_over_conditions_out_of_a_task():
    body = (
        S
        + el("userTask", "A", default="A-C")
        + users("B C")
        + E
        + way("S A")
        + way("B E")
        + way("C E")
    )
    body += way("A B", "False") + way("A C")
    with pytest.raises(Exception, match="Multiple outgoing flows"):
        stock(body)
    body = S + users("A B") + E + way("S A") + way("A B", "False") + way("B E")
    flow = stock(body)
    do(flow, "A")
    assert ready(flow) == ["B"]


def test_stock_stands_still_at_a_service_task_that_does_nothing():
    flow = stock(S + el("serviceTask", "A") + E + way("S A E"))
    assert (ready(flow), flow.is_completed()) == ([], False)


def test_stock_reads_the_machines_clock():
    timer = on("timer", "P").replace(">P<", '>"PT0.05S"<')
    flow = stock(S + catch("C", timer) + user("A") + E + way("S C A E"))
    assert ready(flow) == []
    time.sleep(0.1)
    flow.refresh_timers()
    flow.do_engine_steps()
    assert ready(flow) == ["A"]


def test_stock_takes_a_compensation_for_nothing():
    assert stock(S + throw("T", "<compensateEventDefinition/>") + E + way("S T E")).is_completed()


LOOP = S + el("exclusiveGateway", "M") + user("A") + el("exclusiveGateway", "X", default="X-E") + E
LOOP += way("S M A X E") + way("X M", "igen")


def test_stock_ends_a_long_loop_in_silence():
    flow = stock(LOOP)
    turns = 0
    while ready(flow) == ["A"] and turns < 400:
        do(flow, "A", igen=True)
        turns += 1
    assert (turns, flow.is_completed()) == (333, True)  # and yet it was asked to go on
    play = begin(LOOP)
    for _ in range(400):
        play.do("A", igen=True)
    assert play.tasks == ["A"]


def test_stock_joins_wrongly_in_loops():
    body = (
        S
        + el("exclusiveGateway", "M")
        + el("parallelGateway", "G")
        + users("A B")
        + el("parallelGateway", "J")
    )
    body += el("exclusiveGateway", "X", default="X-C") + user("C") + E
    body += way("S M G A J X C E") + way("G B J") + way("X M", "igen")
    flow = stock(body)
    do(flow, "B", igen=True)
    do(flow, "A", igen=True)
    do(flow, "A", igen=False)
    assert ready(flow) == ["B", "C"]  # the second turn's B is still open, and the join has let go
    assert begin(body).do("B", igen=True).do("A", igen=True).do("A", igen=False).tasks == ["B"]


def test_stock_calls_itself_without_end():
    body = S + el("callActivity", "K", calledElement=P) + E + way("S K E")
    made = spec(body)
    flow = BpmnWorkflow(*made)
    for _ in range(50):
        token = flow.get_next_task(state=TaskState.READY)
        token.run()
    assert flow.get_next_task(state=TaskState.READY) is not None
