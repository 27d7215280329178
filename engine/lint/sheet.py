"""One diagram as lint sees it: read forgivingly, so that a broken file can be talked about.

`sheet(xml, …)` keeps what is there and refuses nothing but what is no XML.  `engine.bpmn.drawing` reads the same
files strictly, to run them; lint must also name the second and the third mistake of a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lxml import etree

from engine.agreement import Agreement
from engine.bpmn.drawing import BPMN, NODES, OURS, parse
from engine.model import Json

#: Activities that go on by themselves: a loop of these alone never waits for anybody.
AUTOMATIC = frozenset(("task", "sendTask", "serviceTask", "scriptTask", "businessRuleTask"))
#: Kinds that are drawn as part of the flow in BPMN but that the engine does not run.
STRANGE = frozenset((
    "transaction", "adHocSubProcess", "complexGateway", "callChoreography", "subChoreography", "choreographyTask",
))  # fmt: skip


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
        return self.name or self.id


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
    decisions: frozenset[str] = frozenset()
    decision_inputs: frozenset[str] = frozenset()
    pathways: frozenset[str] = frozenset()  # process keys and slugs
    key: str = ""  # the process key that the folder's name asks for

    @property
    def known(self) -> bool:
        """Whether the diagram stands in an agreement's folder."""
        return bool(self.agreements)


@dataclass(frozen=True)
class Sheet:
    """A diagram with everything that rules ask about."""

    file: str
    root: Any
    items: Mapping[str, Item]
    arrows: tuple[Arrow, ...]
    around: Around

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

    def each(self, *kinds: str) -> Iterator[Item]:
        """The nodes of these kinds, in the order they are written."""
        return (item for item in self.items.values() if item.kind in kinds)

    def next_to(self, item: Item) -> Iterator[Item]:
        """Where a token can go from here in one move, also through boundary events and into sub-processes."""
        for arrow in self.out.get(item.id, ()):
            if arrow.target in self.items:
                yield self.items[arrow.target]
        for other in self.items.values():
            if other.attached_to == item.id or (other.scope == item.id and self.begins(other)):
                yield other

    def begins(self, item: Item) -> bool:
        """Whether a token can appear here by itself when the scope opens."""
        if item.kind == "startEvent":
            return True
        starts = any(o.kind == "startEvent" and o.scope == item.scope for o in self.items.values())
        return not starts and not self.into[item.id] and not item.attached_to and not item.by_event

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """For each node, the nodes from which a token can have come (itself only where it loops)."""
        after = {
            item.id: {other.id for other in self.next_to(item)} for item in self.items.values()
        }
        for item in self.items.values():  # what a sub-process holds comes before what follows it
            if item.scope in self.items:
                after[item.id] |= {a.target for a in self.out.get(item.scope, ())}
        found: dict[str, set[str]] = {key: set() for key in self.items}
        for start in self.items:
            waiting, seen = [start], set()
            while waiting:
                for key in after.get(waiting.pop(), ()):
                    if key in found and key not in seen:
                        seen.add(key)
                        found[key].add(start)
                        waiting.append(key)
        return {key: frozenset(keys) for key, keys in found.items()}


def sheet(xml: str | bytes, file: str, around: Around) -> Sheet:
    """Read a diagram forgivingly; raises `DiagramInvalid` only for what is no XML or not BPMN at all."""
    root = parse(xml)
    lanes = _lanes(root)
    items: dict[str, Item] = {}
    for process in root.iter(f"{{{BPMN}}}process"):
        _collect(process, process.get("id", ""), process.get("id", ""), lanes, items)
    arrows = tuple(_arrow(el) for el in root.iter(f"{{{BPMN}}}sequenceFlow"))
    return Sheet(file, root, items, arrows, around)


def local(el: Any) -> str:
    """An element's tag without its namespace; '' for a comment."""
    return etree.QName(el).localname if isinstance(el.tag, str) else ""


def text(el: Any) -> str:
    """An element's own text, trimmed; '' where there is none."""
    return (el.text or "").strip() if el is not None else ""


def _collect(
    parent: Any, process: str, scope: str, lanes: Mapping[str, str], into: dict[str, Item]
) -> None:
    waiting = [(parent, scope, "")]
    while waiting:
        at, inside, lane = waiting.pop()
        for el in at:
            kind = local(el)
            if kind not in NODES and kind not in STRANGE:
                continue
            key = el.get("id") or f"{kind}, linje {el.sourceline}"
            item = _item(el, key, kind, process, inside, lanes.get(key) or lane)
            into.setdefault(key, item)
            if kind in ("subProcess", "transaction", "adHocSubProcess"):
                waiting.append((el, key, item.lane))


def _item(el: Any, key: str, kind: str, process: str, scope: str, lane: str) -> Item:
    events = [local(c) for c in el if local(c).endswith("EventDefinition")]
    return Item(
        id=key, name=" ".join((el.get("name") or "").split()), kind=kind, line=el.sourceline or 0, process=process,
        scope=scope, lane=lane, ours=_ours(el), el=el,
        event=events[0].removesuffix("EventDefinition") if events else "",
        attached_to=el.get("attachedToRef", ""), default=el.get("default", ""),
        by_event=el.get("triggeredByEvent") == "true",
    )  # fmt: skip


def _arrow(el: Any) -> Arrow:
    name = " ".join((el.get("name") or "").split())
    condition = text(el.find(f"{{{BPMN}}}conditionExpression"))
    ends = el.get("sourceRef", ""), el.get("targetRef", "")
    return Arrow(el.get("id", ""), name, *ends, condition, el.sourceline or 0)


def _lanes(root: Any) -> dict[str, str]:
    """Each node's innermost lane, by name."""
    found = {}
    for lane in root.iter(f"{{{BPMN}}}lane"):
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
            found[text(ref)] = lane.get("name") or lane.get("id", "")
    return found


def _ours(el: Any) -> dict[str, str]:
    mark = f"{{{OURS}}}"
    return {k[len(mark) :]: v.strip() for k, v in el.attrib.items() if k.startswith(mark)}
