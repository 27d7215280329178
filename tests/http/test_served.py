"""A served process: what one person may not see, do twice, or send."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.http.served import Server

CITIZEN = {"cpr": "700378-1016", "name": "Signe Sørensen"}


@pytest.fixture(scope="module")
def nurse(served: Server) -> str:
    return served.token("sygeplejerske")


@pytest.fixture
def started(served: Server, nurse: str) -> dict[str, Any]:
    """A new case with a plan round; its id, the instance's and the first task's."""
    case = served.call(
        "POST", "/api/v1/cases", {"agreement": "midtjylland", "citizen": CITIZEN}, token=nurse
    ).json["id"]
    made = served.call(
        "POST", f"/api/v1/cases/{case}/instances", {"pathway": "planrunde"}, token=nurse
    )
    assert made.status == 201, made.body
    return {"case": case, "instance": made.json["id"], "task": made.json["tasks"][0]["id"]}


def test_the_next_task_is_readable_at_once_and_a_second_click_is_409(
    served: Server, nurse: str, started: dict[str, Any]
) -> None:
    path = f"/api/v1/tasks/{started['task']}/complete"
    body = {"data": {"justering_indsats": False, "justering_plan": False}}
    first = served.call("POST", path, body, token=nurse)
    assert first.status == 200, first.body
    assert first.json["instance"]["id"] == started["instance"]
    assert first.json["tasks"]
    shown = served.call("GET", f"/api/v1/tasks/{first.json['tasks'][0]['id']}", token=nurse)
    assert shown.status == 200
    second = served.call("POST", path, body, token=nurse)
    assert (second.status, second.json["code"]) == (409, "task_not_open")


def test_a_stranger_gets_404_for_everything(served: Server, started: dict[str, Any]) -> None:
    stranger = served.token("egenlaege")  # of another agreement's party, or none of this case
    case, instance, task = started["case"], started["instance"], started["task"]
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"/cases/{case}", None),
        ("GET", f"/cases/{case}/timeline", None),
        ("GET", f"/cases/{case}/actions", None),
        ("POST", f"/cases/{case}/actions", {"action": "x", "data": {}}),
        ("POST", f"/cases/{case}/instances", {"pathway": "planrunde", "data": {}}),
        ("GET", f"/instances/{instance}", None),
        ("GET", f"/instances/{instance}/history", None),
        ("GET", f"/instances/{instance}/diagram", None),
        ("GET", f"/tasks/{task}", None),
        ("POST", f"/tasks/{task}/claim", None),
        ("POST", f"/tasks/{task}/unclaim", None),
        ("POST", f"/tasks/{task}/delegate", {"to": "egenlaege"}),
        ("POST", f"/tasks/{task}/draft", {"data": {}}),
        ("POST", f"/tasks/{task}/complete", {"data": {}}),
        ("POST", "/messages", {"name": "samtykke_trukket", "case": case, "data": {}}),
    ]
    answers = {
        f"{method} {path}": served.call(method, f"/api/v1{path}", body, token=stranger).status
        for method, path, body in calls
    }
    assert set(answers.values()) == {404}, answers
    for path in ("/tasks", "/instances"):
        listed = served.call("GET", f"/api/v1{path}?case={case}", token=stranger)
        assert (listed.status, listed.json["items"]) == (200, [])


def test_a_day_that_does_not_exist_names_its_field(
    served: Server, nurse: str, started: dict[str, Any]
) -> None:
    answer = served.call(
        "POST",
        f"/api/v1/tasks/{started['task']}/complete",
        {"data": {"justering_indsats": False, "justering_plan": "31.02."}},
        token=nurse,
    )
    assert answer.status == 422
    assert "justering_plan" in str(answer.json["errors"])


def test_claim_and_give_back(served: Server, nurse: str, started: dict[str, Any]) -> None:
    path = f"/api/v1/tasks/{started['task']}"
    assert served.call("POST", f"{path}/claim", token=nurse).json["assignee"] == "sygeplejerske"
    assert served.call("POST", f"{path}/unclaim", token=nurse).json["assignee"] is None


def test_a_draft_comes_back_with_the_task(
    served: Server, nurse: str, started: dict[str, Any]
) -> None:
    path = f"/api/v1/tasks/{started['task']}"
    kept = served.call("POST", f"{path}/draft", {"data": {"justering_plan": True}}, token=nurse)
    assert (kept.status, kept.body) == (204, b"")
    assert served.call("GET", path, token=nurse).json["data"]["justering_plan"] is True


def test_a_draft_written_on_an_older_one_changes_nothing(
    served: Server, nurse: str, started: dict[str, Any]
) -> None:
    path = f"/api/v1/tasks/{started['task']}"

    def kept(said: bool, **after: str | None) -> Any:
        body = {"data": {"justering_plan": said}, **after}
        return served.call("POST", f"{path}/draft", body, token=nurse)

    read = served.call("GET", path, token=nurse).json["draft_mark"]
    assert kept(True, after=read).status == 204
    old = kept(False, after=read)
    assert (old.status, old.json["code"]) == (409, "draft_newer")
    there = served.call("GET", path, token=nurse).json
    assert there["data"]["justering_plan"] is True
    assert kept(False, after=there["draft_mark"]).status == 204
    bad = kept(False, after="i går")
    assert (bad.status, list(bad.json["errors"])) == (422, ["after"])


def test_a_message_sent_twice_with_one_id_is_one_message(
    served: Server, nurse: str, started: dict[str, Any]
) -> None:
    body = {"name": "flytning", "case": started["case"], "data": {}, "id": "fra-epj-1"}
    one, two = (served.call("POST", "/api/v1/messages", body, token=nurse) for _ in range(2))
    assert one.status in (200, 201), one.body
    assert (two.status, two.json["id"]) == (one.status, one.json["id"])


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"GET /api/v1/tasks?q=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"BREW /api/v1/cases HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/tasks HTTP/1.1\r\n" + b"X-Long: " + b"y" * 300_000 + b"\r\n\r\n",
        b"GET /api/v1/tasks HTTP/1.1\r\nHost: x\r\nCookie: stafet_session=\xff\x01\r\n\r\n",
        b"rubbish\r\n\r\n",
    ],
    ids=["token", "query", "path", "minus", "huge", "method", "header", "cookie", "rubbish"],
)
def test_what_is_hardly_http_is_refused_and_the_server_goes_on(served: Server, raw: bytes) -> None:
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as line:
        line.sendall(raw)
        first = line.recv(4096)
    status = int(first.split(b" ")[1])
    assert 400 <= status < 500
    assert served.call("GET", "/healthz").status == 200
