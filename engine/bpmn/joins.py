"""Joining gateways: tokens stand on them, each with the flow that it came by, until they may go on as one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.bpmn.shapes import Flow, Node, Process
from engine.bpmn.tokens import Token

if TYPE_CHECKING:
    from engine.bpmn.nodes import Joining
    from engine.bpmn.run import Run


def standing(spec: Joining, scope: Token) -> dict[str, Token]:
    """The first token by each flow that stands on this gateway in the scope."""
    found: dict[str, Token] = {}
    for other in scope.children:
        if other.task_spec is spec and "w" in other.facts:
            found.setdefault(other.facts["via"], other)
    return found


def arrived(run: Run, spec: Joining, token: Token) -> None:
    """A token came to a parallel gateway: one on each flow in, and they go on."""
    waiting = standing(spec, token.scope)
    if len(waiting) == len(spec.node.incoming):
        _go_on(run, list(waiting.values()))


def open_inclusive(run: Run) -> bool:
    """Let the first inclusive gateway go on for which nobody can still come; whether there was one."""
    for token in list(run.standing.values()):
        waiting = standing(token.task_spec, token.scope)
        if not _may_still_come(run, token, waiting):
            _go_on(run, list(waiting.values()))
            return True
    return False


def _go_on(run: Run, tokens: list[Token]) -> None:
    first, *others = tokens
    for other in others:
        run.take_away(other)
    first.complete()


def _may_still_come(run: Run, token: Token, waiting: dict[str, Token]) -> bool:
    """Whether a token can reach a flow that none waits on, and none of those that one waits on (BPMN 2.0, 13.3.3)."""
    spec = token.task_spec
    ahead = run.specs[spec.node.process].ahead(spec.node)
    missing = [ahead[flow.id] for flow in spec.node.incoming if flow.id not in waiting]
    if not missing:
        return False
    taken = [ahead[flow] for flow in waiting]
    for other in token.scope.children:
        if "l" in other.facts or other.task_spec is spec:
            continue
        fronts = list(_fronts(run, other))
        if any(flow in way for way in missing for flow in fronts) and not any(
            flow in way for way in taken for flow in fronts
        ):
            return True
    return False


def _fronts(run: Run, token: Token) -> Iterator[str]:
    """The flows on which this token stands, or could go out."""
    if "via" in token.facts:
        yield token.facts["via"]
        return
    node: Node = token.task_spec.node
    nodes = run.specs[node.process].process.nodes
    for flow in (*node.outgoing, *(f for key in node.boundaries for f in nodes[key].outgoing)):
        yield flow.id


def ahead(process: Process, join: Node) -> dict[str, frozenset[str]]:
    """For each flow into a join: the flows from which it can be reached without passing the join itself."""
    return {flow.id: _back(process, join, flow) for flow in join.incoming}


def _back(process: Process, join: Node, flow: Flow) -> frozenset[str]:
    reached, waiting = {flow.id}, [flow]
    while waiting:
        source = process.nodes[waiting.pop().source]
        if source.id == join.id:
            continue
        for earlier in _into(process, source):
            if earlier.id not in reached:
                reached.add(earlier.id)
                waiting.append(earlier)
    return frozenset(reached)


def _into(process: Process, node: Node) -> Iterator[Flow]:
    """The flows that lead to a node, also over its activity's border or a link."""
    yield from node.incoming
    if node.kind == "boundaryEvent":
        yield from process.nodes[node.attached_to].incoming
    if node.is_event("intermediateCatchEvent", "link"):
        for other in process.within(node.scope):
            if other.is_event("intermediateThrowEvent", "link") and other.event == node.event:
                yield from other.incoming
