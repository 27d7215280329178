"""Cases that are about nobody: an inquiry without a name, and the agreement itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select

from engine import actions, queries
from engine.actions.answers import nameless
from engine.deploy import deploy
from engine.errors import ActionNotOpen, Conflict, FormInvalid, Invalid, NotFound, OtherSubject
from engine.gate import NOBODY
from engine.migrations import _config
from engine.model import MACHINE, Actor
from engine.queries import TaskFilter
from engine.secrets import Keyring
from engine.store import Store, _tables_made_anew
from engine.tables import audit, case, instance, membership, message
from tests.small import doc, el, user, way
from tests.store.cast import AGREEMENT, NOW, SINCE, opened
from tests.store.conftest import KEYS, PROCESSES, Home
from tests.store.looking import looks

As = Callable[[str], Actor]
WARD, GP = "Regionspsykiatrien", "Egen læge"


def _small(slug: str, om: str) -> str:
    lane = "".join(f"<flowNodeRef>{one}</flowNodeRef>" for one in "SABE")
    drawn = doc(
        el("laneSet", "lanes", el("lane", "ward", lane, name=WARD))
        + el("startEvent", "S", name="Begyndt")
        + user("A", name="Skriv til lægen", stafet_besked="nyt", stafet_titel="Nyt", stafet_til=GP,
               stafet_frist="3 hverdage", stafet_klausul="MIDT-4.4-12")
        + user("B", name="Følg op")
        + el("endEvent", "E", name="Slut")
        + way("S A B E"),
        key=f"{AGREEMENT}-{slug}",
    )  # fmt: skip
    return drawn.replace("<process ", f'<process stafet:om="{om}" ', 1)


@pytest.fixture(autouse=True)
def deployed(store: Store, tmp_path: Path) -> None:
    """One pathway without a name, one about the agreement."""
    home = tmp_path / AGREEMENT
    home.mkdir()
    for name in ("agreement.toml", "clauses.yaml"):
        shutil.copy(PROCESSES / AGREEMENT / name, home / name)
    for slug, om in (("henvendelse", "borger anonym"), ("halvaar", "aftale")):
        (home / slug).mkdir()
        (home / slug / f"{slug}.bpmn").write_text(_small(slug, om), encoding="utf-8")
    deploy(store, MACHINE, home, "tests", now=NOW)


def about(store: Store, who: Actor, subject: str, **parties: str) -> int:
    return actions.open_about(store, who, AGREEMENT, subject, parties, now=NOW)


def walked(store: Store, who: Actor, number: int, slug: str) -> int:
    moved = actions.start(store, who, number, slug, {}, now=NOW)
    actions.complete(store, who, moved.tasks[0]["id"], {}, now=NOW)
    actions.run_due(store, 50, now=NOW)
    return int(moved.instance["id"])


def letters(store: Store, walk: int) -> list[tuple[str, str]]:
    with store.read() as db:
        asked = select(message.c.status, message.c.basis).where(message.c.instance_id == walk)
        return [(row.status, row.basis) for row in db.execute(asked)]


def test_who_gives_no_name_has_a_case_that_only_the_chosen_see(store: Store, as_: As) -> None:
    number = about(store, as_("ida"), "anonymous")
    shown = queries.case(store, as_("ida"), number, now=NOW)
    assert (shown["subject"], shown["citizen"]) == ("anonymous", None)
    # Nobody was named: the standing parties of the agreement are not told.
    assert [one["party"] for one in shown["parties"]] == [WARD]
    for login in ("bo", "jens", "karin", "sia"):
        with pytest.raises(NotFound):
            queries.case(store, as_(login), number, now=NOW)


def test_nothing_of_somebody_without_a_name_leaves_the_unit(store: Store, as_: As) -> None:
    number = about(store, as_("ida"), "anonymous")
    walk = walked(store, as_("ida"), number, "henvendelse")
    assert letters(store, walk) == [("refused", "")]
    # There is nobody to ask for a consent.
    with store.read() as db:
        began = select(instance.c.id).where(instance.c.case_id == number)
        assert db.scalars(began).all() == [walk]


def test_what_is_about_the_agreement_is_told_to_all_of_it(store: Store, as_: As) -> None:
    number = about(store, as_("ida"), "agreement")
    shown = queries.case(store, as_("ida"), number, now=NOW)
    assert WARD in [one["party"] for one in shown["parties"]]
    assert len(shown["parties"]) > 1
    assert [(one["kind"], one["basis"]) for one in shown["consents"]] == [("hjemmel", NOBODY)]
    walk = walked(store, as_("ida"), number, "halvaar")
    assert letters(store, walk) == [("received", NOBODY)]


@pytest.mark.parametrize(
    ("subject", "wrong", "right"),
    [("anonymous", "halvaar", "henvendelse"), ("agreement", "henvendelse", "halvaar"),
     ("citizen", "halvaar", "planrunde"), ("agreement", "planrunde", "halvaar")],
)  # fmt: skip
def test_a_case_takes_only_pathways_for_its_kind(
    store: Store, as_: As, subject: str, wrong: str, right: str
) -> None:
    ida = as_("ida")
    number = opened(store) if subject == "citizen" else about(store, ida, subject)
    offered = {one["id"] for one in queries.actions(store, ida, number, now=NOW)}
    assert f"{AGREEMENT}-{right}" in offered
    assert f"{AGREEMENT}-{wrong}" not in offered
    with pytest.raises(OtherSubject):
        actions.start(store, ida, number, wrong, {}, now=NOW)
    with pytest.raises(ActionNotOpen):
        actions.act(store, ida, number, f"{AGREEMENT}-{wrong}", {}, now=NOW)


@pytest.mark.parametrize("subject", ["citizen", "somebody", ""])
def test_a_case_is_about_somebody_that_the_agreement_knows(
    store: Store, as_: As, subject: str
) -> None:
    with pytest.raises(Invalid) as refused:
        about(store, as_("ida"), subject)
    assert list(refused.value.fields) == ["subject"]


def test_lists_show_its_number_and_a_search_finds_it(store: Store, as_: As) -> None:
    ida = as_("ida")
    number, citizens = about(store, ida, "anonymous"), opened(store)
    walked(store, ida, number, "henvendelse")

    def found(q: str | None) -> list[tuple[int, bool]]:
        page = queries.cases(store, ida, q, now=NOW)
        return [(one["id"], one["citizen"] is None) for one in page.items]

    assert sorted(found(None)) == [(number, True), (citizens, False)]
    assert found(str(number)) == found(f"#{number}") == [(number, True)]
    assert found(str(citizens)) == []
    inbox = queries.inbox(store, ida, TaskFilter(), now=NOW).items
    assert [(one["case"], one["citizen"], one["subject"]) for one in inbox] == [
        (number, None, "anonymous")
    ]
    task = queries.task(store, ida, inbox[0]["id"], now=NOW)
    assert (task["citizen"], task["context"]["sagen_om"]) == (None, "anonym")
    later = NOW + timedelta(days=30)
    dated = actions.start(store, ida, number, "henvendelse", {}, now=NOW)
    dates = queries.dates(store, ida, None, later, now=NOW)
    assert [(one["case"], one["citizen"]) for one in dates] == [(number, None)], dated


def test_a_look_at_it_is_noted_with_the_case_and_told_by_it(store: Store, as_: As) -> None:
    number, other = about(store, as_("ida"), "anonymous"), about(store, as_("ida"), "agreement")
    queries.case(store, as_("ida"), number, now=NOW)
    queries.cases(store, as_("ida"), now=NOW)
    assert [(one["what"], one["citizen_id"], one["case_id"]) for one in looks(store)] == [
        ("saw_case", None, number)
    ]
    job = {"person_id": 2, "unit_id": 1, "role": "databeskyttelse", "valid_from": SINCE}
    with store.write() as db:
        db.execute(insert(membership).values(**job))
    entries = queries.seen(store, as_("anna"), case_id=number, now=NOW).items
    assert [one["what"] for one in entries] == ["saw_audit", "saw_case", "case_opened"]
    assert {one["case"] for one in entries} == {number}
    assert other not in {one["case"] for one in entries}
    with pytest.raises(NotFound):
        queries.seen(store, as_("anna"), case_id=other + 1, now=NOW)
    with store.read() as db:
        facts = select(audit.c.facts).where(audit.c.what == "case_opened")
        assert ['"subject"' in text for text in db.scalars(facts)] == [True, True]


def test_it_is_kept_and_erased_as_a_record_of_its_own(store: Store, as_: As) -> None:
    number, other = about(store, as_("ida"), "anonymous"), about(store, as_("ida"), "anonymous")
    walked(store, as_("ida"), other, "henvendelse")
    with pytest.raises(Conflict):
        actions.hold_back(store, MACHINE, number, "Klage", NOW + timedelta(days=9), now=NOW)
    assert queries.holds(store, MACHINE, number, now=NOW)["items"] == []
    assert actions.erase_due(store, now=NOW + timedelta(days=365)) == []
    late = NOW + timedelta(days=40 * 366)
    gone = actions.erase_due(store, now=late)
    # A pathway still runs on the other one.
    assert {(each.case, each.citizen, each.kind) for each in gone} == {(number, None, "sag")}
    with pytest.raises(NotFound):
        queries.case(store, MACHINE, number, now=late)
    assert queries.case(store, MACHINE, other, now=late)["id"] == other


def test_the_database_itself_keeps_a_case_about_somebody_or_nobody(store: Store, as_: As) -> None:
    number = opened(store)
    for change in ({"citizen_id": None}, {"subject": "anonymous"}, {"subject": "somebody"}):
        with pytest.raises(Exception, match=r"(?i)check|constraint|violates"), store.write() as db:
            db.execute(case.update().where(case.c.id == number).values(**change))


def test_a_database_from_before_keeps_its_cases(home: Home) -> None:
    """The step 0026 over a case with all that hangs on it: as it was, and about its citizen."""
    url, forget = home.copy()
    with closing(Store(url, Keyring.from_text(KEYS), demo=True)) as store:
        number = opened(store)
        step = command.ScriptDirectory.from_config(_config()).get_revision("0026")
        assert step is not None
        for change in (_back, step.module.upgrade):
            with store.engine.connect() as db, _tables_made_anew(db):
                db.info["write"] = True
                with db.begin(), Operations.context(MigrationContext.configure(db)):
                    change()
                db.info.pop("write")
        with store.read() as db:
            row = db.execute(select(case).where(case.c.id == number)).one()
            assert (row.subject, row.citizen_id is None) == ("citizen", False)
            checked = sa.inspect(db).get_check_constraints("case")
            assert {each["name"] for each in checked} >= {"ck_case_about", "ck_case_subject"}
            if store.sqlite:
                assert db.exec_driver_sql("PRAGMA foreign_key_check").all() == []
                assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert opened(store, cpr="710379-1033") == number + 1
    forget()


def _back() -> None:
    """As the table was before."""
    with op.batch_alter_table("case", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.drop_constraint("ck_case_about", type_="check")
        table.drop_constraint("ck_case_subject", type_="check")
        table.drop_column("subject")
        table.alter_column("citizen_id", nullable=False)


def test_a_number_is_not_taken_where_nobody_has_a_name() -> None:
    nameless("anonymous", {"note": "Ring mandag kl. 10", "dato": "2026-11-26", "antal": 3})
    nameless("citizen", {"note": "700378-1016"})
    for said in ("700378-1016", ["ja", "7003781016"], {"a": "010190 1234"}):
        with pytest.raises(FormInvalid) as refused:
            nameless("anonymous", {"note": said})
        assert list(refused.value.fields) == ["note"]
