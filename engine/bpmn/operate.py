"""What an operator does to an instance outside its diagram: hold it, move a token, set a timer, end it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from engine.bpmn import data, events, scopes
from engine.bpmn.nodes import Element
from engine.bpmn.run import Run
from engine.bpmn.shapes import Node
from engine.bpmn.tokens import STARTED, Token
from engine.errors import MoveImpossible, TimerNotOpen
from engine.model import Json

Clock = Literal["runs", "stands"]


# ---- holding -----------------------------------------------------------------------------
def hold(run: Run, clock: Clock) -> None:
    """Nothing happens until `release`.  Where the clock stands, deadlines pause and timers lose no time."""
    run.held = {"at": run.now.isoformat(), "clock": clock}
    if clock == "stands" and not run.ledger.paused:
        run.ledger.pause(run.now)
        run.held["paused"] = True


def release(run: Run) -> None:
    """Go on.  What fell due meanwhile fires at the next `wake`."""
    held = run.held
    run.held = None
    if held is None or held["clock"] != "stands":
        return
    if held.get("paused"):
        run.ledger.resume(run.now)
    gone = run.now - datetime.fromisoformat(held["at"])
    for token in events.waiting(run, "timer"):
        # A date stays a date, and what repeats keeps to its calendar; a duration loses no time.
        if token.task_spec.node.event.timer == "duration" and "due" in token.facts:
            due = datetime.fromisoformat(token.facts["due"]) + max(gone, timedelta())
            token.facts["due"] = due.isoformat()


def cancel(run: Run) -> None:
    """End it where it stands: every task, timer and open deadline is called off."""
    for child in run.root.children:
        run.cancel_token(child)
    run.completed = run.cancelled = True
    run.held = None


def amend(run: Run, values: Json) -> None:
    """Correct values of the instance; what waits for a condition hears of it."""
    data.correct(run, values)
    run.settle_all()


def reschedule(run: Run, ref: str, due_at: datetime) -> None:
    """A waiting timer fires at another moment; one that repeats goes on by its calendar afterwards."""
    token = run.tasks.get(ref)
    if token is None or token not in events.waiting(run, "timer"):
        raise TimerNotOpen
    if token.task_spec.work.bound:
        raise TimerNotOpen("This timer follows a deadline; move the deadline instead.")
    if "due" not in token.facts:
        raise TimerNotOpen
    token.facts["due"] = due_at.astimezone(UTC).isoformat()


# ---- moving ------------------------------------------------------------------------------
def move(run: Run, source: str, target: str) -> None:
    """Take the token away from where it stands and put one on another element.

    `source` is a task's ref, or the id of an element on which one token stands.  The target may lie in the same
    scope, in one around it, or in sub-processes in one of these (they are opened on the way).
    """
    token = _standing(run, source)
    for scope in _around(token):
        ways = _ways(run, scope, target)
        if ways is not None:
            break
    else:
        raise MoveImpossible(
            "“%(target)s” cannot be reached from where the token stands.", target=target
        )
    run.cancel_token(token)
    _left(run, token.scope, scope)
    _placed(run, ways, scope)


def skip(run: Run, source: str) -> None:
    """Take the token past its element, on by its one way out; what the element stands for is not done."""
    token = _standing(run, source)
    spec, scope = token.task_spec, token.scope
    if len(spec.node.outgoing) != 1:
        raise MoveImpossible(
            "“%(source)s” has no single way on. Move the token to the step instead.",
            source=spec.node.name or spec.node.id,
        )
    run.cancel_token(token)
    run.put(spec.node.outgoing[0], scope)
    run.settle_all()


def restart(run: Run, target: str) -> None:
    """Call off all that stands, and go on from one element with the data as they are."""
    ways = _ways(run, run.root, target)
    if ways is None:
        raise MoveImpossible("“%(target)s” is no step of this pathway.", target=target)
    for child in run.root.children:
        if not child.listens:
            run.cancel_token(child)
    _placed(run, ways, run.root)


def begin(run: Run, values: Json, target: str) -> None:
    """Open an instance with one token on an element, as if everything before it had happened (a designer's play)."""
    run.open(values, [])
    ways = _ways(run, run.root, target)
    if ways is None:
        raise MoveImpossible("“%(target)s” is no step of this pathway.", target=target)
    _placed(run, ways, run.root)


def _placed(run: Run, ways: list[Node], scope: Token) -> None:
    """Open the sub-processes on the way, and put a token on the last of these."""
    *holders, last = ways
    for node in holders:
        scope = _entered(run, run.spec_of(node.process, node.id), scope)
    run.put_at(run.spec_of(last.process, last.id), scope)
    run.settle_all()


def _left(run: Run, inner: Token, outer: Token) -> None:
    """Call off the scopes that the token left and in which nothing else stands."""
    while inner is not outer and all(child.listens for child in inner.children):
        above = inner.scope
        run.cancel_token(inner)
        inner = above


def _standing(run: Run, source: str) -> Token:
    found = [
        t
        for t in run.tasks.values()
        if t is not run.root
        and not t.listens
        and source in (t.id, t.task_spec.name)
        and "nth" not in t.facts
    ]
    if not found:
        raise MoveImpossible("No token stands on “%(source)s”.", source=source)
    if len(found) > 1:
        refs = ", ".join(t.id for t in found)
        raise MoveImpossible(
            "Several tokens stand on “%(source)s”; name one of %(refs)s.", source=source, refs=refs
        )
    return found[0]


def _around(token: Token) -> Iterator[Token]:
    at = token.parent
    while at is not None:
        if "in" in at.facts:
            yield at
        if "nth" in at.facts:  # out of one turn of a round: the round would wait for it for ever
            return
        at = at.parent


def _ways(run: Run, scope: Token, target: str) -> list[Node] | None:
    """The sub-processes to open below this scope, then the target itself; None where it does not lie there."""
    nodes = run.specs[scope.facts["in"]].process.nodes
    here = scope.facts["in"] if "data" in scope.facts else scope.task_spec.node.id
    node = nodes.get(target)
    if node is None:
        return None
    _may_stand(node)
    ways = [node]
    while node.scope != here:
        if node.scope not in nodes:
            return None
        node = nodes[node.scope]
        if node.loop is not None or node.kind != "subProcess":
            raise MoveImpossible(
                "“%(target)s” lies in “%(scope)s”, which cannot be opened by a move.",
                target=target,
                scope=node.id,
            )
        ways.insert(0, node)
    return ways


def _may_stand(node: Node) -> None:
    joins = (
        node.kind.endswith("Gateway") and len(node.incoming) > 1 and node.kind != "exclusiveGateway"
    )
    if node.kind in ("startEvent", "boundaryEvent") or node.by_event or joins:
        raise MoveImpossible(
            "A token cannot be put on “%(target)s”. Choose a step after it.",
            target=node.name or node.id,
        )


def _entered(run: Run, spec: Element, scope: Token) -> Token:
    """A sub-process that is open already, or opened without its own start."""
    for child in scope.children:
        if child.task_spec is spec and "in" in child.facts:
            return child
    token = run.token(spec, scope, STARTED, {})
    run.trace("entered", spec.node, token)
    for key in spec.node.boundaries:
        run.listen(run.spec_of(spec.process, key), token)
    token.facts["in"] = spec.process
    scopes.listened(run, token, spec.process, spec.node.id)
    return token
