"""The state of an instance as compact text, and back.

`{"v": 1, "n": counter, "e": end state, "c": completed, "p": parties, "t": tokens, "l": ledger}`; a token is
`[id, parent, process, element, state, facts]`.  Only what is alive is in it, so its size does not grow with time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from SpiffWorkflow.task import Task

from engine.bpmn.nodes import ProcessSpec, Root
from engine.bpmn.plan import Plan
from engine.bpmn.run import Run
from engine.deadlines import Ledger
from engine.errors import StateUnreadable

VERSION = 1


def dump(run: Run) -> str:
    """The state as text; the same run gives the same text."""
    tokens: list[Any] = []
    for token in () if run.completed else run.tasks.values():
        spec = token.task_spec
        where = ["", ""] if isinstance(spec, Root) else [spec._wf_spec.name, spec.name]
        tokens.append([token.id, token._parent, *where, token._state, token.internal_data])
    state = {
        "v": VERSION, "n": run.counter, "e": run.end_state, "c": run.completed, "p": list(run.parties),
        "t": tokens, "l": run.ledger.to_json(),
    }  # fmt: skip
    return msgspec.json.encode(state).decode()


def load(text: str, plan: Plan, specs: Mapping[str, ProcessSpec], now: datetime) -> Run:
    """The run that this state was taken of; raises `StateUnreadable`."""
    run = Run(plan, specs, now)
    try:
        state = msgspec.json.decode(text)
        if state["v"] != VERSION:
            raise StateUnreadable(
                f"The state is of version {state['v']}; this program reads {VERSION}."
            )
        run.counter, run.end_state, run.completed = state["n"], state["e"], state["c"]
        run.parties = tuple(state["p"])
        run.ledger = Ledger.from_json(state["l"], plan.agreement.calendar)
        for key, parent, process, element, code, facts in state["t"]:
            spec = specs[process].task_specs[element] if process else run.spec.start
            token = Task(run, spec, run.tasks[parent] if parent else None, state=code, id=key)
            token.internal_data = facts
            if parent is None:
                run.task_tree = token
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as exc:
        raise StateUnreadable() from exc
    return run
