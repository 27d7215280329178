"""The coordinating action plan: whole in three agreements, its matrix, and who may do what.

The scenarios beside the diagrams say when things fall due; here it is who: Mia (substance treatment) invites, Pia
(nurse) coordinates, Hanne (caseworker) takes over, Bo (home support) reports, and Gry, a GP, has no part in the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import actions, decisions, pathway, queries
from engine.errors import Forbidden, FormInvalid, NotFound
from engine.store import Store
from engine.tables import deadline, instance, message, task
from tests.scenario.drawn import ROOT, keys, listed, listed_beside, sources
from tests.scenario.story import Story, deployed

TABLES = ROOT / "processes" / "faelles" / "kip-indstilling" / "ansvar.dmn"
SJ = "sjaelland"
NOW = datetime.fromisoformat("2025-10-01T09:00+02:00")
UNITS = {
    "Center for Afhængighed": ("kommune", "Kommunens misbrugsbehandling"),
    "Psykiatrien Vest": ("region", "Psykiatrien"),
    "Myndighed": ("kommune", "Handlekommune"),
    "Bostøtten": ("kommune", "Kommunens bostøtte"),
    "Lægehuset": ("almen praksis", "Egen læge"),
}
PEOPLE = {
    "mia": ("Center for Afhængighed", "misbrugsbehandler"),
    "pia": ("Psykiatrien Vest", "sygeplejerske"),
    "hanne": ("Myndighed", "sagsbehandler"),
    "bo": ("Bostøtten", "pædagog"),
    "gry": ("Lægehuset", "praktiserende læge"),
}


# ---- whole -------------------------------------------------------------------------------
@listed_beside
@pytest.mark.parametrize(
    ("agreement", "prefix"),
    [(SJ, "SJ-"), ("nordjylland-dobbeltdiagnose", "NJD-"), ("nordjylland-team", "NJT-")],
)
def test_the_plan_holds_every_step_field_deadline_and_end_state(
    agreement: str, prefix: str
) -> None:
    row, source = listed()["kip"], sources()[agreement, "kip"]
    way = pathway.compile(source)
    asked = {key for form in source.forms.values() for key in keys(form["components"])}
    carried = {clause for element in way.elements.values() for clause in element.clauses}
    assert {field for step in row["steps"] for field in step["form_fields"]} <= asked
    wanted = {c for step in row["steps"] for c in step["clauses"] if c.startswith(prefix)}
    assert wanted
    assert wanted <= carried
    assert set(row["end_states"]) <= set(way.end_states)


# ---- the matrix --------------------------------------------------------------------------
def decided(name: str, **inputs: Any) -> Any:
    """What a table answers, without errors."""
    found = decisions.load(TABLES.read_text(encoding="utf-8")).decide(name, inputs)
    assert not found.errors
    return found.value


@pytest.mark.parametrize(
    ("where", "all_of_it", "by", "invites"),
    [
        ("indlagt", False, "Handlekommune", "Psykiatrien"),
        ("indlagt", False, "Egen læge", "Psykiatrien"),
        ("ambulant", True, "Handlekommune", "Psykiatrien"),
        ("ambulant", False, "Handlekommune", "Handlekommune"),
        ("ambulant", False, "Psykiatrien", "Psykiatrien"),
        ("ambulant", False, "Egen læge", "Misbrugscenter"),
        (None, None, "Handlekommune", "Handlekommune"),
    ],
)
def test_who_invites_follows_from_where_the_citizen_is_and_who_nominates(
    where: str | None, all_of_it: bool | None, by: str, invites: str
) -> None:
    about = {"indlagt_ambulant": where, "hele_ansvaret": all_of_it, "initiativtager": by}
    about |= {"kip_psykiatri": "Psykiatrien", "valgt_kontakt": "Misbrugscenter"}
    assert decided("indbydende_part", kip_matrix=True, **about) == invites
    # Where the agreement has no matrix, whoever takes the initiative invites
    assert decided("indbydende_part", kip_matrix=False, **about) == by


@pytest.mark.parametrize(
    ("where", "all_of_it", "misuse", "first"),
    [
        ("indlagt", False, "Psykiatrien", "Psykiatrien"),
        ("ambulant", False, "Kommunen", "Den, der indstiller; ved egen læge den, borgeren vælger"),
        ("ambulant", True, "Psykiatrien", "Psykiatrien"),
    ],
)
def test_the_matrix_has_one_answer_for_each_of_its_six_tasks(
    where: str, all_of_it: bool, misuse: str, first: str
) -> None:
    rows = decided("ansvar", kip_matrix=True, indlagt_ambulant=where, hele_ansvaret=all_of_it)
    said = {row["opgave"]: row["ansvarlig"] for row in rows}
    assert len(said) == len(rows) == 6
    assert said["Behandling af misbruget"] == misuse
    assert said["Koordinering af det første møde"] == said["Udarbejdelse af planen"] == first


# ---- who ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sjælland as it is deployed, with five units and five people."""
    folder = tmp_path_factory.mktemp("kip")
    with deployed(folder, SJ, UNITS, PEOPLE, NOW, demo=True) as made:
        yield made


