"""From XML to shapes: every executable process of a file, with its lanes, flows and message flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from lxml import etree

from engine.bpmn.allowed import check_expression, check_file, check_node, check_process
from engine.bpmn.parsing import BPMN, OURS, every, find, inner, name_of, no, ours, ref, text
from engine.bpmn.pools import Letters, dangling, letters, names
from engine.bpmn.shapes import (
    EVENTS,
    NODES,
    SUBJECTS,
    Drawing,
    EventDefinition,
    EventKind,
    Flow,
    Letter,
    Loop,
    Node,
    Process,
)
from engine.errors import DiagramInvalid

#: Sub-processes within sub-processes.
MAX_NESTING = 20
#: Steps and flows of a file.
MAX_NODES = 5_000
MAX_FLOWS = 10_000
MAX_PROCESSES = 100
_KINDS: dict[str, EventKind] = {
    f"{kind}EventDefinition": kind
    for kind in ("message", "timer", "signal", "error", "escalation", "terminate", "link", "conditional")
}  # fmt: skip
#: Where the standard lets an event stand.
_ALLOWED: dict[str, str] = {
    "startEvent": "none message timer signal error escalation conditional",
    "endEvent": "none message signal error escalation terminate",
    "intermediateCatchEvent": "message timer signal link conditional",
    "intermediateThrowEvent": "none message signal escalation link",
    "boundaryEvent": "message timer signal error escalation conditional",
}
_TIMERS = (("date", "timeDate"), ("duration", "timeDuration"), ("cycle", "timeCycle"))


def drawing(root: etree._Element) -> Drawing:
    """The processes of a `definitions` element; raises `DiagramInvalid` naming the element and its line."""
    check_file(root)
    _unique_ids(root)
    processes = list(every(root, "process"))
    _not_too_many(root)
    named = names(root)
    reader = _Reader(named, letters(root, named))
    found = tuple(
        reader.process(el)
        for el in processes
        if len(processes) == 1 or el.get("isExecutable", "true") != "false"
    )
    if not found:
        raise DiagramInvalid("The file has no executable process.", why="no_process")
    return Drawing(found)


def _not_too_many(root: etree._Element) -> None:
    for tag, most in (("process", MAX_PROCESSES), ("sequenceFlow", MAX_FLOWS)):
        for el in islice(root.iter(f"{{{BPMN}}}{tag}"), most, None):
            raise no(
                el,
                "too_large",
                f"is one of more than {most} of its kind",
                "Divide the file into parts.",
            )


# ---- one process -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node is read: its process, the scope that it lies in, the lane that this scope lies in."""

    process: str
    scope: str
    lane: str
    depth: int
    lanes: Mapping[str, str]


