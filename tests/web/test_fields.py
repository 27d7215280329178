"""Every kind of field as HTML: named, labelled, its problem beside it, and nothing that a person wrote as markup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template_string
from lxml import html
from werkzeug.datastructures import MultiDict

import forms
from forms.problems import Problem

SCHEMA: dict[str, Any] = {
    "type": "default",
    "id": "alt",
    "schemaVersion": 18,
    "components": [
        {"type": "text", "id": "intro", "text": "Læs **dette** og [aftalen](/forloeb)."},
        {
            "type": "textfield",
            "id": "a",
            "key": "navn",
            "label": "Navn",
            "validate": {"required": True},
        },
        {
            "type": "textarea",
            "id": "b",
            "key": "note",
            "label": "Note",
            "description": "Kort.",
            "validate": {"maxLength": 200},
        },
        {"type": "number", "id": "c", "key": "antal", "label": "Antal"},
        {"type": "checkbox", "id": "d", "key": "enig", "label": "Vi er enige"},
        {
            "type": "radio",
            "id": "e",
            "key": "svar",
            "label": "Hvad siger I?",
            "values": [{"label": "Ja", "value": True}, {"label": "Nej", "value": False}],
        },
        {
            "type": "select",
            "id": "f",
            "key": "valg",
            "label": "Hvilken?",
            "values": [{"label": "Den ene", "value": "1"}, {"label": "Den anden", "value": "2"}],
        },
        {
            "type": "checklist",
            "id": "g",
            "key": "flere",
            "label": "Hvilke?",
            "values": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}],
        },
        {"type": "datetime", "subtype": "date", "id": "h", "key": "dato", "dateLabel": "Hvornår?"},
        {
            "type": "datetime",
            "subtype": "datetime",
            "id": "i",
            "key": "tid",
            "dateLabel": "Mødet",
            "timeLabel": "Kl.",
        },
        {
            "type": "dynamiclist",
            "id": "j",
            "path": "boern",
            "label": "Børn",
            "components": [{"type": "textfield", "id": "j1", "key": "fornavn", "label": "Fornavn"}],
        },
        {
            "type": "textfield",
            "id": "k",
            "key": "hvorfor",
            "label": "Hvorfor ikke?",
            "conditional": {"hide": "=svar != false"},
        },
    ],
}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def drawn(site: Flask) -> Callable[..., html.HtmlElement]:
    """The form with these answers and problems, parsed."""

    def draw(values: dict[str, Any], problems: dict[str, str] | None = None) -> html.HtmlElement:
        def feel(text: str, names: Any) -> Any:
            return names.get("svar") is not False if "svar" in text else None

        shown = forms.fields(SCHEMA, values, problems or {}, feel=feel, context={})
        with site.test_request_context("/"):
            text = render_template_string(
                '{% import "_fields.html" as fields with context %}<form>{{ fields.form(shown) }}</form>',
                shown=shown,
            )
        return html.fromstring(text)

    return draw


Drawn = Callable[..., html.HtmlElement]


def test_every_input_has_a_label_and_an_id_of_its_own(drawn: Drawn) -> None:
    form = drawn({"svar": False, "boern": [{"fornavn": "Bo"}, {"fornavn": "Ea"}]})
    inputs = form.xpath('.//input[@type!="hidden"] | .//textarea | .//select')
    ids = [one.get("id") for one in inputs]
    assert len(ids) >= 18
    assert len(set(ids)) == len(ids)
    for one in inputs:
        assert form.xpath(f'.//label[@for="{one.get("id")}"]'), one.get("id")
        assert one.get("name", "").startswith("svar.")


def test_what_the_form_shows_it_reads_back(site: Flask, drawn: Drawn) -> None:
    answers = {
        "navn": "Bo",
        "note": "\nFørste linje er tom.",
        "antal": 2.5,
        "enig": True,
        "svar": False,
        "valg": "2",
        "flere": ["a", "b"],
        "dato": "2026-02-31",
        "tid": "2026-11-24T13:30+01:00",
        "boern": [{"fornavn": "Bo"}, {"fornavn": "Ea"}],
        "hvorfor": "Fordi.",
    }
    form = drawn(answers)
    with site.test_request_context("/", method="POST", data=MultiDict(_posted(form))) as context:
        assert forms.from_post(SCHEMA, context.request.form) == answers


def test_a_problem_stands_at_its_field_and_the_summary_leads_there(drawn: Drawn) -> None:
    wrong = {
        "navn": Problem("required", label="Navn"),
        "svar": Problem("choose", label="Hvad siger I?"),
        "dato": Problem("no_month", label="Hvornår?"),
        "boern.0.fornavn": Problem("required", label="Fornavn"),
    }
    form = drawn({"boern": [{"fornavn": ""}]}, wrong)
    for key in wrong:
        (aim,) = form.xpath(f'.//*[@id="{forms.anchor(key)}"]')
        around = [one.get("aria-describedby") or "" for one in (aim, *aim.iterancestors())]
        assert any(f"{forms.anchor(key)}-error" in told for told in around), key
        assert form.xpath(f'.//*[@id="{forms.anchor(key)}-error"]'), key
    invalid = [one.get("name") for one in form.xpath('.//*[@aria-invalid="true"]')]
    assert "svar.dato.maaned" in invalid
    assert "svar.dato.dag" not in invalid


def test_what_is_hidden_is_not_there_and_what_can_be_hidden_says_so(drawn: Drawn) -> None:
    assert not drawn({"svar": True}).xpath('.//*[@id="felt-hvorfor"]')
    form = drawn({"svar": False})
    assert form.xpath('.//*[@id="felt-hvorfor"]')
    assert form.xpath('.//input[@name="vist"]/@value') == ["hvorfor"]


def test_rows_come_and_go_by_buttons(drawn: Drawn) -> None:
    form = drawn({"boern": [{"fornavn": "Bo"}]})
    assert form.xpath('.//button[@name="do"]/@value') == ["fjern:boern.0", "tilfoej:boern"]
    assert form.xpath('.//input[@name="svar.boern.antal"]/@value') == ["1"]


def test_what_a_person_wrote_is_never_markup(drawn: Drawn) -> None:
    form = drawn({"navn": HOSTILE, "note": HOSTILE, "boern": [{"fornavn": HOSTILE}]})
    assert not form.xpath(".//script")
    assert not form.xpath(".//@style | .//@onclick")
    assert form.xpath('.//input[@id="felt-navn"]/@value') == [HOSTILE]
    assert HOSTILE in form.xpath('.//textarea[@id="felt-note"]')[0].text_content()


def test_prose_is_drawn_from_its_parts(drawn: Drawn) -> None:
    (prose,) = drawn({}).xpath('.//*[@class="st-prose"]')
    assert prose.xpath(".//strong")[0].text == "dette"
    assert prose.xpath(".//a/@href") == ["/forloeb"]


def _posted(form: html.HtmlElement) -> list[tuple[str, str]]:
    """What a browser would send."""
    # A browser drops the line break right after <textarea>; lxml keeps it.
    found = []
    for one in form.xpath(".//input | .//textarea | .//select"):
        kind, name = one.get("type"), one.get("name")
        if one.tag == "textarea":
            found.append((name, one.text_content().removeprefix("\n")))
        elif one.tag == "select":
            chosen = one.xpath(".//option[@selected]/@value")
            found.append((name, chosen[0] if chosen else ""))
        elif kind not in ("radio", "checkbox") or one.get("checked") is not None:
            found.append((name, one.get("value") or ""))
    return found
