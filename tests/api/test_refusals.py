"""Each bad request gets its status, its code and a sentence."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask

from api.bodies import FIELDS
from engine import logins
from stafet.app import clock
from stafet.demo.people import PASSWORD
from tests.api.walk import Get

CASE = {"agreement": "midtjylland", "citizen": {"cpr": "700378-1016", "name": "Signe Sørensen"}}


def body(**changed: Any) -> bytes:
    return json.dumps({**CASE, **changed}).encode()


def citizen(**changed: Any) -> bytes:
    return body(citizen={**CASE["citizen"], **changed})  # type: ignore[dict-item]


@pytest.mark.parametrize("path", ["/api/v1//tasks", "/api/v1/drafts/a/%2Fb"])
def test_a_slash_too_many_is_nobodys_address(as_: Get, path: str) -> None:
    assert as_("sygeplejerske").get(path).status_code == 404


BODIES = {
    "nothing": (b"", 400, "json_invalid", None),
    "half": (b"{", 400, "json_invalid", None),
    "not utf-8": (b'{"a": "\xff"}', 400, "json_invalid", None),
    "utf-16": ('{"a": "x"}'.encode("utf-16"), 400, "json_invalid", None),
    "NaN": (b'{"a": NaN}', 400, "json_invalid", None),
    "digits without end": (b'{"a": ' + b"9" * 6000 + b"}", 400, "json_invalid", None),
    "brackets without end": (b"[" * 100_000, 400, "json_invalid", None),
    "a list": (b"[1]", 422, "invalid", "body"),
    "a text": (b'"x"', 422, "invalid", "body"),
    "null": (b"null", 422, "invalid", "body"),
    "too deep": (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", 422, "value_unusable", None),
    "infinity": (b'{"a": 1e999}', 422, "value_unusable", "a"),
    "too large a number": (b'{"a": [9223372036854775808]}', 422, "value_unusable", "a.0"),
    "NUL": (citizen(name="\0"), 422, "value_unusable", "citizen.name"),
    "half a character": (citizen(name="\ud800"), 422, "value_unusable", "citizen.name"),
    "a bad name": (b'{"\\u0000": 1}', 422, "value_unusable", ""),
    "nothing in it": (b"{}", 422, "invalid", "citizen"),
    "an unknown field": (body(extra=1), 422, "invalid", "extra"),
    "a list for a citizen": (body(citizen=[]), 422, "invalid", "citizen"),
    "a number for a name": (citizen(name=7), 422, "invalid", "citizen.name"),
    "a number for a unit": (body(parties={"GP": 7}), 422, "invalid", "parties.GP"),
    "no name": (citizen(name=""), 422, "invalid", "citizen.name"),
    "no such day": (citizen(cpr="310278-1016"), 422, "cpr_invalid", "citizen.cpr"),
    "letters for a cpr": (citizen(cpr="abc"), 422, "cpr_invalid", "citizen.cpr"),
    "no such agreement": (body(agreement="atlantis"), 422, "unknown_agreement", "agreement"),
}


@pytest.mark.parametrize(("raw", "status", "code", "field"), BODIES.values(), ids=BODIES)
def test_a_bad_body_is_refused(
    as_: Get, raw: bytes, status: int, code: str, field: str | None
) -> None:
    answer = as_("sygeplejerske").post(
        "/api/v1/cases",
        data=raw,
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )
    said = answer.get_json()
    assert (answer.status_code, said["code"]) == (status, code)
    assert said["message"]
    assert field is None or field in said["errors"]
    if code in ("invalid", "value_unusable"):
        assert set(said["errors"].values()) <= set(FIELDS)  # so there is Danish for it


def test_only_true_and_false_are_true_or_false(as_: Get, described: dict[str, Any]) -> None:
    """`"dry_run": 0` must not turn a rehearsal into an act: every truth of every body, by the description."""
    found = 0
    for path, calls in described["paths"].items():
        for verb, call in calls.items():
            kinds = call.get("requestBody", {}).get("content", {}) if verb == "post" else {}
            name = (
                kinds.get("application/json", {}).get("schema", {}).get("$ref", "").split("/")[-1]
            )
            told = described["components"]["schemas"].get(name, {}).get("properties", {})
            for field in (one for one, each in told.items() if each.get("type") == "boolean"):
                for value in (0, 1, "false", "no", 0.0):
                    answer = as_("drift").post(
                        re.sub(r"{\w+}", "1", path),
                        json={field: value},
                        headers={"Accept-Language": "en"},
                    )
                    assert answer.status_code == 422, (path, field, value)
                    assert answer.json["errors"].get(field) == "Not a valid boolean.", (path, value)
                    found += 1
    assert found >= 5 * 13


def test_an_address_too_says_true_or_false(as_: Get, described: dict[str, Any]) -> None:
    """`?late=off` is no guess: every truth that an address can hold, by the description."""
    found = []
    for path, calls in described["paths"].items():
        for told in calls.get("get", {}).get("parameters", []):
            if told["in"] != "query" or told["schema"].get("type") != "boolean":
                continue
            name, address = told["name"], re.sub(r"{\w+}", "1", path)
            found.append(name)
            for value in ("1", "0", "on", "off", "yes", "no", "True", "FALSE", "t", "", "sandt"):
                answer = as_("drift").get(
                    f"{address}?{name}={value}", headers={"Accept-Language": "en"}
                )
                assert answer.status_code == 422, (path, name, value)
                assert answer.json["errors"] == {name: "Not a valid boolean."}, (path, value)
            for value in ("true", "false"):
                assert as_("drift").get(f"{address}?{name}={value}").status_code != 422, path
    assert {"overdue", "stuck", "late", "failed", "local", "runs", "names"} <= set(found)


def test_what_is_not_sent_as_json_is_refused(as_: Get) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = as_("sygeplejerske").post("/api/v1/cases", data=body(), content_type=kind)
        assert (answer.status_code, answer.get_json()["code"]) == (415, "not_json")


def test_what_is_too_large_is_refused(as_: Get) -> None:
    answer = as_("sygeplejerske").post(
        "/api/v1/cases", data=b'"' + b"x" * 4_200_000 + b'"', content_type="application/json"
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("case=9223372036854775808", "case"),
        ("case=-1", "case"),
        ("due_before=31.02.2024", "due_before"),
        ("due_before=2024-02-31T10:00:00Z", "due_before"),
        ("overdue=maybe", "overdue"),
        ("takeable=maybe", "takeable"),
        ("sort=cpr", "sort"),
        ("state=lost", "state"),
        ("q=%00", "q"),
        ("after=rubbish", "after"),
        ("after=W10", "after"),
        ("after=%C3%A6", "after"),
    ],
)
def test_a_bad_query_is_refused(as_: Get, query: str, field: str) -> None:
    answer = as_("sygeplejerske").get(f"/api/v1/tasks?{query}")
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert field in answer.get_json()["errors"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/v1/tasks/0", 404, "not_found"),
        ("GET", "/api/v1/tasks/9223372036854775807", 404, "not_found"),
        ("GET", "/api/v1/tasks/9223372036854775808", 404, "not_found"),
        ("GET", "/api/v1/tasks/-1", 404, "not_found"),
        ("GET", "/api/v1/tasks/a%00b", 404, "not_found"),
        ("GET", "/api/v1/cases/99999", 404, "not_found"),
        ("GET", "/api/v1/cases/99999/timeline", 404, "not_found"),
        ("GET", "/api/v1/cases/99999/actions", 404, "not_found"),
        ("GET", "/api/v1/instances/99999", 404, "not_found"),
        ("GET", "/api/v1/instances/99999/history", 404, "not_found"),
        ("GET", "/api/v1/instances/99999/diagram", 404, "not_found"),
        ("POST", "/api/v1/tasks/99999/claim", 404, "not_found"),
        ("POST", "/api/v1/tasks/99999/unclaim", 404, "not_found"),
        ("DELETE", "/api/v1/tasks/1", 405, "method_not_allowed"),
        ("PUT", "/api/v1/cases", 405, "method_not_allowed"),
    ],
)
def test_a_bad_address_is_answered_in_json(
    as_: Get, method: str, path: str, status: int, code: str
) -> None:
    answer = as_("sygeplejerske").open(path, method=method)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)


def test_without_a_login_there_is_nothing(as_: Get) -> None:
    for header in (None, "Bearer wrong", "Bearer ", "Bearer \udce6", "Basic aWRhOng=", "rubbish"):
        client = as_()
        if header is not None:
            client.environ_base["HTTP_AUTHORIZATION"] = header
        answer = client.get("/api/v1/tasks")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_web_session_reads_but_changes_only_with_its_csrf_token(site: Flask, as_: Get) -> None:
    store = site.extensions["stafet"].store
    session = logins.log_in(store, "sygeplejerske", PASSWORD, address="test", now=clock())
    client = as_()
    client.set_cookie(logins.COOKIE, session.secret)
    assert client.get("/api/v1/tasks").status_code == 200
    for headers in ({}, {logins.CSRF_HEADER: "guessed"}, {logins.CSRF_HEADER: "\xe6"}):
        answer = client.post("/api/v1/cases", json=CASE, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (403, "csrf_missing")
    right = {logins.CSRF_HEADER: session.csrf}
    answer = client.post("/api/v1/cases", json={**CASE, "agreement": "atlantis"}, headers=right)
    assert answer.status_code == 422


def test_the_sentence_is_danish_unless_english_is_asked_for(as_: Get) -> None:
    client = as_("sygeplejerske")
    danish = client.get("/api/v1/cases/99999")
    english = client.get("/api/v1/cases/99999", headers={"Accept-Language": "en-GB, da;q=0.5"})
    assert danish.headers["Content-Language"] == "da"
    assert danish.get_json()["message"] == "Her er ikke noget, eller ikke noget, du må se."
    assert english.get_json()["message"] == "There is nothing here, or nothing that you may see."