class _Reader:
    """Reads one file; `named` gives the name of each message, signal, error and escalation by id."""

    def __init__(self, named: Mapping[str, str], letters: Letters) -> None:
        self.named, self.letters = named, letters
        self.nodes: dict[str, Node] = {}
        self.count = 0

    def process(self, el: etree._Element) -> Process:
        """One process with everything in it."""
        key = el.get("id", "")
        if not key:
            raise no(el, "without_id", "has no id", "Give the process its key as id.")
        check_process(el)
        self.nodes = {}
        lanes = _lanes(el)
        flows = tuple(_flow(f) for f in el.iter(f"{{{BPMN}}}sequenceFlow"))
        top = self._scope(el, _Place(key, key, "", 0, lanes))
        return Process(
            key, name_of(el) or key, _joined(self.nodes, flows), flows,
            tuple(dict.fromkeys(lanes.values())), top,
            frozenset(n.scope for n in self.nodes.values() if n.kind == "startEvent"),
            el.get(f"{{{OURS}}}del") == "true", _about(el),
        )  # fmt: skip

    def _scope(self, el: etree._Element, place: _Place) -> tuple[str, ...]:
        if place.depth > MAX_NESTING:
            raise no(
                el,
                "too_deep",
                f"lies more than {MAX_NESTING} sub-processes deep",
                "Call it as a part instead.",
            )
        return tuple(self._node(child, kind, place) for kind, child in inner(el) if kind in NODES)

    def _node(self, el: etree._Element, kind: str, place: _Place) -> str:
        key = str(el.get("id") or "")
        if not key:
            raise no(el, "without_id", "has no id", "Give every step an id.")
        self.count += 1
        if self.count > MAX_NODES:
            raise no(
                el,
                "too_large",
                f"is one of more than {MAX_NODES} steps",
                "Divide the diagram into parts.",
            )
        check_node(el, kind)
        lane = place.lanes.get(key) or place.lane
        # The place in the order is taken before what lies inside.
        self.nodes[key] = node = self._drawn(el, kind, place, key, lane)
        if kind in ("subProcess", "adHocSubProcess"):
            lanes = {**place.lanes, **_lanes(el)}
            children = self._scope(el, _Place(place.process, key, lane, place.depth + 1, lanes))
            self.nodes[key] = replace(node, children=children)
        return key

    def _drawn(self, el: etree._Element, kind: str, place: _Place, key: str, lane: str) -> Node:
        border = kind == "boundaryEvent"
        return Node(
            id=key, name=name_of(el), kind=kind, process=place.process, scope=place.scope, line=el.sourceline or 0,
            lane=lane, attributes=ours(el), event=self._event(el, kind), attached_to=el.get("attachedToRef", ""),
            interrupting=el.get("cancelActivity" if border else "isInterrupting") != "false",
            by_event=el.get("triggeredByEvent") == "true", called=ref(el.get("calledElement", "")),
            default=ref(el.get("default", "")), loop=_loop(el), expression=_expression(el),
            until=_stated(el, "completionCondition", el), cancels_rest=el.get("cancelRemainingInstances") != "false",
            letters=self._sent(el, kind, key),
        )  # fmt: skip

    # ---- events --------------------------------------------------------------------------
    def _event(self, el: etree._Element, kind: str) -> EventDefinition | None:
        if kind == "receiveTask":
            return EventDefinition("message", self._message(el, el))
        if kind not in EVENTS:
            return None
        found = [(name, child) for name, child in inner(el) if name in _KINDS]
        if len(found) > 1:
            raise no(
                el,
                "several_events",
                "has more than one event definition",
                "Draw one event for each.",
            )
        event = (
            self._defined(el, found[0][1], _KINDS[found[0][0]])
            if found
            else EventDefinition("none")
        )
        if event.kind not in _ALLOWED[kind].split():
            raise no(el, "misplaced_event", f"cannot be {_a(event.kind)} event here",
                     f"Here the standard lets stand: {', '.join(_ALLOWED[kind].split())}.")  # fmt: skip
        return event

    def _defined(
        self, el: etree._Element, definition: etree._Element, kind: EventKind
    ) -> EventDefinition:
        if kind == "link":
            return EventDefinition("link", name_of(definition) or name_of(el))
        if kind == "conditional":
            condition = find(definition, "condition")
            if condition is None:
                raise no(
                    el, "no_condition", "waits for a condition, but has none", "Write it in FEEL."
                )
            check_expression(condition, el)
            return EventDefinition("conditional", text=text(condition))
        if kind == "timer":
            return _timer(el, definition)
        if kind == "message":
            return EventDefinition("message", self._message(el, definition))
        name = self._referred(el, definition, kind)
        if kind == "signal" and not name:
            raise no(el, "no_signal", "does not say which signal", "Choose or write the signal.")
        return EventDefinition(kind, name)

    def _message(self, el: etree._Element, holder: etree._Element) -> str:
        name = self._referred(el, holder, "message") or self.letters.at.get(el.get("id", ""), "")
        catches = el.tag.endswith(("receiveTask", "startEvent", "CatchEvent", "boundaryEvent"))
        if not name and catches:
            raise no(el, "no_message", "does not say which message it waits for",
                     "Choose the message, or draw a message flow with a name.")  # fmt: skip
        return name

    def _sent(self, el: etree._Element, kind: str, key: str) -> tuple[Letter, ...]:
        if kind == "sendTask" and not self.letters.out.get(key):
            name = self._referred(el, el, "message")
            return (Letter(name),) if name else ()
        return self.letters.out.get(key, ())

    def _referred(self, el: etree._Element, holder: etree._Element, kind: str) -> str:
        key = ref(holder.get(f"{kind}Ref", ""))
        if key and key not in self.named:
            raise dangling(el, kind, key)
        return self.named.get(key, "")


# ---- small change ------------------------------------------------------------------------
def _about(el: etree._Element) -> tuple[str, ...]:
    words = el.get(f"{{{OURS}}}om", "borger").split()
    if not words or not SUBJECTS.keys() >= set(words):
        raise no(el, "about", "says of whom it is about (om) what Stafet does not know",
                 f"Write one or more of: {', '.join(SUBJECTS)}.")  # fmt: skip
    return tuple(SUBJECTS[word] for word in words)


