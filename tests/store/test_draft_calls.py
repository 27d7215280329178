"""Drafts over the API and as commands, on both databases: the acts of the page Studie, with its rules and refusals."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from engine import logins, queries, studio
from engine.model import Actor
from engine.store import Store
from engine.tables import membership
from stafet import cli
from stafet.app import create
from stafet.settings import Settings
from tests.store.cast import AGREEMENT, NOW, opened, started
from tests.store.conftest import KEYS
from tests.store.test_drafts import HERE, KEY, drawn
from tests.store.test_worklist import CAMUNDA
from tests.store.versions import ROUND as FILE
from tests.store.versions import new_version

As = Callable[[str], Actor]
#: A call as that person: method, what follows `/api/v1`, body.
Call = Callable[..., tuple[int, Any]]
#: What was typed after `stafet draft` gives the exit code and what was printed, without and with trouble.
Typed = Callable[..., tuple[int, str, str]]
DRAFT = f"/drafts/{AGREEMENT}/{KEY}"
ROUND = f"{AGREEMENT}/planrunde"
SIX = (FILE, 'stafet:frist="3 hverdage"', 'stafet:frist="6 hverdage"')
FOUR = "3 hverdage → 4 hverdage"


@pytest.fixture(autouse=True)
def leader(store: Store) -> None:
    """Karin leads the GP's house, which is a party of the agreement."""
    with store.write() as db:
        db.execute(update(membership).where(membership.c.person_id == 5).values(role="leder"))


@pytest.fixture
def call(store: Store) -> Call:
    site = create(Settings("", "", 0, Path(), "", False, False, 8, 0), store, now=lambda: NOW)

    def as_(who: str) -> FlaskClient:
        made = site.test_client()
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {logins.make_token(store, who, now=NOW)}"
        made.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return made

    def asked(who: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
        sends = {"json": body} if method != "GET" else {}
        answer = as_(who).open(f"/api/v1{path}", method=method, **sends)
        return answer.status_code, answer.get_json() if answer.data else None

    return asked


@pytest.fixture
def typed(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)
    monkeypatch.setattr(importlib.import_module("stafet.commands.draft"), "clock", lambda: NOW)

    def command(*args: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["draft", *args])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return command


# ---- over the API ------------------------------------------------------------------------
def test_a_draft_is_submitted_sent_back_and_put_into_force(
    store: Store, as_: As, call: Call
) -> None:
    text = drawn(store, as_("dan"))
    assert call("dan", "PUT", DRAFT, bpmn=text, version=0)[0] == 200
    _, differs = call("dan", "GET", f"{DRAFT}/diff")
    assert [p["new"] for p in differs["items"][0]["properties"]] == ["4 hverdage"]
    code, sent = call("dan", "POST", f"{DRAFT}/submit", note="Fire hverdage", version=1)
    assert (code, sent["status"], sent["may_approve"]) == (200, "submitted", False)
    code, own = call("dan", "POST", f"{DRAFT}/approve", version=1)
    assert (code, own["code"]) == (403, "own_draft")
    _, waits = call("karin", "GET", "/drafts")
    assert [(d["key"], d["status"], d["note"]) for d in waits["items"]] == [
        (KEY, "submitted", "Fire hverdage")
    ]
    assert call("karin", "GET", DRAFT)[1]["may_approve"] is True
    assert call("karin", "POST", f"{DRAFT}/send-back", note="Tre", version=1)[0] == 204
    _, back = call("dan", "GET", DRAFT)
    assert (back["status"], back["answer"]) == ("editing", "Tre")
    call("dan", "POST", f"{DRAFT}/submit", note="Fire alligevel", version=1)
    code, done = call("karin", "POST", f"{DRAFT}/approve", version=1)
    assert code == 200, done
    assert done["versions"] == [{"agreement": AGREEMENT, "key": KEY, "version": 2}]
    newest = queries.versions(store, as_("dan"), KEY, AGREEMENT, now=NOW)[0]
    assert (newest["note"], newest["by"]) == ("Fire alligevel", "Dan Dinesen")
    assert newest["approved_by"] == as_("karin").name
    assert call("dan", "GET", "/drafts")[1]["items"] == []


def test_a_draft_that_moved_is_told_with_what_it_changes_by_now(
    store: Store, as_: As, call: Call
) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW)
    studio.submit(store, dan, *HERE, "Fire", now=NOW)
    five = drawn(store, dan, "4 hverdage", "5 hverdage")
    studio.save(store, dan, *HERE, five, 1, now=NOW)
    for act, more, told in (
        ("submit", {"note": "Fire"}, "draft_changed"),
        ("discard", {}, "draft_changed"),
        ("renew", {}, "draft_changed"),
    ):
        code, said = call("dan", "POST", f"{DRAFT}/{act}", version=1, **more)
        assert (code, said["code"]) == (409, told), act
        assert any("3 hverdage → 5 hverdage" in line for line in said["errors"].values()), said
    # Sent again meanwhile: who looked at the first save does not decide about the second.
    studio.submit(store, dan, *HERE, "Fem", now=NOW)
    for act, more in (("approve", {}), ("send-back", {"note": "Tre"})):
        code, said = call("karin", "POST", f"{DRAFT}/{act}", version=1, **more)
        assert (code, said["code"]) == (409, "draft_not_submitted")
        assert any("3 hverdage → 5 hverdage" in line for line in said["errors"].values()), said
    assert studio.draft_of(store, dan, *HERE, now=NOW)["status"] == "submitted"


