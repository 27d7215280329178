"""Plans in the tables: one active of each type, sealed, seen by those who wrote it or were sent it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from engine import actions, queries
from engine.errors import Conflict, DocumentIncomplete, NotFound
from engine.model import Actor
from engine.store import Store
from engine.tables import audit, job, plan, plan_acceptance, plan_version, task
from tests.store.cast import NOW, asked, done, open_task, opened, started
from tests.store.looking import looks
from tests.store.versions import ROUND, new_version

As = Callable[..., Actor]
LATER = NOW + timedelta(days=2)
WRITTEN = "Kontakt hver uge og botilbud fra maj"


def written(store: Store, case: int, text: str = WRITTEN, *, now: Any = NOW) -> int:
    """A round in which the team wrote a new plan and sent it to the probation service; the instance's number."""
    walk = started(store, case, now=now)
    changed = {"justering_indsats": False, "justering_plan": True, "begrundelse": "Nyt behov."}
    done(store, "ida", walk, "vurder_behov", changed, now=now)
    done(
        store,
        "ida",
        walk,
        "indkald_team",
        {"moede_dato": f"{(now + timedelta(days=2)).date()}"},
        now=now,
    )
    done(store, "ida", walk, "moed_i_teamet", {"fremmoede": True}, now=now)
    sent = {"planfelter": text, "parter": ["Kriminalforsorgen"]}
    done(store, "ida", walk, "skriv_plan", sent, now=now)
    return walk


def approved(store: Store, case: int, text: str = WRITTEN, *, now: Any = NOW) -> int:
    walk = written(store, case, text, now=now)
    done(store, "jens", walk, "godkend_plan", {"godkendt": True}, now=now)
    return walk


def shown(store: Store, who: Actor, case: int, *, now: Any = NOW) -> list[dict[str, Any]]:
    return queries.documents(store, who, case, now=now)


def test_a_plan_that_everybody_accepts_is_in_force_and_says_who_accepted(
    store: Store, as_: As
) -> None:
    case = opened(store)
    walk = written(store, case)
    (draft,) = shown(store, as_("ida"), case)
    assert (draft["title"], draft["status"], draft["version"]) == (
        "Udskrivningsaftale",
        "afventer",
        1,
    )
    done(store, "jens", walk, "godkend_plan", {"godkendt": True}, now=LATER)
    (found,) = shown(store, as_("ida"), case, now=LATER)
    assert (found["status"], found["active_version"], found["valid_from"]) == ("i_kraft", 1, LATER)
    (answer,) = found["answers"]
    assert (answer["party"], answer["answer"], answer["answered_at"]) == (
        "Kriminalforsorgen",
        True,
        LATER,
    )
    assert answer["by"] is None, "who it was is the other unit's affair"
    assert shown(store, as_("jens"), case, now=LATER)[0]["answers"][0]["by"] == "Jens Juhl"


def test_a_no_leaves_it_without_force(store: Store, as_: As) -> None:
    case = opened(store)
    walk = written(store, case)
    done(store, "jens", walk, "godkend_plan", {"godkendt": False})
    (found,) = shown(store, as_("ida"), case)
    assert (found["status"], found["valid_from"]) == ("afslaaet", None)


def test_readmission_lets_the_plan_lapse_and_reuse_copies_it_to_a_new_record(
    store: Store, as_: As
) -> None:
    """Readings E8 and F3: a new record with the same content; only one of its type is active."""
    case = opened(store)
    approved(store, case)
    asked(store, case, "Kommunens myndighed", now=LATER)
    new, old = shown(store, as_("ida"), case, now=LATER)
    assert (old["status"], old["reason"], old["ended_at"]) == (
        "bortfaldet",
        "Patienten er genindlagt",
        LATER,
    )
    assert (new["status"], new["reused"], new["closed_at"]) == ("afventer", True, None)
    whole = queries.document(store, as_("bo"), new["id"], now=LATER)
    assert WRITTEN in json.dumps(whole["history"][0]["sections"], ensure_ascii=False)


