"""Færdigmelding in Hovedstaden through the actions, by people who each see and may do only theirs.

The scenarios beside the diagram say when things fall due; here it is who: Nanna (nurse) and Dorte (doctor) at the
psychiatric centre, Kim (caseworker) in the municipality, and Gry, a GP who has no part in the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import actions, logins, queries
from engine.deploy import deploy
from engine.errors import ActionNotOpen, Forbidden, NotFound
from engine.model import MACHINE, Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import (
    deadline,
    instance,
    membership,
    message,
    pathway,
    person,
    task,
    unit,
    unit_party,
)

ROOT = Path(__file__).resolve().parents[2]
HOV = "hovedstaden"
NOW = datetime.fromisoformat("2025-02-03T09:00+01:00")
UNITS = {
    "Afsnit P2": ("region", "Psykiatrisk center"),
    "Social Indsats": ("kommune", "Bopælskommune"),
    "Lægehuset": ("almen praksis", "Egen læge"),
}
PEOPLE = {
    "nanna": ("Afsnit P2", "sygeplejerske"),
    "dorte": ("Afsnit P2", "overlæge"),
    "kim": ("Social Indsats", "sagsbehandler"),
    "gry": ("Lægehuset", "praktiserende læge"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Hovedstaden as it is deployed, with three units and four people."""
    file = tmp_path_factory.mktemp("faerdigmelding") / "stafet.db"
    keys = Keyring.from_text(Keyring.generate())
    with closing(Store(f"sqlite:///{file}", keys, demo=True)) as made:
        made.upgrade()
        deploy(made, MACHINE, ROOT / "processes" / HOV, "tests", now=NOW)
        with made.write() as db:
            numbers = {}
            for n, (name, (sector, party)) in enumerate(UNITS.items(), 1):
                numbers[name] = n
                db.execute(
                    insert(unit).values(id=n, name=name, sector=sector, valid_from=date(2020, 1, 1))
                )
                db.execute(insert(unit_party).values(unit_id=n, agreement=HOV, party=party))
            for n, (login, (place, role)) in enumerate(PEOPLE.items(), 1):
                db.execute(insert(person).values(id=n, login=login, name=login.title()))
                values = {
                    "person_id": n,
                    "unit_id": numbers[place],
                    "role": role,
                    "valid_from": date(2020, 1, 1),
                }
                db.execute(insert(membership).values(**values))
        yield made


class Story:
    """One citizen's case, and a clock."""

    def __init__(self, store: Store, cpr: str) -> None:
        self.store, self.now = store, NOW
        parties = {party: name for name, (_, party) in UNITS.items() if party != "Egen læge"}
        self.case = actions.open_case(
            store, self.who("nanna"), HOV, cpr, "Prøve Person", parties, now=NOW
        )
        actions.start(store, self.who("nanna"), self.case, "faerdigmelding", {}, now=NOW)

    def who(self, login: str) -> Actor:
        return logins.actor(self.store, login, now=self.now)

    def later(self, **time: int) -> None:
        self.now += timedelta(**time)

    def do(self, login: str, element: str, **answers: Any) -> None:
        """Somebody completes the open task of that element."""
        while actions.run_due(self.store, 50, now=self.now):
            pass
        wanted = select(task.c.id).where(
            task.c.case_id == self.case, task.c.element == element, task.c.status == "open"
        )
        with self.store.read() as db:
            number = db.execute(wanted).scalar_one()
        actions.complete(self.store, self.who(login), number, answers, now=self.now)

    def act(self, login: str, action: str, **answers: Any) -> None:
        actions.act(self.store, self.who(login), self.case, action, answers, now=self.now)

    def offered(self, login: str) -> set[str]:
        return {
            a["id"] for a in queries.actions(self.store, self.who(login), self.case, now=self.now)
        }

    def rows(self, wanted: Any) -> list[Any]:
        with self.store.read() as db:
            return list(db.execute(wanted))

    def warned(self) -> Story:
        """Scenario 3, warned and invited."""
        self.do("nanna", "vaelg_scenarie", har_indsats=False, forventet_behov="muligt")
        self.do("nanna", "orienter_kommune")
        self.do("dorte", "skoen_dato", forventet_faerdig="2025-02-24", kan_udskrives=False)
        self.do("nanna", "varsl_kommunen")
        self.do("nanna", "inviter_til_moede")
        return self

    def reported(self) -> Story:
        """…and a færdigmelding stands."""
        self.warned().do("dorte", "vurder_faerdigbehandlet")
        self.do("nanna", "send_faerdigmelding")
        return self


