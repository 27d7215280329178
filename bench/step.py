"""One completion through a loop with a choice, as text to text: ours beside stock SpiffWorkflow in the same run.

Ours is load, step and dump (`pathway.complete`); stock is its own serializer, a task run and `do_engine_steps`, over
the same diagram.  Both states are kept as JSON text.  Stock is measured on its first 50 turns, where it is at its best:
its state grows with every turn, and after 333 it ends in silence.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from bench import size
from engine import pathway

TURNS = 50
#: Ours may cost at most this share of stock's.
LIMIT = 0.2


def run() -> dict[str, Any]:
    """Microseconds of a completion, characters of state, and ours ÷ stock."""
    text = size.loop()
    ours, our_size = _ours(text)
    stock, stock_size = _stock(text)
    ratio = ours / stock
    return {
        "ours, microseconds": round(ours * 1e6),
        "stock, microseconds": round(stock * 1e6),
        "ours ÷ stock": round(ratio, 3),
        "state after 50 turns, characters": {"ours": our_size, "stock": stock_size},
        "ok": ratio <= LIMIT,
    }


def _ours(text: str) -> tuple[float, int]:
    running = size.compiled(text)
    step = size.begun(running)
    seconds = []
    for _ in range(TURNS):
        ref = step.tasks[0].ref
        since = time.perf_counter()
        step = pathway.complete(running, step.state, ref, {"igen": True}, size.NOW)
        seconds.append(time.perf_counter() - since)
    return median(seconds), len(step.state)


def _stock(text: str) -> tuple[float, int]:
    parser = BpmnParser()
    parser.add_bpmn_str(text.encode())
    flow = BpmnWorkflow(parser.get_spec(size.KEY), parser.get_subprocess_specs(size.KEY))
    flow.do_engine_steps()
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
    state, seconds = serializer.serialize_json(flow), []
    for _ in range(TURNS):
        since = time.perf_counter()
        flow = serializer.deserialize_json(state)
        task = flow.get_next_task(state=TaskState.READY, spec_name="T")
        task.data["igen"] = True
        task.run()
        flow.do_engine_steps()
        state = serializer.serialize_json(flow)
        seconds.append(time.perf_counter() - since)
    return median(seconds), len(state)
