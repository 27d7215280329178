"""The step 0044: what earlier diagrams let into states and onto consents is taken out, and what runs goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from alembic import command
from sqlalchemy import insert, select, update

from engine import deploy, migrations, pathway
from engine.model import Source
from engine.store import Store
from engine.tables import consent, instance, message, plan, plan_acceptance, plan_version, task
from engine.tables import pathway as pathway_table
from tests.store.cast import NOW, asked, opened
from tests.store.conftest import PROCESSES

AT = datetime(2025, 5, 12, 9, tzinfo=UTC)
WORDS = "Alt om Signes gæld og hendes bror"
NOW_SAYS = "for nummer in 1..antal_sager return &quot;Sag &quot; + string(nummer)"


@pytest.fixture(scope="module")
def step() -> ModuleType:
    """The migration."""
    found = command.ScriptDirectory.from_config(migrations._config()).get_revision("0044")
    assert found is not None
    return found.module


@pytest.fixture(scope="module")
def before() -> pathway.Pathway:
    """The list meeting as it was drawn, with the words of each row in the state."""
    source: Source = next(
        one
        for one in deploy.read(PROCESSES / "midtjylland")
        if pathway.compile(one).key == "midtjylland-risikoliste-gennemgang"
    )
    rows = [{"type": "textfield", "key": "sag", "id": "s", "label": "Sag"}]
    form = {"type": "default", "id": "indkaldelse", "schemaVersion": 18, "components": [
        {"type": "dynamiclist", "path": "sager", "id": "l", "label": "Sager", "components": rows}]}  # fmt: skip
    parts = {}
    for name, text in source.parts.items():
        old = text.replace("antal_sager &gt; 0", "count(sager) &gt; 0")
        parts[name] = old.replace(NOW_SAYS, "sager.sag")
    assert parts != source.parts
    return pathway.compile(
        replace(source, parts=parts, forms={**source.forms, "indkaldelse": form})
    )


def test_a_round_over_cases_goes_on_by_their_numbers(
    step: ModuleType, before: pathway.Pathway
) -> None:
    parties = {name: name for name in before.plan.agreement.parties}
    walk = pathway.start(before, {"kommune": "Viborg", "periode": "kvartal"}, AT, parties=parties)
    walk = pathway.complete(before, walk.state, _ref(walk, "kontakt_kommunen"), {}, AT)
    called = {"deltagere": [], "sager": [{"sag": "Signe S."}, {"sag": "Hendes bror"}]}
    walk = pathway.complete(before, walk.state, _ref(walk, "indkald"), called, AT)
    assert "Signe S." in walk.state
    assert "Hendes bror" in walk.state
    clean = step.without(walk.state)
    assert "Signe" not in clean
    assert "bror" not in clean
    assert step.without(clean) == clean
    for nth in (1, 2):
        shown = pathway.view(before, clean, AT)
        (one,) = [each for each in shown.tasks if each.element == "gennemgaa_planer"]
        assert one.data["sag"] == f"Sag {nth}"
        clean = pathway.complete(before, clean, one.ref, {"planer_passer": True}, AT).state
    assert _ref(pathway.view(before, clean, AT), "juster_indsatser")


def test_a_meeting_over_the_whole_list_stays_that(step: ModuleType) -> None:
    facts = {"round": 0, "items": ["Alle på listen"], "got": []}
    turn = {"nth": 0, "own": {"sag": "Alle på listen"}}
    where = ("midtjylland-listemoede", "gennemgaa_planer", 32)
    state = json.dumps({"v": 1, "t": [["10", "5", *where, facts], ["11", "10", *where, turn]]})
    assert json.loads(step.without(state)) == json.loads(state)


def test_what_a_referral_says_and_what_others_call_the_same(step: ModuleType) -> None:
    held = {
        "visiteret_til": "Hos Signes gamle læge",
        "tilbudstype": "almindeligt",
        "omfang": "stort",
    }
    told = [
        ["1", None, "", "", 32, {"data": dict(held), "in": "faelles-visitation"}],
        ["2", None, "", "", 32, {"data": dict(held), "in": "egen-proces"}],
    ]
    found = json.loads(step.without(json.dumps({"t": told})))["t"]
    assert found[0][5]["data"] == {"tilbudstype": "almindeligt", "omfang": "stort"}
    assert found[1][5]["data"] == held


def test_rows_of_before_keep_no_words(store: Store, step: ModuleType) -> None:
    walk = asked(store, opened(store), "Kriminalforsorgen")
    _teamed(store, step, walk)
    with store.write() as db:
        step.clean(db)
    with store.read() as db:
        rows: Any = db.execute(select(instance.c.state, instance.c.before)).all()
        assert [one for one in rows if "Signes gæld" in str(one)] == []
        (own,) = [one for one in rows if '"omfang"' in one.state]
        assert f'"omfang":"{step.SAID}"' in own.state
        assert f'"omfang":"{step.SAID}"' in own.before["state"]
        assert [one for one in db.scalars(select(task.c.data)) if "gæld" in str(one)] == []
        for table in (consent, message, plan_acceptance):
            kept = set(db.scalars(select(table.c.basis)))
            assert WORDS not in kept
            assert step.SAID in kept
    with store.write() as db:
        step.clean(db)
        assert step.SAID in set(db.scalars(select(consent.c.basis)))


def _teamed(store: Store, step: ModuleType, walk: int) -> None:
    """The walk as if it were the forming of a team, with the words of a consent everywhere they went."""
    with store.write() as db:
        row = db.execute(select(instance).where(instance.c.id == walk)).one()
        db.execute(
            update(pathway_table)
            .where(pathway_table.c.id == row.pathway_id)
            .values(key=step.TEAM, agreement="nordjylland-team")
        )
        state = json.loads(row.state)
        state["t"][0][5]["data"]["omfang"] = WORDS
        state["t"][0][5]["in"] = step.TEAM
        text = json.dumps(state, ensure_ascii=False)
        of = instance.c.id == walk
        db.execute(update(instance).where(of).values(state=text, before={"task": 1, "state": text}))
        mine = task.c.instance_id == walk
        db.execute(update(task).where(mine).values(process=step.TEAM, data={"omfang": WORDS}))
        said = {"kind": "samtykke", "basis": WORDS, "parties": [], "given_at": NOW}
        db.execute(insert(consent).values(case_id=row.case_id, instance_id=walk, **said))
        db.execute(update(message).where(message.c.case_id == row.case_id).values(basis=WORDS))
        versions = select(plan_version.c.id).join(plan).where(plan.c.case_id == row.case_id)
        sent = plan_acceptance.c.version_id.in_(versions)
        assert db.execute(update(plan_acceptance).where(sent).values(basis=WORDS)).rowcount


def _ref(walk: Any, element: str) -> str:
    return str(next(one.ref for one in walk.tasks if one.element == element))
