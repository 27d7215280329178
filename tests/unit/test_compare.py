"""What differs between two versions: whatever is changed in a file is told, with the element it stands in."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.compare import Change, changes
from engine.deploy import read
from engine.model import Source

PROCESSES = Path(__file__).parents[2] / "processes"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SOURCES = {one.key: one for one in read(PROCESSES / "midtjylland")}
ROUND = SOURCES["midtjylland-planrunde"]
#: What says where a thing is drawn, or follows from something else.
_NOT_TOLD = ("incoming", "outgoing", "flowNodeRef", "laneSet", "definitions")


def drawn(source: Source, old: str, new: str) -> Source:
    assert old in source.bpmn
    return replace(source, bpmn=source.bpmn.replace(old, new, 1))


def told(old: Source, new: Source) -> list[Change]:
    found = changes(old, new)
    # The other way round everything is told as well, the other way round.
    back = {(c.id, c.process): c for c in changes(new, old)}
    assert back.keys() == {(c.id, c.process) for c in found}
    for one in found:
        other = back[one.id, one.process]
        assert {(p.name, p.old, p.new) for p in one.properties} == {
            (p.name, p.new, p.old) for p in other.properties
        }
        assert {one.what, other.what} in ({"added", "removed"}, {"moved"}, {"changed"})
    return found


@pytest.mark.parametrize("key", sorted(SOURCES))
def test_a_version_is_as_itself(key: str) -> None:
    assert changes(SOURCES[key], SOURCES[key]) == []


def _each_place(root: Any) -> Iterator[tuple[Any, str]]:
    for el in root.iter(f"{BPMN}*"):
        if etree.QName(el).localname in _NOT_TOLD:
            continue
        yield from ((el, name) for name in el.attrib if name != "id" and "XMLSchema" not in name)
        if (el.text or "").strip():
            yield el, ""


@pytest.mark.parametrize(
    "key", ["midtjylland-planrunde", "midtjylland-listemoede", "faelles-uenighed"]
)
def test_every_attribute_and_text_of_a_diagram_is_told(key: str) -> None:
    source = SOURCES[key]
    root = etree.fromstring(source.bpmn.encode())
    tried = 0
    for number, (_, name) in enumerate(_each_place(root)):
        other = copy.deepcopy(root)
        el, _ = list(_each_place(other))[number]
        if name:
            el.set(name, el.get(name) + "X")
        else:
            el.text += "X"
        found = changes(source, replace(source, bpmn=etree.tostring(other, encoding="unicode")))
        assert found, (el.tag, name)
        holder = next(x.get("id") for x in (el, *el.iterancestors()) if x.get("id"))
        near = {holder, *(x.get("id") for x in el.iterancestors())}
        assert near & {each.id for each in found}, (el.tag, name, found)
        tried += 1
    assert tried > 50


def test_a_moved_step_is_told_apart_from_a_changed_one() -> None:
    root = etree.fromstring(ROUND.bpmn.encode())
    shape = next(s for s in root.iter("{*}BPMNShape") if s.get("bpmnElement") == "accepter_plan")
    bounds = shape.find("{*}Bounds")
    bounds.set("x", str(float(bounds.get("x")) + 40))
    moved = replace(ROUND, bpmn=etree.tostring(root, encoding="unicode"))
    (one,) = told(ROUND, moved)
    assert (one.what, one.id, one.properties) == ("moved", "accepter_plan", ())
    task = next(e for e in root.iter(f"{BPMN}userTask") if e.get("id") == "accepter_plan")
    task.set("name", "Sig ja eller nej")
    (both,) = told(ROUND, replace(ROUND, bpmn=etree.tostring(root, encoding="unicode")))
    assert (both.what, [p.name for p in both.properties]) == ("changed", ["name", "place"])


def test_a_step_that_is_put_into_a_sub_process_is_told() -> None:
    inside = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"><bpmn:process id="p">
    {0}<bpmn:subProcess id="s" name="Mødet">{1}</bpmn:subProcess></bpmn:process></bpmn:definitions>"""
    task = '<bpmn:task id="t" name="Tal sammen"/>'
    old = Source("k", "a", inside.format(task, ""), {}, {}, {}, {})
    (one,) = told(old, replace(old, bpmn=inside.format("", task)))
    assert [(p.name, p.old, p.new) for p in one.properties] == [("scope", "p", "Mødet")]


def test_a_form_is_told_field_by_field_with_order_and_rules() -> None:
    form = json.loads(json.dumps(ROUND.forms["moede_team"]))
    fields = form["components"]
    assert len(fields) > 2

    def with_form(new: Any) -> list[Change]:
        return told(ROUND, replace(ROUND, forms={**ROUND.forms, "moede_team": new}))

    turned = {**form, "components": [*fields[1:], fields[0]]}
    (one,) = with_form(turned)
    assert (one.what, one.kind, one.process) == ("moved", "field", "moede_team")
    shorter = {**form, "components": fields[:-1]}
    assert [(c.what, c.kind) for c in with_form(shorter)] == [("removed", "field")]
    ruled = {**form, "properties": {"stafet": {"regler": [
        {"felt": "hvornaar", "udtryk": "=true", "besked": "Altid"}]}}}  # fmt: skip
    assert "formRule" in {c.kind for c in with_form(ruled)}
    gone = replace(ROUND, forms={k: v for k, v in ROUND.forms.items() if k != "moede_team"})
    (form_gone,) = told(ROUND, gone)
    assert (form_gone.what, form_gone.kind) == ("removed", "form")


def test_a_table_is_told_row_by_row_under_its_columns_names() -> None:
    name = "raekke"
    xml = ROUND.decisions[name]

    def with_table(old: str, new: str) -> list[Change]:
        assert old in xml
        return told(ROUND, replace(ROUND, decisions={name: xml.replace(old, new, 1)}))

    (one,) = with_table(
        '<outputEntry id="r4o"><text>"samlet_plan"', '<outputEntry id="r4o"><text>"ny_plan"'
    )
    assert (one.kind, one.id) == ("rule", "raekke_4")
    assert [(p.name, p.old, p.new) for p in one.properties] == [
        ("Række", '"samlet_plan"', '"ny_plan"')
    ]
    (policy,) = with_table('hitPolicy="UNIQUE"', 'hitPolicy="FIRST"')
    assert [(p.name, p.new) for p in policy.properties] == [("hitPolicy", "FIRST")]
    (typed,) = with_table('typeRef="boolean" /></inputData>', 'typeRef="string" /></inputData>')
    assert typed.kind == "inputData"


def test_a_parameter_is_told_by_its_name() -> None:
    changed = {
        **ROUND.settings,
        "parametre": {**ROUND.settings["parametre"], "svarfrist": "9 dage"},
    }
    (one,) = told(ROUND, replace(ROUND, settings=changed))
    assert (one.process, one.id) == ("agreement", "parametre.svarfrist")


def test_what_cannot_be_read_is_no_error() -> None:
    found = changes(ROUND, replace(ROUND, bpmn="<a"))
    assert {each.what for each in found} == {"removed"}