def test_the_database_itself_allows_one_active_of_each_type(store: Store) -> None:
    case = opened(store)
    walk = approved(store, case)
    row = {
        "case_id": case,
        "kind": "udskrivningsaftale",
        "series": "",
        "instance_id": walk,
        "opened_at": NOW,
    }
    with pytest.raises((IntegrityError, Conflict)), store.write() as db:
        db.execute(insert(plan).values(status="udkast", **row))
    with store.write() as db:  # another type, and one that is over, may stand beside it
        db.execute(insert(plan).values(status="udkast", **{**row, "kind": "koordinationsplan"}))
        db.execute(insert(plan).values(status="afloest", closed_at=NOW, **row))


def test_what_it_says_lies_sealed_and_opens_nowhere_else(store: Store) -> None:
    case = opened(store)
    approved(store, case)
    asked(store, case, now=LATER)
    with store.read() as db:
        versions = db.execute(select(plan_version)).all()
    assert len(versions) == 2
    for row in versions:
        assert WRITTEN.encode() not in row.content
    first = versions[0]
    assert b"genindlagt" not in first.reason
    with pytest.raises(Exception, match="protected"):
        store.keyring.open_json(first.content, f"plan_version.content:{first.plan_id}:2")


def test_it_is_seen_by_who_wrote_it_and_who_was_sent_it(store: Store, as_: As) -> None:
    case = opened(store)
    written(store, case)
    (found,) = shown(store, as_("ida"), case)
    assert [one["id"] for one in shown(store, as_("jens"), case)] == [found["id"]]
    assert shown(store, as_("karin"), case) == [], "a party of the case that was not sent it"
    for login in ("karin", "sia", "ole", "dan"):
        with pytest.raises(NotFound):
            queries.document(store, as_(login), found["id"], now=NOW)
        with pytest.raises(NotFound):
            queries.printed(store, as_(login), found["id"], 1, now=NOW)
    for login in ("sia", "ole"):
        with pytest.raises(NotFound):
            shown(store, as_(login), case)
    with pytest.raises(NotFound):
        queries.printed(store, as_("jens"), found["id"], 2, now=NOW)


def test_without_a_basis_it_is_not_sent_until_there_is_one(store: Store, as_: As) -> None:
    store.demo = False
    case = opened(store)
    written(store, case)
    (mine,) = shown(store, as_("ida"), case)
    assert mine["answers"][0]["sent_at"] is None
    with pytest.raises(NotFound):
        queries.document(store, as_("jens"), mine["id"], now=NOW)
    actions.run_due(store, 10, now=LATER)  # the gate begins to ask for a basis
    with store.read() as db:
        found = select(task.c.instance_id).where(task.c.element == "vurder_hjemmel")
        walk = int(db.execute(found).scalar_one())
    given = {"svar": "giver", "dato": "2024-03-28", "maade": "skriftligt"}
    for element, answers in (
        ("vurder_hjemmel", {"hjemmel": None}),
        ("informer_borger", {"omfang": "Planen", "parter": ["Kriminalforsorgen"]}),
        ("svar", given),
        ("dokumenter", {"dokumenteret": True, "gaelder_til": "2024-12-31"}),
    ):
        done(store, "ida", walk, element, answers, now=LATER)
    whole = queries.document(store, as_("jens"), mine["id"], now=LATER)
    assert whole["history"][0]["answers"][0]["sent_at"] == LATER


def test_a_document_that_no_message_goes_with_is_asked_a_basis_for_too(
    store: Store, tmp_path: Path
) -> None:
    store.demo = False
    text = (
        'stafet:besked="plan_til_godkendelse" stafet:titel="Ny plan til godkendelse" '
        'stafet:til="=if count(parter) &gt; 0 then parter else adspurgte"'
    )
    told = 'stafet:dokumentParter="=parter"'
    new_version(store, tmp_path, (ROUND, text, told))
    case = opened(store)
    written(store, case)
    with store.read() as db:
        held = select(plan_acceptance.c.party).where(plan_acceptance.c.sent_at.is_(None))
        assert db.scalars(held).all() == ["Kriminalforsorgen"]
        (asks,) = db.scalars(select(job.c.data).where(job.c.key == f"consent:{case}"))
    assert asks["pathway"] == "samtykke"
    assert asks["data"] == {"parter": ["Kriminalforsorgen"], "fagperson": "Regionspsykiatrien"}


