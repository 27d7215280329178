"""Documents over HTTP, as program and as page, on the demo's plan rounds."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.api.walk import Get

API = "/api/v1"


@pytest.fixture(scope="module")
def in_force(as_: Get) -> dict[str, Any]:
    """A plan that is in force, as the ward sees it."""
    client = as_("sygeplejerske")
    lists = [client.get(f"{API}/cases/{number}/documents").get_json() for number in range(1, 15)]
    found = [one for each in lists for one in each.get("items", ())]
    plans = [one for one in found if one["status"] == "i_kraft" and one["answers"]]
    assert plans, "the demo has a plan in force"
    plan: dict[str, Any] = plans[0]
    return plan


def page_of(site: Flask, login: str) -> FlaskClient:
    client = site.test_client()
    csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get("/log-ind").text)[0]
    form = {"csrf": csrf, "login": login, "password": "stafet"}
    assert client.post("/log-ind", data=form).status_code == 302
    return client


def test_a_party_reads_a_document_with_versions_and_answers(
    as_: Get, in_force: dict[str, Any]
) -> None:
    client = as_("kommune")
    whole = client.get(f"{API}/documents/{in_force['id']}").get_json()
    assert (whole["title"], whole["status"], whole["version"]) == (
        "Udskrivningsaftale",
        "i_kraft",
        1,
    )
    (version,) = whole["history"]
    assert version["valid_from"] == in_force["valid_from"]
    assert {one["party"] for one in version["answers"]} >= {"Kommunens myndighed"}


def test_nobody_else_learns_that_it_is_there(as_: Get, in_force: dict[str, Any]) -> None:
    for path in ("", "/versions/1.pdf"):
        address = f"{API}/documents/{in_force['id']}{path}"
        assert as_("drift").get(address).status_code == 404
        assert as_().get(address).status_code == 401
    assert as_("kommune").get(f"{API}/documents/{in_force['id']}/versions/9.pdf").status_code == 404
    assert as_("kommune").get(f"{API}/documents/999999").status_code == 404


def test_it_is_printed_the_same_for_program_and_page(
    site: Flask, as_: Get, in_force: dict[str, Any]
) -> None:
    number = in_force["id"]
    for answer in (
        as_("kommune").get(f"{API}/documents/{number}/versions/1.pdf"),
        page_of(site, "kommune").get(f"/dokumenter/{number}/udgave/1.pdf"),
    ):
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        named = answer.headers["Content-Disposition"]
        assert named == 'attachment; filename="udskrivningsaftale-udgave-1.pdf"'
        text = PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
        assert "Udgave 1 er i kraft." in text
        assert "Kommunens myndighed" in text


def test_the_case_says_what_is_in_force_and_the_page_who_accepted(
    site: Flask, in_force: dict[str, Any]
) -> None:
    nurse = page_of(site, "sygeplejerske")
    case = nurse.get(f"/sager/{in_force['case']}").text
    assert "Planer og aftaler" in case
    assert f'href="/dokumenter/{in_force["id"]}"' in case
    page = nurse.get(f"/dokumenter/{in_force['id']}").text
    for words in (r"Gælder fra", r"Accepteret"):
        assert re.search(rf"{words} \w+dag \d+\. \w+", page), words
    assert nurse.get(f"/dokumenter/{in_force['id']}?udgave=7").status_code == 404
    assert page_of(site, "drift").get(f"/dokumenter/{in_force['id']}").status_code == 404
