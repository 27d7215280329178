"""What stands beside a diagram as things: a form's fields and rules, a table's rows, the agreement's parameters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn.parsing import local
from engine.compare.things import Thing
from engine.imports import intake
from engine.imports.notes import Note
from engine.model import Json

#: What can differ in a table.
KINDS = frozenset(
    (
        "decision",
        "input",
        "output",
        "rule",
        "inputData",
        "businessKnowledgeModel",
        "decisionService",
    )
)
_CELLS = ("inputEntry", "outputEntry", "annotationEntry")


def fields(form: Json) -> dict[str, Thing]:
    """Its fields by key, texts by their id, rules by the field and the sentence; "" is the form itself."""
    said = {n: _json(v) for n, v in form.items() if n not in ("components", "id", "properties")}
    beside = dict(form.get("properties") or {})
    ours = dict(beside.pop("stafet", None) or {})
    rules = ours.pop("regler", None)
    said |= {f"properties.{n}": _json(v) for n, v in {**beside, **ours}.items()}
    found = {"": Thing("form", "", said)}
    waiting: list[tuple[str, Any]] = [("", one) for one in form.get("components") or ()]
    for inside, each in waiting:
        if not isinstance(each, Mapping):
            continue
        key = str(each.get("key") or each.get("path") or each.get("id") or len(found))
        key = f"{inside}.{key}" if inside else key
        waiting.extend((key, one) for one in each.get("components") or ())
        said = {n: _json(v) for n, v in each.items() if n not in ("components", "id", "layout")}
        found[key] = Thing("field", str(each.get("label") or ""), said)
    for n, rule in enumerate(rules if isinstance(rules, list) else (), 1):
        said = {x: _json(v) for x, v in rule.items()} if isinstance(rule, Mapping) else {}
        found[f"regel {n}"] = Thing("formRule", said.get("felt", ""), said)
    return found


def table(xml: str) -> dict[str, Thing]:
    """Its decisions, inputs, outputs and rows by id.

    A row's cells have the names of their columns, and its own name is what is noted of it.
    """
    root = intake.parse(xml)
    if isinstance(root, Note):
        return {}
    found = {}
    for el in root.iter("{*}*"):
        if el.get("id") and local(el) in KINDS:
            said = dict(_cells(el) if local(el) == "rule" else _about(el))
            name = el.get("label") or el.get("name") or said.get("description", "")
            found[str(el.get("id"))] = Thing(local(el), name, said)
    for one in root.iter("{*}decisionTable"):
        said = {n: v for n, v in one.attrib.items() if n not in ("id", "outputLabel")}
        found[str(one.get("id"))] = Thing("decisionTable", "", {"hitPolicy": "UNIQUE", **said})
    return found


def _cells(row: Any) -> Iterator[tuple[str, str]]:
    """A row's cells by the names of their columns."""
    columns = row.getparent()
    for tag in _CELLS:
        heads = columns.findall(f"{{*}}{tag.removesuffix('Entry')}")
        for n, cell in enumerate(row.findall(f"{{*}}{tag}")):
            head = heads[n] if n < len(heads) else cell
            yield head.get("label") or head.get("name") or f"{tag} {n + 1}", _text(cell)
    note = row.find("{*}description")
    if note is not None:
        yield "description", _text(note)


def _about(el: Any) -> Iterator[tuple[str, str]]:
    """What is said of a decision or a column; a table's own rows are told by them."""
    yield from ((name, value) for name, value in el.attrib.items() if name != "id")
    for child in el:
        if isinstance(child.tag, str) and local(child) not in ("decisionTable", "context"):
            yield local(child), _text(child)


def parameters(settings: Json) -> dict[str, Thing]:
    """Each value of the agreement's settings by its dotted name; the clauses' texts are the agreement's, not ours."""
    found: dict[str, Thing] = {}
    waiting: list[tuple[str, Any]] = [(k, v) for k, v in settings.items() if k != "punkter"]
    for path, value in waiting:
        if isinstance(value, Mapping) and value:
            waiting.extend((f"{path}.{name}", inner) for name, inner in value.items())
        else:
            found[path] = Thing("parameter", path, {"value": _json(value)})
    return found


def _json(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(el: Any) -> str:
    """A cell as one line."""
    parts = [f"{name}={value}" for name, value in el.attrib.items() if name != "id"]
    inner = [_text(child) for child in el if isinstance(child.tag, str)]
    return " ".join(filter(None, (*parts, " ".join((el.text or "").split()), *inner)))
