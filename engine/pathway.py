"""The pure step: (state, event, now) → Step.

A `Pathway` is one deployed version, compiled once and shared.  Each verb takes the state as text, lets one thing
happen at `now`, and gives a frozen `Step` with the whole picture after it.  No database, no clock of its own, no
side effect: what raises has changed nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from engine.bpmn import codec, events, operate, scopes, throwing
from engine.bpmn.picture import is_open, taken
from engine.bpmn.plan import Plan, plan
from engine.bpmn.run import Run
from engine.bpmn.shapes import SUBJECTS, Flow, Node
from engine.bpmn.specs import ProcessSpec
from engine.documents import round_form
from engine.errors import (
    ActionNotOpen,
    InstanceEnded,
    InstanceNotSuspended,
    InstanceSuspended,
    MessageUnmatched,
    TaskNotOpen,
)
from engine.model import Action, Deadline, Json, Source, Step


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
    def about(self) -> tuple[str, ...]:
        """On which cases the pathway runs: citizen, anonymous, agreement; a part on any."""
        process = self.plan.process
        return tuple(SUBJECTS.values()) if process.part else process.about

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
        return tuple(self._start_action(node) for node in self.specs[self.key].starts(self.key))

    def begun_by(self, message: str) -> str | None:
        """How a message begins the pathway when none that runs waits for it: a message start, or None (plainly).

        Raises `MessageUnmatched` where the pathway hears that message only on its way: news for a pathway that is
        over must not begin it anew.
        """
        if any(action.message == message for action in self.start_actions):
            return message
        if message in self.messages:
            raise MessageUnmatched
        return None

    def only(self, message: str, slug: str) -> str:
        """For whom a message to that pathway is at all (`stafet:kun`): `venter`, `ny`, `en_gang`, or '' for all."""
        said = (
            own.get("kun", "")
            for process in self.plan.processes.values()
            for own in (node.attributes for node in process.nodes.values())
            if (own.get("besked"), own.get("forloeb")) == (message, slug)
        )
        return next(said, "")

    @property
    def forms(self) -> Mapping[str, Json]:
        """The form-js schemas of this version, by name."""
        return self.source.forms

    @cached_property
    def rounds(self) -> Mapping[str, str]:
        """Elements that each party answers for itself → the name under which a document keeps all their answers.

        Only rounds that some document of the agreement names (docs/agreements.md).
        """
        named = {f for kind in self.plan.agreement.documents.values() for f in kind.fields}
        return {
            node.id: node.loop.collect
            for process in self.plan.processes.values()
            for node in process.nodes.values()
            if node.loop and node.loop.collect in named
        }

    @cached_property
    def papers(self) -> Mapping[str, Json]:
        """The forms whose fields a document may have: those of the pathway, and one for each of its rounds."""
        found = {
            name: round_form(name, self.elements[at].name, self.forms[form])
            for at, name in self.rounds.items()
            if (form := self.elements[at].form) is not None
        }
        return {**self.forms, **found}

    def _element(self, process: str, node: Node) -> Element:
        work, own = self.plan.works[process, node.id], node.attributes
        return Element(
            node.id, node.name, node.kind, process, node.lane, own.get("form"), work.clauses, own.get("frist", ""),
            own.get("fra", ""), work.deadline_clause if own.get("frist") else "", own.get("lokal") == "true",
            work.messages[0].name if work.messages else "", node.line,
        )  # fmt: skip

    def _start_action(self, node: Node) -> Action:
        message = node.event.name if node.event and node.event.kind == "message" else None
        return Action(
            node.id, node.name, node.process, node.lane, self.plan.agreement.lane_party(node.lane, {}), message,
            node.attributes.get("form"), self.plan.works[node.process, node.id].clauses,
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


def compile(source: Source) -> Pathway:
    """Parse and compile a version once; raises `DiagramInvalid` naming the element and its line."""
    return Pathway(source)


#: Sources that were compiled lately; by identity, for a source's mappings have no hash.
_LATELY: dict[int, Pathway] = {}
_MOST = 1_000


def compiled(source: Source) -> Pathway:
    """`compile`, once for the same source: many plays of a folder ask for the same versions again and again."""
    found = _LATELY.get(id(source))
    if found is None or found.source is not source:
        if len(_LATELY) >= _MOST:
            _LATELY.clear()
        _LATELY[id(source)] = found = compile(source)
    return found


def start(
    pathway: Pathway,
    data: Json,
    now: datetime,
    *,
    parties: Mapping[str, str],
    action: str | None = None,
    at: str | None = None,
) -> Step:
    """Begin an instance.  `parties` are the case's (party → unit's name); `action` is a start event's id or message.

    Without an action it begins at the plain start event, else at the first that a person can report; a pathway that
    only a timer or a condition starts waits for that.  `at`: it begins with a token on this element instead, for a
    designer who plays; raises `MoveImpossible`.
    """
    run = Run(pathway.plan, pathway.specs, now)
    run.parties = tuple(parties)
    begin = _start_event(pathway, action)
    asking = pathway.plan.agreement.lane_party(begin.lane, data) if begin else ""
    asked = [party for party in run.parties if party != asking]
    values = {"adspurgte": asked, **data}
    if at is not None:
        operate.begin(run, values, at)
    else:
        run.begin(values, begin)
    return taken(run)


def complete(pathway: Pathway, state: str, ref: str, values: Json, now: datetime) -> Step:
    """A person completed the task `ref` with these values; raises `TaskNotOpen`, `InstanceEnded`."""
    run = _loaded(pathway, state, now)
    token = run.tasks.get(ref)
    if token is None or not is_open(token):
        raise TaskNotOpen
    run.answer(token, values)
    token.complete()
    run.settle_all()
    return taken(run)


def act(pathway: Pathway, state: str, action_id: str, data: Json, now: datetime) -> Step:
    """Somebody reports what an event waits for, or begins a step of an ad-hoc sub-process; raises `ActionNotOpen`."""
    run = _loaded(pathway, state, now)
    for token in events.reported(run):
        if token.task_spec.name == action_id and throwing.is_meant(token, data):
            events.fire(run, token, data)
            break
    else:
        for scope, node in scopes.can_be_done(run):
            if node.id == action_id:
                run.answer(run.put_at(run.spec_of(node.process, node.id), scope), data)
                break
        else:
            raise ActionNotOpen
    run.settle_all()
    return taken(run)


def wake(pathway: Pathway, state: str, now: datetime) -> Step:
    """Fire what is due, in order; harmless when nothing is, and when the instance has ended or is suspended."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if not run.completed and run.held is None:
        events.wake(run)
        run.settle_all()
    return taken(run)


