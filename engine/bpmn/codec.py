"""The state of an instance as compact text, and back.

`{"v": 1, "n": counter, "e": end state, "c": completed, "p": parties, "t": tokens, "l": ledger}`; a token is
`[id, parent, process, element, state, facts]`; `"x"` says that it was cancelled, `"h"` since when it
is held.  Only what is alive is in it, so its size does not grow with time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from engine.bpmn.nodes import Inclusive
from engine.bpmn.plan import Plan
from engine.bpmn.run import Run
from engine.bpmn.specs import ProcessSpec, Root
from engine.bpmn.tokens import Token
from engine.deadlines import Ledger
from engine.errors import StateUnreadable

VERSION = 1


def dump(run: Run) -> str:
    """The state as text; the same run gives the same text."""
    tokens: list[Any] = []
    for token in () if run.completed else run.tasks.values():
        spec = token.task_spec
        where = ["", ""] if isinstance(spec, Root) else [spec._wf_spec.name, spec.name]
        above = token.parent.id if token.parent is not None else None
        tokens.append([token.id, above, *where, token._state, token.facts])
    state: dict[str, Any] = {
        "v": VERSION, "n": run.counter, "e": run.end_state, "c": run.completed, "p": list(run.parties),
        "t": tokens, "l": run.ledger.to_json(),
    }  # fmt: skip
    if run.cancelled:
        state["x"] = True
    if run.held is not None:
        state["h"] = run.held
    return msgspec.json.encode(state).decode()


def rewritten(text: str, is_there: Callable[[tuple[str, str]], bool]) -> str:
    """The state without listeners whose (process, element) is not there any more."""
    state = msgspec.json.decode(text)
    state["t"] = [
        row for row in state["t"] if not row[2] or "l" not in row[5] or is_there((row[2], row[3]))
    ]
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
        run.first = state["n"]
        run.counter, run.end_state, run.completed = state["n"], state["e"], state["c"]
        run.cancelled, run.held = state.get("x", False), state.get("h")
        run.parties = tuple(state["p"])
        run.ledger = Ledger.from_json(state["l"], plan.agreement.calendar)
        for key, parent, process, element, code, facts in state["t"]:
            spec = specs[process].task_specs[element] if process else run.spec.start
            token = Token(run, spec, run.tasks[parent] if parent else None, code, key, facts)
            if parent is None:
                run.task_tree = token
            elif "w" in facts and isinstance(spec, Inclusive):
                run.standing[key] = token
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as exc:
        raise StateUnreadable() from exc
    return run