class Plan(Story):
    """One citizen's plan; the GP is no party."""

    def __init__(self, store: Store, cpr: str) -> None:
        super().__init__(store, cpr, NOW, "mia", SJ, dict(list(UNITS.items())[:4]))
        self.begin()

    def begin(self) -> Plan:
        begun = {"initiativtager": "Kommunens misbrugsbehandling"}
        actions.start(self.store, self.who("mia"), self.case, "kip", begun, now=self.now)
        return self

    def nominated(self, deling: bool) -> Plan:
        """The citizen says yes to a plan, and to sharing or not."""
        self.do("mia", "vurder_behov", behov=True)
        self.do("mia", "indstil", indstillet_dato="2025-10-01")
        self.do("pia", "spoerg_borgeren", svar="giver", deling=deling)
        return self

    def invited(self) -> Plan:
        self.do(
            "mia", "kortlaeg_netvaerk", stamdata="Bor alene", netvaerk="En søster", droemme="Et arbejde",
            kontaktpersoner=[{"kontaktperson_navn": "Bo Lind"}],
        )  # fmt: skip
        named = ["Psykiatrien", "Handlekommune", "Kommunens bostøtte"]
        self.do("mia", "inviter", deltagere=named, moede_tid="2025-10-20T13:00+02:00")
        return self

    def met(self) -> Plan:
        """Invited, and everybody has answered."""
        self.nominated(deling=True).invited()
        for login in ("pia", "hanne", "bo"):
            self.do(login, "svar_paa_invitation", deltager=True)
        return self

    def in_force(self) -> Plan:
        """…the plan is made, approved and sent; psychiatry coordinates."""
        self.met().do(
            "mia", "hold_moedet", moedeleder="Misbrugsbehandler", referent="Sagsbehandler"
        )
        self.do("mia", "skriv_planen", indsats="Bostøtte", ansvarlig="Bostøtten")
        named = {"koordinator": "Psykiatrien", "koordinatorens_navn": "Sygeplejerske"}
        self.do("mia", "udpeg_koordinator", naeste_moede="2025-12-01", **named)
        self.do("pia", "godkend_planen", godkendt=True)
        self.do("mia", "send_planen")
        return self


def test_who_asks_the_citizen_sees_the_matrix(store: Store) -> None:
    story = Plan(store, "750378-1011")
    story.do("mia", "vurder_behov", behov=True)
    story.do("mia", "indstil", indstillet_dato="2025-10-01")
    asked = select(task.c.id).where(task.c.case_id == story.case, task.c.status == "open")
    shown = queries.task(store, story.who("pia"), story.rows(asked)[0].id, now=story.now)
    said = {row["opgave"]: row["ansvarlig"] for row in shown["context"]["ansvar"]}
    assert said["Behandling af misbruget"] == "Kommunen"
    table = next(c for c in shown["form"]["components"] if c["type"] == "table")
    assert table["dataSource"] == "=ansvar"


