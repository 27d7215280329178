"""Two versions of a pathway beside each other: what was added, removed, moved, changed, and from what to what.

`changes(old, new)` looks at everything that a version holds: the elements of its diagrams (also our attributes,
conditions, extension elements and what lies inside an event), its forms, its decision tables and its parameters.  Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.bpmn.drawing import BPMN, OURS
from engine.bpmn.parsing import local
from engine.imports import intake
from engine.imports.notes import Note
from engine.model import Json, Source

What = Literal["added", "removed", "moved", "changed"]
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
#: What follows from something else, or is where a thing stands and not what it is.
_DERIVED = frozenset(("incoming", "outgoing", "laneSet", "flowNodeRef"))
#: Children that are compared as elements of their own.
_OWN = frozenset((
    "lane", "sequenceFlow", "participant", "messageFlow", "textAnnotation", "association", "startEvent", "endEvent",
    "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "task", "userTask", "manualTask", "sendTask",
    "receiveTask", "serviceTask", "scriptTask", "businessRuleTask", "callActivity", "subProcess", "exclusiveGateway",
    "parallelGateway", "inclusiveGateway", "eventBasedGateway", "process", "collaboration", "message", "signal",
    "error",
))  # fmt: skip
_TABLE = frozenset(("decision", "input", "output", "rule"))


@dataclass(frozen=True, slots=True)
class Property:
    """One thing about an element; None where it was not, or is no more."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one thing.  `process` is the diagram, form or decision that it stands in."""

    what: What
    kind: str
    id: str
    name: str
    process: str
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class _Thing:
    kind: str
    name: str
    properties: Mapping[str, str]
    place: str = ""


def changes(old: Source, new: Source) -> list[Change]:
    """Everything that differs: the pathway's own diagram first, then its parts, forms, decisions and parameters."""
    return [
        *_between(old.key, _diagram(old.bpmn), _diagram(new.bpmn)),
        *_parts(old, new),
        *_each("form", old.forms, new.forms, _fields),
        *_each("decision", old.decisions, new.decisions, _table),
        *_between("agreement", _parameters(old.settings), _parameters(new.settings)),
    ]


def _parts(old: Source, new: Source) -> Iterator[Change]:
    yield from _each("part", old.parts, new.parts, _diagram)


def _each(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], read: Any) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            yield Change("added" if name in new else "removed", kind, name, name, name)
        elif old[name] != new[name]:
            yield from _between(name, read(old[name]), read(new[name]))


def _between(
    process: str, old: Mapping[str, _Thing], new: Mapping[str, _Thing]
) -> Iterator[Change]:
    for key in dict.fromkeys((*new, *old)):
        was, is_ = old.get(key), new.get(key)
        shown = is_ or was
        assert shown is not None  # one of the two has the key
        if was is None or is_ is None:
            what: What = "added" if was is None else "removed"
            yield Change(what, shown.kind, key, shown.name, process)
            continue
        found = tuple(_properties(was, is_))
        if found:
            yield Change("changed", is_.kind, key, is_.name or was.name, process, found)
        elif was.place != is_.place:
            yield Change("moved", is_.kind, key, is_.name, process)


def _properties(was: _Thing, is_: _Thing) -> Iterator[Property]:
    old, new = {"kind": was.kind, **was.properties}, {"kind": is_.kind, **is_.properties}
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield Property(name, old.get(name), new.get(name))


# ---- diagrams ----------------------------------------------------------------------------
def _diagram(xml: str) -> dict[str, _Thing]:
    root = intake.parse(xml)
    if isinstance(root, Note):
        return {}
    names = {
        el.get("id"): el.get("name", "")
        for el in root
        if local(el) in ("message", "signal", "error")
    }
    lanes = {
        (ref.text or "").strip(): lane.get("name") or lane.get("id", "")
        for lane in root.iter(f"{{{BPMN}}}lane")
        for ref in lane.iterfind(f"{{{BPMN}}}flowNodeRef")
    }
    places = _places(root)
    found = {}
    for el in root.iter(f"{{{BPMN}}}*"):
        key = el.get("id")
        if key and local(el) in _OWN:
            said = _said(el, names)
            if key in lanes:
                said["lane"] = lanes[key]
            found[key] = _Thing(local(el), el.get("name", ""), said, places.get(key, ""))
    return found


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
    found = {_attribute(name): value for name, value in el.attrib.items() if name != "id"}
    for child in el:
        tag = local(child)
        if tag in _DERIVED or tag in _OWN or not isinstance(child.tag, str):
            continue
        if tag == "extensionElements":
            found.update({local(inner): _text(inner, names) for inner in child})
        else:
            found[tag] = _text(child, names)
    return found


def _attribute(name: str) -> str:
    return name.replace(f"{{{OURS}}}", "stafet:").removeprefix(_XSI)


def _text(el: Any, names: Mapping[str, str]) -> str:
    """An element without an identity of its own, as one line."""
    parts = [
        names.get(value, value) if name.endswith("Ref") else f"{_attribute(name)}={value}"
        for name, value in el.attrib.items()
        if name != "id" and not name.startswith(_XSI)
    ]
    inner = [_text(child, names) for child in el if isinstance(child.tag, str)]
    return " ".join(filter(None, (*parts, " ".join((el.text or "").split()), *inner)))


# ---- forms, tables, parameters -----------------------------------------------------------
def _fields(form: Json) -> dict[str, _Thing]:
    found = {
        "": _Thing(
            "form", "", {n: _json(v) for n, v in form.items() if n not in ("components", "id")}
        )
    }
    waiting = list(form.get("components") or ())
    for each in waiting:
        if not isinstance(each, Mapping):
            continue
        waiting.extend(each.get("components") or ())
        key = str(each.get("key") or each.get("path") or each.get("id") or len(found))
        said = {n: _json(v) for n, v in each.items() if n not in ("components", "id", "layout")}
        found[key] = _Thing("field", str(each.get("label") or ""), said)
    return found


def _table(xml: str) -> dict[str, _Thing]:
    root = intake.parse(xml)
    if isinstance(root, Note):
        return {}
    found = {}
    for el in root.iter("{*}*"):
        if el.get("id") and local(el) in _TABLE:
            # A row is told cell by cell; what stands around the rows is told by them.
            cells = [c for c in el if local(c) not in ("decisionTable", "informationRequirement")]
            said = {f"{local(c)} {n}": _text(c, {}) for n, c in enumerate(cells, 1)}
            found[str(el.get("id"))] = _Thing(
                local(el), el.get("name") or el.get("label") or "", said
            )
    for table in root.iter("{*}decisionTable"):
        found[str(table.get("id"))] = _Thing(
            "decisionTable", "", {"hitPolicy": table.get("hitPolicy", "UNIQUE")}
        )
    return found


def _parameters(settings: Json) -> dict[str, _Thing]:
    """Each value of the agreement's settings by its dotted name; the clauses' texts are the agreement's, not ours."""
    found: dict[str, _Thing] = {}
    waiting: list[tuple[str, Any]] = [(k, v) for k, v in settings.items() if k != "punkter"]
    for path, value in waiting:
        if isinstance(value, Mapping) and value:
            waiting.extend((f"{path}.{name}", inner) for name, inner in value.items())
        else:
            found[path] = _Thing("parameter", path, {"value": _json(value)})
    return found


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
