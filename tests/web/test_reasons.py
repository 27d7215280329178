"""Every field for free text points out a CPR number while it is typed; what many read refuses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.web.test_pages import Login, as_, csrf, demo

__all__ = ["as_", "demo"]

TEMPLATES = Path(__file__).resolve().parents[2] / "web" / "templates"
CPR = "Som for naboen, 700378-1016."
#: Fields that need no word of it, and why.
OTHERWISE = {
    ("_acts.html", "name"): "the name of a value; what holds a number is refused",
    ("_acts.html", "value"): "a value that the pathway reads; what holds a number is refused",
    ("_fields.html", "{{ one.name }}"): "the form around it has the words",
    ("_fields.html", "{{ part.name }}"): "the form around it has the words",
    ("case_new.html", "{{ id }}"): "the citizen's own name and number are asked for",
    ("chosen.html", "value"): "a value that the pathway reads; what holds a number is refused",
    ("dates.html", ""): "an address to copy, not to write in",
    ("glass.html", "citizen"): "the citizen's own number is asked for",
    ("inbox.html", "navn"): "the name of a filter",
    ("listing.html", "navn"): "the name of a filter",
    ("loans.html", "to"): "a login",
    ("login.html", "login"): "a login",
    ("mail.html", "code"): "a code that came by mail",
    ("play.html", "tid"): "a length of time",
    ("play.html", "titel"): "a play is about nobody",
    ("plays.html", "_data"): "a play is about nobody",
    ("plays.html", "_start"): "a moment",
    ("plays.html", "_titel"): "a play is about nobody",
    ("studio.html", "navn"): "the name of a pathway",
    ("studio.html", "start"): "the name of a step",
    ("what_if.html", "borgere"): "a count",
}
_FORM = re.compile(r"<form\b.*?</form>", re.S)
_FIELD = re.compile(r"<(?:textarea|input)\b(?:[^<>]|(?<=[-=])>|\{\{.*?\}\}|\{%.*?%\})*>", re.S)


def fields(text: str) -> list[str]:
    """The fields of a template in which a sentence can be typed."""
    found = _FIELD.findall(text)
    return [
        one
        for one in found
        if one.startswith("<textarea") or 'type="text"' in one or " type=" not in one
    ]


def test_every_field_for_text_warns_of_a_cpr_number_or_says_why_not() -> None:
    silent = set()
    for page in sorted(TEMPLATES.glob("*.html")):
        text = page.read_text("utf-8")
        warned = [
            f
            for form in _FORM.findall(text)
            if "data-cpr" in form.split(">")[0]
            for f in fields(form)
        ]
        for one in fields(text):
            name = re.search(r' name="([^"]*)"', one)
            key = (page.name, name[1] if name else "")
            if "data-cpr" not in one and (key in OTHERWISE or one not in warned):
                silent.add(key)
    assert silent == OTHERWISE.keys()


@pytest.mark.parametrize("do", ["submit", "back"])
def test_a_designer_is_told_of_a_cpr_number_in_a_note(demo: Flask, as_: Login, do: str) -> None:
    address, dan = "/studie/midtjylland/midtjylland-planrunde/godkend", as_("designer")
    form = {"csrf": csrf(dan.get(address).text), "do": do, "note": CPR}
    draft, head = "/api/v1/drafts/midtjylland/midtjylland-planrunde", {"X-CSRF-Token": form["csrf"]}
    drawn = dan.get(draft).get_json()
    body = {"bpmn": drawn["bpmn"].replace(' name="', ' name="Ny ', 1), "version": drawn["version"]}
    assert dan.put(draft, json=body, headers=head).status_code == 200
    told = dan.post(address, data=form)
    assert told.status_code == 422
    assert "ligner et CPR-nummer" in told.text


def test_a_program_is_refused_a_cpr_number_in_a_note(demo: Flask, as_: Login) -> None:
    dan = as_("designer")
    head = {"X-CSRF-Token": csrf(dan.get("/studie").text)}
    draft, agreement = (
        "/api/v1/drafts/midtjylland/midtjylland-planrunde",
        {"agreement": "midtjylland"},
    )
    for address, body in (
        (f"{draft}/submit", {"note": CPR, "version": 1}),
        (f"{draft}/send-back", {"note": CPR, "version": 1}),
        (
            "/api/v1/processes/midtjylland-planrunde/restore",
            {**agreement, "version": 1, "note": CPR},
        ),
        ("/api/v1/deployments", {"note": CPR, "files": {"midtjylland/agreement.toml": ""}}),
    ):
        said = dan.post(address, json=body, headers=head)
        assert (said.status_code, [*said.get_json()["errors"]]) == (422, ["note"]), address
        assert "700378" not in said.text