def deliver(pathway: Pathway, state: str, name: str, data: Json, now: datetime) -> Step:
    """A message came; everybody in the instance who waits for it hears it; raises `MessageUnmatched`."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.held is not None:
        raise InstanceSuspended
    if run.completed or not throwing.deliver(run, name, data):
        raise MessageUnmatched
    return taken(run)


def view(pathway: Pathway, state: str, now: datetime) -> Step:
    """The picture as it stands, without an event."""
    return taken(codec.load(state, pathway.plan, pathway.specs, now))


def owed(pathway: Pathway, state: str, now: datetime) -> tuple[int, tuple[Deadline, ...]]:
    """The number of the newest deadline record, and the records that are still to be met."""
    ledger = codec.load(state, pathway.plan, pathway.specs, now).ledger
    return ledger.last_ref, ledger.running(now)


# ---- for operators -----------------------------------------------------------------------
def reschedule(pathway: Pathway, state: str, ref: str, due_at: datetime, now: datetime) -> Step:
    """Let a waiting timer fire at another moment; raises `TimerNotOpen`, `InstanceEnded`."""
    run = _loaded(pathway, state, now)
    operate.reschedule(run, ref, due_at)
    return taken(run)


def suspend(pathway: Pathway, state: str, now: datetime, *, clock: operate.Clock = "runs") -> Step:
    """Nothing happens until `resume`; raises `InstanceEnded`, `InstanceSuspended`.

    `clock="stands"`: deadlines pause (bero) and durations lose no time; `"runs"`: what falls due fires on resuming.
    """
    run = _loaded(pathway, state, now)
    operate.hold(run, clock)
    return taken(run)


def resume(pathway: Pathway, state: str, now: datetime) -> Step:
    """Go on after `suspend`; raises `InstanceNotSuspended`, `InstanceEnded`."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.completed:
        raise InstanceEnded
    if run.held is None:
        raise InstanceNotSuspended
    operate.release(run)
    return taken(run)


def cancel(pathway: Pathway, state: str, now: datetime) -> Step:
    """End the instance where it stands, also while it is suspended; raises `InstanceEnded`."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.completed:
        raise InstanceEnded
    operate.cancel(run)
    return taken(run)


def move(pathway: Pathway, state: str, source: str, target: str, now: datetime) -> Step:
    """Take a token from `source` (a task's ref or an element's id) and put it on the element `target`.

    Its deadline is cancelled, the target's begins; raises `MoveImpossible`, `InstanceEnded`, `InstanceSuspended`.
    """
    run = _loaded(pathway, state, now)
    operate.move(run, source, target)
    return taken(run)


def skip(pathway: Pathway, state: str, source: str, now: datetime) -> Step:
    """Go on past the element that a token stands on, by its one way out, without doing it; raises as `move`."""
    run = _loaded(pathway, state, now)
    operate.skip(run, source)
    return taken(run)


def restart(pathway: Pathway, state: str, target: str, now: datetime) -> Step:
    """Call off all that stands and go on from `target`, with the data as they are; raises as `move`."""
    run = _loaded(pathway, state, now)
    operate.restart(run, target)
    return taken(run)


def values(pathway: Pathway, state: str, names: Iterable[str], now: datetime) -> Json:
    """What the instance decides by under these names; None where it holds nothing."""
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.completed:
        raise InstanceEnded
    held = run.root.facts["data"]
    return {name: held.get(name) for name in names}


def amend(pathway: Pathway, state: str, values: Json, now: datetime) -> Step:
    """Correct values of the instance; those that nothing reads stay outside; raises as `move`."""
    run = _loaded(pathway, state, now)
    operate.amend(run, values)
    return taken(run)


# ---- inside ------------------------------------------------------------------------------
def _loaded(pathway: Pathway, state: str, now: datetime) -> Run:
    run = codec.load(state, pathway.plan, pathway.specs, now)
    if run.completed:
        raise InstanceEnded
    if run.held is not None:
        raise InstanceSuspended
    return run


def _start_event(pathway: Pathway, action: str | None) -> Node | None:
    starts = pathway.specs[pathway.key].starts(pathway.key)
    if action is not None:
        for node in starts:
            if action == node.id or (node.event and node.event.name == action):
                return node
        raise ActionNotOpen
    for kinds in (("none",), ("message", "signal")):
        for node in starts:
            if node.event and node.event.kind in kinds:
                return node
    return None
