"""What each kind of node does when a token comes: SpiffWorkflow task specs of ours.

A spec holds what never changes (the node, its compiled expressions); the token (a SpiffWorkflow `Task`) holds
what does.  `_run_hook` answers as SpiffWorkflow asks: True when the token may go on at once, None when it stays.
Prediction is off: a task tree holds what is alive, not what may come.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.task import Task

from engine.bpmn.drawing import ACTIVITIES, Flow, Node, Process, walk
from engine.bpmn.plan import Plan, Work
from engine.errors import StepFailed

if TYPE_CHECKING:
    from engine.bpmn.run import Run

#: Calls inside calls, at most.
MAX_DEPTH = 30


class Element(TaskSpec):  # type: ignore[misc]
    """One node of a diagram; tokens pass straight through."""

    def __init__(self, spec: WorkflowSpec, node: Node, work: Work) -> None:
        super().__init__(spec, node.id)
        self.node, self.work = node, work

    # SpiffWorkflow's own book-keeping that tokens of ours do not need.
    def test(self) -> None:
        """Connections are checked when the diagram is read."""

    def _predict(self, my_task: Task, *_: Any, **__: Any) -> None:
        return

    def _update(self, my_task: Task) -> None:
        return

    def _run_hook(self, my_task: Task) -> bool | None:
        return self.arrive(my_task.workflow, my_task)

    def _on_complete_hook(self, my_task: Task) -> None:
        self.leave(my_task.workflow, my_task)

    def _run(self, my_task: Task) -> bool | None:
        # SpiffWorkflow would mark the token as failed and go on raising; a step that fails is thrown away whole.
        return self._run_hook(my_task)

    # What the kinds below change.
    def arrive(self, run: Run, token: Task) -> bool | None:
        """A token came: True to go on, None to stay."""
        return True

    def leave(self, run: Run, token: Task) -> None:
        """The token has done its work here: put one on every flow out."""
        scope = token.parent
        run.done(token)
        for flow in self.node.outgoing:
            run.put(flow, scope)

    def chosen(self, run: Run, token: Task) -> list[Flow]:
        """The flows whose condition holds, or the default, in the order they are drawn."""
        taken = []
        for flow in self.node.outgoing:
            condition = self.work.conditions.get(flow.id)
            if flow.id == self.node.default:
                continue
            if condition is None or run.value(condition, token) is True:
                taken.append(flow)
        return taken or [flow for flow in self.node.outgoing if flow.id == self.node.default]

    def stuck(self, what: str) -> StepFailed:
        """The instance cannot go on at this node."""
        shown = f"“{self.node.name}” ({self.node.id})" if self.node.name else f"“{self.node.id}”"
        return StepFailed(f"{shown} {what}", element=self.node.id)


class Exclusive(Element):
    """One way out: the first flow whose condition holds, else the default."""

    def leave(self, run: Run, token: Task) -> None:
        if len(self.node.outgoing) == 1 and not self.work.conditions:
            return super().leave(run, token)
        flows = self.chosen(run, token)
        if not flows:
            raise self.stuck("has no way on: no condition holds and no flow is the default.")
        scope = token.parent
        run.done(token)
        return run.put(flows[0], scope)


class Joining(Element):
    """A gateway that waits for other tokens; they stand on it, each with the flow that it came by."""

    def arrive(self, run: Run, token: Task) -> bool | None:
        if len(self.node.incoming) < 2:
            return True
        token.internal_data["w"] = 1
        run.arrived_at_join(self, token)
        return None

    def waiting(self, token: Task) -> dict[str, list[Task]]:
        """The tokens that stand on this gateway in the token's scope, by the flow they came by."""
        found: dict[str, list[Task]] = {}
        for other in token.parent.children:
            if other.task_spec is self and "w" in other.internal_data:
                found.setdefault(other.internal_data["via"], []).append(other)
        return found

    def open(self, run: Run, tokens: Iterable[Task]) -> None:
        """Take these tokens together and go on as one."""
        first, *others = tokens
        for other in others:
            run.take_away(other)
        first.complete()