def test_whoever_knows_the_citizen_reports_and_only_the_coordinator_informs(store: Store) -> None:
    story = Plan(store, "700378-1016").in_force()
    assert story.told("koordinerende_indsatsplan") == 3
    for login in ("mia", "pia", "hanne", "bo"):
        assert "afvigelse_meldt" in story.offered(login)
    story.act("bo", "afvigelse_meldt", part="Kommunens bostøtte", afvigelse="Møder ikke op")
    with pytest.raises((Forbidden, NotFound)):
        story.do("bo", "orienter_parterne")
    story.do("pia", "orienter_parterne", relevante_parter=["Handlekommune"])
    story.do("hanne", "reager", reaktion="Vi besøger borgeren i morgen")
    assert (story.told("afvigelse"), story.told("orientering"), story.told("reaktion")) == (1, 1, 1)


def test_when_the_coordinator_leaves_the_tasks_go_to_the_next(store: Store) -> None:
    story = Plan(store, "710378-1017").in_force()
    story.act("pia", "koordinatoren_stopper", part="Psykiatrien")
    with pytest.raises((Forbidden, NotFound)):
        story.do("hanne", "udpeg_ny_koordinator", ny_koordinator="Handlekommune")
    owed = select(deadline.c.party).where(
        deadline.c.case_id == story.case, deadline.c.element == "foelg_planen"
    )
    before = [row.party for row in story.rows(owed)]
    story.do("mia", "udpeg_ny_koordinator", ny_koordinator="Handlekommune")
    assert (before, [row.party for row in story.rows(owed)]) == (["Psykiatrien"], ["Handlekommune"])
    with pytest.raises((Forbidden, NotFound)):
        story.do("pia", "indkald_opfoelgning")
    story.do("hanne", "indkald_opfoelgning")
    story.now += timedelta(days=60)
    story.do("hanne", "hold_opfoelgning", opfoelgning="nyt_moede", aftalt_moede="2026-02-02")
    while actions.run_due(store, 50, now=story.now):
        pass
    rows = story.rows(
        select(instance.c.end_state, instance.c.status)
        .where(instance.c.case_id == story.case)
        .order_by(instance.c.id)
    )
    assert [row.end_state for row in rows] == ["plan_i_kraft", None]
    # The next round waits for its coordinator, with the plan's parties
    story.do("hanne", "indkald_opfoelgning")
    assert story.told("indkaldelse") == 4


def test_the_chair_does_not_take_the_minutes(store: Store) -> None:
    story = Plan(store, "720378-1018").met()
    with pytest.raises(FormInvalid) as refused:
        story.do(
            "mia", "hold_moedet", moedeleder="Misbrugsbehandler", referent="misbrugsbehandler "
        )
    assert list(refused.value.fields) == ["referent"]


def test_who_has_no_part_sees_nothing(store: Store) -> None:
    story = Plan(store, "730378-1019").in_force()
    with pytest.raises(NotFound):
        queries.case(store, story.who("gry"), story.case, now=story.now)
    with pytest.raises(NotFound):
        story.offered("gry")


def test_a_withdrawal_stops_the_plan_and_what_was_consented_to(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a real citizen, who said yes to the plan and to sharing
    monkeypatch.setattr(store, "demo", False)
    story = Plan(store, "740378-1010").met()
    letters = select(message.c.status).where(message.c.case_id == story.case)
    assert "refused" not in {row.status for row in story.rows(letters)}
    # When the citizen withdraws it
    story.act("pia", "samtykket_er_trukket")
    # Then the plan is over, and of the next one nothing leaves before the citizen is asked again
    ended = story.rows(select(instance.c.end_state).where(instance.c.case_id == story.case))
    assert [row.end_state for row in ended] == ["stoppet_uden_samtykke"]
    story.begin().nominated(deling=False)
    story.invited()
    assert [row.status for row in story.rows(letters)].count("refused") == 3
