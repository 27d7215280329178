"""Catching and throwing: what a waiting token hears, and what happens when it does.

A token that waits is a listener (a boundary event on its activity, the start of an event sub-process on its
scope, one of an event gateway's events) or stands in the flow.  `fire` is the one way in which any of them goes
off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from engine.bpmn.drawing import EventDefinition, Node
from engine.bpmn.nodes import Element, EventBased
from engine.bpmn.timers import Cycle, cycle, due, later
from engine.errors import StepFailed
from engine.model import Json

if TYPE_CHECKING:
    from engine.bpmn.run import Run

#: More timers than this in one wake go round without end.
MAX_FIRED = 20_000


def subscribe(run: Run, token: Task) -> None:
    """Set the token's timer, or its condition's first value."""
    spec: Element = token.task_spec
    event = spec.node.event
    if event is None:
        return
    if event.kind == "conditional":
        token.internal_data["was"] = False
    if event.kind != "timer" or spec.work.bound:
        return
    value = (
        spec.work.timer if isinstance(spec.work.timer, str) else run.value(spec.work.timer, token)
    )
    found = due(value, run.now, run.plan.agreement.calendar)
    if isinstance(found, Cycle):
        calendar = run.plan.agreement.calendar
        first = found.first or later(run.now, found.every, calendar)
        anchor = found.first or run.now
        token.internal_data.update(
            due=first.isoformat(),
            left=found.times,
            k=0 if found.first else 1,
            anchor=anchor.isoformat(),
            every=str(value),
        )
        if found.times == 0:
            del token.internal_data["due"]
    elif found is not None:
        token.internal_data["due"] = found.isoformat()


def waiting(run: Run, kind: str, name: str | None = None) -> list[Task]:
    """The tokens that wait for an event of this kind (and name), oldest first."""
    found = []
    for token in run.tasks.values():
        event = event_of(token)
        if event is not None and event.kind == kind and (name is None or event.name == name):
            found.append(token)
    return found


def event_of(token: Task) -> EventDefinition | None:
    """What this token waits for, or None where it does not wait for an event."""
    node: Node | None = getattr(token.task_spec, "node", None)
    if node is None or node.event is None:
        return None
    if "l" in token.internal_data or (
        node.kind == "intermediateCatchEvent" and node.event.kind != "link"
    ):
        return node.event
    if node.kind == "receiveTask" and "round" not in token.internal_data:
        return node.event
    return None


# ---- timers ------------------------------------------------------------------------------
def due_at(run: Run, token: Task) -> datetime | None:
    """When this token's timer falls due; None where it has none, or its deadline has no date yet."""
    if token.task_spec.work.bound:
        return _deadline_passed(run, token)
    text = token.internal_data.get("due")
    return datetime.fromisoformat(text) if text else None


def _deadline_passed(run: Run, token: Task) -> datetime | None:
    """When the first open deadline of the activity that a bound timer hangs on has passed."""
    owner = token.parent
    keys = {owner.id, *(child.id for child in owner.children)}
    name, process = owner.task_spec.name, owner.task_spec.node.process
    moments = [
        record.overdue_at
        for record in run.ledger.running(run.now)
        if (
            record.task_ref in keys
            if record.task_ref
            else (record.element, record.process) == (name, process)
        )
    ]
    return None if run.ledger.paused else min(moments, default=None)


def wake(run: Run) -> None:
    """Fire every timer that is due, in order of their moments."""
    for _ in range(MAX_FIRED):
        late = [
            (moment, int(t.id), t)
            for t in waiting(run, "timer")
            if (moment := due_at(run, t)) and moment <= run.now
        ]
        if not late or run.completed:
            return
        fire(run, min(late, key=lambda row: row[:2])[2], {})
        run.settle_all()
    raise StepFailed("A timer fires again and again without end.")


def _once_more(run: Run, token: Task) -> bool:
    """Set a cycle's next moment; False when it has fired for the last time."""
    facts = token.internal_data
    if "every" not in facts:
        return False
    if facts["left"] > 0:
        facts["left"] -= 1
    if facts["left"] == 0:
        return False
    facts["k"] += 1
    found = cycle(facts["every"])
    assert found is not None
    anchor = datetime.fromisoformat(facts["anchor"])
    facts["due"] = later(anchor, found[2], run.plan.agreement.calendar, facts["k"]).isoformat()
    return True


