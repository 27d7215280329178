"""A diagram as things: every element with its properties, also those that stand in elements without an identity.

A timer's duration, a loop's list and our extension elements are told as properties of the element that has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn.drawing import BPMN, OURS
from engine.bpmn.parsing import local
from engine.compare.things import Thing
from engine.imports import intake
from engine.imports.notes import Note

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
#: What follows from something else, or is where a thing stands and not what it is.
_DERIVED = frozenset(("incoming", "outgoing", "laneSet", "flowNodeRef", "BPMNDiagram"))
_HOLDS_STEPS = ("process", "subProcess", "transaction", "adHocSubProcess")
#: What can differ in a diagram: also children, which are compared as elements of their own.
KINDS = frozenset((
    *_HOLDS_STEPS, "lane", "sequenceFlow", "participant", "messageFlow", "textAnnotation", "association", "group",
    "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "task", "userTask",
    "manualTask", "sendTask", "receiveTask", "serviceTask", "scriptTask", "businessRuleTask", "callActivity",
    "exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway", "collaboration",
    "message", "signal", "error", "escalation", "dataObject", "dataObjectReference", "dataStore", "dataStoreReference",
))  # fmt: skip
_NAMED = ("message", "signal", "error", "escalation")


def diagram(xml: str) -> dict[str, Thing]:
    """Its elements by id; none where it cannot be read."""
    root = intake.parse(xml)
    if isinstance(root, Note):
        return {}
    names = {el.get("id"): el.get("name", "") for el in root if local(el) in _NAMED}
    lanes = {
        (ref.text or "").strip(): lane.get("name") or lane.get("id", "")
        for lane in root.iter(f"{{{BPMN}}}lane")
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef")
    }
    places = _places(root)
    found = {}
    for el in root.iter(f"{{{BPMN}}}*"):
        key = el.get("id")
        if key and local(el) in KINDS:
            said = _said(el, names)
            if key in lanes:
                said["lane"] = lanes[key]
            place, scope = places.get(key, ""), _scope(el)
            found[key] = Thing(local(el), el.get("name", ""), said, place, scope)
    return found


def _scope(el: Any) -> tuple[str, str]:
    """The process or sub-process that a thing lies in."""
    for held in el.iterancestors():
        if local(held) in _HOLDS_STEPS:
            return str(held.get("id", "")), held.get("name") or held.get("id", "")
    return "", ""


def _places(root: Any) -> dict[str, str]:
    """Where each shape stands; lines are drawn after them and tell nothing of their own."""
    found = {}
    for shape in root.iter("{*}BPMNShape"):
        bounds = shape.find("{*}Bounds")
        if bounds is not None:
            found[shape.get("bpmnElement", "")] = " ".join(
                bounds.get(side, "") for side in ("x", "y", "width", "height")
            )
    return found


def _said(el: Any, names: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {_attribute(n): value for n, value in el.attrib.items() if n != "id"}
    for name, text in _inside(el, names):
        # Two of the same name, as two texts of documentation, are both told.
        found[name] = f"{found[name]} · {text}" if name in found else text
    return found


def _inside(el: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The properties that stand in children without an identity that anybody would ask for."""
    for child in el:
        tag = local(child) if isinstance(child.tag, str) else ""
        if not tag or tag in _DERIVED or tag in KINDS:
            continue
        if tag == "extensionElements":
            yield from ((local(x), _text(x, names)) for x in child if isinstance(x.tag, str))
        elif tag.endswith(("EventDefinition", "LoopCharacteristics")):
            yield tag, ""
            yield from _attributes(child, names)
            yield from _inside(child, names)
        else:
            yield tag, _text(child, names)


def _attributes(el: Any, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in el.attrib.items():
        if name != "id" and not name.startswith(_XSI):
            yield _attribute(name), names.get(value, value) if name.endswith("Ref") else value


def _attribute(name: str) -> str:
    return name.replace(f"{{{OURS}}}", "stafet:").removeprefix(_XSI)


def _text(el: Any, names: Mapping[str, str]) -> str:
    """An element without an identity of its own, as one line."""
    parts = [f"{name}={value}" for name, value in _attributes(el, names)]
    inner = [_text(child, names) for child in el if isinstance(child.tag, str)]
    return " ".join(filter(None, (*parts, " ".join((el.text or "").split()), *inner)))
