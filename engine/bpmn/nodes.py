"""What each kind of node does when a token comes: SpiffWorkflow task specs of ours.

A spec holds what never changes (the node, its compiled expressions); the token holds what does.  `_run_hook` answers
as SpiffWorkflow asks: True when the token may go on at once, None when it stays.  Prediction is off: a task tree
holds what is alive, not what may come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec

from engine.bpmn import data, duties, events, joins, rounds, scopes, throwing
from engine.bpmn.plan import Work
from engine.bpmn.shapes import THROWS, Flow, Node
from engine.bpmn.tokens import Token
from engine.errors import DecisionInvalid, StepFailed

if TYPE_CHECKING:
    from engine.bpmn.run import Run


class Element(TaskSpec):  # type: ignore[misc]
    """One node of a diagram; tokens pass straight through."""

    def __init__(self, spec: WorkflowSpec, node: Node, work: Work) -> None:
        super().__init__(spec, node.id)
        self.node, self.work, self.process = node, work, node.process
        self.catches = (
            node.event is not None
            and node.event.kind not in ("none", "link")
            and node.kind not in THROWS
        )
        #: Whether a round of this knows how many turns it has, so that they need not be counted.
        self.counts_turns = node.loop is not None and (
            node.loop.kind != "standard" or node.loop.maximum is not None
        )

    # SpiffWorkflow's own book-keeping that tokens of ours do not need.
    def test(self) -> None:
        """Connections are checked when the diagram is read."""

    def _predict(self, my_task: Token, *_: Any, **__: Any) -> None:
        return

    def _update(self, my_task: Token) -> None:
        return

    def _run_hook(self, my_task: Token) -> bool | None:
        return self.arrive(my_task.workflow, my_task)

    def _run(self, my_task: Token) -> bool | None:
        # SpiffWorkflow would mark the token as failed and go on raising; a step that fails is thrown away whole.
        return self._run_hook(my_task)

    def _on_complete(self, my_task: Token) -> None:
        # Stock looks for children to update; ours are put by `leave`.
        self._on_complete_hook(my_task)

    def _on_complete_hook(self, my_task: Token) -> None:
        self.leave(my_task.workflow, my_task)

    # What the kinds below change.
    def arrive(self, run: Run, token: Token) -> bool | None:
        """A token came: True to go on, None to stay."""
        return True

    def leave(self, run: Run, token: Token) -> None:
        """The token has done its work here: put one on every flow out."""
        scope = token.scope
        run.done(token)
        for flow in self.node.outgoing:
            run.put(flow, scope)

    def holds(self, run: Run, token: Token, flow: Flow) -> bool:
        """Whether the flow's condition holds; one without a condition always does."""
        condition = self.work.conditions.get(flow.id)
        return condition is None or data.value(run, condition, token) is True

    def default(self) -> list[Flow]:
        """The flow that is taken when no condition holds; without one the instance cannot go on."""
        found = [flow for flow in self.node.outgoing if flow.id == self.node.default]
        if not found:
            raise self.stuck(
                "%(where)s has no way on: no condition holds and no flow is the default."
            )
        return found

    def stuck(self, template: str, **facts: Any) -> StepFailed:
        """The instance cannot go on at this node, which is `%(where)s` in the sentence."""
        return StepFailed(template, element=self.node.id, where=self.node.shown, **facts)


class Exclusive(Element):
    """One way out: the first flow whose condition holds, else the default."""

    def leave(self, run: Run, token: Token) -> None:
        for flow in self.node.outgoing:
            if flow.id != self.node.default and self.holds(run, token, flow):
                break
        else:
            flow = self.default()[0]
        scope = token.scope
        run.done(token)
        run.put(flow, scope)


class Joining(Element):
    """A gateway that waits for other tokens; they stand on it, each with the flow that it came by."""

    def arrive(self, run: Run, token: Token) -> bool | None:
        if len(self.node.incoming) < 2:
            return True
        token.facts["w"] = 1
        joins.arrived(run, self, token)
        return None


class Parallel(Joining):
    """All ways out; waits for one token on each way in."""


class Inclusive(Joining):
    """Every flow whose condition holds, else the default; waits for those tokens that can still come."""

    def arrive(self, run: Run, token: Token) -> bool | None:
        if len(self.node.incoming) < 2:
            return True
        token.facts["w"] = 1
        run.standing[token.id] = token
        return None

    def leave(self, run: Run, token: Token) -> None:
        flows = [
            flow
            for flow in self.node.outgoing
            if flow.id != self.node.default and self.holds(run, token, flow)
        ] or self.default()
        scope = token.scope
        run.done(token)
        for flow in flows:
            run.put(flow, scope)