def test_only_the_doctor_says_that_treatment_is_finished(store: Store) -> None:
    story = Story(store, "700378-1016").warned()
    with pytest.raises(Forbidden):
        story.do("nanna", "vurder_faerdigbehandlet")
    story.do("dorte", "vurder_faerdigbehandlet")


def test_only_the_municipality_suspends_and_only_the_centre_cancels(store: Store) -> None:
    story = Story(store, "710378-1017").reported()
    # Each is offered its own, and refused the other's
    assert "oplysninger_mangler" in story.offered("kim") - story.offered("nanna")
    assert "afmeldt" in story.offered("dorte") - story.offered("kim")
    with pytest.raises((Forbidden, ActionNotOpen)):
        story.act("nanna", "oplysninger_mangler")
    with pytest.raises((Forbidden, ActionNotOpen)):
        story.act("kim", "afmeldt")
    # Suspended, the same is offered to nobody until the centre has delivered
    story.act("kim", "oplysninger_mangler", mangler="Lægeattest")
    assert "oplysninger_mangler" not in story.offered("kim")
    story.later(days=2)
    story.do("nanna", "lever_oplysninger", leveret=True)
    assert "oplysninger_mangler" in story.offered("kim")


def test_without_consent_nothing_reaches_the_municipality_and_it_is_asked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a citizen of whom no consent is known
    monkeypatch.setattr(store, "demo", False)
    story = Story(store, "740378-1010")
    # When the centre wants to tell the municipality
    story.do("nanna", "vaelg_scenarie", har_indsats=True, forventet_behov="uaendret")
    story.do("nanna", "orienter_kommune")
    # Then the message is kept and not delivered, and the part that asks for consent has begun
    held = story.rows(select(message.c.status).where(message.c.case_id == story.case))
    assert [row.status for row in held] == ["refused"]
    story.do("nanna", "vurder_hjemmel")
    story.do("nanna", "informer_borger", omfang="Indlæggelsen", parter=["Bopælskommune"])


def test_who_has_no_part_sees_no_case(store: Store) -> None:
    story = Story(store, "720378-1018").reported()
    with pytest.raises(NotFound):
        queries.case(store, story.who("gry"), story.case, now=story.now)
    with pytest.raises(NotFound):
        story.offered("gry")


def test_the_meeting_goes_on_by_itself_and_a_late_word_begins_nothing_anew(store: Store) -> None:
    """The citizen leaves before the minutes are sent: the meeting's news is kept, and no new round begins."""
    story = Story(store, "730378-1019").reported()
    story.do("kim", "stoet_i_ventetiden", indsats_paa_plads=True)
    story.do("nanna", "udskriv_efter_ventetid")
    story.do("nanna", "hold_moede")
    agreed = {"aftale": "Bostøtte", "aftale_ansvarlig": "Kim", "aftale_frist": "2026-12-01"}
    story.do("nanna", "skriv_referat", **agreed)
    for login, element in (
        ("nanna", "tag_stilling_til_opfoelgning"), ("nanna", "send_referat"), ("kim", "orienter_bagland"),
    ):  # fmt: skip
        story.do(login, element)
    while actions.run_due(store, 50, now=story.now):
        pass
    ended = story.rows(
        select(pathway.c.key, instance.c.end_state)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .where(instance.c.case_id == story.case)
        .order_by(pathway.c.key)
    )
    # …but the plan, which the doctor's word began and the minutes reached, and the handover to the GP
    assert [tuple(row) for row in ended] == [
        ("faelles-netvaerksmoede", "holdt"),
        ("faelles-udskrivning-plan", None),
        ("hovedstaden-faerdigmelding", "udskrevet_indsats_paa_plads"),
        ("hovedstaden-gp-overdragelse", None),
    ]
    clauses = story.rows(
        select(deadline.c.clause, deadline.c.status).where(deadline.c.case_id == story.case)
    )
    assert {("HOV-VARS-23", "met"), ("HOV-NMI-2", "met")} <= {tuple(row) for row in clauses}
