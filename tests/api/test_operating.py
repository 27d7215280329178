"""Operators' calls: what they answer, in whose language, and what they refuse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from engine import actions
from engine.tables import incident
from stafet.app import clock
from tests.api.walk import Get

WHY = {"reason": "Startet to gange"}


@pytest.fixture
def walk(site: Flask, as_: Get) -> dict[str, Any]:
    """A plan round that has just begun, with its first task: `{id, tasks}`."""
    person = {"cpr": "700378-1016", "name": "Signe Sørensen"}
    case = as_("sygeplejerske").post(
        "/api/v1/cases", json={"agreement": "midtjylland", "citizen": person}
    )
    assert case.status_code == 201, case.json
    begun = as_("sygeplejerske").post(
        f"/api/v1/cases/{case.json['id']}/instances", json={"pathway": "planrunde"}
    )
    assert begun.status_code == 201, begun.json
    found: dict[str, Any] = begun.json
    return found


def ask(as_: Get, walk: dict[str, Any], verb: str, who: str = "drift", **body: Any) -> Any:
    return as_(who).post(f"/api/v1/instances/{walk['id']}/{verb}", json=WHY | body)


def test_suspending_and_resuming_answer_what_changed(as_: Get, walk: dict[str, Any]) -> None:
    told = ask(as_, walk, "suspend", dry_run=True)
    assert (told.status_code, told.json["dry_run"]) == (200, True)
    assert told.json["instance"]["status"] == "suspended"
    shown = as_("drift").get(f"/api/v1/instances/{walk['id']}").json
    assert shown["status"] == "running"
    done = ask(as_, walk, "suspend", clock="stands")
    assert done.json["instance"]["status"] == "suspended"
    assert set(done.json["changes"]) == {
        "tasks_opened", "tasks_closed", "deadlines", "timers", "messages", "left",
    }  # fmt: skip
    again = ask(as_, walk, "suspend")
    assert (again.status_code, again.json["code"]) == (409, "instance_suspended")
    assert ask(as_, walk, "resume").json["instance"]["status"] == "running"


def test_who_decided_by_what_is_no_longer_so_is_told_what_happened(
    as_: Get, walk: dict[str, Any]
) -> None:
    path = f"/api/v1/instances/{walk['id']}"
    seen = as_("drift").get(path).json["version"]
    assert ask(as_, walk, "data", data={"parter": []}).status_code == 200
    refused = ask(as_, walk, "cancel", seen=seen)
    assert (refused.status_code, refused.json["code"]) == (409, "instance_moved")
    assert "kl. " in refused.json["message"] or " at " in refused.json["message"]
    assert as_("drift").get(path).json["status"] == "running"
    now_seen = as_("drift").get(path).json["version"]
    assert ask(as_, walk, "cancel", seen="7").status_code == 422
    assert ask(as_, walk, "cancel", seen=-1).status_code == 422
    assert ask(as_, walk, "cancel", seen=now_seen).status_code == 200


def test_a_token_moves_and_what_decides_is_corrected(as_: Get, walk: dict[str, Any]) -> None:
    number = walk["tasks"][0]["id"]
    moved = ask(as_, walk, "move", task=number, to="indkald_team")
    assert [t["id"] for t in moved.json["changes"]["tasks_closed"]] == [number]
    assert [t["element"] for t in moved.json["changes"]["tasks_opened"]] == ["indkald_team"]
    nowhere = ask(as_, walk, "move", **{"from": "indkald_team", "to": "maanen"})
    assert (nowhere.status_code, nowhere.json["code"]) == (409, "move_impossible")
    assert set(ask(as_, walk, "move", to="indkald_team").json["errors"]) == {"from"}
    assert ask(as_, walk, "data", data={"parter": []}).status_code == 200
    refused = ask(as_, walk, "data", data={"farve": 1})
    assert set(refused.json["errors"]) == {"data.farve"}


def test_a_step_is_skipped_and_the_pathway_begins_again_from_one(
    as_: Get, walk: dict[str, Any]
) -> None:
    number, first = walk["tasks"][0]["id"], walk["tasks"][0]["element"]
    told = ask(as_, walk, "skip", task=number, dry_run=True)
    (opened,) = told.json["changes"]["tasks_opened"]
    done = ask(as_, walk, "skip", task=number)
    assert [t["element"] for t in done.json["changes"]["tasks_opened"]] == [opened["element"]]
    assert set(ask(as_, walk, "skip").json["errors"]) == {"from"}
    again = ask(as_, walk, "restart", to=first)
    assert [t["element"] for t in again.json["changes"]["tasks_closed"]] == [opened["element"]]
    assert [t["element"] for t in again.json["changes"]["tasks_opened"]] == [first]
    nowhere = ask(as_, walk, "restart", to="maanen")
    assert (nowhere.status_code, nowhere.json["code"]) == (409, "move_impossible")
    lines = as_("drift").get(f"/api/v1/instances/{walk['id']}/history").json["items"]
    assert {"skipped", "restarted"} <= {line["what"] for line in lines}


def test_the_newest_version_is_where_it_stands_already(as_: Get, walk: dict[str, Any]) -> None:
    same = ask(as_, walk, "migrate", dry_run=True)
    assert (same.status_code, same.json["code"]) == (409, "migration_impossible")
    assert same.json["message"] == "Forløbet er allerede i den udgave."
    unknown = ask(as_, walk, "migrate", version=99)
    assert unknown.json["errors"] == {"version": "Den udgave af forløbet findes ikke."}
    assert set(ask(as_, walk, "migrate", accept=["gone"]).json["errors"]) == {"accept.0"}
    listed = ask(as_, walk, "migrate", accept="gone").json["errors"]
    assert listed == {"accept": "Feltet skal være en liste."}


def test_a_cancelled_instance_is_over(as_: Get, walk: dict[str, Any]) -> None:
    done = ask(as_, walk, "cancel")
    assert done.json["instance"]["status"] == "cancelled"
    for verb in ("cancel", "retry", "resume"):
        answer = ask(as_, walk, verb)
        assert (answer.status_code, answer.json["code"]) == (409, "instance_ended")


def test_a_timer_is_set_to_another_moment(as_: Get, walk: dict[str, Any]) -> None:
    first = walk["tasks"][0]["element"]
    ask(as_, walk, "move", **{"from": first, "to": "vent_en_hverdag"})
    timers = as_("drift").get("/api/v1/timers").json["items"]
    timer = next(t for t in timers if t["instance"] == walk["id"])
    due = clock().replace(microsecond=0).isoformat()
    path = f"/api/v1/timers/{timer['id']}/reschedule"
    done = as_("drift").post(path, json=WHY | {"due_at": due})
    (changed,) = done.json["changes"]["timers"]
    assert (changed["id"], changed["was"]) == (timer["id"], timer["due_at"])
    far = as_("drift").post(path, json=WHY | {"due_at": "9999-01-01"})
    assert (far.status_code, set(far.json["errors"])) == (422, {"due_at"})
    gone = as_("drift").post("/api/v1/timers/999999/reschedule", json=WHY | {"due_at": due})
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("retry", {}),
        ("suspend", {}),
        ("resume", {}),
        ("cancel", {}),
        ("move", {"from": "vurder_behov", "to": "indkald_team"}),
        ("skip", {"from": "vurder_behov"}),
        ("restart", {"to": "vurder_behov"}),
        ("migrate", {}),
        ("data", {"data": {}}),
    ],
)
def test_everybody_else_is_refused_and_a_reason_is_asked_for(
    as_: Get, walk: dict[str, Any], verb: str, more: dict[str, Any]
) -> None:
    assert ask(as_, walk, verb, who="sygeplejerske", **more).status_code == 403
    path = f"/api/v1/instances/{walk['id']}/{verb}"
    assert as_().post(path, json=WHY | more).status_code == 401
    assert set(as_("drift").post(path, json=more).json["errors"]) == {"reason"}
    named = as_("drift").post(path, json=more | {"reason": "Om 700378-1016"})
    assert named.json["errors"] == {"reason": "Det ligner et CPR-nummer, og det må ikke stå her."}


def test_what_is_stuck_is_listed_counted_and_marked_alike(as_: Get) -> None:
    drift = as_("drift")
    listed = drift.get("/api/v1/stuck?limit=200").json["items"]
    counted = drift.get("/api/v1/stuck/groups").json
    assert sum(group["count"] for group in counted["items"]) == len(listed)
    assert counted["looked_at"]
    marked = drift.get("/api/v1/instances?stuck=true&limit=200").json["items"]
    assert {one["instance"] for one in listed} - {None} == {one["id"] for one in marked}
    assert drift.get("/api/v1/stuck?reason=nonsense").status_code == 422


@pytest.mark.parametrize("login", ["sygeplejerske", "leder", "designer"])
def test_only_operators_see_what_is_stuck(as_: Get, login: str) -> None:
    assert as_(login).get("/api/v1/stuck").status_code == 403
    assert as_(login).get("/api/v1/stuck/groups").status_code == 403


def test_a_task_is_given_and_a_message_put_aside(as_: Get, walk: dict[str, Any]) -> None:
    (number,) = [
        task["id"] for task in as_("drift").get(f"/api/v1/instances/{walk['id']}").json["tasks"]
    ]
    path = f"/api/v1/tasks/{number}/give"
    refused = as_("drift").post(path, json=WHY | {"to": "kommune"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["to"])
    given = as_("drift").post(path, json=WHY | {"to": "sara"}).json
    assert given["changes"]["given"][0]["to"] == "sara"
    assert as_("drift").post(f"/api/v1/instances/{walk['id']}/remind", json=WHY).status_code == 409
    case = as_("drift").get(f"/api/v1/instances/{walk['id']}").json["case"]
    sent = {"name": "findes_ikke", "case": case, "data": {}}
    letter = as_("sygeplejerske").post("/api/v1/messages", json=sent).json["id"]
    assert as_("drift").post(f"/api/v1/messages/{letter}/deliver", json=WHY).status_code == 409
    done = as_("drift").post(f"/api/v1/messages/{letter}/discard", json=WHY).json
    assert (done["discarded"], done["heard_by"]) == (True, [])
    back = as_("drift").post(f"/api/v1/messages/{letter}/put-back", json=WHY).json
    assert (back["discarded"], back["heard_by"]) == (False, [])
    chosen = as_("drift").post(
        f"/api/v1/messages/{letter}/deliver", json=WHY | {"to": walk["id"], "name": "et_navn"}
    )
    assert (chosen.status_code, chosen.json["code"]) == (409, "message_unmatched")
    unsaid = as_("drift").post(f"/api/v1/messages/{letter}/deliver", json=WHY | {"name": "x"})
    assert (unsaid.status_code, list(unsaid.json["errors"])) == (422, ["to"])
    group = {"act": "discard", "cause": "undeliverable", "dry_run": True}
    seen = as_("drift").post("/api/v1/batches", json=WHY | group).json
    assert seen["possible"] == seen["total"] > 0
    wrong = as_("drift").post("/api/v1/batches", json=WHY | group | {"cause": "failed"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["act"])
    for kind, key in (("tasks", number), ("messages", letter)):
        verb = "give" if kind == "tasks" else "discard"
        body = WHY | ({"to": "sara"} if verb == "give" else {})
        assert as_("leder").post(f"/api/v1/{kind}/{key}/{verb}", json=body).status_code == 403


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", "“findes_ikke” kan ikke nås derfra, hvor stafetten står."),
        ("en", "“findes_ikke” cannot be reached from where the token stands."),
    ],
)
def test_a_move_to_nowhere_is_refused_in_the_callers_language(
    as_: Get, walk: dict[str, Any], language: str, said: str
) -> None:
    (task,) = as_("drift").get(f"/api/v1/instances/{walk['id']}").json["tasks"]
    answer = as_("drift").post(
        f"/api/v1/instances/{walk['id']}/move",
        json=WHY | {"task": task["id"], "to": "findes_ikke"},
        headers={"Accept-Language": language},
    )
    assert (answer.status_code, answer.json["message"]) == (409, said)


def test_why_a_step_failed_is_told_in_the_callers_language(
    site: Flask, as_: Get, walk: dict[str, Any]
) -> None:
    why = {
        "code": "step_failed",
        "sentence": "“X” has an expression that takes too many steps.",
        "template": "%(where)s has an expression that takes too many steps.",
        "facts": {"where": "“X”"},
    }
    with site.extensions["stafet"].store.write() as db:
        db.execute(insert(incident).values(instance_id=walk["id"], at=clock(), **why))
    for language, said in (
        ("da", "“X” har et udtryk, som er for tungt at regne ud."),
        ("en", why["sentence"]),
    ):
        shown = as_("drift").get(
            f"/api/v1/instances/{walk['id']}", headers={"Accept-Language": language}
        )
        assert shown.json["incident"]["sentence"] == said
        assert set(shown.json["incident"]) == {"code", "sentence", "element", "at"}


def test_a_group_is_rehearsed_done_followed_and_taken_back(
    site: Flask, as_: Get, walk: dict[str, Any]
) -> None:
    drift, store = as_("drift"), site.extensions["stafet"].store
    said = {"code": "failed", "sentence": "Nej."}
    with store.write() as db:
        db.execute(insert(incident).values(instance_id=walk["id"], at=clock(), **said))
    asked = {"act": "suspend", "cause": "failed", "reason": "Fejl i formularen"}
    actions.watch(store, now=clock(), every=timedelta(0))
    told = drift.post("/api/v1/batches", json=asked | {"dry_run": True})
    assert told.status_code == 200
    assert told.json["total"] == told.json["possible"] >= 1
    assert told.json["impossible"] == []
    begun = drift.post("/api/v1/batches", json=asked)
    assert begun.status_code == 201
    again = drift.post("/api/v1/batches", json=asked)
    assert (again.status_code, again.json["code"]) == (409, "batch_runs")
    while actions.run_batches(store, 50, now=clock()):
        pass
    path = f"/api/v1/batches/{begun.json['id']}"
    done = drift.get(path).json
    assert (done["left"], done["may_undo"], done["reason"]) == (0, True, asked["reason"])
    assert begun.json["id"] in [one["id"] for one in drift.get("/api/v1/batches").json["items"]]
    assert set(drift.post(f"{path}/undo", json={}).json["errors"]) == {"reason"}
    back = drift.post(f"{path}/undo", json=WHY)
    assert back.status_code == 201
    while actions.run_batches(store, 50, now=clock()):
        pass
    assert drift.get(f"/api/v1/instances/{walk['id']}").json["status"] != "suspended"
    for wrong, field in (
        ({"act": "complete"}, "act"), ({"cause": "x"}, "cause"), ({"reason": ""}, "reason"),
        ({"reason": "700378-1016", "dry_run": True}, "reason"),
    ):  # fmt: skip
        refused = drift.post("/api/v1/batches", json=asked | wrong)
        assert (refused.status_code, set(refused.json["errors"])) == (422, {field})
    assert drift.get("/api/v1/batches/999999").status_code == 404
    chosen = {"act": "suspend", "ids": [walk["id"]], "reason": "Fejl i formularen", "dry_run": True}
    told = drift.post("/api/v1/batches", json=chosen).json
    assert [(one["instance"], one["code"]) for one in told["each"]] == [(walk["id"], "")]
    assert told["each"][0]["changes"]["tasks_closed"] == []
    for ids in ([], [999_999], list(range(1, 10_002)), ["7"]):
        refused = drift.post("/api/v1/batches", json=chosen | {"ids": ids})
        assert (refused.status_code, {each.split(".")[0] for each in refused.json["errors"]}) == (
            422,
            {"ids"},
        )


def test_the_lists_of_operators_are_shaped_as_described_and_refuse_what_they_cannot_read(
    as_: Get, walk: dict[str, Any]
) -> None:
    drift = as_("drift")
    for path in ("messages/unmatched", "outbox", "workers", "deployments", "timers", "batches"):
        answer = drift.get(f"/api/v1/{path}")
        assert answer.status_code == 200, path
        assert {"items", "next"} <= set(answer.json)
    # Other tests of this site may have put a later version into force.
    version = drift.get(f"/api/v1/instances/{walk['id']}").json["pathway_version"]
    asked = (
        f"agreement=midtjylland&version={version}&element={walk['tasks'][0]['element']}&limit=200"
    )
    found = drift.get(f"/api/v1/instances?{asked}").json["items"]
    assert walk["id"] in [one["id"] for one in found]
    assert drift.get(f"/api/v1/instances?{asked}&party=Ingen").json["items"] == []
    for wrong, field in (
        ("instances?reason=x", "reason"), ("instances?version=0", "version"), ("instances?since=x", "since"),
        ("timers?late=maybe", "late"), ("outbox?failed=x", "failed"), ("deployments?after=x", "after"),
    ):  # fmt: skip
        refused = drift.get(f"/api/v1/{wrong}")
        assert (refused.status_code, set(refused.json["errors"])) == (422, {field}), wrong