class EventBased(Element):
    """Waits for the first of the events that follow."""

    def arrive(self, run: Run, token: Token) -> bool | None:
        for flow in self.node.outgoing:
            listener = run.listen(run.spec_of(self.process, flow.target), token)
            duties.begin(run, listener)
        return None


class Catching(Element):
    """An event that waits; a start event and a boundary event that have happened go straight on."""

    def arrive(self, run: Run, token: Token) -> bool | None:
        waits = "waits" in token.facts or self.node.kind == "intermediateCatchEvent"
        if not waits or self.node.is_event(self.node.kind, "link"):
            return True
        if token.facts.pop("fired", None):
            return True
        events.subscribe(run, token)
        duties.begin(run, token)
        return None


class Throwing(Element):
    """An intermediate or end event that tells somebody something."""

    def leave(self, run: Run, token: Token) -> None:
        if self.node.kind == "endEvent":
            scopes.ended(run, token)
        event, scope = self.node.event, token.scope
        if event is None or event.kind in ("none", "message"):
            return super().leave(run, token)
        if event.kind == "terminate":
            return scopes.terminate(run, token)
        run.done(token)
        if event.kind == "link":
            run.put_at(run.link_end(self), scope)
            return None
        if event.kind == "error":
            return throwing.throw_error(run, self, event.name, scope)
        if event.kind == "signal":
            throwing.broadcast(run, event.name)
        else:
            throwing.escalate(run, event.name, scope)
        if scope.id in run.tasks:  # nobody interrupted it
            for flow in self.node.outgoing:
                run.put(flow, scope)
        return None


class Activity(Element):
    """A task, sub-process or called part: with listeners on its border, a deadline, perhaps several rounds."""

    def arrive(self, run: Run, token: Token) -> bool | None:
        inner = "nth" in token.facts
        if not inner:
            for key in self.node.boundaries:
                run.listen(run.spec_of(self.process, key), token)
        if self.node.loop is not None and not inner:
            return rounds.begin(run, self, token)
        duties.begin(run, token)
        return self.begin(run, token)

    def begin(self, run: Run, token: Token) -> bool | None:
        """Do the work, once: an undefined task has none."""
        return True

    def leave(self, run: Run, token: Token) -> None:
        scope = token.scope
        if "nth" in token.facts:
            run.done(token)
            return rounds.next_turn(run, self, scope, token)
        flows = self.taken(run, token)
        run.done(token)
        scopes.did_one(scope)
        for flow in flows:
            run.put(flow, scope)
        return None

    def taken(self, run: Run, token: Token) -> list[Flow]:
        """Flows without a condition always, those with one where it holds; the default where none of these does."""
        if not self.work.conditions:
            return list(self.node.outgoing)
        free, held = [], []
        for flow in self.node.outgoing:
            if flow.id in self.work.conditions:
                held += [flow] if self.holds(run, token, flow) else []
            elif flow.id != self.node.default:
                free.append(flow)
        return free + (held or ([] if free and not self.node.default else self.default()))


class Person(Activity):
    """A user, manual or receive task: somebody's work, or a message that somebody waits for."""

    def begin(self, run: Run, token: Token) -> bool | None:
        if token.facts.pop("fired", None):
            return True
        token.facts["at"] = run.stamp()
        return None


class Automatic(Activity):
    """A script, decision, service or send task: done at once."""

    def begin(self, run: Run, token: Token) -> bool | None:
        try:
            found = self._computed(run, token)
        except (StepFailed, DecisionInvalid) as exc:
            # An error event without a code on its border catches what cannot be computed.
            if throwing.caught_on_border(run, token):
                return None
            raise self.stuck("%(where)s: %(what)s", what=exc.sentence) from exc
        data.assign(run, token, found)
        return True

    def _computed(self, run: Run, token: Token) -> dict[str, Any]:
        if self.node.kind == "businessRuleTask":
            name = self.work.decision
            return {self.work.result or name: data.decide(run, name, token)}
        if self.work.expression is not None and self.work.result:
            return {self.work.result: data.value(run, self.work.expression, token)}
        return {}


class Scope(Activity):
    """An embedded sub-process, also one that an event starts: holds tokens of its own."""

    def begin(self, run: Run, token: Token) -> bool | None:
        spec = run.specs[self.process]
        scopes.opened(run, token, self.process, self.node.id, spec.first(self.node.id))
        return None


class AdHoc(Scope):
    """An ad-hoc sub-process: all that no flow leads to can be done at once, and again while it is open."""

    @property
    def until_done(self) -> bool:
        """Whether a completion condition says when it is done."""
        return self.work.until is not None


class Call(Activity):
    """A called part: a scope with data and a process of its own."""

    def begin(self, run: Run, token: Token) -> bool | None:
        scopes.call(run, self, token)
        return None

    def leave(self, run: Run, token: Token) -> None:
        data.handed_out(run, self.work, token)
        super().leave(run, token)
