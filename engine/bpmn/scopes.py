"""Scopes: the instance, sub-processes, called parts.  What they open, what they listen for, when they are done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.bpmn import data
from engine.bpmn.shapes import ACTIVITIES, Node
from engine.bpmn.tokens import Token
from engine.errors import LoopWithoutWait, StepFailed

if TYPE_CHECKING:
    from engine.bpmn.nodes import Element
    from engine.bpmn.run import Run

#: Calls inside calls, at most.
MAX_CALLS = 30


def opened(run: Run, scope: Token, process: str, element: str, first: list[Node]) -> None:
    """Make a token a scope of a process or sub-process: listen for its event sub-processes, put the first tokens."""
    scope.facts["in"] = process
    listened(run, scope, process, element)
    for node in first:
        run.put_at(run.spec_of(process, node.id), scope)
    run.settle(scope)


def listened(run: Run, scope: Token, process: str, element: str) -> None:
    """Listen for what starts the event sub-processes of a scope."""
    for start in run.specs[process].event_starts(element):
        run.listen(run.spec_of(process, start.id), scope)


def close_settled(run: Run) -> bool:
    """Close each scope that something left and that is done; whether there was one."""
    closed = False
    while run.settling:
        key = next(iter(run.settling))
        del run.settling[key]
        token = run.tasks.get(key)
        if token is None or "in" not in token.facts or run.completed:
            continue
        if _is_done(run, token):
            close(run, token)
            closed = True
    return closed


def _is_done(run: Run, scope: Token) -> bool:
    empty = all(child.listens for child in scope.children)
    if scope is run.root or scope.task_spec.node.kind != "adHocSubProcess":
        return empty
    return _ad_hoc_done(run, scope, empty)


def close(run: Run, scope: Token) -> None:
    """Nothing is left to do in it: its activity is done, or the instance."""
    for child in scope.children:
        run.cancel_token(child)
    if scope is run.root:
        run.completed = True
    else:
        scope.complete()


def terminate(run: Run, token: Token) -> None:
    """A terminate end event: everything in its scope stops, and the scope is done."""
    scope = token.scope
    run.done(token)
    for child in scope.children:
        run.cancel_token(child)
    run.settle(scope)


def ended(run: Run, token: Token) -> None:
    """An end event was reached: the instance's end state where it is the instance's own.

    An event sub-process that interrupted its scope goes on in its place; one beside it does not speak for it.
    """
    scope = token.scope
    while scope is not run.root and scope.task_spec.node.by_event and "beside" not in scope.facts:
        scope = scope.scope
    if scope is run.root:
        run.end_state = token.task_spec.name


# ---- calls -------------------------------------------------------------------------------
def call(run: Run, spec: Element, token: Token) -> None:
    """Open a called part with values of its own."""
    chain = [at for at in _around(token) if "data" in at.facts and at is not run.root]
    if len(chain) >= MAX_CALLS:
        raise _too_deep(run, spec, chain)
    called = spec.node.called
    token.facts["data"] = data.handed_in(run, spec.work, token, called)
    opened(run, token, called, called, run.specs[called].first(called))


def _too_deep(run: Run, spec: Element, chain: list[Token]) -> StepFailed:
    """Parts call each other without end; an error of its own where nobody had to act in between."""
    names = list(dict.fromkeys(at.task_spec.node.called for at in reversed(chain)))
    restless = all(int(at.id) > run.first for at in chain[:-1])
    found = spec.stuck(
        "%(where)s calls parts inside parts more than %(most)s deep: %(names)s → …",
        most=MAX_CALLS, names=" → ".join(names), elements=tuple(names),
    )  # fmt: skip
    facts: Any = found.facts
    return LoopWithoutWait(found.template, **facts) if restless else found


def _around(token: Token) -> Iterator[Token]:
    at: Token | None = token
    while at is not None:
        yield at
        at = at.parent


# ---- ad-hoc sub-processes ----------------------------------------------------------------
def can_be_done(run: Run) -> Iterator[tuple[Token, Node]]:
    """What may be begun again in the ad-hoc sub-processes that are open: (scope, activity)."""
    for scope in run.tasks.values():
        if "in" not in scope.facts or scope is run.root or "over" in scope.facts:
            continue
        if scope.task_spec.node.kind != "adHocSubProcess":
            continue
        standing = {child.task_spec.name for child in scope.children if not child.listens}
        process = run.specs[scope.facts["in"]].process
        for node in process.begins(scope.task_spec.name):
            if node.kind in ACTIVITIES and node.id not in standing:
                yield scope, node


def did_one(scope: Token) -> None:
    """An activity of this scope is done: the completion condition is asked when all is quiet."""
    if "in" in scope.facts and getattr(scope.task_spec, "until_done", False):
        scope.facts["did"] = 1


def _ad_hoc_done(run: Run, scope: Token, empty: bool) -> bool:
    """Without a completion condition when all is done; with one when it holds, asked after each activity."""
    spec: Any = scope.task_spec
    if spec.work.until is None or "over" in scope.facts:
        return empty
    if not scope.facts.pop("did", 0) or data.value(run, spec.work.until, scope) is not True:
        return False
    if spec.node.cancels_rest:
        return True
    scope.facts["over"] = 1
    return empty
