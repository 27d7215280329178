"""Færdigmelding in Hovedstaden through the actions, by people who each see and may do only theirs.

The scenarios beside the diagram say when things fall due; here it is who: Nanna (nurse) and Dorte (doctor) at the
psychiatric centre, Kim (caseworker) in the municipality, and Gry, a GP who has no part in the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import actions, queries
from engine.errors import ActionNotOpen, Forbidden, NotFound
from engine.store import Store
from engine.tables import (
    deadline,
    instance,
    message,
    pathway,
)
from tests.scenario.story import Story, deployed

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
    folder = tmp_path_factory.mktemp("faerdigmelding")
    with deployed(folder, HOV, UNITS, PEOPLE, NOW, demo=True) as made:
        yield made


class Discharge(Story):
    """One citizen's discharge; the GP is no party."""

    def __init__(self, store: Store, cpr: str) -> None:
        super().__init__(store, cpr, NOW, "nanna", HOV, dict(list(UNITS.items())[:2]))
        actions.start(store, self.who("nanna"), self.case, "faerdigmelding", {}, now=NOW)

    def warned(self) -> Discharge:
        """Scenario 3, warned and invited."""
        self.do("nanna", "vaelg_scenarie", har_indsats=False, forventet_behov="muligt")
        self.do("nanna", "orienter_kommune")
        self.do("dorte", "skoen_dato", forventet_faerdig="2025-02-24", kan_udskrives=False)
        self.do("nanna", "varsl_kommunen")
        self.do("nanna", "inviter_til_moede")
        return self

    def reported(self) -> Discharge:
        """…and a færdigmelding stands."""
        self.warned().do("dorte", "vurder_faerdigbehandlet")
        self.do("nanna", "send_faerdigmelding")
        return self


def test_only_the_doctor_says_that_treatment_is_finished(store: Store) -> None:
    story = Discharge(store, "700378-1016").warned()
    with pytest.raises(Forbidden):
        story.do("nanna", "vurder_faerdigbehandlet")
    story.do("dorte", "vurder_faerdigbehandlet")


def test_only_the_municipality_suspends_and_only_the_centre_cancels(store: Store) -> None:
    story = Discharge(store, "710378-1017").reported()
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
    story = Discharge(store, "740378-1010")
    # When the centre wants to tell the municipality
    story.do("nanna", "vaelg_scenarie", har_indsats=True, forventet_behov="uaendret")
    story.do("nanna", "orienter_kommune")
    # Then the message is kept and not delivered, and the part that asks for consent has begun
    held = story.rows(select(message.c.status).where(message.c.case_id == story.case))
    assert [row.status for row in held] == ["refused"]
    story.do("nanna", "vurder_hjemmel")
    story.do("nanna", "informer_borger", omfang="Indlæggelsen", parter=["Bopælskommune"])


def test_who_has_no_part_sees_no_case(store: Store) -> None:
    story = Discharge(store, "720378-1018").reported()
    with pytest.raises(NotFound):
        queries.case(store, story.who("gry"), story.case, now=story.now)
    with pytest.raises(NotFound):
        story.offered("gry")


def test_the_meeting_goes_on_by_itself_and_a_late_word_begins_nothing_anew(store: Store) -> None:
    """The citizen leaves before the minutes are sent: the meeting's news is kept, and no new round begins."""
    story = Discharge(store, "730378-1019").reported()
    story.do("kim", "stoet_i_ventetiden", indsats_paa_plads=True)
    story.do("nanna", "udskriv_efter_ventetid")
    roles = {"moedeleder": "Overlæge", "referent": "Sygeplejerske", "tovholder": "Sagsbehandler"}
    story.do("nanna", "hold_moede", **roles)
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


def test_a_second_word_that_treatment_is_over_begins_no_second_plan(store: Store) -> None:
    """The message is called off, and the doctor says it again: the plan that runs is the plan."""
    story = Discharge(store, "750378-1011").reported()
    story.act("dorte", "afmeldt", aarsag="Forværring", ny_runde=True)
    story.warned().do("dorte", "vurder_faerdigbehandlet")
    story.caught_up()
    assert _plans(story) == 1
    told = select(message.c.status, message.c.handled_at).where(
        message.c.case_id == story.case, message.c.name == "faerdigbehandlet"
    )
    first, second = story.rows(told.order_by(message.c.id))
    assert first.status == "matched"
    assert second.handled_at == story.now, "nobody need look at it"


def test_a_plan_begun_during_this_discharge_is_not_asked_for_again(store: Store) -> None:
    """HOV-UA-1: somebody else began it, after the discharge began to be prepared."""
    story = Discharge(store, "760378-1012").warned()
    story.later(days=1)
    actions.start(
        story.store, story.who("dorte"), story.case, "udskrivning-plan", {}, now=story.now
    )
    story.do("dorte", "vurder_faerdigbehandlet")
    story.caught_up()
    assert _plans(story) == 1


def test_a_plan_from_before_this_admission_is_no_reason_not_to_ask(store: Store) -> None:
    """HOV-OPF-3: every discharge has its own assessment, also where nobody reported the readmission."""
    story = Discharge(store, "770378-1013")
    actions.start(
        story.store, story.who("dorte"), story.case, "udskrivning-plan", {}, now=story.now
    )
    story.do("nanna", "vaelg_scenarie", har_indsats=True, forventet_behov="uaendret")
    story.do("nanna", "orienter_kommune")
    story.do("nanna", "udskriv")
    story.later(days=10)
    actions.start(store, story.who("nanna"), story.case, "faerdigmelding", {}, now=story.now)
    story.warned().do("dorte", "vurder_faerdigbehandlet")
    story.caught_up()
    assert _plans(story) == 2


def _plans(story: Story) -> int:
    """How many discharge plans run, or have run, on the case."""
    plans = (
        select(instance.c.id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .where(
            instance.c.case_id == story.case,
            pathway.c.key == "faelles-udskrivning-plan",
        )
    )
    return len(story.rows(plans))
