"""Catching: what a waiting token waits for, and what happens when it goes off.  What throws is in throwing.py.

A token that waits is a listener (a boundary event on its activity, the start of an event sub-process on its
scope, one of an event gateway's events) or stands in the flow.  `fire` is the one way in which any of them goes
off.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from engine import feel
from engine.bpmn import data, duties
from engine.bpmn.shapes import PEOPLE, EventDefinition, Node
from engine.bpmn.timers import Cycle, cycle, due, later
from engine.bpmn.tokens import Token
from engine.errors import StepFailed
from engine.model import Json

if TYPE_CHECKING:
    from engine.bpmn.nodes import Element
    from engine.bpmn.run import Run

#: More timers than this in one wake go round without end.
MAX_FIRED = 20_000


def subscribe(run: Run, token: Token) -> None:
    """Set the token's timer, or its condition's first value."""
    spec: Element = token.task_spec
    event = spec.node.event
    if event is None:
        return
    if event.kind == "conditional":
        token.facts["was"] = False
    elif event.kind == "timer" and not spec.work.bound:
        _set(run, token, spec)


def _set(run: Run, token: Token, spec: Element) -> None:
    value = spec.work.timer
    if not isinstance(value, str):
        value = _plain(data.value(run, value, token))
    calendar = run.plan.agreement.calendar
    found = due(value, run.now, calendar)
    if isinstance(found, Cycle):
        if found.times == 0:
            return
        anchor = found.first or run.now
        first = found.first or later(run.now, found.every, calendar)
        token.facts.update(
            due=first.isoformat(), left=found.times, k=0 if found.first else 1,
            anchor=anchor.isoformat(), every=str(value),
        )  # fmt: skip
    elif found is not None:
        token.facts["due"] = found.isoformat()


def _plain(value: object) -> object:
    # FEEL's moments, dates and lengths of days are counted as they are; the rest is text.
    return value if value is None or isinstance(value, date | timedelta) else feel.to_json(value)


def waiting(run: Run, kind: str, name: str | None = None) -> list[Token]:
    """The tokens that wait for an event of this kind (and name), oldest first."""
    found = []
    for token in run.catching.values():
        event = event_of(token)
        if event is not None and event.kind == kind and (name is None or event.name == name):
            found.append(token)
    return found


def event_of(token: Token) -> EventDefinition | None:
    """What this token waits for, or None where it does not wait for an event."""
    node: Node = token.task_spec.node
    event = node.event
    if event is None or event.kind == "none":
        return None
    facts = token.facts
    if "l" in facts or "waits" in facts:
        return event
    if node.kind == "intermediateCatchEvent" and event.kind != "link":
        return event
    return event if node.kind == "receiveTask" and "at" in facts else None


def reported(run: Run) -> list[Token]:
    """The tokens whose event a person may report: messages, and what a task's border says can go wrong."""
    found = waiting(run, "message")
    for kind in ("error", "escalation"):
        for token in waiting(run, kind):
            if token.task_spec.node.attached_to and token.scope.task_spec.node.kind in PEOPLE:
                found.append(token)
    return found


# ---- timers ------------------------------------------------------------------------------
def due_at(run: Run, token: Token) -> datetime | None:
    """When this token's timer falls due; None where it has none, or its deadline has no date yet."""
    if token.task_spec.work.bound:
        return _deadline_passed(run, token)
    text = token.facts.get("due")
    return datetime.fromisoformat(text) if text else None


def _deadline_passed(run: Run, token: Token) -> datetime | None:
    """When the first open deadline of the activity that a bound timer hangs on has passed."""
    if run.ledger.paused:
        return None
    owner = token.scope
    keys = {owner.id, *(child.id for child in owner.children)}
    where = (owner.task_spec.name, getattr(owner.task_spec, "process", run.plan.key))
    moments = [
        record.overdue_at
        for record in run.ledger.running(run.now)
        if (
            record.task_ref in keys
            if record.task_ref
            else (record.element, record.process) == where
        )
    ]
    return min(moments, default=None)


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
        run.begin_anew()
        fire(run, min(late, key=lambda row: row[:2])[2], {})
        run.settle_all()
    raise StepFailed("A timer fires again and again without end.")


def _once_more(run: Run, token: Token) -> bool:
    """Set a cycle's next moment; False when it has fired for the last time."""
    facts = token.facts
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
def fire(run: Run, token: Token, values: Json) -> None:
    """The event that this token waits for has come."""
    spec: Element = token.task_spec
    assert spec.node.event is not None
    if values:
        run.answer(token, values)
    run.trace("fired" if spec.node.event.kind == "timer" else "caught", spec.node, token)
    _clock(run, spec.node)
    if not token.listens:
        _in_the_flow(run, token)
    elif spec.node.kind == "boundaryEvent":
        _at_the_border(run, token)
    elif spec.node.kind == "startEvent":
        _inside(run, token)
    else:
        _after_gateway(run, token)


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


def _in_the_flow(run: Run, token: Token) -> None:
    if token.facts.pop("waits", None):  # the first of several ways to start: the others are closed
        for other in token.scope.children:
            if "waits" in other.facts:
                run.cancel_token(other)
    token.complete()


def _after_gateway(run: Run, token: Token) -> None:
    gateway = token.scope
    scope = gateway.scope
    run.trace("completed", gateway.task_spec.node, gateway)
    run.ledger.complete(token.id, run.now)
    answered = run.answers.get(token.id)
    run.take_away(gateway)
    going = run.put_at(token.task_spec, scope, fired=1)
    if answered:
        run.answers[going.id] = answered


def _at_the_border(run: Run, token: Token) -> None:
    spec: Element = token.task_spec
    activity = token.scope
    scope = activity.scope
    if spec.work.messages:
        duties.send(run, token)
    if spec.node.interrupting:
        run.cancel_token(activity)
    elif not _stays(run, token):
        run.take_away(token)
    for flow in spec.node.outgoing:
        run.put(flow, scope)


def _inside(run: Run, token: Token) -> None:
    spec: Element = token.task_spec
    scope = token.scope
    handler = run.spec_of(spec.node.process, spec.node.scope)
    if spec.node.interrupting:
        # What stands on the scope's own border goes on listening; everything inside stops, other starts too.
        for other in scope.children:
            if not (other.listens and other.task_spec.node.kind == "boundaryEvent"):
                run.cancel_token(other)
        run.put_at(handler, scope)
        return
    if not _stays(run, token):
        run.take_away(token)
    brought = data.kept(run, run.answers.get(token.id, {}), spec.node.process)
    run.put_at(handler, scope, beside=1, turn=brought)


def _stays(run: Run, token: Token) -> bool:
    """Whether a listener that does not interrupt can go off again."""
    event = token.task_spec.node.event
    return _once_more(run, token) if event.kind == "timer" else True


def check_conditions(run: Run) -> bool:
    """Fire the first conditional event whose condition has become true; whether there was one."""
    for token in waiting(run, "conditional"):
        now_true = data.value(run, token.task_spec.work.condition, token) is True
        if now_true and not token.facts["was"]:
            token.facts["was"] = True
            fire(run, token, {})
            return True
        token.facts["was"] = now_true
    return False