def test_a_version_that_came_meanwhile_is_told_with_what_it_changed(
    store: Store, as_: As, call: Call, tmp_path: Path
) -> None:
    dan = as_("dan")
    text = drawn(store, dan).replace('name="Send planen', 'name="Send nu planen', 1)
    studio.save(store, dan, *HERE, text, 0, now=NOW)
    new_version(store, tmp_path, SIX)
    code, said = call("dan", "POST", f"{DRAFT}/submit", note="Fire", version=1)
    assert (code, said["code"]) == (409, "draft_outdated")
    assert any("3 hverdage → 6 hverdage" in line for line in said["errors"].values()), said
    code, kept = call("dan", "POST", f"{DRAFT}/renew", version=1)
    assert (code, kept["base_version"]) == (200, 2)
    assert call("dan", "POST", f"{DRAFT}/submit", note="Fire", version=1)[0] == 200


def test_an_earlier_version_is_brought_back_by_somebody_else_than_who_asks(
    store: Store, as_: As, call: Call, tmp_path: Path
) -> None:
    new_version(store, tmp_path, SIX)
    back = f"/processes/{KEY}/restore"
    code, said = call("karin", "POST", back, agreement=AGREEMENT, version=1, note="For længe")
    assert (code, said["code"]) == (403, "forbidden")
    code, made = call("dan", "POST", back, agreement=AGREEMENT, version=1, note="For længe")
    assert (code, made["status"], made["note"]) == (200, "submitted", "For længe")
    code, said = call("dan", "POST", back, agreement=AGREEMENT, version=1, note="Igen")
    assert (code, said["code"]) == (409, "draft_there")
    _, done = call("karin", "POST", f"{DRAFT}/approve", version=1)
    assert done["versions"] == [{"agreement": AGREEMENT, "key": KEY, "version": 3}]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (f"{DRAFT}/submit", {"note": " ", "version": 1}, "note"),
        (f"{DRAFT}/submit", {"note": "Fire"}, "version"),
        (f"{DRAFT}/submit", {"note": "Fire", "version": 1, "from": "i morgen"}, "from"),
        (f"{DRAFT}/submit", {"note": "Fire", "version": 1, "from": "2024-03-01"}, "from"),
        (f"{DRAFT}/submit", {"note": "x" * 501, "version": 1}, "note"),
        (f"{DRAFT}/send-back", {"version": 1}, "note"),
        (f"{DRAFT}/approve", {"version": True}, "version"),
        (f"/processes/{KEY}/restore", {"agreement": AGREEMENT, "version": 1, "note": ""}, "note"),
    ],
)
def test_what_cannot_be_read_is_told_by_field(
    store: Store, as_: As, call: Call, path: str, body: dict[str, Any], field: str
) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW)
    code, said = call("dan", "POST", path, **body)
    assert code == 422, said
    assert said["errors"].keys() == {field}
    assert studio.draft_of(store, dan, *HERE, now=NOW)["status"] == "editing"


def test_an_error_of_the_drawing_is_told_with_its_element(
    store: Store, as_: As, call: Call
) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, drawn(store, dan, new="4 hverdagge"), 0, now=NOW)
    code, said = call("dan", "POST", f"{DRAFT}/submit", note="Fire", version=1)
    assert (code, said["code"]) == (422, "deploy_refused")
    assert any("The deadline “4 hverdagge” on" in line for line in said["errors"].values()), said
    assert all("#" in place for place in said["errors"])


def test_what_runs_stays_where_it_is_when_a_version_is_brought_back(
    store: Store, as_: As, call: Call, typed: Typed, tmp_path: Path
) -> None:
    """Over the API and as a command, which says how many they are."""
    new_version(store, tmp_path, SIX)
    walk = started(store, opened(store))
    body = {"agreement": AGREEMENT, "version": 1, "note": "For længe"}
    assert call("dan", "POST", f"/processes/{KEY}/restore", **body)[0] == 200
    assert call("karin", "POST", f"{DRAFT}/approve", version=1)[0] == 200
    _, runs = call("ole", "GET", f"/instances/{walk}")
    assert (runs["pathway_version"], queries.running(store, as_("dan"), *HERE, now=NOW)) == (
        2,
        {2: 1},
    )
    code, out, _ = typed("restore", ROUND, "2", "--by", "dan", "--note", "Alligevel")
    assert (code, out.splitlines()) == (0, [
        "Version 2 is submitted as a draft; somebody else approves it.",
        "1 running instances stay in their versions; `stafet migrate` moves them.",
    ])  # fmt: skip
    assert typed("approve", ROUND, "--by", "karin")[0] == 0
    assert queries.running(store, as_("dan"), *HERE, now=NOW) == {2: 1}


