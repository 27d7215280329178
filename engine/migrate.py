"""Moving a running instance to another version of its pathway: may it, why not, and the move itself.  Pure.

    verdict = check(old, new, state, now)            # Verdict(can, reasons, asks)
    step = move(old, new, state, now, accept=("new_border",))

Every token that is alive must find its element in the new version, of the same kind and in the same scope; called
parts and sub-processes are looked into.  Ids of tasks, timers and deadlines are kept, so drafts and claims are too; a
running timer keeps its moment, an open deadline its date; a deadline that is new on an active step counts from now.
A reason has a code (`why`); those in `SOFT` an operator may
accept by code, the others block:

    gone            the element, or the part that it lies in, is not in the new version
    changed         it is another kind of element there, is repeated otherwise, calls another part, or lies elsewhere
    join            a token waits at a join whose incoming flows are others there
    new_border      an active step (or event gateway) has an event that it did not have: it begins to listen now
    lost_border     an event that it listens for is not there any more: it is forgotten
    new_event       as `new_border`, of an event sub-process in an active scope
    skipped         every way to the active step leads through a new step or event, which this instance would not meet
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn import codec, data, duties, picture
from engine.bpmn.run import Run
from engine.bpmn.shapes import ACTIVITIES, Node
from engine.bpmn.specs import ProcessSpec
from engine.bpmn.tokens import Token
from engine.errors import InstanceEnded, MigrationImpossible
from engine.model import Step
from engine.pathway import Pathway

SOFT = frozenset(("new_border", "lost_border", "new_event", "skipped"))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an instance cannot move as it is.  `blocks` is False for what an operator may accept."""

    why: str
    process: str
    element: str
    name: str
    sentence: str

    @property
    def blocks(self) -> bool:
        """Whether nobody can accept it."""
        return self.why not in SOFT


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an instance can move, why not, and the names that the new version reads and the state never kept."""

    reasons: tuple[Reason, ...]
    asks: frozenset[str]

    @property
    def can(self) -> bool:
        """Whether it can move without anybody accepting anything."""
        return not self.reasons

    def left(self, accept: Collection[str]) -> tuple[Reason, ...]:
        """The reasons that stay when these codes are accepted."""
        return tuple(r for r in self.reasons if r.blocks or r.why not in accept)


def check(old: Pathway, new: Pathway, state: str, now: datetime) -> Verdict:
    """What stands in the way of a move; raises `InstanceEnded`, `StateUnreadable`."""
    run = codec.load(state, old.plan, old.specs, now)
    if run.completed:
        raise InstanceEnded
    reasons = dict.fromkeys(r for token in run.tasks.values() for r in _of_token(run, new, token))
    asks = {
        name
        for process in {t.facts["in"] for t in run.tasks.values() if "data" in t.facts}
        for name in new.plan.reads.get(process, frozenset())
        - old.plan.reads.get(process, frozenset())
    }
    return Verdict(tuple(reasons), frozenset(asks))


def move(
    old: Pathway,
    new: Pathway,
    state: str,
    now: datetime,
    *,
    accept: Collection[str] = (),
    values: Mapping[str, Any] | None = None,
) -> Step:
    """The instance in the new version; raises `MigrationImpossible` with a reason for each element.

    `values` are given to the instance's own names (those that `Verdict.asks` names, say).
    """
    left = check(old, new, state, now).left(accept)
    if left:
        raise MigrationImpossible(
            left[0].sentence, fields={r.element: r.sentence for r in left}, reasons=left
        )
    run = codec.load(
        codec.rewritten(state, lambda where: where in new.plan.works), new.plan, new.specs, now
    )
    for token in list(run.tasks.values()):
        _settled_in(run, old, token)
    data.assign(run, run.root, values or {})
    if run.held is None:
        run.settle_all()
    return picture.taken(run)


# ---- may it ------------------------------------------------------------------------------
def _of_token(run: Run, new: Pathway, token: Token) -> Iterator[Reason]:
    if token is run.root:
        yield from _of_scope(run, new, token, None)
        return
    node: Node = token.task_spec.node
    spec = new.specs.get(node.process)
    there = spec.process.nodes.get(node.id) if spec else None
    if there is None or spec is None:
        why = (
            "lost_border"
            if token.listens and node.kind in ("boundaryEvent", "startEvent")
            else "gone"
        )
        yield _reason(why, node, "is not in the new version")
        return
    changed = list(_changed(node, there))
    yield from changed
    if changed or token.listens:
        return
    if "w" in token.facts and {f.id for f in node.incoming} != {f.id for f in there.incoming}:
        yield _reason(
            "join", node, "waits for other flows in the new version, and a token stands there"
        )
    for key in (*there.boundaries, *_raced(there)) if "nth" not in token.facts else ():
        if key not in node.boundaries and key not in _raced(node):
            yield _reason("new_border", spec.process.nodes[key], f"is new at {node.shown}")
    if "in" in token.facts:
        yield from _of_scope(run, new, token, there)
    yield from _skipped(run, spec, node)


def _changed(node: Node, there: Node) -> Iterator[Reason]:
    if node.kind != there.kind or _event(node) != _event(there) or node.by_event != there.by_event:
        yield _reason("changed", node, "is another kind of element in the new version")
    elif (node.scope, node.attached_to) != (there.scope, there.attached_to):
        yield _reason("changed", node, "lies elsewhere in the new version")
    elif _loop(node) != _loop(there):
        yield _reason("changed", node, "is repeated otherwise in the new version")
    elif node.called != there.called:
        yield _reason("changed", node, f"calls “{there.called}” in the new version")


def _of_scope(run: Run, new: Pathway, token: Token, there: Node | None) -> Iterator[Reason]:
    process = token.facts["in"]
    spec = new.specs.get(process)
    if spec is None:
        called = token.task_spec.node if token is not run.root else None
        shown = called.shown if called else f"“{process}”"
        yield Reason(
            "gone",
            process,
            process,
            "",
            f"{shown}: the part “{process}” is not in the new version.",
        )
        return
    inner = process if there is None or "data" in token.facts else there.id
    known = {start.id for start in run.specs[process].event_starts(inner)}
    for start in spec.event_starts(inner):
        if start.id not in known:
            yield _reason("new_event", start, "starts an event sub-process that is new")


def _skipped(run: Run, spec: ProcessSpec, node: Node) -> Iterator[Reason]:
    """New steps and events of this scope without which no way would lead from its start to where the token stands."""
    known = run.specs[node.process].process.nodes
    for other in spec.process.within(node.scope):
        acts = other.kind in ACTIVITIES or (other.event is not None and other.event.kind != "none")
        if not acts or other.id in known or other.by_event:
            continue
        if not _reached(spec, node, without=other.id):
            yield _reason(
                "skipped", other, f"is new on every way to {node.shown} and would be skipped"
            )


def _reached(spec: ProcessSpec, node: Node, without: str) -> bool:
    nodes = spec.process.nodes
    starts = spec.starts(node.scope) or spec.process.begins(node.scope)
    waiting = [start.id for start in starts if start.id != without]
    seen = set(waiting)
    while waiting:
        at = nodes[waiting.pop()]
        if at.id == node.id:
            return True
        links = [
            other.id
            for other in spec.process.within(at.scope)
            if at.is_event("intermediateThrowEvent", "link")
            and other.event == at.event
            and other.id != at.id
        ]
        for key in (*(f.target for f in at.outgoing), *at.boundaries, *links):
            if key not in seen and key != without:
                seen.add(key)
                waiting.append(key)
    return False


def _event(node: Node) -> object:
    return node.event and (node.event.kind, node.interrupting)


def _loop(node: Node) -> object:
    return node.loop and (node.loop.kind, node.loop.name)


def _reason(why: str, node: Node, what: str) -> Reason:
    return Reason(why, node.process, node.id, node.name, f"{node.shown} {what}.")


# ---- the move ----------------------------------------------------------------------------
def _settled_in(run: Run, old: Pathway, token: Token) -> None:
    """Drop what nothing reads any more; begin to listen for what is new, and to count a deadline that is new."""
    if "data" in token.facts:
        token.facts["data"] = data.kept(run, token.facts["data"], token.facts["in"])
    if token.listens:
        return
    if token is not run.root and "nth" not in token.facts:
        node: Node = token.task_spec.node
        before = old.specs[node.process].process.nodes[node.id]
        for key in (*node.boundaries, *_raced(node)):
            if key not in before.boundaries and key not in _raced(before):
                duties.begin(run, run.listen(run.spec_of(node.process, key), token))
    if token is not run.root and "round" not in token.facts and _had_no_deadline(old, token):
        duties.begin(run, token)
    if "in" in token.facts and not _interrupted(token):
        for start in _new_starts(old, run, token):
            run.listen(run.spec_of(start.process, start.id), token)


def _had_no_deadline(old: Pathway, token: Token) -> bool:
    return old.plan.works[token.task_spec.process, token.task_spec.name].frist is None


def _new_starts(old: Pathway, run: Run, token: Token) -> list[Node]:
    process = token.facts["in"]
    inner = process if "data" in token.facts else token.task_spec.node.id
    known = {start.id for start in old.specs[process].event_starts(inner)}
    return [s for s in run.specs[process].event_starts(inner) if s.id not in known]


def _interrupted(scope: Token) -> bool:
    """Whether an event sub-process has taken the place of what stood in the scope: then no other starts."""
    return any(
        child.task_spec.node.by_event and "beside" not in child.facts
        for child in scope.children
        if not child.listens
    )


def _raced(node: Node) -> tuple[str, ...]:
    """What an event gateway waits for."""
    return tuple(f.target for f in node.outgoing) if node.kind == "eventBasedGateway" else ()
