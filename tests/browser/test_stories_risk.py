"""Midtjylland: a doctor's candidate for the risk list, two authorities that disagree, and the managers who decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import DONE, NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

TEAM = "Opsøgende Team, Aarhus"
PROBATION = "Kriminalforsorgen Midtjylland"
CITIZEN, CPR = "Villads Risiko", "710579-1013"
RISK = "Er patienten en særlig sikkerhedsrisiko?"


def test_two_authorities_disagree_and_the_managers_put_him_on_the_list(
    as_person: AsPerson,
) -> None:
    # Stafet works without scripts too, and a page without a drawing is quick.
    doctor, team, town, manager = (
        Person(as_person(login, scripts=False))
        for login in ("laege", "sygeplejerske", "kommune", "leder")
    )
    officer = Person(as_person("kriminalforsorg"))
    case = doctor.opens_case(
        CPR, CITIZEN, "Opsøgende retspsykiatrisk team", "Tværsektoriel ledelse"
    )
    doctor.starts("Optagelse på den fælles liste")
    _candidate(doctor)
    _assessment(doctor, officer, town)

    team.takes("Tag imod kandidaten", CITIZEN)
    team.is_done()
    team.takes("Afgør for regionen", CITIZEN)
    team.chooses(RISK, YES)
    team.is_done()
    officer.takes("Afgør for Kriminalforsorgen", CITIZEN)
    # The other authority's answer stands nowhere on the page.
    expect(officer.asked(RISK).get_by_role("radio", checked=True)).to_have_count(0)
    officer.chooses(RISK, NO)
    officer.photographs("midtjylland-kriminalforsorg")
    officer.is_done()
    _disagreement(team, officer, manager, case)

    town.takes("Vurdér behovet for social indsats", CITIZEN)
    town.chooses("Er der behov for en social indsats?", YES)
    town.is_done()
    team.takes("Tildel overlæge og behandler", CITIZEN)
    team.page.get_by_label("Behandlingsansvarlig overlæge").fill("Anders Bech")
    team.page.get_by_label("Primær behandler i det opsøgende team").fill("Mette Lindholm")
    team.is_done()
    team.takes("Sæt på den fælles liste", CITIZEN)
    team.page.get_by_label("Hvilken kommunes liste?").select_option("Aarhus")
    team.is_done()
    _what_follows(team, officer, case)

    stranger = Person(as_person("egenlaege", scripts=False))
    stranger.may_not_know(case)
    stranger.has_no_task(CITIZEN)


def _candidate(doctor: Person) -> None:
    doctor.takes("Registrér kandidaten", CITIZEN)
    doctor.chooses("Retslig foranstaltning", "Dom til behandling")
    doctor.chooses("Er patienten under Kriminalforsorgens tilsyn?", YES)
    doctor.chooses("Er patienten indlagt eller ambulant?", "Ambulant")
    doctor.page.get_by_label("Behandlingsansvarlig overlæge").fill("Anders Bech")
    doctor.is_done()
    doctor.takes("Saml oplysninger", CITIZEN)
    doctor.page.get_by_label("Hvilke oplysninger bygger vurderingen på?").fill("Journalen")
    doctor.is_done()


def _assessment(doctor: Person, officer: Person, town: Person) -> None:
    """The probation service gives what it knows, with a legal basis; the table advises, the doctor concludes."""
    officer.takes("Bidrag med oplysninger", CITIZEN)
    given = officer.page.url
    officer.page.get_by_label("Domme").fill("Dom til behandling, 2023")
    officer.page.get_by_role("button", name=DONE).click()
    expect(officer.page.get_by_role("alert")).to_contain_text("Skriv hjemlen")
    officer.photographs("midtjylland-uden-hjemmel")
    officer.page.get_by_label("Hjemmel til at videregive oplysningerne").fill(
        "Retsplejeloven § 115"
    )
    officer.is_done()
    # What the officer wrote is between him and the ward.
    town.may_not_know(given)
    town.has_no_task(CITIZEN)
    doctor.takes("Vurdér kriminalitet og stabilitet", CITIZEN)
    doctor.chooses("Har patienten tidligere begået personfarlig kriminalitet?", YES)
    doctor.chooses("Er patienten aktuelt ustabil i sygdom eller behandling?", YES)
    doctor.is_done()
    doctor.takes("Vurdér den aktuelle farlighed", CITIZEN)
    doctor.chooses("Er patienten aktuelt farlig?", YES)
    doctor.is_done()
    doctor.takes("Overvej de vejledende faktorer", CITIZEN)
    doctor.page.get_by_label("Misbrug", exact=True).check()
    doctor.is_done()
    doctor.takes("Konkludér og underskriv", CITIZEN)
    expect(doctor.page.locator("main")).to_contain_text("Vejledningen binder ikke")
    doctor.photographs("midtjylland-konklusion")
    doctor.chooses("Vurderer du, at patienten er en særlig sikkerhedsrisiko?", YES)
    doctor.page.get_by_label("Din konklusion").fill("Ustabil i behandlingen og aktuelt farlig.")
    doctor.dates("Vurderet den", datetime.now(COPENHAGEN).date())
    doctor.is_done()
    expect(doctor.page.locator(".st-relay__now")).to_contain_text(TEAM)


def _disagreement(team: Person, officer: Person, manager: Person, case: str) -> None:
    """Both are heard; the managers of the sectors decide, and only they have the task."""
    team.takes("Registrér uenigheden", CITIZEN)
    team.page.get_by_label("Hvad er I uenige om?").fill("Om risikoen er særlig")
    team.is_done()
    team.sees_baton(PROBATION)
    officer.takes("Giv jeres fremstilling", CITIZEN)
    officer.chooses("Er I blevet enige undervejs?", NO)
    officer.is_done()
    team.takes("Forelæg egen chef", CITIZEN)
    team.is_done()
    manager.takes("Afgør på tværs af ledelserne", CITIZEN)
    manager.photographs("midtjylland-lederen")
    officer.may_not_know(manager.page.url)
    manager.page.get_by_label("Hvad er afgjort?").fill("Patienten er en særlig sikkerhedsrisiko")
    manager.is_done()
    team.takes("Meld resultatet tilbage", CITIZEN)
    team.chooses("Hvem fik medhold?", "Den, der rejste sagen")
    team.is_done()


def _what_follows(team: Person, officer: Person, case: str) -> None:
    """The list starts contact, team, supervision and meetings; the officer ends the supervision from outside."""
    contact, watch = "Ugentlig behandlerkontakt", "Kriminalforsorgens tilsyn"
    _until(team, case, contact)
    _until(officer, case, watch)
    # Each has a part in the own one, and does not learn of the other's.
    expect(officer.page.get_by_role("region", name=contact)).to_have_count(0)
    expect(team.page.get_by_role("region", name=watch)).to_have_count(0)
    team.photographs("midtjylland-paa-listen")
    supervision = officer.page.get_by_role("region", name="Kriminalforsorgens tilsyn")
    officer.reports("Tilsynet er ophørt", case)
    officer.dates("Tilsynet ophører den", datetime.now(COPENHAGEN).date())
    officer.is_reported()
    expect(supervision).to_contain_text("Slut:")
    # The probation service sees what it sent and got, not what the ward and the municipality wrote to each other.
    expect(officer.page.locator(".st-messages")).to_contain_text("Uenigheden er afsluttet")
    expect(officer.page.locator(".st-messages")).not_to_contain_text("Myndighedsafdelingen")
    # Eighteen steps are over; three stay in sight.
    admission = officer.page.get_by_role("region", name="Optagelse på den fælles liste")
    expect(admission.locator(".st-steps").last.get_by_role("listitem")).to_have_count(4)
    expect(admission).to_contain_text("Vis 15 tidligere trin")
    officer.photographs("midtjylland-tilsynet-ophoert")


def _until(person: Person, case: str, walk: str) -> None:
    """Other pathways are started by a job, in a moment."""
    found = person.page.get_by_role("region", name=walk)
    for _ in range(40):
        person.page.goto(case)
        if found.count():
            return
        person.page.wait_for_timeout(250)
    expect(found).to_have_count(1)
