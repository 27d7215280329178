"""A BPMN diagram as frozen values, read once; what we cannot run is refused by element and line.

`read(xml)` gives a `Drawing`: its processes with nodes, flows and lanes.  Nothing is executed here and no
expression is compiled; the XML is parsed without entities, network or DTD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from engine.errors import DiagramInvalid

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
OURS = "urn:stafet:bpmn"
MAX_BYTES = 20_000_000

EventKind = Literal[
    "none", "message", "timer", "signal", "error", "escalation", "terminate", "link", "conditional"
]
TASKS = frozenset(
    (
        "task",
        "userTask",
        "manualTask",
        "sendTask",
        "receiveTask",
        "serviceTask",
        "scriptTask",
        "businessRuleTask",
    )
)
ACTIVITIES = TASKS | {"subProcess", "callActivity"}
GATEWAYS = frozenset(
    ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway")
)
EVENTS = frozenset(
    ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
)
NODES = ACTIVITIES | GATEWAYS | EVENTS
#: Drawn, but no part of the flow.
SILENT = frozenset((
    "documentation", "extensionElements", "incoming", "outgoing", "laneSet", "sequenceFlow", "association",
    "textAnnotation", "group", "dataObject", "dataObjectReference", "dataStoreReference", "category", "property",
    "auditing", "monitoring", "ioSpecification", "dataInputAssociation", "dataOutputAssociation", "performer",
    "potentialOwner", "humanPerformer", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "script",
))  # fmt: skip
_EVENT_KINDS: dict[str, EventKind] = {
    "messageEventDefinition": "message", "timerEventDefinition": "timer", "signalEventDefinition": "signal",
    "errorEventDefinition": "error", "escalationEventDefinition": "escalation",
    "terminateEventDefinition": "terminate", "linkEventDefinition": "link",
    "conditionalEventDefinition": "conditional",
}  # fmt: skip
#: Where the standard lets an event stand.
_ALLOWED: dict[str, frozenset[str]] = {
    "startEvent": frozenset(
        ("none", "message", "timer", "signal", "error", "escalation", "conditional")
    ),
    "endEvent": frozenset(("none", "message", "signal", "error", "escalation", "terminate")),
    "intermediateCatchEvent": frozenset(("message", "timer", "signal", "link", "conditional")),
    "intermediateThrowEvent": frozenset(("none", "message", "signal", "escalation", "link")),
    "boundaryEvent": frozenset(
        ("message", "timer", "signal", "error", "escalation", "conditional")
    ),
}


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
    incoming: tuple[Flow, ...] = ()
    outgoing: tuple[Flow, ...] = ()
    boundaries: tuple[str, ...] = ()
    children: tuple[str, ...] = ()  # of a sub-process

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every clause id that the element carries, of all agreements."""
        return tuple(self.attributes.get("klausul", "").split())


@dataclass(frozen=True, slots=True)
class Process:
    """One executable process: its nodes by id, sub-processes' nodes among them."""

    id: str
    name: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    lanes: tuple[str, ...]
    children: tuple[str, ...]


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


def parse(xml: str | bytes) -> etree._Element:
    """The XML, parsed without entities, network and DTD; raises `DiagramInvalid` with the line."""
    data = xml.encode() if isinstance(xml, str) else xml
    if len(data) > MAX_BYTES:
        raise DiagramInvalid("The file is larger than a diagram can be (20 MB).")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        raise DiagramInvalid(
            f"The file is not readable XML: {' '.join(str(exc).split())}."
        ) from exc
    except ValueError as exc:
        raise DiagramInvalid("The file holds characters that XML does not allow.") from exc
    if root.getroottree().docinfo.doctype:
        raise DiagramInvalid("A diagram must not have a DOCTYPE.")
    return root


def read(xml: str | bytes) -> Drawing:
    """Every executable process of the file; raises `DiagramInvalid` naming the element and its line."""
    root = parse(xml)
    if root.tag != f"{{{BPMN}}}definitions":
        raise DiagramInvalid(
            f"The file is not a BPMN diagram: its first element is {_local(root)}."
        )
    _unique_ids(root)
    named = {
        el.get("id", ""): el.get("name") or el.get(code, "") or el.get("id", "")
        for tag, code in (
            ("message", ""),
            ("signal", ""),
            ("error", "errorCode"),
            ("escalation", "escalationCode"),
        )
        for el in root.iterfind(f"{{{BPMN}}}{tag}")
    }
    codes = {
        el.get("id", ""): el.get(code) or el.get("name") or el.get("id", "")
        for tag, code in (("error", "errorCode"), ("escalation", "escalationCode"))
        for el in root.iterfind(f"{{{BPMN}}}{tag}")
    }
    reader = _Reader({**named, **codes})
    found = tuple(
        reader.process(el)
        for el in root.iterfind(f"{{{BPMN}}}process")
        if el.get("isExecutable", "true") != "false" or len(root.findall(f"{{{BPMN}}}process")) == 1
    )
    if not found:
        raise DiagramInvalid("The file has no executable process.")
    return Drawing(found)