def _timer(el: etree._Element, definition: etree._Element) -> EventDefinition:
    found = [
        (timer, child) for timer, tag in _TIMERS if (child := find(definition, tag)) is not None
    ]
    if len(found) != 1:
        said = "has more than one time" if found else "is a timer without a time"
        raise no(
            el,
            "timer",
            said,
            'Write one date, duration or cycle, such as P7D or =frist("3 hverdage").',
        )
    timer, child = found[0]
    check_expression(child, el)
    return EventDefinition("timer", timer=timer, text=text(child))  # type: ignore[arg-type]


def _joined(nodes: Mapping[str, Node], flows: tuple[Flow, ...]) -> dict[str, Node]:
    """The nodes with their flows and boundary events."""
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
        key: replace(
            node,
            incoming=tuple(incoming.get(key, ())),
            outgoing=tuple(outgoing.get(key, ())),
            boundaries=tuple(boundaries.get(key, ())),
        )
        for key, node in nodes.items()
    }


def _flow(el: etree._Element) -> Flow:
    if not el.get("id"):
        raise no(el, "without_id", "has no id", "Give every flow an id.")
    condition = find(el, "conditionExpression")
    if condition is not None:
        check_expression(condition, el)
    return Flow(
        el.get("id", ""), ref(el.get("sourceRef", "")), ref(el.get("targetRef", "")),
        text(condition), name_of(el), el.sourceline or 0,
    )  # fmt: skip


def _lanes(el: etree._Element) -> dict[str, str]:
    """Element id → the name of the innermost lane that lists it, of the lane sets directly inside."""
    found: dict[str, str] = {}
    for lanes in every(el, "laneSet"):
        for lane in lanes.iter(f"{{{BPMN}}}lane"):
            for listed in every(lane, "flowNodeRef"):
                found[ref(text(listed))] = name_of(lane)
    return found


def _loop(el: etree._Element) -> Loop | None:
    multi = find(el, "multiInstanceLoopCharacteristics")
    loop = find(el, "standardLoopCharacteristics")
    if multi is not None and loop is not None:
        raise no(el, "loop", "is repeated in two ways", "Choose one of them.")
    if multi is not None:
        own = ours(multi)
        each = own.get("gentagFor") or _stated(multi, "loopCardinality", el)
        if not each:
            raise no(el, "loop", "is repeated, but does not say for whom",
                     "Write the list as FEEL in stafet:gentagFor.")  # fmt: skip
        return Loop(
            "sequential" if multi.get("isSequential") == "true" else "parallel",
            each, own.get("hver", ""), own.get("saml", ""), _stated(multi, "completionCondition", el),
        )  # fmt: skip
    if loop is None:
        return None
    maximum = loop.get("loopMaximum", "")
    condition = _stated(loop, "loopCondition", el)
    if maximum and not (maximum.isdecimal() and int(maximum) > 0):
        raise no(el, "loop", "has a loopMaximum that is no number", "Write how many turns at most.")
    if not condition and not maximum:
        raise no(el, "loop", "is a loop without a condition and without a maximum",
                 "Write the condition for another turn in FEEL.")  # fmt: skip
    return Loop(
        "standard", condition=condition, test_before=loop.get("testBefore") == "true",
        maximum=int(maximum) if maximum else None,
    )  # fmt: skip


def _stated(el: etree._Element, tag: str, holder: etree._Element) -> str:
    found = find(el, tag)
    if found is not None:
        check_expression(found, holder)
    return text(found)


def _expression(el: etree._Element) -> str:
    for script in every(el, "script"):
        if text(script) or len(script):
            raise no(el, "script", "holds a script, and code in a diagram is never run",
                     "Write a FEEL expression in stafet:udtryk.")  # fmt: skip
    for child in el.iterfind(f"{{{BPMN}}}extensionElements/{{{OURS}}}udtryk"):
        return text(child)
    return ours(el).get("udtryk", "")


def _unique_ids(root: etree._Element) -> None:
    seen: set[str] = set()
    for el in root.iter(f"{{{BPMN}}}*"):
        key = el.get("id")
        if key is None:
            continue
        if key in seen:
            raise no(el, "same_id", "has the same id as another element", "Give each its own id.")
        seen.add(key)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
