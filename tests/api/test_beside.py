"""Comments, questions, files and meetings over HTTP, as programs use them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import actions, logins
from engine.tables import audit, case
from stafet.app import clock
from tests.api.walk import Get
from tests.multipart import KIND, multipart

API = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def task(site: Flask) -> int:
    """A task that just came to the ward."""
    store, now = site.extensions["stafet"].store, clock()
    with store.read() as db:
        about = db.scalar(select(case.c.id).where(case.c.agreement == "midtjylland").limit(1))
    nurse = logins.actor(store, "sygeplejerske", now=now)
    return int(actions.start(store, nurse, about, "planrunde", {}, now=now).tasks[0]["id"])


def put(client: FlaskClient, task: int, name: str, data: bytes, **more: str) -> Any:
    body = multipart(more, "file", name, data)
    return client.post(f"{API}/tasks/{task}/attachments", data=body, content_type=KIND)


def test_a_question_is_asked_waits_and_is_answered(as_: Get, task: int) -> None:
    nurse, sara = as_("sygeplejerske"), as_("sara")
    asked = {"text": "Kender du hende?", "to": "sara"}
    numbers = {
        nurse.post(f"{API}/tasks/{task}/comments", json=asked).get_json()["id"] for _ in "ab"
    }
    (number,) = numbers
    waits = sara.get(f"{API}/questions").get_json()["items"]
    (mine,) = [one for one in waits if one["id"] == number]
    assert (mine["task"], mine["by"]) == (task, "Mette Lindholm")
    assert "Kender" not in str(waits)
    answer = f"{API}/questions/{number}/answer"
    assert nurse.post(answer, json={"text": "Mit eget"}).status_code == 403
    assert as_("kommune").post(answer, json={"text": "Hej"}).status_code == 404
    assert sara.post(answer, json={"text": " "}).get_json()["errors"].keys() == {"text"}
    assert sara.post(answer, json={"text": "Ja, fra maj."}).status_code == 204
    assert sara.post(answer, json={"text": "Nej."}).status_code == 409
    (said,) = nurse.get(f"{API}/tasks/{task}/comments").get_json()["items"]
    assert (said["text"], said["answered"], said["answer"]["text"]) == (
        "Kender du hende?",
        True,
        "Ja, fra maj.",
    )
    assert number not in [one["id"] for one in sara.get(f"{API}/questions").get_json()["items"]]
    wrong = nurse.post(f"{API}/tasks/{task}/comments", json={"text": "Hej", "to": "kommune"})
    assert (wrong.status_code, [*wrong.get_json()["errors"]]) == (422, ["to"])


@pytest.mark.parametrize("kind", ["comments", "attachments"])
def test_what_stands_beside_a_task_is_read_page_by_page(as_: Get, task: int, kind: str) -> None:
    nurse, at = as_("sygeplejerske"), f"{API}/tasks/{task}/{kind}"
    for number in range(5):
        if kind == "comments":
            nurse.post(at, json={"text": f"Nummer {number}"})
        else:
            put(nurse, task, f"Nummer {number}.pdf", PDF + str(number).encode())
    whole = nurse.get(at).get_json()
    assert (len(whole["items"]), whole["next"]) == (5, None)
    read: list[Any] = []
    after: dict[str, str] = {}
    for length in (2, 2, 1):
        page = nurse.get(at, query_string={"limit": 2, **after}).get_json()
        assert len(page["items"]) == length
        read += page["items"]
        after = {"after": page["next"]}
    assert (read, after) == (whole["items"], {"after": None})
    assert nurse.get(at, query_string={"limit": 0}).status_code == 422
    for wrong in ("no-such-place", nurse.get(f"{API}/tasks?limit=1").get_json()["next"]):
        refused = nurse.get(at, query_string={"after": wrong})
        assert (refused.status_code, [*refused.get_json()["errors"]]) == (422, ["after"])
    assert as_("kommune").get(at, query_string={"limit": 2}).status_code == 404


def test_a_file_comes_in_larger_than_other_requests_and_out_as_it_was(
    site: Flask, as_: Get, task: int
) -> None:
    nurse = as_("sygeplejerske")
    large = b"%PDF-1.7\n" + b"x" * 6_000_000
    number = put(nurse, task, "../Brev fra Åse.exe", large).get_json()["id"]
    assert put(nurse, task, "../Brev fra Åse.exe", large).get_json()["id"] == number
    (listed,) = nurse.get(f"{API}/tasks/{task}/attachments").get_json()["items"]
    assert (listed["name"], listed["kind"], listed["size"], listed["mine"]) == (
        "Brev fra Åse.pdf",
        "application/pdf",
        len(large),
        True,
    )
    got = nurse.get(f"{API}/attachments/{number}")
    assert got.data == large
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert as_("kommune").get(f"{API}/attachments/{number}").status_code == 404
    with site.extensions["stafet"].store.read() as db:
        noted = list(db.scalars(select(audit.c.what).where(audit.c.task_id == task)))
    assert {"saw_task", "saw_file", "attached"} <= set(noted)
    assert as_("sara").post(f"{API}/attachments/{number}/remove").status_code == 404
    assert nurse.post(f"{API}/attachments/{number}/remove").status_code == 204
    assert nurse.get(f"{API}/attachments/{number}").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("ferie.jpg", b"MZ\x90\0 a program", "file"),
        ("ferie.png", PNG, "looked"),
        ("tom.pdf", b"", "file"),
        ("stor.pdf", b"%PDF-" + b"x" * 10_000_000, "file"),
    ],
)
def test_what_the_page_refuses_is_refused_here(
    as_: Get, task: int, name: str, data: bytes, field: str
) -> None:
    said = put(as_("sygeplejerske"), task, name, data)
    assert (said.status_code, [*said.get_json()["errors"]]) == (422, [field])
    assert as_("sygeplejerske").get(f"{API}/tasks/{task}/attachments").get_json()["items"] == []


def test_a_picture_that_somebody_looked_at_is_taken(as_: Get, task: int) -> None:
    assert put(as_("sygeplejerske"), task, "ferie.png", PNG, looked="1").status_code == 201


def test_more_than_a_file_may_hold_is_not_read(as_: Get, task: int) -> None:
    said = put(as_("sygeplejerske"), task, "stor.pdf", b"%PDF-" + b"x" * 11_000_000)
    assert (said.status_code, said.get_json()["code"]) == (413, "too_large")
    assert "10 MB" in said.get_json()["message"]
    # Nowhere else is there room for it.
    other = as_("sygeplejerske").post(
        f"{API}/tasks/{task}/comments",
        data=b"x" * 5_000_000,
        content_type="application/json",
    )
    assert other.status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"file": "x"}'),
        ("multipart/form-data", b"ingen graense"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n"),
        ("multipart/form-data; boundary=x", b"\0\xff" * 40),
        ("text/plain", PDF),
    ],
)
def test_what_is_no_form_with_a_file_is_said(as_: Get, task: int, kind: str, body: bytes) -> None:
    address = f"{API}/tasks/{task}/attachments"
    said = as_("sygeplejerske").post(address, data=body, content_type=kind)
    assert said.status_code in (400, 422)
    assert said.get_json()["message"]


def test_a_meeting_is_listed_and_shown_as_on_the_case(as_: Get) -> None:
    client = as_("sygeplejerske")
    found = []
    for number in range(1, 40):
        answer = client.get(f"{API}/cases/{number}/meetings")
        found += answer.get_json()["items"] if answer.status_code == 200 else []
    assert found, "the demo has meetings"
    for one in found:
        shown = client.get(f"{API}/meetings/{one['id']}").get_json()
        assert {**one, "case": shown["case"]} == shown
        assert shown["invited"]
        assert {"present", "absent", "citizen", "agreed"} <= shown.keys()
    assert as_("drift").get(f"{API}/meetings/{found[0]['id']}").status_code == 404