class _Reader:
    """Reads one file; `named` gives the name of each message, signal, error and escalation by id."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self.named = named

    def process(self, el: etree._Element) -> Process:
        key = el.get("id", "")
        lanes = _lanes(el)
        flows = {f.get("id", ""): _flow(f) for f in el.iter(f"{{{BPMN}}}sequenceFlow")}
        nodes: dict[str, Node] = {}
        top = self._nodes(el, key, key, lanes, nodes)
        for flow in flows.values():
            for end in (flow.source, flow.target):
                if end not in nodes:
                    raise DiagramInvalid(
                        f"The flow “{flow.id}” leads from or to “{end}”, which is not a step."
                    )
            if nodes[flow.source].scope != nodes[flow.target].scope:
                raise DiagramInvalid(f"The flow “{flow.id}” crosses the border of a sub-process.")
        return Process(
            key, el.get("name", key), _joined(nodes, tuple(flows.values())), tuple(flows.values()),
            tuple(dict.fromkeys(lanes.values())), top,
        )  # fmt: skip

    def _nodes(
        self,
        el: etree._Element,
        process: str,
        scope: str,
        lanes: Mapping[str, str],
        into: dict[str, Node],
    ) -> tuple[str, ...]:
        ids = []
        for child in el:
            kind = _local(child)
            if not _is_bpmn(child) or kind in SILENT:
                continue
            if kind not in NODES:
                raise _refuse(child, f"is a {kind}, which Stafet does not run")
            node = self._node(child, kind, process, scope, lanes, into)
            ids.append(node.id)
        return tuple(ids)

    def _node(
        self,
        el: etree._Element,
        kind: str,
        process: str,
        scope: str,
        lanes: Mapping[str, str],
        into: dict[str, Node],
    ) -> Node:
        key = el.get("id")
        if not key:
            raise _refuse(el, "has no id")
        if el.get("isForCompensation") == "true":
            raise _refuse(el, "is for compensation, which Stafet does not run")
        children: tuple[str, ...] = ()
        lane = lanes.get(key) or (into[scope].lane if scope in into else "") or lanes.get(scope, "")
        if kind == "subProcess":
            children = self._nodes(el, process, key, {**lanes, **_inherited(el, lane, lanes)}, into)
        into[key] = node = Node(
            id=key, name=" ".join((el.get("name") or "").split()), kind=kind, process=process, scope=scope,
            line=el.sourceline or 0, lane=lane, attributes=_ours(el), event=self._event(el, kind),
            attached_to=el.get("attachedToRef", ""),
            interrupting=(el.get("cancelActivity") if kind == "boundaryEvent" else el.get("isInterrupting")) != "false",
            by_event=el.get("triggeredByEvent") == "true", called=el.get("calledElement", ""),
            default=el.get("default", ""), loop=_loop(el), expression=_expression(el), children=children,
        )  # fmt: skip
        return node

    def _event(self, el: etree._Element, kind: str) -> EventDefinition | None:
        if kind not in EVENTS:
            return self._received(el, kind)
        found = [
            child for child in el if _is_bpmn(child) and _local(child).endswith("EventDefinition")
        ]
        if len(found) > 1:
            raise _refuse(el, "has more than one event definition; draw one event for each")
        if not found:
            event = EventDefinition("none")
        else:
            tag = _local(found[0])
            if tag not in _EVENT_KINDS:
                raise _refuse(
                    el,
                    f"uses a {tag.removesuffix('EventDefinition')} event, which Stafet does not run",
                )
            event = self._defined(el, found[0], _EVENT_KINDS[tag])
        if event.kind not in _ALLOWED[kind]:
            raise _refuse(el, f"cannot be a {event.kind} event here")
        return event

    def _received(self, el: etree._Element, kind: str) -> EventDefinition | None:
        if kind != "receiveTask":
            return None
        return EventDefinition(
            "message", self.named.get(el.get("messageRef", ""), el.get("messageRef", ""))
        )

    def _defined(
        self, el: etree._Element, definition: etree._Element, kind: EventKind
    ) -> EventDefinition:
        ref = definition.get(f"{kind}Ref", "")
        name = self.named.get(ref, ref)
        if kind == "link":
            return EventDefinition("link", definition.get("name") or el.get("name", ""))
        if kind == "conditional":
            return EventDefinition(
                "conditional", text=_text(definition.find(f"{{{BPMN}}}condition"))
            )
        if kind != "timer":
            return EventDefinition(kind, name)
        for timer, tag in (
            ("date", "timeDate"),
            ("duration", "timeDuration"),
            ("cycle", "timeCycle"),
        ):
            if text := _text(definition.find(f"{{{BPMN}}}{tag}")):
                return EventDefinition("timer", timer=timer, text=text)  # type: ignore[arg-type]
        raise _refuse(el, "is a timer without a time")


# ---- small change ------------------------------------------------------------------------
def _joined(nodes: dict[str, Node], flows: tuple[Flow, ...]) -> dict[str, Node]:
    """The nodes with their flows and boundary events, built once."""
    incoming: dict[str, list[Flow]] = {}
    outgoing: dict[str, list[Flow]] = {}
    boundaries: dict[str, list[str]] = {}
    for flow in flows:
        outgoing.setdefault(flow.source, []).append(flow)
        incoming.setdefault(flow.target, []).append(flow)
    for node in nodes.values():
        if node.kind == "boundaryEvent":
            boundaries.setdefault(node.attached_to, []).append(node.id)
    return {
        key: _with(
            node,
            tuple(incoming.get(key, ())),
            tuple(outgoing.get(key, ())),
            tuple(boundaries.get(key, ())),
        )
        for key, node in nodes.items()
    }


def _with(
    node: Node, incoming: tuple[Flow, ...], outgoing: tuple[Flow, ...], boundaries: tuple[str, ...]
) -> Node:
    values = {name: getattr(node, name) for name in Node.__slots__}
    return Node(**{**values, "incoming": incoming, "outgoing": outgoing, "boundaries": boundaries})


def _flow(el: etree._Element) -> Flow:
    condition = _text(el.find(f"{{{BPMN}}}conditionExpression"))
    name = " ".join((el.get("name") or "").split())
    return Flow(el.get("id", ""), el.get("sourceRef", ""), el.get("targetRef", ""), condition, name)


def _lanes(process: etree._Element) -> dict[str, str]:
    """Element id → the name of the innermost lane that lists it."""
    found: dict[str, str] = {}
    for lane in process.iter(f"{{{BPMN}}}lane"):
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef"):
            found[(ref.text or "").strip()] = " ".join((lane.get("name") or "").split())
    return found


def _inherited(el: etree._Element, lane: str, lanes: Mapping[str, str]) -> dict[str, str]:
    # What lies in a sub-process lies in its lane, unless a lane of its own says otherwise.
    return {
        child.get("id", ""): lane
        for child in el
        if lane and child.get("id") and child.get("id") not in lanes
    }


def _loop(el: etree._Element) -> Loop | None:
    multi = el.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if multi is not None:
        ours = _ours(multi)
        each = ours.get("gentagFor") or _text(multi.find(f"{{{BPMN}}}loopCardinality"))
        if not each:
            raise _refuse(el, "is repeated, but stafet:gentagFor does not say for whom")
        return Loop(
            "sequential" if multi.get("isSequential") == "true" else "parallel",
            each, ours.get("hver", ""), ours.get("saml", ""), _text(multi.find(f"{{{BPMN}}}completionCondition")),
        )  # fmt: skip
    loop = el.find(f"{{{BPMN}}}standardLoopCharacteristics")
    if loop is None:
        return None
    maximum = loop.get("loopMaximum", "")
    condition = _text(loop.find(f"{{{BPMN}}}loopCondition"))
    if not condition and not maximum.isdecimal():
        raise _refuse(el, "is a loop without a condition and without a maximum")
    return Loop(
        "standard", condition=condition, test_before=loop.get("testBefore") == "true",
        maximum=int(maximum) if maximum.isdecimal() else None,
    )  # fmt: skip


def _expression(el: etree._Element) -> str:
    for script in el.iterfind(f"{{{BPMN}}}script"):
        if (script.text or "").strip():
            raise _refuse(el, "holds a script; write a FEEL expression in stafet:udtryk instead")
    for child in el.iterfind(f"{{{BPMN}}}extensionElements/{{{OURS}}}udtryk"):
        return _text(child)
    return el.get(f"{{{OURS}}}udtryk", "").strip()


def _ours(el: etree._Element) -> dict[str, str]:
    return {
        etree.QName(k).localname: v.strip()
        for k, v in el.attrib.items()
        if k.startswith(f"{{{OURS}}}")
    }


def _unique_ids(root: etree._Element) -> None:
    seen: set[str] = set()
    for el in root.iter(f"{{{BPMN}}}*"):
        key = el.get("id")
        if key is None:
            continue
        if key in seen:
            raise _refuse(el, "has the same id as another element")
        seen.add(key)


def _text(el: etree._Element | None) -> str:
    return (el.text or "").strip() if el is not None else ""


def _is_bpmn(el: etree._Element) -> bool:
    return isinstance(el.tag, str) and etree.QName(el).namespace == BPMN


def _local(el: etree._Element) -> str:
    return etree.QName(el).localname if isinstance(el.tag, str) else ""


def _refuse(el: etree._Element, what: str) -> DiagramInvalid:
    key = el.get("id") or _local(el)
    name = " ".join((el.get("name") or "").split())
    shown = f"“{name}” ({key})" if name else f"“{key}”"
    return DiagramInvalid(
        f"Line {el.sourceline}: {shown} {what}.",
        fields={key: what},
        element=key,
        line=el.sourceline,
    )


def walk(process: Process, scope: str) -> Iterator[Node]:
    """The nodes that lie directly in a scope (the process's id, or a sub-process's)."""
    ids = process.children if scope == process.id else process.nodes[scope].children
    return (process.nodes[key] for key in ids)
