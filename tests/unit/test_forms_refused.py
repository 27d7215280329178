"""What the server cannot serve is said when a form is deployed, with the component's name and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import forms
from engine import feel
from engine.errors import FormUnsupported
from forms.components import KINDS
from tests.unit.test_forms import WAYS, component, form

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / "processes").rglob("*.form"))


def codes(schema):
    return [said.code for said in forms.unsupported(schema, parse=feel.compile)]


@pytest.mark.parametrize("path", FORMS, ids=lambda p: "/".join(p.parts[-4:]))
def test_every_form_of_ours_can_be_served(path):
    assert forms.unsupported(json.loads(path.read_text(encoding="utf-8")), parse=feel.compile) == []


@pytest.mark.parametrize(
    "schema", [None, [], "x", {}, {"components": {}}, {"components": [3]}, {"components": ["x"]}]
)
def test_what_is_no_form_gets_one_sentence(schema):
    assert codes(schema) == ["form_shape"]


@pytest.mark.parametrize(
    "kind", ["button", "filepicker", "html", "iframe", "image", "documentPreview", "", None, 3, []]
)
def test_components_that_cannot_be_shown_are_named(kind):
    assert codes(form({"type": kind, "key": "felt"})) == ["component"]


DYNAMIC = {"valuesExpression": "=parter"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (component("textfield", "2a"), "key"),
        (component("textfield", "a.b"), "key"),
        (component("textfield", "a b"), "key"),
        (component("textfield", ""), "key"),
        (component("textfield", None), "key"),
        (component("textfield", "if"), "key"),
        (component("textfield", "now"), "key"),
        (component("dynamiclist", ""), "key"),
        (component("textfield", label=""), "no_label"),
        (component("datetime", label="", dateLabel=" "), "no_label"),
        (component("textfield", label="=navn"), "template"),
        (component("textfield", description="Hej {{navn}}"), "template"),
        ({"type": "text", "text": "{{#loop parter}}x{{/loop}}"}, "template"),
        (component("textfield", label=["x"]), "form_shape"),
        (component("textfield", validate=[3]), "form_shape"),
        (component("group", components={"a": 1}), "form_shape"),
        (component("textfield", properties={"eksempel": 3}), "properties"),
        (component("textfield", properties={"tidligst": "today()"}), "own"),
        (component("datetime", properties={"tidlgst": "today()"}), "own"),
        (component("datetime", subtype="time", properties={"senest": "today()"}), "own"),
        (component("group", properties={"eksempel": "x"}), "own"),
        (component("textfield", validate={"min": 3}), "limit"),
        (component("textarea", validate={"pattern": "x"}), "limit"),
        (component("number", validate={"pattern": "x"}), "limit"),
        (component("checkbox", validate={"minLength": 3}), "limit"),
        (component("textfield", validate={"validationType": "cpr"}), "limit"),
        (component("textfield", validate={"minLength": "=3"}), "limit_number"),
        (component("textfield", validate={"minLength": -1}), "limit_number"),
        (component("number", validate={"max": "3"}), "limit_number"),
        (component("number", decimalDigits=1.5), "limit_number"),
        (component("dynamiclist", defaultRepetitions="mange"), "limit_number"),
        (component("textfield", validate={"maxLength": 1_001}), "limit_most"),
        (component("textarea", validate={"maxLength": 20_001}), "limit_most"),
        (component("textfield", validate={"required": "=haster"}), "limit_yes_no"),
        (component("textfield", readonly="=haster"), "limit_yes_no"),
        (component("datetime", disallowPassedDates="ja"), "limit_yes_no"),
        (component("dynamiclist", allowAddRemove="nej"), "limit_yes_no"),
        (component("number", validate={"min": 3, "max": 2}), "limits_crossed"),
        (component("textfield", validate={"minLength": 3, "maxLength": 2}), "limits_crossed"),
        (component("textfield", validate={"pattern": "(?=a)"}), "bad_pattern"),
        (component("textfield", validate={"pattern": 3}), "bad_pattern"),
        (component("radio"), "no_options"),
        (component("radio", values=[]), "no_options"),
        (component("radio", values="ja"), "option_shape"),
        (component("radio", values=[{"label": "Ja"}]), "option_shape"),
        (component("radio", values=[{"value": "", "label": "Ja"}]), "option_shape"),
        (component("radio", values=[{"value": [1], "label": "Ja"}]), "option_shape"),
        (component("radio", values=[{"value": "ja"}, {"value": "ja"}]), "option_twice"),
        (component("radio", values=[{"value": "true"}, {"value": True}]), "option_twice"),
        (component("number", serializeToString=True), "setting"),
        (component("datetime", subtype="week"), "setting"),
        (component("datetime", subtype=["date"]), "setting"),
        (component("datetime", timeSerializingFormat="utc_normalized"), "setting"),
        (component("textfield", conditional={"show": "=x"}), "setting"),
        (component("textfield", conditional={"hide": True}), "setting"),
        (component("dynamiclist", readonly=True), "setting"),
        ({"type": "table", "columns": [{"key": "a"}]}, "setting"),
        ({"type": "table", "dataSource": "=x", "columns": []}, "setting"),
        ({"type": "table", "dataSource": "=x", "columnsExpression": "=y"}, "setting"),
        ({"type": "expression", "key": "felt"}, "no_expression"),
        ({"type": "expression", "key": "felt", "expression": "=1 +"}, "bad_expression"),
        (component("textfield", conditional={"hide": "=("}), "bad_expression"),
        (component("radio", valuesExpression="=["), "bad_expression"),
        (component("datetime", properties={"senest": "i dag("}), "bad_expression"),
        ({"type": "text", "text": "Hej {{ navn( }}"}, "bad_expression"),
        ({"type": "table", "dataSource": "=)", "columns": [{"key": "a"}]}, "bad_expression"),
    ],
)
def test_each_setting_that_cannot_be_kept_has_its_sentence(wrong, code):
    assert set(codes(form(wrong))) == {code}
    assert set(codes(form(component("group", "", components=[wrong])))) == {code}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("felt", "rule_shape"),
        ({}, "rule_shape"),
        ({"felt": "felt", "udtryk": "=true"}, "rule_shape"),
        ({"felt": "felt", "besked": "x"}, "rule_shape"),
        ({"felt": "felt", "besked": "x", "udtryk": True}, "rule_shape"),
        ({"felt": "felt", "besked": "x", "udtryk": "=true", "naar": "=true"}, "rule_shape"),
        ({"felt": "andet", "besked": "x", "udtryk": "=true"}, "rule_field"),
        ({"felt": "felt", "besked": "x", "udtryk": "=if"}, "bad_expression"),
    ],
)
def test_a_rule_must_be_whole(rule, code):
    assert codes(form(component("textfield"), rules=[rule])) == [code]


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ("x", "form_shape"),
        ({"stafet": []}, None),
        ({"stafet": "x"}, "form_shape"),
        ({"stafet": {"regler": {"felt": "x"}}}, "form_shape"),
        ({"stafet": {"regel": []}}, "own"),
        ({"andre": 1}, None),
    ],
)
def test_the_forms_own_settings_are_ours_or_left_alone(properties, code):
    assert codes({**form(), "properties": properties}) == ([code] if code else [])


def test_a_name_is_used_once_on_each_level():
    inner = component("textfield", "navn")
    assert codes(form(inner, component("group", "", components=[inner]))) == ["key_twice"]
    assert codes(form(inner, component("group", "kontakt", components=[inner]))) == []
    assert codes(form(inner, component("dynamiclist", "boern", components=[inner]))) == []


def nested(depth):
    made = component("textfield")
    for _ in range(depth):
        made = component("group", "", components=[made])
    return form(made)


def test_a_form_has_bounds():
    assert codes(nested(8)) == []
    assert codes(nested(9)) == codes(nested(300)) == ["form_size"]
    assert codes(nested(20_000)) == ["form_shape"]
    assert codes(form(*(component("number", f"n{n}") for n in range(501)))) == ["form_size"]
    assert codes(form({"type": "text", "text": "x" * 1_000_001})) == ["form_size"]
    assert codes(form(component("number", validate={"min": float("nan")}))) == ["form_shape"]
    endless = form()
    endless["components"].append(component("group", "", components=endless["components"]))
    assert codes(endless) == ["form_shape"]


def test_a_finding_begins_with_the_components_name():
    said = forms.unsupported(form({"type": "image", "id": "billede"}))
    assert [str(one) for one in said] == [
        "billede: Komponenten »image« kan ikke vises. Brug en af dem, der står i designernes vejledning."
    ]


def test_a_form_that_should_not_have_been_deployed_raises_a_sentence():
    for schema in (form({"type": "image", "id": "billede"}), {"components": {1, 2}}, None):
        with pytest.raises(FormUnsupported):
            forms.check(schema, {}, feel=feel.compile, context={})


def test_the_designers_guide_lists_every_component_limit_and_property():
    guide = (ROOT / "docs" / "designers.md").read_text(encoding="utf-8")
    words = {
        *KINDS,
        "required",
        "minLength",
        "maxLength",
        "pattern",
        "patternErrorMessage",
        "validationType",
        "min",
    }
    words |= {
        "max",
        "decimalDigits",
        "disallowPassedDates",
        "tidligst",
        "senest",
        "eksempel",
        "vises_som",
        "regler",
    }
    words |= {
        "når",
        "udtryk",
        "felt",
        "besked",
        "conditional.hide",
        "valuesExpression",
        "valuesKey",
        "defaultValue",
    }
    words |= {
        "allowAddRemove",
        "defaultRepetitions",
        "readonly",
        "disabled",
        "timeSerializingFormat",
        "dataSource",
    }
    assert [word for word in sorted(words) if f"`{word}`" not in guide] == []


def test_options_may_come_from_an_expression_or_stand_in_the_form():
    assert codes(form(component("radio", values=[], **DYNAMIC))) == []
    assert codes(form(component("radio", values=WAYS, **DYNAMIC))) == []
