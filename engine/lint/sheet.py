"""One diagram as lint sees it: read forgivingly, so that a broken file can be talked about.

`sheet(imported, …)` keeps what is there and refuses nothing.  `engine.bpmn` reads the same files strictly, to run
them; lint must also name the second and the third mistake of a file.  Only executable processes are on the sheet, for
only they are run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from engine.agreement import Agreement
from engine.bpmn.drawing import BPMN, NODES, OURS
from engine.imports.notes import Note
from engine.model import Json

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
#: Activities that go on by themselves: a loop of these alone never waits for anybody.
AUTOMATIC = frozenset(("task", "sendTask", "serviceTask", "scriptTask", "businessRuleTask"))
#: What the standard lets a token stand on and the engine does not run.
STRANGE = frozenset((
    "transaction", "adHocSubProcess", "complexGateway", "callChoreography", "subChoreography", "choreographyTask",
    "implicitThrowEvent", "event",
)) - NODES  # fmt: skip
_SCOPES = ("subProcess", "transaction", "adHocSubProcess")


@dataclass(frozen=True, slots=True)
class Item:
    """One node of a diagram, whatever its kind."""

    id: str
    name: str
    kind: str
    line: int
    process: str
    scope: str  # id of the sub-process or process that it lies in
    lane: str
    ours: Mapping[str, str]
    el: Any
    event: str = ""  # message, timer, … or '' for none
    attached_to: str = ""
    default: str = ""
    by_event: bool = False

    @property
    def shown(self) -> str:
        """What a designer recognises the element by."""
        return self.name or self.id

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause id that the element carries."""
        return tuple(self.ours.get("klausul", "").split())

    @property
    def throws(self) -> bool:
        """Whether this is an event that tells somebody something."""
        return self.kind in ("endEvent", "intermediateThrowEvent")

    def definition(self, kind: str) -> Any:
        """The event's definition of this kind, or None."""
        return self.el.find(f"{{{BPMN}}}{kind}EventDefinition")


@dataclass(frozen=True, slots=True)
class Arrow:
    """One sequence flow."""

    id: str
    name: str
    source: str
    target: str
    condition: str
    line: int

    @property
    def shown(self) -> str:
        """What a designer recognises the flow by."""
        return self.name or self.id or f"{self.source} → {self.target}"


@dataclass(frozen=True, slots=True)
class Told:
    """What one diagram tells and asks of others, by name.

    `hands` maps each called part to the names that go in with the call (None: everything goes in).
    """

    home: str = ""  # the agreement's folder, or the shared parts'
    slug: str = ""
    sends: frozenset[str] = frozenset()
    catches: frozenset[str] = frozenset()
    signals: frozenset[str] = frozenset()
    hears: frozenset[str] = frozenset()
    starts: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # pathway slug → fields that go along
    hands: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    gives: frozenset[str] = frozenset()
    plain_start: bool = False
    makes: frozenset[str] = frozenset()  # kinds of documents that it writes
    reads: frozenset[str] = frozenset()  # names that its expressions and decisions read
    takes: Mapping[str, frozenset[str]] = field(default_factory=dict)  # part → names read in it

    @property
    def key(self) -> str:
        """The process key that the folders ask for."""
        return f"{self.home}-{self.slug}"


@dataclass(frozen=True, slots=True)
class Around:
    """What lies round a diagram: its agreements, forms, decisions and the other pathways.

    `agreements` are those that may run it (one; or all of them for a shared part; none for a file that stands
    alone, of which only the diagram itself is judged).  `clauses` is None where no list of clauses is there.
    """

    agreements: tuple[Agreement, ...] = ()
    clauses: frozenset[str] | None = None
    forms: Mapping[str, Json] = field(default_factory=dict)
    own_forms: frozenset[str] = frozenset()
    decisions: Mapping[str, frozenset[str]] = field(default_factory=dict)  # name → what it asks
    pathways: frozenset[str] = frozenset()  # process keys and slugs
    key: str = ""  # the process key that the folder's name asks for
    slug: str = ""  # … and its last part
    others: tuple[Told, ...] = ()  # the other diagrams that this one can meet

    @property
    def known(self) -> bool:
        """Whether the diagram stands in an agreement's folder."""
        return bool(self.agreements)


