"""The description is valid, whole, and can be read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

CALLS = [
    "POST /cases",
    "GET /cases/{case_id}",
    "GET /cases/{case_id}/timeline",
    "GET /cases/{case_id}/actions",
    "POST /cases/{case_id}/actions",
    "POST /cases/{case_id}/instances",
    "GET /units",
    "GET /tasks",
    "GET /tasks/{task_id}",
    "POST /tasks/{task_id}/claim",
    "POST /tasks/{task_id}/unclaim",
    "POST /tasks/{task_id}/delegate",
    "POST /tasks/{task_id}/draft",
    "POST /tasks/{task_id}/complete",
    "GET /tasks/{task_id}/comments",
    "POST /tasks/{task_id}/comments",
    "GET /questions",
    "POST /questions/{question_id}/answer",
    "GET /tasks/{task_id}/attachments",
    "POST /tasks/{task_id}/attachments",
    "GET /attachments/{attachment_id}",
    "POST /attachments/{attachment_id}/remove",
    "GET /cases/{case_id}/meetings",
    "GET /meetings/{meeting_id}",
    "GET /meetings/{meeting_id}.ics",
    "POST /messages",
    "GET /instances",
    "GET /instances/{instance_id}",
    "GET /instances/{instance_id}/history",
    "GET /instances/{instance_id}/diagram",
    "POST /instances/{instance_id}/retry",
    "POST /instances/{instance_id}/suspend",
    "POST /instances/{instance_id}/resume",
    "POST /instances/{instance_id}/cancel",
    "POST /instances/{instance_id}/move",
    "POST /instances/{instance_id}/skip",
    "POST /instances/{instance_id}/restart",
    "POST /instances/{instance_id}/migrate",
    "POST /instances/{instance_id}/data",
    "GET /timers",
    "POST /timers/{timer_id}/reschedule",
    "GET /messages/unmatched",
    "GET /outbox",
    "GET /workers",
    "GET /deployments",
    "GET /batches",
    "POST /batches",
    "GET /batches/{batch_id}",
    "POST /batches/{batch_id}/undo",
    "GET /alerts",
    "POST /alerts/silence",
    "POST /alerts/{reason}/sound",
    "GET /processes",
    "POST /processes/lint",
    "POST /deployments",
    "GET /processes/{key}/versions",
    "GET /processes/{key}/diff",
    "POST /simulations",
    "GET /drafts/{agreement}/{key}",
    "PUT /drafts/{agreement}/{key}",
    "GET /folders/{agreement}",
    "POST /folders/{agreement}",
]


def test_it_is_valid_openapi(described: dict[str, Any]) -> None:
    validate(described)
    assert described["openapi"].startswith("3.")


@pytest.mark.parametrize("call", CALLS)
def test_each_promised_call_is_described(described: dict[str, Any], call: str) -> None:
    method, path = call.split()
    operation = described["paths"][f"/api/v1{path}"][method.lower()]
    assert operation["summary"]
    assert any(status.startswith("2") for status in operation["responses"])


def test_each_address_of_the_app_is_described(site: Flask, described: dict[str, Any]) -> None:
    rules = {
        re.sub(r"<[^>]*:(\w+)>", r"{\1}", rule.rule)
        for rule in site.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
    }
    assert rules == set(described["paths"])


def test_the_pages_show_every_call_without_script_or_foreign_address(
    site: Flask, described: dict[str, Any]
) -> None:
    answer = site.test_client().get("/api/docs")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert all(f"<code>{path}</code>" in page for path in described["paths"])
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in page
    assert "style=" not in page
    assert not re.search(r"(src|href)=\"https?:", page)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page))
    sheet = re.search(r'href="([^"]+\.css)"', page)
    assert sheet is not None
    with site.test_client().get(sheet[1]) as styles:
        assert styles.mimetype == "text/css"
