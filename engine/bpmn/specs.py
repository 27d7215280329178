"""One process as SpiffWorkflow's workflow spec: which kind of element each node is, and what is asked of all of it."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from engine.bpmn import joins
from engine.bpmn.nodes import (
    AdHoc,
    Automatic,
    Call,
    Catching,
    Element,
    EventBased,
    Exclusive,
    Inclusive,
    Parallel,
    Person,
    Scope,
    Throwing,
)
from engine.bpmn.plan import Plan
from engine.bpmn.shapes import ACTIVITIES, Node, Process
from engine.bpmn.tokens import Token

_KINDS: dict[str, type[Element]] = {
    "exclusiveGateway": Exclusive, "parallelGateway": Parallel, "inclusiveGateway": Inclusive,
    "eventBasedGateway": EventBased, "startEvent": Catching, "intermediateCatchEvent": Catching,
    "boundaryEvent": Catching, "intermediateThrowEvent": Throwing, "endEvent": Throwing, "userTask": Person,
    "manualTask": Person, "receiveTask": Person, "subProcess": Scope, "adHocSubProcess": AdHoc, "callActivity": Call,
}  # fmt: skip


class Root(TaskSpec):  # type: ignore[misc]
    """The instance itself: the outermost scope."""

    def test(self) -> None:
        """Nothing leads here."""

    def _predict(self, my_task: Token, *_: Any, **__: Any) -> None:
        return

    def _update(self, my_task: Token) -> None:
        return


class ProcessSpec(WorkflowSpec):  # type: ignore[misc]
    """One process as SpiffWorkflow's workflow spec, with the elements by id; nothing changes it afterwards."""

    def __init__(self, process: Process, plan: Plan) -> None:
        super().__init__(process.id)
        self.process = process
        self.start = Root(self, ".root")
        for node in process.nodes.values():
            kind = _KINDS.get(node.kind) or (Automatic if node.kind in ACTIVITIES else Element)
            kind(self, node, plan.works[process.id, node.id])
        self.links = {
            (node.scope, node.event.name): node.id
            for node in process.nodes.values()
            if node.event and node.is_event("intermediateCatchEvent", "link")
        }
        self._ahead: dict[str, dict[str, frozenset[str]]] = {}
        self._event_starts: dict[str, list[Node]] = {}

    def starts(self, scope: str) -> list[Node]:
        """The start events that lie directly in a scope."""
        return [node for node in self.process.within(scope) if node.kind == "startEvent"]

    def event_starts(self, scope: str) -> list[Node]:
        """The start events of the event sub-processes that lie directly in a scope."""
        found = self._event_starts.get(scope)
        if found is None:
            held = (node.id for node in self.process.within(scope) if node.by_event)
            found = self._event_starts[scope] = [
                start for key in held for start in self.starts(key)
            ]
        return found

    def first(self, scope: str) -> list[Node]:
        """Where tokens begin: an event sub-process's start, a plain start, or all that no flow leads to."""
        starts = self.starts(scope)
        if not starts:
            return self.process.begins(scope)
        held = self.process.nodes.get(scope)
        if held is not None and held.by_event:
            return starts
        return [n for n in starts if n.event is None or n.event.kind == "none"][:1]

    def ahead(self, join: Node) -> dict[str, frozenset[str]]:
        """See `joins.ahead`; worked out once, when the first token comes."""
        if join.id not in self._ahead:
            self._ahead[join.id] = joins.ahead(self.process, join)
        return self._ahead[join.id]
