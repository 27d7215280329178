"""The pure step: (state, event, now) → Step.

A `Pathway` is one deployed version, compiled once and shared.  Each verb takes the state as text, lets one thing
happen at `now`, and gives a frozen `Step` with the whole picture after it.  No database, no clock of its own, no
side effect: what raises has changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from SpiffWorkflow.task import Task as Token

from engine.bpmn import codec, events
from engine.bpmn.drawing import Flow, Node
from engine.bpmn.nodes import Person, ProcessSpec
from engine.bpmn.plan import Plan, plan
from engine.bpmn.run import Run, at_stamp
from engine.errors import (
    ActionNotOpen,
    DiagramInvalid,
    InstanceEnded,
    MessageUnmatched,
    TaskNotOpen,
)
from engine.model import Action, Json, Source, Status, Step, Task, Timer


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a pathway as pages, lint and coverage see it.  `clauses` are this agreement's own."""

    id: str
    name: str
    kind: str
    process: str
    lane: str
    form: str | None
    clauses: tuple[str, ...]
    frist: str
    fra: str
    frist_klausul: str
    local: bool
    message: str
    line: int


class Pathway:
    """One deployed version, ready to run.  `elements` holds those of called parts too, by element id."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.plan: Plan = plan(source)
        self.specs: Mapping[str, ProcessSpec] = {
            key: ProcessSpec(process, self.plan) for key, process in self.plan.processes.items()
        }
        self.key, self.agreement = source.key, source.agreement
        self.name = self.plan.process.name

    def reads(self, process: str | None = None) -> frozenset[str]:
        """The names that some expression of the process (or of all) reads: only they enter the state."""
        if process is not None:
            return self.plan.reads.get(process, frozenset())
        return frozenset().union(*self.plan.reads.values())

    @property
    def decides(self) -> frozenset[str]:
        """The names that a gateway or decision table reads: nobody may fill them in by himself."""
        return self.plan.decides

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Every element by id; the pathway's own before a part's where both use one id."""
        found: dict[str, Element] = {}
        for key, process in self.plan.processes.items():
            for node in process.nodes.values():
                found.setdefault(node.id, self._element(key, node))
        return found

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The drawn nodes of the pathway's own process."""
        return self.plan.process.nodes

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The sequence flows of the pathway's own process."""
        return self.plan.process.flows

    @cached_property
    def lanes(self) -> tuple[str, ...]:
        """The lanes of the pathway and its parts, in the order they are drawn."""
        return tuple(dict.fromkeys(lane for p in self.plan.processes.values() for lane in p.lanes))

    @cached_property
    def end_states(self) -> tuple[str, ...]:
        """The ids of the end events that can be the pathway's end state."""
        nodes = self.plan.process.nodes
        return tuple(
            n.id for n in nodes.values() if n.kind == "endEvent" and self._is_outer(nodes, n)
        )

    @cached_property
    def messages(self) -> tuple[str, ...]:
        """The names of the messages that the pathway or a part can catch."""
        caught = (
            node.event.name
            for process in self.plan.processes.values()
            for node in process.nodes.values()
            if node.event
            and node.event.kind == "message"
            and node.kind not in ("endEvent", "intermediateThrowEvent")
        )
        return tuple(dict.fromkeys(caught))

    @cached_property
    def start_actions(self) -> tuple[Action, ...]:
        """The start events by which a person or message may start the pathway."""
        return tuple(
            self._action(node, self.plan.agreement.lane_party(node.lane, {}))
            for node in self.specs[self.key].starts(self.key)
        )

    @property
    def forms(self) -> Mapping[str, Json]:
        """The form-js schemas of this version, by name."""
        return self.source.forms

    def _element(self, process: str, node: Node) -> Element:
        work, own = self.plan.works[process, node.id], node.attributes
        return Element(
            node.id, node.name, node.kind, process, node.lane, own.get("form"), work.clauses, own.get("frist", ""),
            own.get("fra", ""), work.deadline_clause if own.get("frist") else "", own.get("lokal") == "true",
            work.message.name if work.message else "", node.line,
        )  # fmt: skip

    def _is_outer(self, nodes: Mapping[str, Node], node: Node) -> bool:
        scope = node.scope
        while scope in nodes:
            if not nodes[scope].by_event or not any(
                n.scope == scope and n.kind == "startEvent" and n.interrupting
                for n in nodes.values()
            ):
                return False
            scope = nodes[scope].scope
        return True

    def _action(self, node: Node, party: str) -> Action:
        message = node.event.name if node.event and node.event.kind == "message" else None
        work = self.plan.works[node.process, node.id]
        return Action(
            node.id,
            node.name,
            node.process,
            node.lane,
            party,
            message,
            node.attributes.get("form"),
            work.clauses,
        )


def compile(source: Source) -> Pathway:
    """Parse and compile a version once; raises `DiagramInvalid` naming the element and its line."""
    return Pathway(source)


def start(
    pathway: Pathway,
    data: Json,
    now: datetime,
    *,
    parties: Mapping[str, str],
    action: str | None = None,
) -> Step:
    """Begin an instance.  `parties` are the case's (party → unit's name); `action` is a start event's id or message."""
    run = Run(pathway.plan, pathway.specs, now)
    run.parties = tuple(parties)
    begin = _start_event(pathway, action)
    asking = pathway.plan.agreement.lane_party(begin.lane, data) if begin else ""
    asked = [party for party in run.parties if party != asking]
    run.begin({"adspurgte": asked, **data}, begin)
    return _taken(pathway, run)


