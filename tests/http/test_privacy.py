"""What the server writes to its log and its files while people work: no CPR, no name, no free text."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from stafet.logs import FACTS
from tests.http.served import Server, environment, running, stafet
from tests.ready import demo_into

CPR = "700378-1016"
NAME = "Signe Sølvpil Sørensen"
SECRETS = ["700378-1016", "7003781016", "Sølvpil", "S\\xf8lvpil", quote("Sølvpil"), "Sorgfuldt"]

#: What a line of the JSON log may carry.
KNOWN = {"at", "level", "logger", "said", *FACTS}


def test_nothing_of_a_citizen_stands_in_the_log_or_in_plain_files(tmp_path: Path) -> None:
    env = environment(tmp_path, f"sqlite:///{tmp_path}/stafet.db")
    with running("serve", "--demo", env=env, log=tmp_path / "log") as server:
        token = server.token("sygeplejerske")
        _work(server, token)
        log = (tmp_path / "log").read_text()
    assert log.count("POST /api/v1/") >= 5
    assert token not in log
    assert [secret for secret in SECRETS if secret in log] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.name == "stafet.db" for path in files)
    held = [(p.name, s) for p in files for s in SECRETS if s.encode() in p.read_bytes()]
    assert held == []
    verified = stafet("audit", "verify", "--json", env=env).stdout
    assert '"ok": true' in verified


def _work(server: Server, token: str) -> None:
    case = server.call(
        "POST",
        "/api/v1/cases",
        {"agreement": "midtjylland", "citizen": {"cpr": CPR, "name": NAME}},
        token=token,
    ).json["id"]
    started = server.call(
        "POST", f"/api/v1/cases/{case}/instances", {"pathway": "planrunde"}, token=token
    ).json
    task = started["tasks"][0]["id"]
    answers = {"justering_indsats": False, "justering_plan": False, "bemaerkning": "Sorgfuldt"}
    for path, body in (
        (f"/tasks/{task}/draft", {"data": answers}),
        (f"/tasks/{task}/complete", {"data": {"justering_indsats": "Sorgfuldt"}}),
        (f"/tasks/{task}/complete", {"data": {**answers, CPR: NAME}}),
        ("/messages", {"name": "samtykke_trukket", "case": case, "data": {"note": "Sorgfuldt"}}),
        ("/cases", {"agreement": NAME, "citizen": {"cpr": CPR + "7", "name": NAME}}),
        (f"/cases/{case}/actions", {"action": NAME, "data": {CPR: NAME}}),
    ):
        assert server.call("POST", f"/api/v1{path}", body, token=token).status < 500
    for path in (
        f"/tasks?q={quote(NAME)}",
        f"/tasks?q={CPR}&after={CPR}",
        f"/{quote(NAME)}/{CPR}",
        f"/cases/{case}",
        f"/cases/{case}/timeline",
    ):
        assert server.call("GET", f"/api/v1{path}", token=token).status < 500
    server.call("GET", f"/api/v1/tasks/{task}", token=f"{CPR}{quote(NAME)}")


def test_a_machine_reads_the_log_and_finds_the_request_and_the_instance(tmp_path: Path) -> None:
    env = environment(tmp_path, demo_into(tmp_path), STAFET_LOG="json")
    with running("serve", "--demo", env=env, log=tmp_path / "log") as server:
        _work(server, server.token("sygeplejerske"))
        asked = server.call("GET", "/api/v1/instances/1", token=server.token("drift"))
        assert asked.status == 200
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert all(
        set(line) <= KNOWN and {"at", "level", "logger", "said"} <= set(line) for line in lines
    )
    assert all(line.get("request") for line in lines if "route" in line)
    mine = [line for line in lines if line.get("request") == asked.headers["X-Request-Id"]]
    assert [(line["instance"], line["status"]) for line in mine] == [(1, 200)]
    moved = [
        line
        for line in lines
        if line.get("route", "").endswith("/instances") and line["status"] == 201
    ]
    assert moved
    assert all(line["instance"] for line in moved)
    assert [s for s in SECRETS if s in json.dumps(lines, ensure_ascii=False)] == []
    assert lines[-1]["said"] == "Stafet stops."
