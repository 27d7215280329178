"""A consent taken back on the case, for one party or all: what waits to that party is stopped, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import actions, audit, queries
from engine.actions.leaving import waiting_row
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import GIVERS, Actor
from engine.store import Store
from engine.tables import audit as chain
from engine.tables import consent, deadline, instance, message, outbox, task
from tests.store.cast import NOW, asked, opened

As = Callable[..., Actor]
LATER = NOW + timedelta(hours=1)
POLICE, TOWN = "Kriminalforsorgen", "Kommunens myndighed"


@pytest.fixture
def told(store: Store) -> int:
    """A case whose citizen has said yes to three parties, in writing; nobody has anything yet."""
    store.demo = False
    number = opened(store)
    _say(store, number, "samtykke", [POLICE, TOWN, "Egen læge"])
    return number


def _say(store: Store, case: int, kind: str, parties: list[str]) -> None:
    said = {"case_id": case, "kind": kind, "basis": "skriftligt", "parties": parties}
    with store.write() as db:
        db.execute(insert(consent).values(**said, given_by="vaerge", unit_id=1, given_at=NOW))


def _letters(store: Store, case: int) -> dict[str, list[str]]:
    """Status of what was sent to each party, oldest first."""
    found: dict[str, list[str]] = {}
    asked_for = select(message.c.to_party, message.c.status).where(message.c.case_id == case)
    with store.read() as db:
        for row in db.execute(asked_for.order_by(message.c.id)):
            found.setdefault(row.to_party, []).append(row.status)
    return found


def _waiting(store: Store, walk: int, *units: int) -> None:
    """A mail about a task of this walk, and one about a date of it, waits for somebody in each unit."""
    with store.write() as db:
        work = db.scalar(select(task.c.id).where(task.c.instance_id == walk).limit(1))
        date = db.scalar(select(deadline.c.id).where(deadline.c.instance_id == walk).limit(1))
        assert work
        assert date
        for unit in units:
            for kind, about in (("new", {"task_id": work}), ("reminder", {"deadline_id": date})):
                key = f"{kind}:{walk}:{unit}"
                row = waiting_row("mail", kind, key, NOW, unit_id=unit, **about)
                db.execute(insert(outbox).values(**row))


def _mails(store: Store, walk: int) -> dict[int, set[tuple[str, str | None]]]:
    found: dict[int, set[tuple[str, str | None]]] = {}
    with store.read() as db:
        for row in db.execute(select(outbox).where(outbox.c.key.like(f"%:{walk}:%"))):
            found.setdefault(row.unit_id, set()).add((row.status, row.error))
    return found


STILL, STOPPED = {("waiting", None)}, {("dropped", "consent_withdrawn")}


def test_for_one_party_nothing_more_goes_to_it_and_the_others_are_told(
    store: Store, as_: As, told: int
) -> None:
    walk = asked(store, told, POLICE, TOWN)
    assert _letters(store, told) == {POLICE: ["received"], TOWN: ["received"]}
    _waiting(store, walk, 1, 2, 3)
    actions.withdraw_consent(store, as_("ida"), told, [POLICE], by="vaerge", now=LATER)
    assert _mails(store, walk) == {1: STILL, 2: STOPPED, 3: STILL}
    asked(store, told, POLICE, TOWN, now=LATER + timedelta(hours=1))
    assert _letters(store, told) == {POLICE: ["received", "refused"], TOWN: ["received"] * 2}
    with store.read() as db:
        row = db.execute(select(consent).order_by(consent.c.id.desc())).first()
        facts = db.scalar(select(chain.c.facts).where(chain.c.what == "consent_withdrawn"))
    assert row is not None
    assert (row.kind, row.parties, row.given_by, row.unit_id) == ("afslag", [POLICE], "vaerge", 1)
    assert facts == '{"parties":["Kriminalforsorgen"],"by":"vaerge"}'
    assert audit.verify(store).ok


def test_mails_of_another_case_wait_on(store: Store, as_: As, told: int) -> None:
    other = opened(store, cpr="810590-2018", name="Tine Rasmussen")
    _say(store, other, "samtykke", [])
    walk = asked(store, other, POLICE)
    _waiting(store, walk, 2)
    actions.withdraw_consent(store, as_("ida"), told, [POLICE], by="borger", now=LATER)
    assert _mails(store, walk) == {2: STILL}


def test_what_a_law_allows_goes_on(store: Store, as_: As, told: int) -> None:
    _say(store, told, "hjemmel", [POLICE])
    walk = asked(store, told, POLICE)
    _waiting(store, walk, 2)
    actions.withdraw_consent(store, as_("ida"), told, [POLICE], by="borger", now=LATER)
    assert _mails(store, walk) == {2: STILL}
    asked(store, told, POLICE, now=LATER + timedelta(hours=1))
    assert _letters(store, told) == {POLICE: ["received"] * 2}


@pytest.mark.parametrize("rests", [True, False], ids=["a pathway hears", "none runs"])
def test_for_all_the_pathways_that_rest_on_it_are_told(
    store: Store, as_: As, told: int, rests: bool
) -> None:
    """What goes out stops with it whether a pathway hears of it or not."""
    walk = asked(store, told, POLICE)
    _waiting(store, walk, 1, 2, 3, 4)
    if rests:
        begun = actions.start(store, as_("ida"), told, "samtykke", {}, now=NOW)
    actions.withdraw_consent(store, as_("ida"), told, by="borger", now=LATER)
    if rests:
        with store.read() as db:
            mine = instance.c.id == begun.instance["id"]
            ended = db.execute(select(instance).where(mine)).one()
        assert (ended.status, ended.end_state) == ("completed", "tilbagekaldt")
    assert _mails(store, walk) == {1: STILL, 2: STOPPED, 3: STOPPED, 4: STOPPED}
    asked(store, told, POLICE, TOWN, now=LATER + timedelta(hours=1))
    assert _letters(store, told)[POLICE] == ["received", "refused"]
    assert _letters(store, told)[TOWN] == ["refused"]
    with pytest.raises(Conflict):
        actions.withdraw_consent(store, as_("ida"), told, by="borger", now=LATER)


def test_a_withdrawal_that_a_diagram_notes_stops_the_same(store: Store, as_: As, told: int) -> None:
    walk = asked(store, told, POLICE)
    actions.start(store, as_("ida"), told, "samtykke", {}, now=NOW)
    _waiting(store, walk, 1, 2)
    actions.send(store, as_("ida"), "samtykke_trukket", told, {}, now=LATER)
    assert _mails(store, walk)[2] == STOPPED


def test_the_page_says_who_said_it_and_who_may_be_told(store: Store, as_: As, told: int) -> None:
    actions.withdraw_consent(store, as_("ida"), told, [POLICE], by="vaerge", now=LATER)

    def shown(who: str) -> Any:
        return queries.case(store, as_(who), told, now=LATER + timedelta(minutes=1))

    mine = shown("ida")
    assert mine["consented"] == ["Egen læge", TOWN]
    assert [(c["kind"], c["parties"], c["given_by"]) for c in mine["consents"]] == [
        ("samtykke", [POLICE, TOWN, "Egen læge"], "vaerge"), ("afslag", [POLICE], "vaerge"),
    ]  # fmt: skip
    # Each party knows of its own, and not who else may be told.
    theirs = shown("jens")
    assert [(c["kind"], c["parties"]) for c in theirs["consents"]] == [
        ("samtykke", [POLICE]), ("afslag", [POLICE]),
    ]  # fmt: skip
    assert POLICE not in theirs["consented"]


@pytest.mark.parametrize("by", ["", "naboen", "Signe"])
def test_who_says_so_is_one_whom_the_law_names(store: Store, as_: As, told: int, by: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.withdraw_consent(store, as_("ida"), told, by=by, now=LATER)
    assert set(refused.value.fields) == {"given_by"}
    assert by not in GIVERS


def test_only_what_was_consented_to_is_taken_back(store: Store, as_: As, told: int) -> None:
    for parties in (["Regionspsykiatrien"], [POLICE, "Ukendt"]):
        with pytest.raises(Invalid) as refused:
            actions.withdraw_consent(store, as_("ida"), told, parties, by="borger", now=LATER)
        assert set(refused.value.fields) == {"parties"}
    with pytest.raises(NotFound):
        actions.withdraw_consent(store, as_("sia"), told, by="borger", now=LATER)
    with pytest.raises(NotFound):
        actions.withdraw_consent(store, as_("ole"), told, by="borger", now=LATER)


def test_who_only_reads_takes_nothing_back(store: Store, as_: As, told: int) -> None:
    actions.break_glass(store, as_("sia"), "700378-1016", "Det haster", now=NOW)
    with pytest.raises(Forbidden):
        actions.withdraw_consent(
            store, as_("sia", NOW + timedelta(minutes=5)), told, by="borger", now=NOW
        )