class Parallel(Joining):
    """All ways out; waits for one token on each way in."""


class Inclusive(Joining):
    """Every flow whose condition holds; waits for those tokens that can still come."""

    def leave(self, run: Run, token: Task) -> None:
        if len(self.node.outgoing) == 1 and not self.work.conditions:
            return super().leave(run, token)
        flows = self.chosen(run, token)
        if not flows:
            raise self.stuck("has no way on: no condition holds and no flow is the default.")
        scope = token.parent
        run.done(token)
        for flow in flows:
            run.put(flow, scope)
        return None


class EventBased(Element):
    """Waits for the first of the events that follow."""

    def arrive(self, run: Run, token: Task) -> bool | None:
        for flow in self.node.outgoing:
            run.listen(run.spec_of(self.node.process, flow.target), token)
        return None

    def leave(self, run: Run, token: Task) -> None:
        run.done(token)


class Catching(Element):
    """An event that waits; a start event and a boundary event that have happened go straight on."""

    def arrive(self, run: Run, token: Task) -> bool | None:
        if self.node.kind in ("startEvent", "boundaryEvent") or self.node.event is None:
            return True
        if self.node.event.kind == "link":
            return True
        if token.internal_data.pop("fired", None):
            return True
        run.subscribe(token)
        run.begin_deadline(token)
        return None


class Throwing(Element):
    """An intermediate or end event that tells somebody something."""

    def arrive(self, run: Run, token: Task) -> bool | None:
        return True

    def leave(self, run: Run, token: Task) -> None:
        event, scope = self.node.event, token.parent
        ends = self.node.kind == "endEvent"
        if ends:
            run.ended(token)
        if event is None or event.kind in ("none", "message"):
            return super().leave(run, token)
        if event.kind == "terminate":
            return run.terminate(token)
        if event.kind == "link":
            run.done(token)
            return run.follow_link(self.node, scope)
        if event.kind == "signal":
            run.done(token)
            run.broadcast(event.name)
        elif event.kind == "error":
            run.done(token)
            return run.throw_error(self, event.name, scope)
        else:
            run.done(token)
            run.escalate(event.name, scope)
        if scope.id in run.tasks:
            for flow in self.node.outgoing:
                run.put(flow, scope)
        return None


class Activity(Element):
    """A task, sub-process or called part: with listeners on its border, a deadline, perhaps several rounds."""

    def arrive(self, run: Run, token: Task) -> bool | None:
        inner = "nth" in token.internal_data
        if not inner:
            for key in self.node.boundaries:
                run.listen(run.spec_of(self.node.process, key), token)
        if self.node.loop is not None and not inner:
            return run.begin_round(self, token)
        run.begin_deadline(token)
        return self.begin(run, token)

    def begin(self, run: Run, token: Task) -> bool | None:
        """Do the work, once: an undefined task has none."""
        return True

    def leave(self, run: Run, token: Task) -> None:
        round_ = token.parent if "nth" in token.internal_data else None
        if round_ is not None:
            run.done(token)
            return run.next_in_round(self, round_, token)
        flows, scope = self.taken(run, token), token.parent
        run.done(token)
        for flow in flows:
            run.put(flow, scope)
        return None

    def taken(self, run: Run, token: Task) -> list[Flow]:
        """All flows out; those with conditions only where they hold (BPMN's conditional flows)."""
        return self.chosen(run, token) if self.work.conditions else list(self.node.outgoing)


class Person(Activity):
    """A user or manual task: somebody's work, or a message that somebody waits for."""

    def begin(self, run: Run, token: Task) -> bool | None:
        token.internal_data["at"] = run.stamp()
        if self.node.kind == "receiveTask":
            run.subscribe(token)
        return None


