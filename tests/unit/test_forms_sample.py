"""Made-up answers: for everything that is required, accepted by the check, and never for what is to be left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import forms
from tests.unit.test_forms import (
    CHILDREN,
    HIDING,
    NOW,
    PARTIES,
    WAYS,
    YES_NO,
    component,
    evaluate,
    form,
)
from tests.unit.test_forms_refused import FORMS


def sample(schema, leave=(), **context):
    known = {"parter": PARTIES, "adspurgte": PARTIES, "sagens_parter": PARTIES, **context}
    made = forms.sample(schema, now=NOW, context=known, feel=evaluate, leave=leave)
    checked = forms.check(schema, made, feel=evaluate, context={**known, "now": NOW})
    return made, set(checked.problems)


def accepted(schema, leave=(), **context):
    made, problems = sample(schema, leave, **context)
    assert not problems
    return made


def one(kind, limits=(), **settings):
    return accepted(form(component(kind, validate={"required": True, **dict(limits)}, **settings)))[
        "felt"
    ]


@pytest.mark.parametrize("path", FORMS, ids=lambda p: "/".join(Path(p).parts[-4:]))
def test_every_form_of_ours_can_be_filled_in(path):
    accepted(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("kind", "limits", "settings"),
    [
        ("textfield", {"minLength": 30, "maxLength": 31}, {}),
        ("textfield", {"maxLength": 2}, {}),
        ("textfield", {"pattern": "^[0-9]{6}-[0-9]{4}$"}, {}),
        ("textfield", {"validationType": "email"}, {}),
        ("textfield", {"validationType": "phone"}, {}),
        ("textarea", {"minLength": 500}, {}),
        ("number", {"min": 3.5, "max": 3.7}, {"decimalDigits": 1}),
        ("number", {"min": 2.5}, {"decimalDigits": 0}),
        ("number", {"max": -4}, {}),
        ("checkbox", {}, {}),
        ("radio", {}, {"values": YES_NO}),
        ("select", {}, {"valuesExpression": "=parter"}),
        ("checklist", {}, {"values": WAYS}),
        ("datetime", {}, {"disallowPassedDates": True}),
        ("datetime", {}, {"properties": {"tidligst": "2031-05-05"}}),
        ("datetime", {}, {"properties": {"senest": "1999-01-01"}}),
        ("datetime", {}, {"subtype": "time"}),
        ("datetime", {}, {"subtype": "datetime", "properties": {"tidligst": "2031-05-05"}}),
    ],
)
def test_a_required_field_gets_an_answer_within_its_limits(kind, limits, settings):
    assert one(kind, limits, **settings) is not None


def test_what_nobody_asks_for_stays_empty():
    assert accepted(form(component("textfield"), component("datetime", "dato"))) == {}


def test_what_decides_is_never_made_up():
    schema = form(
        component("radio", "accept", values=YES_NO, validate={"required": True}),
        component("textfield", "navn", validate={"required": True}),
    )
    made, problems = sample(schema, leave=("accept",))
    assert (set(made), problems) == ({"navn"}, {"accept"})


def test_answers_that_are_given_decide_what_is_in_play():
    assert set(sample(HIDING, leave=("haster",), haster=True)[0]) == {"begrundelse", "mere"}
    assert sample(HIDING, leave=("haster",), haster=False)[0] == {}


@pytest.mark.parametrize(
    ("kind", "example", "settings", "answer"),
    [
        (
            "textarea",
            "Bostøtten kommer to gange om ugen.",
            {},
            "Bostøtten kommer to gange om ugen.",
        ),
        ("number", "2,5", {}, 2.5),
        ("radio", "false", {"values": YES_NO}, False),
        ("checklist", "brev, dp", {"values": WAYS}, ["brev", "dp"]),
        ("datetime", "2026-12-24", {}, "2026-12-24"),
        ("checkbox", "ja", {}, True),
    ],
)
def test_a_designers_example_comes_first(kind, example, settings, answer):
    assert one(kind, properties={"eksempel": example}, **settings) == answer


def test_an_example_that_no_longer_fits_gives_way():
    assert one("number", {"max": 2}, properties={"eksempel": "3"}) <= 2


def test_rows_get_one_with_what_it_must_have():
    (row,) = accepted(CHILDREN)["boern"]
    assert set(row) == {"navn"}
    optional = component(
        "dynamiclist", validate={"required": True}, components=[component("textfield", "navn")]
    )
    assert len(accepted(form(optional))["felt"]) == 1


def test_groups_are_filled_in_inside():
    group = component(
        "group", "kontakt", components=[component("textfield", "navn", validate={"required": True})]
    )
    assert set(accepted(form(group))["kontakt"]) == {"navn"}


def test_rules_are_obeyed():
    schema = form(
        component("datetime", "fra", validate={"required": True}),
        component("datetime", "til", validate={"required": True}),
        component("textfield", "hvorfor"),
        rules=[
            {"felt": "til", "udtryk": "=date(til) > date(fra)", "besked": "x"},
            {"felt": "hvorfor", "når": "=til != null", "besked": "x"},
        ],
    )
    made = accepted(schema)
    assert made["til"] > made["fra"]
    assert made["hvorfor"]


def test_what_cannot_be_made_up_is_left_for_the_check_to_say():
    impossible = component(
        "textfield", validate={"required": True, "pattern": "^a$", "minLength": 2}
    )
    made, problems = sample(form(impossible, component("number", "n", validate={"required": True})))
    assert (set(made), problems) == ({"n"}, {"felt"})
