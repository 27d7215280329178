"""A token made for less than its person may: every call of the description, asked with every scope."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from engine import logins
from stafet.app import clock

OPERATE = ("instances", "operations", "batches", "alerts")


def _needed(method: str, call: dict[str, Any]) -> str:
    if method == "get":
        return "read"
    (tag,) = call["tags"]
    group = tag.removeprefix("api-")
    return (
        "operate" if group in OPERATE else "design" if group in ("designs", "drafts") else "write"
    )


@pytest.mark.parametrize("scope", logins.SCOPES)
def test_a_scope_opens_its_calls_and_no_others(
    site: Flask, described: dict[str, Any], scope: str
) -> None:
    store = site.extensions["stafet"].store
    text = logins.make_token(store, "drift", now=clock(), scopes=[scope])
    client = site.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    asked = 0
    for path, operations in described["paths"].items():
        for method in {"get", "post", "put", "delete", "patch"} & set(operations):
            needs = _needed(method, operations[method])
            address = re.sub(r"{\w+}", "999999", path)
            answer = client.open(address, method=method.upper(), json={"x": 1})
            refused = answer.is_json and (answer.get_json() or {}).get("code") == "scope_missing"
            assert refused == (needs != scope), (method, path, answer.status_code)
            if refused:
                assert answer.status_code == 403
                assert f"“{needs}”" in answer.get_json()["message"]
            asked += 1
    assert asked > 50


def test_a_session_has_no_scope_to_lack(site: Flask) -> None:
    client = site.test_client()
    page = client.get("/log-ind").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    client.post("/log-ind", data={"csrf": csrf, "login": "drift", "password": "stafet"})
    assert client.get("/api/v1/stuck").status_code == 200