def complete(pathway: Pathway, state: str, ref: str, values: Json, now: datetime) -> Step:
    """A person completed the task `ref` with these values; raises `TaskNotOpen`, `InstanceEnded`."""
    run = _loaded(pathway, state, now)
    token = run.tasks.get(ref)
    if token is None or not _is_open(token):
        raise TaskNotOpen
    run.answer(token, values)
    token.complete()
    run.settle_all()
    return _taken(pathway, run)


def act(pathway: Pathway, state: str, action_id: str, data: Json, now: datetime) -> Step:
    """Somebody reports what an event of the diagram waits for; raises `ActionNotOpen`, `InstanceEnded`."""
    run = _loaded(pathway, state, now)
    for token in events.waiting(run, "message"):
        if token.task_spec.name == action_id:
            events.fire(run, token, data)
            run.settle_all()
            return _taken(pathway, run)
    raise ActionNotOpen


def wake(pathway: Pathway, state: str, now: datetime) -> Step:
    """Fire what is due, in order; harmless when nothing is, and when the instance has ended."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if not run.completed:
        events.wake(run)
        run.settle_all()
    return _taken(pathway, run)


def deliver(pathway: Pathway, state: str, name: str, data: Json, now: datetime) -> Step:
    """A message came; everybody in the instance who waits for it hears it; raises `MessageUnmatched`."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.completed or not events.deliver(run, name, data):
        raise MessageUnmatched
    return _taken(pathway, run)


def view(pathway: Pathway, state: str, now: datetime) -> Step:
    """The picture as it stands, without an event."""
    return _taken(pathway, codec.load(state, pathway.plan, pathway.specs, now))


# ---- taking the picture ------------------------------------------------------------------
def _loaded(pathway: Pathway, state: str, now: datetime) -> Run:
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.completed:
        raise InstanceEnded
    return run


def _start_event(pathway: Pathway, action: str | None) -> Node | None:
    starts = pathway.specs[pathway.key].starts(pathway.key)
    if action is not None:
        for node in starts:
            if action == node.id or (node.event and node.event.name == action):
                return node
        raise ActionNotOpen
    plain = [node for node in starts if node.event is None or node.event.kind == "none"] or starts
    if not plain:
        raise DiagramInvalid(f"The pathway “{pathway.key}” has no start event.")
    return plain[0]


def _taken(pathway: Pathway, run: Run) -> Step:
    if not run.completed:
        run.follow_deadlines()
    deadlines = run.ledger.take_changed(run.now)
    tasks = tuple(_tasks(run)) if not run.completed else ()
    timers = tuple(_timers(run)) if not run.completed else ()
    actions = tuple(_actions(pathway, run)) if not run.completed else ()
    status: Status = "completed" if run.completed else "running" if tasks else "waiting"
    return Step(
        state=codec.dump(run),
        status=status,
        tasks=tasks,
        timers=timers,
        deadlines=deadlines,
        messages=tuple(run.messages),
        traces=tuple(run.traces),
        awaits=() if run.completed else tuple(_awaits(run)),
        actions=actions,
        end_state=run.end_state if run.completed else None,
        tokens=() if run.completed else tuple(_tokens(run)),
        pauses=run.ledger.pauses,
    )


def _is_open(token: Token) -> bool:
    return (
        isinstance(token.task_spec, Person)
        and "at" in token.internal_data
        and "round" not in token.internal_data
        and token.task_spec.node.kind != "receiveTask"
    )


def _tasks(run: Run) -> Iterator[Task]:
    for token in run.tasks.values():
        if not _is_open(token):
            continue
        node, work, facts = token.task_spec.node, token.task_spec.work, token.internal_data
        round_ = token.parent.internal_data if "nth" in facts else {}
        yield Task(
            ref=token.id, element=node.id, name=node.name or node.id, process=node.process, lane=run.lane(node),
            party=run.party(token), form=node.attributes.get("form"), clauses=work.clauses,
            opened_at=at_stamp(facts["at"]), data=run.data_at(token), nth=facts.get("nth", 0),
            of=len(round_.get("items", ())) or 1,
        )  # fmt: skip


def _timers(run: Run) -> Iterator[Timer]:
    for token in events.waiting(run, "timer"):
        if moment := events.due_at(run, token):
            yield Timer(token.id, token.task_spec.name, moment, "every" in token.internal_data)


def _awaits(run: Run) -> Iterator[str]:
    names: Callable[[Any], str] = lambda token: token.task_spec.node.event.name  # noqa: E731
    yield from dict.fromkeys(map(names, events.waiting(run, "message")))


def _actions(pathway: Pathway, run: Run) -> Iterator[Action]:
    seen: set[tuple[str, str]] = set()
    for token in events.waiting(run, "message"):
        node: Node = token.task_spec.node
        if (node.process, node.id) in seen:
            continue
        seen.add((node.process, node.id))
        lane = run.lane(node)
        yield Action(
            node.id, node.name or node.id, node.process, lane, _reporter(run, token, lane), events.event_of(token).name,  # type: ignore[union-attr]
            node.attributes.get("form"), pathway.plan.works[node.process, node.id].clauses,
        )  # fmt: skip


def _reporter(run: Run, token: Token, lane: str) -> str:
    return run.plan.agreement.lane_party(lane, run.data_at(token))


def _tokens(run: Run) -> Iterator[str]:
    names = (
        t.task_spec.name
        for t in run.tasks.values()
        if "l" not in t.internal_data and t is not run.root
    )
    yield from dict.fromkeys(names)