def test_two_versions_stand_side_by_side_and_the_old_one_is_in_force_until_the_new_one_is(
    store: Store, as_: As, tmp_path: Path
) -> None:
    new_version(
        store, tmp_path,
        (ROUND, 'Goer="bortfald" stafet:dokumentGrund="Patienten er genindlagt"', 'Goer="orienter"'),
        (ROUND, 'stafet:dokumentGoer="nyt send"', 'stafet:dokumentGoer="ny_version send"'),
    )  # fmt: skip
    case = opened(store)
    approved(store, case)
    walk = written(store, case, "Kontakt hver måned", now=LATER)
    (found,) = shown(store, as_("jens"), case, now=LATER)
    assert (found["status"], found["version"], found["versions"]) == ("i_kraft", 1, 2)
    assert (found["coming"]["number"], found["coming"]["status"]) == (2, "afventer")
    newest, oldest = queries.document(store, as_("jens"), found["id"], now=LATER)["history"]
    assert oldest["compared"] is None
    (field,) = newest["compared"][0]["fields"]
    assert (field["before"], field["text"], field["changed"]) == (
        WRITTEN,
        "Kontakt hver måned",
        True,
    )
    done(store, "jens", walk, "godkend_plan", {"godkendt": True}, now=LATER)
    newest, oldest = queries.document(store, as_("jens"), found["id"], now=LATER)["history"]
    assert (newest["status"], oldest["status"]) == ("i_kraft", "erstattet")


def test_without_the_least_content_nothing_is_sent_and_nothing_is_written(
    store: Store, as_: As, tmp_path: Path
) -> None:
    def lax(home: Path) -> None:
        file = home / "midtjylland" / "planrunde" / "forms" / "skriv_plan.form"
        form = json.loads(file.read_text(encoding="utf-8"))
        for one in form["components"]:
            one.get("validate", {}).pop("required", None)
        file.write_text(json.dumps(form), encoding="utf-8")

    new_version(store, tmp_path, edit=lax)
    case = opened(store)
    with pytest.raises(DocumentIncomplete) as caught:
        written(store, case, "  ")
    assert set(caught.value.fields) == {"planfelter"}
    assert shown(store, as_("ida"), case) == []


def test_each_change_and_each_look_is_in_the_audit_chain(store: Store, as_: As) -> None:
    case = opened(store)
    approved(store, case)
    with store.read() as db:
        rows = db.execute(select(audit.c.facts).where(audit.c.what == "completed")).all()
    did = [one["did"] for row in rows for one in json.loads(row.facts).get("documents", ())]
    assert did == ["nyt", "send", "accept", "i_kraft"]
    (found,) = shown(store, as_("jens"), case)
    queries.document(store, as_("jens"), found["id"], now=NOW)
    noted = [(look["what"], look["facts"]) for look in looks(store)][-2:]
    assert noted[0][0] == "saw_documents"
    assert noted[1] == ("saw_document", {"document": found["id"], "versions": [1]})
    queries.printed(store, as_("jens"), found["id"], 1, now=NOW)
    with store.read() as db:
        last = db.execute(select(audit).where(audit.c.what == "printed_document")).one()
    assert (last.case_id, json.loads(last.facts)) == (
        case,
        {"document": found["id"], "versions": [1]},
    )


def test_a_step_that_touches_no_document_asks_for_none(
    store: Store, as_: As, statements: list[str]
) -> None:
    case = opened(store)
    walk = started(store, case)
    number = open_task(store, walk, "vurder_behov")
    statements.clear()
    changed = {"justering_indsats": False, "justering_plan": True, "begrundelse": "x"}
    actions.complete(store, as_("ida"), number, changed, now=NOW)
    assert not [each for each in statements if "plan_version" in each or "FROM plan" in each]
