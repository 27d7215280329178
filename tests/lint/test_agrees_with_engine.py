"""Lint and engine agree: what cannot be run lint says of the same element, and what lint lets through runs."""

from __future__ import annotations

import ast
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine import lint, pathway
from engine.bpmn.drawing import NODES
from engine.deploy import read
from engine.errors import DiagramInvalid
from engine.imports import normalise
from engine.lint import runs
from engine.lint.clauses import ATTRIBUTES
from engine.lint.refusals import SENTENCES
from engine.lint.sheet import Around, sheet
from engine.model import Source
from tests.property.token_game import Drawing, Maker
from tests.seeds import fresh
from tests.small import KEY, SETTINGS, doc
from tests.unit.test_bpmn_refused import BROKEN, REFUSED

ROOT = Path(__file__).resolve().parents[2]
SOAK = bool(os.environ.get("STAFET_SOAK"))
#: The kinds of event, and where each could be drawn.
EVENTS = (
    "message",
    "timer",
    "signal",
    "error",
    "escalation",
    "terminate",
    "link",
    "conditional",
    "compensate",
    "cancel",
)
PLACES = (
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
)

NAMED = {"message": "bud", "signal": "alarm", "error": "fejl", "escalation": "hjaelp"}


def refused(xml: str) -> DiagramInvalid | None:
    """The engine's own "no" to a diagram."""
    try:
        pathway.compile(Source(KEY, "midtjylland", xml, {}, {}, {}, SETTINGS))
    except DiagramInvalid as exc:
        return exc
    return None


def errors(xml: str) -> set[str]:
    """The elements that lint calls wrong."""
    return {finding.element for finding in lint.lint_text(xml) if finding.severity == "error"}


def agrees(xml: str) -> None:
    """The property itself: the engine's element is among lint's; and where lint has none, the engine has none."""
    told = refused(xml)
    found = errors(xml)
    if told is None:
        return
    assert found, told.sentence
    element = str(told.facts["element"])
    if f'id="{element}"' not in xml:
        return  # what has no id cannot be named by one
    # A flow's mistake is told of the flow; the engine may name the choice that it leaves.
    assert element in found or any(f'id="{f}" sourceRef="{element}"' in xml for f in found), (
        told.sentence,
        found,
    )


def whole(body: str) -> str:
    return body if body.lstrip().startswith("<definitions") else doc(body)


@pytest.mark.parametrize("row", REFUSED)
def test_what_the_standard_has_and_the_engine_refuses_lint_says(row: str) -> None:
    agrees(whole(REFUSED[row]))
    assert errors(whole(REFUSED[row]))


@pytest.mark.parametrize("words", BROKEN)
def test_what_breaks_a_rule_of_the_engine_lint_says(words: str) -> None:
    if refused(whole(BROKEN[words])) is not None:
        agrees(whole(BROKEN[words]))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("event", EVENTS)
def test_an_event_of_any_kind_in_any_place_is_judged_alike(event: str, place: str) -> None:
    inner = {
        "timer": "<timeDuration>P1D</timeDuration>", "conditional": "<condition>=x = 1</condition>",
    }.get(event, "")  # fmt: skip
    name = f' {event}Ref="{NAMED.get(event, "")}"'
    said = name if event in NAMED else ' name="l"' if event == "link" else ""
    definition = f"<{event}EventDefinition{said}>{inner}</{event}EventDefinition>"
    attached = ' attachedToRef="A"' if place == "boundaryEvent" else ""
    flows = [("S", "A"), ("A", "E")]
    flows += (
        [("A", "X")]
        if place in ("endEvent", "intermediateCatchEvent", "intermediateThrowEvent")
        else []
    )
    flows += [("X", "E")] if place != "endEvent" else []
    body = f'<startEvent id="S"/><userTask id="A"/><endEvent id="E"/><{place} id="X"{attached}>{definition}</{place}>'
    body += "".join(
        f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows
    )
    agrees(doc(body))


