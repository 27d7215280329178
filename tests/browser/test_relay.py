"""Each row of the if/then table, carried by all its parties in the browser, from a new case to its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.browser.story import NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

REGION = "Retspsykiatrisk Afdeling, Aarhus"
PROBATION = "Kriminalforsorgen Midtjylland"
AUTHORITY = "Myndighedsafdelingen, Aarhus Kommune"


def _begin(nurse: Person, cpr: str, citizen: str, effort: str, plan: str) -> str:
    case = nurse.opens_case(cpr, citizen)
    nurse.starts("Planrunde ved genindlæggelse")
    nurse.sees_baton(REGION)
    nurse.takes("Vurdér behov for justering", citizen)
    nurse.chooses("Skal indsatsen justeres?", effort)
    nurse.chooses("Skal udskrivningsaftalen eller koordinationsplanen justeres?", plan)
    nurse.is_done()
    return case


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_plan_is_reused_when_both_parties_accept(as_person: AsPerson, scripts: bool) -> None:
    nurse, officer, adviser = (
        Person(as_person(login, scripts=scripts))
        for login in ("sygeplejerske", "kriminalforsorg", "kommune")
    )
    cpr, citizen = ("650190-1013", "Bo Genbrug") if scripts else ("660190-1013", "Ib Uden Script")
    case = _begin(nurse, cpr, citizen, NO, NO)
    nurse.takes("Send planen til accept", citizen)
    expect(nurse.page.locator(".st-sends")).to_contain_text("Kommunens myndighed")
    nurse.is_done()
    nurse.sees_baton(AUTHORITY, PROBATION)

    officer.takes("Tag stilling til planen", citizen)
    counted = officer.page.get_by_role("region", name="Sådan er fristen talt")
    expect(counted).to_contain_text("3 hverdage fra i dag")
    expect(counted.locator("td.is-due")).to_contain_text("3")
    officer.chooses("Accepterer I, at planen genbruges?", YES)
    officer.is_done()
    officer.sees_baton(AUTHORITY)

    adviser.page.goto(case)
    expect(adviser.page.locator(".st-steps")).to_contain_text("1 af 2 har svaret.")
    adviser.takes("Tag stilling til planen", citizen)
    adviser.chooses("Accepterer I, at planen genbruges?", YES)
    adviser.is_done()
    adviser.sees_end("Planen genbruges")
    # What was accepted becomes the plan of the discharge, which the ward writes.
    expect(nurse.sees_begun(case, "Udskrivningsaftale og koordinationsplan")).to_be_visible()
    nurse.sees_baton(REGION)
    expect(nurse.page.get_by_role("region", name="Frister").locator(".st-chip--met")).to_have_count(
        2
    )


def test_a_new_plan_is_written_and_approved(as_person: AsPerson) -> None:
    doctor, officer, adviser = (
        Person(as_person(login)) for login in ("laege", "kriminalforsorg", "kommune")
    )
    citizen = "Kaj Nyplan"
    case = _begin(doctor, "670190-1013", citizen, NO, YES)
    doctor.takes("Indkald teamet", citizen)
    doctor.is_done()
    doctor.takes("Mød op eller send bidrag", citizen)
    expect(doctor.page.get_by_role("region", name="Sådan er fristen talt")).to_contain_text(
        "5 hverdage"
    )
    doctor.chooses("Mødte alle indkaldte op?", YES)
    doctor.is_done()
    doctor.takes("Skriv planen på mødet", citizen)
    doctor.page.get_by_label("Planens indhold").fill("Depot hver 14. dag. Tilsyn månedligt.")
    doctor.is_done()
    doctor.sees_baton(AUTHORITY, PROBATION)
    for person in (officer, adviser):
        person.takes("Godkend den nye plan", citizen)
        person.chooses("Godkender I den nye plan?", YES)
        person.is_done()
    adviser.sees_end("Ny plan er godkendt")
    doctor.page.goto(case)
    expect(doctor.page.get_by_role("region", name="Beskeder")).to_contain_text(
        "Svar på den nye plan"
    )


def test_effort_and_plan_are_agreed_with_the_authority(as_person: AsPerson) -> None:
    nurse, adviser = Person(as_person("sygeplejerske")), Person(as_person("kommune"))
    citizen = "Eli Samlet"
    _begin(nurse, "680190-1013", citizen, YES, YES)
    nurse.takes("Indkald team og myndighed", citizen)
    nurse.is_done()
    nurse.sees_baton(AUTHORITY)
    adviser.takes("Mød op eller send stedfortræder", citizen)
    adviser.chooses("Mødte alle parter op?", NO)
    # The questions about a deputy come into play with that answer.
    adviser.chooses("Var der stedfortrædere for dem, der manglede?", YES)
    adviser.chooses("Kunne stedfortræderne beslutte på deres parts vegne?", YES)
    adviser.is_done()
    adviser.sees_baton(REGION)
    nurse.takes("Aftal justeringer og overgang", citizen)
    for label, text in (
        ("Den sociale indsats", "Bostøtte to gange om ugen"),
        ("Hvordan træder ændringerne i kraft?", "Bostøtten begynder efter udskrivningen"),
        ("Hvordan sker overgangen?", "Afsnit og bostøtte mødes med borgeren"),
    ):
        nurse.page.get_by_label(label).fill(text)
    nurse.dates("Hvornår træder de i kraft?", date(2030, 1, 7))
    nurse.is_done()
    nurse.takes("Indfør den samlede plan", citizen)
    nurse.is_done()
    nurse.sees_end("Samlet plan er indført")


def test_a_party_that_says_no_lifts_the_case(as_person: AsPerson) -> None:
    nurse, officer, adviser = (
        Person(as_person(login)) for login in ("sygeplejerske", "kriminalforsorg", "kommune")
    )
    citizen = "Ulf Uenig"
    case = _begin(nurse, "690190-1013", citizen, NO, NO)
    nurse.takes("Send planen til accept", citizen)
    nurse.is_done()
    for person, answer in ((officer, YES), (adviser, NO)):
        person.takes("Tag stilling til planen", citizen)
        person.chooses("Accepterer I, at planen genbruges?", answer)
        person.is_done()
    adviser.sees_end("Sagen er løftet til ledelsen")

    # The other pathway is started by a job, in a moment.
    expect(nurse.sees_begun(case, "Uenighed")).to_contain_text("Registrér uenigheden")