# ---- going off ---------------------------------------------------------------------------
def fire(run: Run, token: Task, data: Json) -> None:
    """The event that this token waits for has come."""
    spec: Element = token.task_spec
    event = spec.node.event
    assert event is not None
    if data:
        run.answer(token, data)
    run.trace("fired" if event.kind == "timer" else "caught", spec.node, token)
    _clock(run, spec.node)
    if spec.node.kind == "boundaryEvent":
        _at_the_border(run, token)
    elif spec.node.kind == "startEvent":
        _inside(run, token)
    elif isinstance(token.parent.task_spec, EventBased):
        gateway = token.parent
        scope = gateway.parent
        run.trace("completed", gateway.task_spec.node, gateway)
        run.take_away(gateway)
        run.put_at(spec, scope, fired=1)
    else:
        token.complete()


def _clock(run: Run, node: Node) -> None:
    # Bero may be said of the event itself or of the event sub-process that it starts.
    outer = run.specs[node.process].process.nodes.get(node.scope)
    told = node.attributes.get("ur") or (
        outer.attributes.get("ur") if outer and node.kind == "startEvent" else None
    )
    if told == "bero":
        run.ledger.pause(run.now)
    elif told == "bero_ophaevet":
        run.ledger.resume(run.now)


def _at_the_border(run: Run, token: Task) -> None:
    spec: Element = token.task_spec
    activity = token.parent
    scope = activity.parent
    if spec.node.interrupting:
        run.cancel_token(activity)
    elif not _stays(run, token):
        run.take_away(token)
    if spec.work.message is not None:
        run._send(spec, token)
    for flow in spec.node.outgoing:
        run.put(flow, scope)


def _inside(run: Run, token: Task) -> None:
    spec: Element = token.task_spec
    scope = token.parent
    handler = run.spec_of(spec.node.process, spec.node.scope)
    if spec.node.interrupting:
        for other in list(scope.children):
            run.cancel_token(other)
        run.put_at(handler, scope)
        return
    if not _stays(run, token):
        run.take_away(token)
    run.put_at(handler, scope, beside=1)


def _stays(run: Run, token: Task) -> bool:
    """Whether a listener that does not interrupt can go off again."""
    event = token.task_spec.node.event
    return _once_more(run, token) if event.kind == "timer" else True


# ---- throwing ----------------------------------------------------------------------------
def deliver(run: Run, name: str, data: Json) -> bool:
    """A message came: everybody who waits for that name hears it.  False where nobody does."""
    hearing = waiting(run, "message", name)
    for token in hearing:
        if token.id in run.tasks:
            fire(run, token, data)
            run.settle_all()
    return bool(hearing)


def broadcast(run: Run, signal: str) -> None:
    """A signal: every token that waits for it at this moment, and still does when its turn comes."""
    for token in waiting(run, "signal", signal):
        if token.id in run.tasks:
            fire(run, token, {})


def throw_error(run: Run, spec: Element, code: str, scope: Task) -> None:
    """From scope to scope outwards; nobody catches it: the instance cannot go on."""
    catcher = next(_catchers(run, "error", code, scope), None)
    if catcher is None:
        raise spec.stuck(f"ends with the error “{code}”, which nobody catches.")
    fire(run, catcher, {})


def escalate(run: Run, code: str, scope: Task) -> None:
    """As an error, but nobody has to catch it."""
    catcher = next(_catchers(run, "escalation", code, scope), None)
    if catcher is not None:
        fire(run, catcher, {})


def _catchers(run: Run, kind: str, code: str, scope: Task) -> Iterator[Task]:
    at: Task | None = scope
    inside: Any = None
    while at is not None:
        listeners = [
            child for child in at.children
            if "l" in child.internal_data and child.task_spec.node.event.kind == kind
            and child.task_spec.node.event.name in ("", code)
        ]  # fmt: skip
        # The handler of a scope does not catch what it throws itself; the exact code goes before any code.
        handled = (
            inside.task_spec.node.id
            if inside is not None and inside.task_spec.node.by_event
            else None
        )
        fitting = [c for c in listeners if c.task_spec.node.scope != handled]
        yield from sorted(
            fitting,
            key=lambda c: (
                c.task_spec.node.kind != "startEvent",
                c.task_spec.node.event.name == "",
            ),
        )
        at, inside = at.parent, at if at.parent is not None else None


def check_conditions(run: Run) -> bool:
    """Fire the first conditional event whose condition has become true; whether there was one."""
    for token in waiting(run, "conditional"):
        now_true = run.value(token.task_spec.work.condition, token) is True
        if now_true and not token.internal_data["was"]:
            token.internal_data["was"] = True
            fire(run, token, {})
            return True
        token.internal_data["was"] = now_true
    return False