@pytest.mark.parametrize(
    "kind",
    sorted(NODES | {"transaction", "complexGateway", "dataStoreReference", "callChoreography"}),
)
def test_an_element_of_any_kind_is_judged_alike(kind: str) -> None:
    body = f'<startEvent id="S"/><{kind} id="X"/><endEvent id="E"/>'
    body += '<sequenceFlow id="S-X" sourceRef="S" targetRef="X"/><sequenceFlow id="X-E" sourceRef="X" targetRef="E"/>'
    agrees(doc(body))


@pytest.mark.parametrize("seed", [*range(400 if SOAK else 60), *fresh("agrees", 20)])
def test_a_diagram_that_runs_has_no_error_that_the_engine_does_not_know(seed: int) -> None:
    """Random diagrams of the token game are right: lint may advise, but must not refuse them."""
    rng = random.Random(seed)
    xml = Drawing().process(KEY, Maker(lambda n: rng.randrange(n)).block(4))
    assert refused(xml) is None
    assert {f.rule for f in lint.lint_text(xml) if f.severity == "error"} <= {
        "unclear_choice",
        "circle_without_wait",
    }, seed


def test_lint_knows_what_enters_the_state_wherever_one_could_write_it() -> None:
    """Every field of an agreement's forms made one in which one writes: the engine's names are lint's."""
    looked = 0
    for source in read(ROOT / "processes" / "midtjylland"):
        freely = replace(source, forms={name: _freely(form) for name, form in source.forms.items()})
        plan = pathway.compile(freely).plan
        kept = {
            (key, node.id, name)
            for key, process in plan.processes.items()
            for node in process.nodes.values()
            for name in _keys(freely.forms.get(node.attributes.get("form", ""), {}))
            if name in plan.reads[key]
        }
        said = {
            (found.file, found.element, field)
            for found in lint.in_clear(freely)
            for field in re.findall(r"spørger om “(\w+)” i fri tekst", found.message)
        }
        assert said == kept, source.key
        looked += len(kept)
    assert looked > 100


def test_every_code_of_the_engine_has_a_sentence_in_danish() -> None:
    codes: set[str] = set()
    for file in (ROOT / "engine" / "bpmn").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                codes |= set(_codes(node))
    assert len(codes) > 40
    assert not codes - set(SENTENCES)


def test_every_attribute_that_the_engine_reads_is_spelt_right_for_lint() -> None:
    read: set[str] = set()
    for file in (ROOT / "engine" / "bpmn").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        read |= set(re.findall(r"(?:attributes|own|ours\(\w+\))(?:\.get\(|\[)\"(\w+)\"", text))
    assert {"frist", "gentagFor", "besked", "ind"} <= read
    assert not read - ATTRIBUTES


def test_what_lint_compiles_is_what_was_normalised() -> None:
    xml = (ROOT / "tests" / "lint" / "mapped" / "bad.bpmn").read_bytes()
    imported = normalise(xml)
    looked_at = sheet(imported.root, "", Around(), imported.notes, foreign=imported.foreign)
    assert "${" not in runs.alone(looked_at).bpmn


def _freely(form: Any) -> Any:
    """The form with every answer a text; in groups and lists too."""
    if isinstance(form, list):
        return [_freely(part) for part in form]
    if not isinstance(form, dict):
        return form
    kept = {name: _freely(part) for name, part in form.items()}
    return {**kept, "type": "textarea"} if "key" in form and not form.get("readonly") else kept


def _keys(form: Any, path: str = "") -> Iterator[str]:
    for part in form.get("components", ()):
        if part.get("type") == "textarea" and not part.get("readonly"):
            yield from (name for name in (path, part["key"]) if name)
        yield from _keys(part, part.get("path", path))


def _codes(call: ast.Call) -> list[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    place = {"no": 1, "_no": 1, "refuse": 1, "refused": 3}.get(name)
    given = [call.args[place]] if place is not None and len(call.args) > place else []
    given += [word.value for word in call.keywords if word.arg == "why"]
    return [
        arg.value for arg in given if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
    ]