def test_what_an_import_leaves_is_ticked_over_the_api_and_as_a_command(
    store: Store, as_: As, call: Call, typed: Typed
) -> None:
    new = f"{AGREEMENT}/camunda"
    work = f"/drafts/{AGREEMENT}/midtjylland-camunda/worklist"
    studio.take_in(store, as_("dan"), AGREEMENT, CAMUNDA.encode(), "Camunda.bpmn", now=NOW)
    _, found = call("dan", "GET", work)
    (free, *_more) = (one["nth"] for one in found["items"] if one["state"] == "open")
    (wrong, *_more) = (one["nth"] for one in found["items"] if one["state"] == "wrong")
    code, after = call("dan", "POST", work, nth=free)
    assert (code, after["done"], after["items"][free]["by"]) == (200, 1, "Dan Dinesen")
    assert call("dan", "POST", work, nth=wrong)[1]["code"] == "still_refused"
    assert call("dan", "POST", work, nth=999)[0] == 404
    assert call("dan", "POST", work, nth=free, done=False)[1]["done"] == 0
    # The same by hand; what is left of it makes the command exit with 1, and it speaks English.
    code, out, _ = typed("worklist", new, "--by", "dan", "--tick", str(free))
    assert (code, out.splitlines()[-1]) == (1, f"1 of {found['total']} are decided.")
    assert f"{free:>3}  ticked" in out
    assert "which no form or table before it gives" in out
    code, _, err = typed("worklist", new, "--by", "dan", "--tick", str(wrong))
    assert (code, "Mend it in the drawing" in err) == (2, True)
    assert typed("worklist", new, "--by", "dan", "--untick", str(free))[1].splitlines()[-1] == (
        f"0 of {found['total']} are decided."
    )
    code, out, _ = typed("worklist", ROUND, "--by", "dan")
    assert (code, out.startswith("The draft was drawn here")) == (0, True)


# ---- as commands -------------------------------------------------------------------------
def test_the_commands_do_the_same(store: Store, as_: As, typed: Typed) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW)
    _, out, _ = typed("list", "--by", "karin")
    assert out == f"{AGREEMENT}/{KEY}  editing  save 1 by Dan Dinesen\n"
    assert FOUR in typed("diff", ROUND, "--by", "karin")[1]
    code, _, err = typed("submit", ROUND, "--by", "dan", "--note", " ")
    assert (code, err.startswith("stafet: Say why")) == (2, True)
    assert typed("submit", ROUND, "--by", "dan", "--note", "Fire")[0] == 0
    code, _, err = typed("approve", ROUND, "--by", "dan")
    assert (code, "somebody else" in err) == (2, True)
    assert typed("send-back", ROUND, "--by", "karin", "--note", "Tre")[:2] == (0, "Sent back.\n")
    typed("submit", ROUND, "--by", "dan", "--note", "Fire")
    code, _, err = typed("approve", ROUND, "--by", "karin", "--version", "7")
    assert (code, FOUR in err) == (1, True)
    code, out, _ = typed("approve", ROUND, "--by", "karin", "--json")
    assert (code, json.loads(out)["versions"]) == (0, {f"{AGREEMENT}/{KEY}": 2})
    code, out, _ = typed("restore", ROUND, "1", "--by", "dan", "--note", "Tre igen")
    assert (code, "Version 1 is submitted" in out) == (0, True)
    assert typed("discard", ROUND, "--by", "dan")[0] == 0
    assert typed("list", "--by", "dan", "--json")[1] == "[]\n"


def test_a_command_tells_what_lint_refuses_line_by_line(
    store: Store, as_: As, typed: Typed
) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, drawn(store, dan, new="4 hverdagge"), 0, now=NOW)
    code, out, err = typed("submit", ROUND, "--by", "dan", "--note", "Fire")
    assert (code, out) == (1, "")
    told = err.splitlines()[1:]
    assert any("#" in line and "The deadline “4 hverdagge” on" in line for line in told), err
    assert studio.draft_of(store, dan, *HERE, now=NOW)["status"] == "editing"


def test_a_day_is_given_as_a_command_too(store: Store, as_: As, typed: Typed) -> None:
    dan = as_("dan")
    studio.save(store, dan, *HERE, drawn(store, dan), 0, now=NOW)
    day = (NOW + timedelta(days=9)).date().isoformat()
    assert typed("submit", ROUND, "--by", "dan", "--note", "Fire", "--from", day)[0] == 0
    code, out, _ = typed("approve", ROUND, "--by", "karin")
    assert (code, f"in force from {day}" in out) == (0, True)