class Automatic(Activity):
    """A script, decision, service or send task: done at once."""

    def begin(self, run: Run, token: Task) -> bool | None:
        if self.node.kind == "businessRuleTask":
            run.assign(
                token, self.work.result or self.work.decision, run.decide(self.work.decision, token)
            )
        elif self.work.expression is not None and self.work.result:
            run.assign(token, self.work.result, run.value(self.work.expression, token))
        return True


class Scope(Activity):
    """An embedded sub-process, also one that an event starts: holds tokens of its own."""

    def begin(self, run: Run, token: Task) -> bool | None:
        run.open_scope(token, self.node.process, self.node.id, self.node.by_event)
        return None


class Call(Activity):
    """A called part: a scope with data and a process of its own."""

    def begin(self, run: Run, token: Task) -> bool | None:
        if run.depth(token) > MAX_DEPTH:
            raise self.stuck(f"calls parts inside parts more than {MAX_DEPTH} deep.")
        token.internal_data["data"] = run.handed_in(self.work, token, self.node.called)
        run.open_scope(token, self.node.called, self.node.called, False)
        return None

    def leave(self, run: Run, token: Task) -> None:
        for name, expression in self.work.out:
            run.assign(token.parent, name, run.value(expression, token))
        super().leave(run, token)


_KINDS: dict[str, type[Element]] = {
    "exclusiveGateway": Exclusive, "parallelGateway": Parallel, "inclusiveGateway": Inclusive,
    "eventBasedGateway": EventBased, "startEvent": Catching, "intermediateCatchEvent": Catching,
    "boundaryEvent": Catching, "intermediateThrowEvent": Throwing, "endEvent": Throwing,
    "userTask": Person, "manualTask": Person, "receiveTask": Person, "subProcess": Scope, "callActivity": Call,
}  # fmt: skip


class Root(TaskSpec):  # type: ignore[misc]
    """The instance itself: the outermost scope."""

    def test(self) -> None:
        """Nothing leads here."""

    def _predict(self, my_task: Task, *_: Any, **__: Any) -> None:
        return

    def _update(self, my_task: Task) -> None:
        return


class ProcessSpec(WorkflowSpec):  # type: ignore[misc]
    """One process as SpiffWorkflow's workflow spec, with the elements by id."""

    def __init__(self, process: Process, plan: Plan) -> None:
        super().__init__(process.id)
        self.process = process
        self.start = Root(self, ".root")
        for node in process.nodes.values():
            kind = _KINDS.get(node.kind) or (Automatic if node.kind in ACTIVITIES else Element)
            kind(self, node, plan.works[process.id, node.id])
        self.links = {
            (node.scope, node.event.name): node
            for node in process.nodes.values()
            if node.kind == "intermediateCatchEvent" and node.event and node.event.kind == "link"
        }
        self.ahead = _ahead(process)

    def starts(self, scope: str) -> list[Node]:
        """The start events that lie directly in a scope."""
        return [node for node in walk(self.process, scope) if node.kind == "startEvent"]


def _ahead(process: Process) -> dict[str, frozenset[str]]:
    """For each inclusive join and each of its incoming flows: the flows from which it can be reached.

    Computed without passing through the join itself, as the standard asks (BPMN 2.0, 13.3.3).
    """
    found: dict[str, frozenset[str]] = {}
    for join in process.nodes.values():
        if join.kind != "inclusiveGateway" or len(join.incoming) < 2:
            continue
        for flow in join.incoming:
            reached, waiting = {flow.id}, [flow]
            while waiting:
                source = process.nodes[waiting.pop().source]
                if source.id == join.id:
                    continue
                before = list(source.incoming)
                if source.kind == "boundaryEvent":
                    before += (
                        process.nodes[source.attached_to].incoming
                        if source.attached_to in process.nodes
                        else ()
                    )
                for earlier in before:
                    if earlier.id not in reached:
                        reached.add(earlier.id)
                        waiting.append(earlier)
            found[flow.id] = frozenset(reached)
    return found