@dataclass(frozen=True, eq=False)
class Sheet:
    """A diagram with everything that rules ask about."""

    file: str
    root: Any
    items: Mapping[str, Item]
    arrows: tuple[Arrow, ...]
    around: Around
    notes: tuple[Note, ...] = ()  # what the import mapped, and left to a person
    foreign: bool = False

    @property
    def strict(self) -> bool:
        """Whether a decision that is left open is an error: in an agreement, and in diagrams drawn for this house."""
        return self.around.known or not self.foreign

    @cached_property
    def processes(self) -> tuple[Any, ...]:
        """The elements of the executable processes."""
        return tuple(executable(self.root))

    @cached_property
    def out(self) -> Mapping[str, list[Arrow]]:
        """The flows out of each node."""
        return self._by("source")

    @cached_property
    def into(self) -> Mapping[str, list[Arrow]]:
        """The flows into each node."""
        return self._by("target")

    def _by(self, end: str) -> dict[str, list[Arrow]]:
        found: dict[str, list[Arrow]] = {key: [] for key in self.items}
        for arrow in self.arrows:
            found.setdefault(getattr(arrow, end), []).append(arrow)
        return found

    @cached_property
    def inside(self) -> Mapping[str, list[Item]]:
        """The nodes that lie directly in each scope."""
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            found.setdefault(item.scope, []).append(item)
        return found

    @cached_property
    def borders(self) -> Mapping[str, list[Item]]:
        """The boundary events of each node."""
        found: dict[str, list[Item]] = {}
        for item in self.items.values():
            if item.attached_to:
                found.setdefault(item.attached_to, []).append(item)
        return found

    def each(self, *kinds: str) -> Iterator[Item]:
        """The nodes of these kinds, in the order they are written."""
        return (item for item in self.items.values() if item.kind in kinds)

    def begins(self, item: Item) -> bool:
        """Whether a token can appear here by itself when the scope opens."""
        if item.kind == "startEvent":
            return True
        plain = not self.into[item.id] and not item.attached_to and not item.by_event
        return plain and (item.scope not in self._started or self._is_ad_hoc(item.scope))

    def _is_ad_hoc(self, scope: str) -> bool:
        return scope in self.items and self.items[scope].kind == "adHocSubProcess"

    @cached_property
    def _started(self) -> frozenset[str]:
        return frozenset(item.scope for item in self.each("startEvent"))

    @cached_property
    def next(self) -> Mapping[str, tuple[str, ...]]:
        """Where a token can go from each node in one move, also through boundary events and into sub-processes."""
        return {
            key: tuple(
                [a.target for a in self.out[key] if a.target in self.items]
                + [other.id for other in self.borders.get(key, ())]
                + [other.id for other in self.inside.get(key, ()) if self.begins(other)]
            )
            for key in self.items
        }

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """The name of each message, signal, error and escalation by its element's id."""
        found = {}
        for tag, code in (
            ("message", ""),
            ("signal", ""),
            ("error", "errorCode"),
            ("escalation", "escalationCode"),
        ):
            for el in self.root.iterfind(f"{{{BPMN}}}{tag}"):
                found[el.get("id", "")] = (
                    (code and el.get(code)) or el.get("name") or el.get("id", "")
                )
        return found

    def called(self, item: Item, kind: str) -> str:
        """The name of the message, signal, error or escalation that an event or task refers to; '' for none."""
        holder = item.definition(kind)
        if holder is None:
            holder = item.el
        ref = holder.get(f"{kind}Ref", "").rpartition(":")[2]
        return self.messages.get(ref, ref)


def sheet(
    root: Any, file: str, around: Around, notes: tuple[Note, ...] = (), *, foreign: bool = False
) -> Sheet:
    """Lay out what is in a diagram, forgivingly."""
    items: dict[str, Item] = {}
    arrows: list[Arrow] = []
    for process in executable(root):
        key = process.get("id", "")
        _collect(process, key, key, _lanes(process), items)
        arrows += (_arrow(el) for el in process.iter(f"{{{BPMN}}}sequenceFlow"))
    return Sheet(file, root, items, tuple(arrows), around, notes, foreign)


def executable(root: Any) -> list[Any]:
    """The processes that would run: those not marked as not executable, and the only one in any case."""
    processes = root.findall(f"{{{BPMN}}}process")
    return [p for p in processes if len(processes) == 1 or p.get("isExecutable", "true") != "false"]


def local(el: Any) -> str:
    """An element's tag without its namespace; '' for a comment."""
    return etree.QName(el).localname if isinstance(el.tag, str) else ""


def text(el: Any) -> str:
    """An element's own text, trimmed; '' where there is none."""
    return (el.text or "").strip() if el is not None else ""


def ours(el: Any) -> dict[str, str]:
    """The attributes of our namespace."""
    mark = f"{{{OURS}}}"
    return {k[len(mark) :]: v.strip() for k, v in el.attrib.items() if k.startswith(mark)}


def _collect(
    parent: Any, process: str, scope: str, lanes: Mapping[str, str], into: dict[str, Item]
) -> None:
    waiting = [(parent, scope, "")]
    while waiting:
        at, inside, lane = waiting.pop()
        for el in at:
            kind = local(el)
            if (kind not in NODES and kind not in STRANGE) or not el.tag.startswith(f"{{{BPMN}}}"):
                continue
            key = el.get("id") or f"{kind}, linje {el.sourceline}"
            item = _item(el, key, kind, process, inside, lanes.get(key) or lane)
            into.setdefault(key, item)
            if kind in _SCOPES:
                waiting.append((el, key, item.lane))


def _item(el: Any, key: str, kind: str, process: str, scope: str, lane: str) -> Item:
    events = [local(c) for c in el if local(c).endswith("EventDefinition")]
    return Item(
        id=key, name=" ".join((el.get("name") or "").split()), kind=kind, line=el.sourceline or 0, process=process,
        scope=scope, lane=lane, ours=ours(el), el=el,
        event=events[0].removesuffix("EventDefinition") if events else "",
        attached_to=el.get("attachedToRef", ""), default=el.get("default", ""),
        by_event=el.get("triggeredByEvent") == "true",
    )  # fmt: skip


def _arrow(el: Any) -> Arrow:
    name = " ".join((el.get("name") or "").split())
    condition = text(el.find(f"{{{BPMN}}}conditionExpression"))
    ends = el.get("sourceRef", ""), el.get("targetRef", "")
    return Arrow(el.get("id", ""), name, *ends, condition, el.sourceline or 0)


def _lanes(process: Any) -> dict[str, str]:
    """Each node's innermost lane, by name."""
    found = {}
    for lane in process.iter(f"{{{BPMN}}}lane"):
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
            found[text(ref)] = " ".join((lane.get("name") or lane.get("id", "")).split())
    return found
