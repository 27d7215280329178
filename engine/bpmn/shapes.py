"""What is drawn, as frozen values: nodes, flows, processes.  Nothing here reads XML or runs anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import DiagramInvalid

EventKind = Literal[
    "none", "message", "timer", "signal", "error", "escalation", "terminate", "link", "conditional"
]
#: Activities that somebody does or waits in, and those that are done at once.
PEOPLE = frozenset(("userTask", "manualTask", "receiveTask"))
AUTOMATIC = frozenset(("task", "sendTask", "serviceTask", "scriptTask", "businessRuleTask"))
TASKS = PEOPLE | AUTOMATIC
SCOPES = frozenset(("subProcess", "adHocSubProcess", "callActivity"))
ACTIVITIES = TASKS | SCOPES
GATEWAYS = frozenset(
    ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")
)
THROWS = frozenset(("endEvent", "intermediateThrowEvent"))
#: Whom a case is about: the word of a diagram (`stafet:om`), and the one that is kept.
SUBJECTS = {"borger": "citizen", "anonym": "anonymous", "aftale": "agreement"}
EVENTS = THROWS | {"startEvent", "intermediateCatchEvent", "boundaryEvent"}
NODES = ACTIVITIES | GATEWAYS | EVENTS


def about(subject: str) -> dict[str, str]:
    """Whom the case is about, as the expressions of a form see it: `sagen_om`."""
    return {"sagen_om": next(word for word, kept in SUBJECTS.items() if kept == subject)}


def usual(subjects: Sequence[str]) -> str:
    """Of the subjects that a pathway runs on, the one that is meant where nothing is said."""
    return "citizen" if "citizen" in subjects else subjects[0]


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What an event catches or throws.  `name` is a message's or signal's name, a code, or a link's name."""

    kind: EventKind
    name: str = ""
    #: `date`, `duration` or `cycle`, with its text, for a timer; the FEEL text for a condition.
    timer: Literal["", "date", "duration", "cycle"] = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Loop:
    """An activity that is done several times."""

    kind: Literal["parallel", "sequential", "standard"]
    each: str = ""  # gentagFor: FEEL giving the list, or a number
    name: str = ""  # hver
    collect: str = ""  # saml
    until: str = ""  # completion condition
    condition: str = ""  # of a standard loop
    test_before: bool = False
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    condition: str = ""
    name: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A message flow out of a node: the message's name, and the process or the mere pool that it leads to."""

    name: str
    process: str = ""
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One element that a token can stand on.  `scope` is the sub-process it lies in, or the process's id."""

    id: str
    name: str
    kind: str
    process: str
    scope: str
    line: int
    lane: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    event: EventDefinition | None = None
    attached_to: str = ""
    interrupting: bool = True
    by_event: bool = False  # an event sub-process
    called: str = ""
    default: str = ""
    loop: Loop | None = None
    expression: str = ""  # stafet:udtryk
    until: str = ""  # an ad-hoc sub-process's completion condition
    cancels_rest: bool = True  # … and what becomes of the others then
    letters: tuple[Letter, ...] = ()
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    boundaries: tuple[str, ...] = ()
    children: tuple[str, ...] = ()  # of a sub-process

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause id that the element carries, of all agreements."""
        return tuple(self.attributes.get("klausul", "").split())

    @property
    def shown(self) -> str:
        """How a sentence names the element."""
        return f"“{self.name}” ({self.id})" if self.name else f"“{self.id}”"

    def is_event(self, kind: str, event: str) -> bool:
        """Whether this is such an event: `node.is_event("startEvent", "error")`."""
        return self.kind == kind and self.event is not None and self.event.kind == event


@dataclass(frozen=True, slots=True)
class Process:
    """One executable process: its nodes by id, sub-processes' nodes among them."""

    id: str
    name: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    lanes: tuple[str, ...]
    children: tuple[str, ...]
    #: The scopes that have a start event.
    started: frozenset[str] = frozenset()
    #: Only ever called by another process (`stafet:del`): nobody starts it by itself.
    part: bool = False
    #: On which cases it runs (`stafet:om`), as `SUBJECTS` keeps them.
    about: tuple[str, ...] = ("citizen",)

    def within(self, scope: str) -> Iterator[Node]:
        """The nodes that lie directly in a scope (the process's id, or a sub-process's)."""
        ids = self.children if scope == self.id else self.nodes[scope].children
        return (self.nodes[key] for key in ids)

    def begins(self, scope: str) -> list[Node]:
        """Where tokens begin in a scope that has no start event: on what no flow leads to."""
        return [
            node
            for node in self.within(scope)
            if not node.incoming
            and not node.by_event
            and node.kind != "boundaryEvent"
            and not node.is_event("intermediateCatchEvent", "link")
        ]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole file: its executable processes, in the order they are written."""

    processes: tuple[Process, ...]

    def process(self, key: str) -> Process:
        """The process with this id; raises `DiagramInvalid` where the file has none."""
        for process in self.processes:
            if process.id == key:
                return process
        there = ", ".join(p.id for p in self.processes) or "none"
        raise DiagramInvalid(f"The file has no process “{key}”; it has {there}.")


def refused(key: str, name: str, line: int, why: str, what: str, hint: str = "") -> DiagramInvalid:
    """The "no" to one element: its line, name and id, what is wrong and what to do.  `why` is a code."""
    shown = f"“{name}” ({key})" if name and name != key else f"“{key}”"
    return DiagramInvalid(
        f"Line {line}: {shown} {what}." + (f" {hint}" if hint else ""),
        fields={key: what},
        element=key,
        name=name,
        line=line,
        why=why,
        hint=hint,
    )


def refuse(node: Node, why: str, what: str, hint: str = "") -> DiagramInvalid:
    """As `refused`, of a node that has been read."""
    return refused(node.id, node.name, node.line, why, what, hint)
