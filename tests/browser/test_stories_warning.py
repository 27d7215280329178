"""Hovedstaden: from the scenario over the warning to the færdigmelding, put on hold, called off, and begun again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

CENTRE = "Psykiatrisk Center Hillerød"
TOWN = "Social Indsats, Hillerød Kommune"
CITIZEN, CPR = "Vilma Varslet", "710484-2016"
HAS_HELP = "Har borgeren en kommunal indsats i dag?"
NEED = "Hvordan ventes behovet for støtte at være ved udskrivningen?"


def test_a_warning_becomes_a_message_that_is_held_and_called_off(as_person: AsPerson) -> None:
    # Stafet works without scripts too, and a page without a drawing is quick.
    nurse, town = (
        Person(as_person(login, scripts=False)) for login in ("sygeplejerske", "kommune")
    )
    doctor, gp = Person(as_person("laege")), Person(as_person("egenlaege", width=390))
    case = nurse.opens_case(CPR, CITIZEN, "Egen læge", agreement="hovedstaden")
    nurse.starts("Orientering, varsling og færdigmelding")
    _scenario(nurse, "Større")
    town.takes("Vurdér sagen", CITIZEN)
    # The assessment goes beside the pathway and ends nothing.
    expect(town.page.locator("main")).not_to_contain_text("Forløbet slutter")
    town.is_done()

    doctor.takes("Skøn dato for færdigbehandling", CITIZEN)
    discharge = datetime.now(COPENHAGEN).date() + timedelta(days=20)
    doctor.dates("Hvornår skønnes borgeren færdigbehandlet?", discharge)
    doctor.chooses("Kan borgeren udskrives, selv om kommunale indsatser ikke er i gang?", NO)
    doctor.is_done()
    _warn(nurse, town, case)

    # The invitation begins the meeting's own pathway; the general practitioner sees that, and no more.
    gp.sees_messages(case, "Invitation til netværksmøde")
    gp.has_no_task(CITIZEN)
    gp.page.goto(case)
    gp.page.get_by_role("heading", name="Beskeder").scroll_into_view_if_needed()
    gp.photographs("hovedstaden-egen-laege-phone")

    doctor.takes("Meld borgeren færdigbehandlet", CITIZEN)
    doctor.is_done()
    nurse.takes("Send færdigmelding", CITIZEN)
    nurse.is_done()
    _hold(nurse, town, case)
    _call_off(doctor, town, case)

    _scenario(nurse, "Uændret")
    nurse.takes("Udskriv, og orientér kommunen", CITIZEN)
    nurse.is_done()
    nurse.sees_end("Udskrevet uden ny indsats")
    stranger = Person(as_person("kriminalforsorg", scripts=False))
    stranger.may_not_know(case, f"{case}/handling/bero")
    stranger.has_no_task(CITIZEN)


def _scenario(nurse: Person, need: str) -> None:
    nurse.takes("Vælg scenarie", CITIZEN)
    nurse.chooses(HAS_HELP, YES)
    nurse.chooses(NEED, need)
    nurse.is_done()
    nurse.takes("Orientér kommunen", CITIZEN)
    nurse.is_done()


def _warn(nurse: Person, town: Person, case: str) -> None:
    """The warning is counted backwards from the date; its task is the centre's alone."""
    nurse.takes("Varsl kommunen", CITIZEN)
    counted = nurse.page.get_by_role("region", name="Sådan er fristen talt")
    expect(counted).to_contain_text("8 dage før")
    # What goes along is said in words, also where another form asks for it.
    sent = nurse.page.locator(".st-sends")
    expect(sent).to_contain_text("Hvornår skønnes borgeren færdigbehandlet")
    expect(sent).not_to_contain_text("_")
    nurse.photographs("hovedstaden-varsling")
    town.may_not_know(nurse.page.url)
    nurse.is_done()
    nurse.takes("Invitér til netværksmøde", CITIZEN)
    for invited in ("Bopælskommune", "Egen læge"):
        nurse.asked("Hvem inviteres?").get_by_label(invited, exact=True).check()
    expect(nurse.page.locator(".st-sends")).not_to_contain_text("_")
    nurse.is_done()
    town.page.goto(case)
    expect(town.page.locator(".st-messages")).to_contain_text("Varsling om færdigbehandling")
    # The copy for the general practitioner is not theirs to see.
    expect(town.page.locator(".st-messages")).not_to_contain_text("Lægehuset")


def _hold(nurse: Person, town: Person, case: str) -> None:
    """The municipality lacks medical information: the clock stands until the centre delivers it."""
    town.reports("Lægelige oplysninger mangler", case)
    town.page.get_by_label("Hvilke lægelige oplysninger mangler?").fill("Lægeattest LÆ 265")
    town.is_reported()
    town.photographs("hovedstaden-bero")
    expect(town.page.locator(".st-relay__now")).to_contain_text("foreløbig senest")
    held = town.page.get_by_role("region", name="Frister").get_by_role("listitem")
    expect(held.filter(has_text="Sørg for indsats eller støtte")).to_contain_text("bero")
    nurse.takes("Lever de manglende oplysninger", CITIZEN)
    nurse.page.get_by_label("Oplysningerne er leveret til kommunen").check()
    nurse.is_done()
    town.page.goto(case)
    held = town.page.get_by_role("region", name="Frister").get_by_role("listitem")
    expect(held.filter(has_text="Sørg for indsats eller støtte")).not_to_contain_text("bero")


def _call_off(doctor: Person, town: Person, case: str) -> None:
    """The doctor calls the message off: the municipality's task goes, and a new round begins."""
    town.takes("Sørg for indsats eller støtte", CITIZEN)
    task = town.page.url
    doctor.reports("Færdigmeldingen afmeldes", case)
    doctor.page.get_by_label("Hvorfor genoptages behandlingen?").fill("Forværring")
    doctor.chooses("Ventes borgeren færdigbehandlet igen under denne indlæggelse?", YES)
    doctor.photographs("hovedstaden-afmelding")
    doctor.is_reported()
    expect(doctor.page.locator(".st-relay__now")).to_contain_text("Vælg scenarie")
    doctor.photographs("hovedstaden-ny-runde")
    town.page.goto(task)
    expect(town.page.get_by_role("heading", level=2).first).to_have_text("Opgaven er bortfaldet")
    town.page.goto(case)
    expect(town.page.locator(".st-messages")).to_contain_text("Færdigmeldingen er afmeldt")
