"""Throwing: messages, signals, errors and escalations find those who wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.bpmn import events
from engine.bpmn.tokens import Token
from engine.model import Json

if TYPE_CHECKING:
    from engine.bpmn.nodes import Element
    from engine.bpmn.run import Run


def deliver(run: Run, name: str, values: Json) -> bool:
    """A message came: each event that waits for it hears it.  False where nobody does.

    Where several turns of one element wait in the flow, one message answers one of them: that whose value of the
    round (`hver`) the message brings, else the oldest.
    """
    hearing, taken = [], set()
    for token in events.waiting(run, "message", name):
        if not is_meant(token, values):
            continue
        node = token.task_spec.node
        where = (node.process, node.id)
        if node.kind not in ("boundaryEvent", "startEvent"):
            if where in taken:
                continue
            taken.add(where)
        hearing.append(token)
    for token in hearing:
        if token.id in run.tasks:
            events.fire(run, token, values)
            run.settle_all()
    return bool(hearing)


def is_meant(token: Token, values: Json) -> bool:
    """Whether nothing that the message brings speaks against the turns of rounds that the token stands in."""
    at: Token | None = token
    while at is not None:
        own = at.facts.get("own", {})
        loop = at.task_spec.node.loop if own else None
        if loop is not None and values.get(loop.name, own.get(loop.name)) != own.get(loop.name):
            return False
        at = at.parent
    return True


def broadcast(run: Run, signal: str) -> None:
    """A signal: every token that waits for it at this moment, and still does when its turn comes."""
    for token in events.waiting(run, "signal", signal):
        if token.id in run.tasks:
            events.fire(run, token, {})


def throw_error(run: Run, spec: Element, code: str, scope: Token) -> None:
    """From scope to scope outwards; nobody catches it: the instance cannot go on."""
    catcher = next(_catchers(run, "error", code, scope), None)
    if catcher is None:
        if not code:
            raise spec.stuck("%(where)s ends with an error, which nobody catches.")
        raise spec.stuck(
            "%(where)s ends with the error “%(code)s”, which nobody catches.", code=code
        )
    events.fire(run, catcher, {})


def escalate(run: Run, code: str, scope: Token) -> None:
    """As an error, but nobody has to catch it."""
    catcher = next(_catchers(run, "escalation", code, scope), None)
    if catcher is not None:
        events.fire(run, catcher, {})


def caught_on_border(run: Run, token: Token) -> bool:
    """Whether an error event without a code on the activity's own border caught that it could not be done."""
    owner = token.scope if "nth" in token.facts else token
    for child in owner.children:
        if child.listens and child.task_spec.node.is_event("boundaryEvent", "error"):
            events.fire(run, child, {})
            return True
    return False


def _catchers(run: Run, kind: str, code: str, scope: Token) -> Iterator[Token]:
    """Who could catch, the nearest first; in one place the start inside before the border, a code before any code."""
    at: Token | None = scope
    handled: str | None = None
    while at is not None:
        fitting = []
        for child in at.children:
            node = child.task_spec.node
            if not child.listens or node.event.kind != kind or node.event.name not in ("", code):
                continue
            # What an event sub-process throws is not for its own start to catch.
            if node.scope != handled or node.kind != "startEvent":
                fitting.append(child)
        yield from sorted(fitting, key=_order)
        inside, at = at, at.parent
        handled = inside.task_spec.node.id if at is not None else None


def _order(token: Token) -> tuple[bool, bool]:
    node = token.task_spec.node
    return node.kind != "startEvent", node.event.name == ""
