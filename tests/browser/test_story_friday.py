"""Friday 15:40: warning, network meeting, færdigmelding, plan and discharge, by four people, all through pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

CITIZEN, CPR = "Frida Fredag", "720584-2018"
AGREED = "Bostøtten begynder to gange om ugen"
NEED = "Vurdér, om der skal laves en plan"


def test_friday_at_twenty_to_four(as_person: AsPerson) -> None:
    # Stafet works without scripts too, and a page without a drawing is quick.
    nurse, town, doctor = (
        Person(as_person(login, scripts=False)) for login in ("sygeplejerske", "kommune", "laege")
    )
    gp = Person(as_person("egenlaege", width=390, scripts=False))
    case = nurse.opens_case(CPR, CITIZEN, "Egen læge", agreement="hovedstaden")
    _warn(nurse, town, doctor)
    _meet(nurse, town, gp, case)
    _message(nurse, town, doctor)
    _plan(nurse, doctor, case)
    nurse.takes("Udskriv, og orientér kommunen", CITIZEN)
    nurse.is_done()
    nurse.sees_end("Udskrevet med indsats")
    town.page.goto(case)
    expect(town.page.locator(".st-messages")).to_contain_text("Borgeren er udskrevet")
    town.takes("Gør det, mødet aftalte", CITIZEN)
    town.chooses("Er aftalen opfyldt?", "Ja, det er gjort")
    town.is_done()
    met = town.page.get_by_role("region", name="Møder")
    expect(met.get_by_role("listitem").filter(has_text=AGREED).last).to_contain_text("Afsluttet")


def _warn(nurse: Person, town: Person, doctor: Person) -> None:
    nurse.starts("Orientering, varsling og færdigmelding")
    nurse.takes("Vælg scenarie", CITIZEN)
    nurse.chooses("Har borgeren en kommunal indsats i dag?", YES)
    nurse.chooses("Hvordan ventes behovet for støtte at være ved udskrivningen?", "Større")
    nurse.is_done()
    nurse.takes("Orientér kommunen", CITIZEN)
    nurse.is_done()
    town.takes("Vurdér sagen", CITIZEN)
    town.is_done()
    doctor.takes("Skøn dato for færdigbehandling", CITIZEN)
    discharge = datetime.now(COPENHAGEN).date() + timedelta(days=20)
    doctor.dates("Hvornår skønnes borgeren færdigbehandlet?", discharge)
    doctor.chooses("Kan borgeren udskrives, selv om kommunale indsatser ikke er i gang?", NO)
    doctor.is_done()
    nurse.takes("Varsl kommunen", CITIZEN)
    nurse.is_done()


def _meet(nurse: Person, town: Person, gp: Person, case: str) -> None:
    nurse.takes("Invitér til netværksmøde", CITIZEN)
    for invited in ("Bopælskommune", "Egen læge"):
        nurse.asked("Hvem inviteres?").get_by_label(invited, exact=True).check()
    nurse.is_done()
    nurse.sees_begun(case, "Tværsektorielt netværksmøde")
    town.takes("Find et tidspunkt", CITIZEN)
    begins = datetime.now(COPENHAGEN).date() + timedelta(days=3)
    town.dates("Hvornår kan kommunen mødes?", begins)
    town.asked("Hvornår kan kommunen mødes?").get_by_label("Klokkeslæt").fill("10:00")
    town.is_done()
    # Who was invited has the meeting, and a file for the calendar that names nobody.
    gp.page.goto(case)
    meeting = gp.page.get_by_role("region", name="Møder")
    expect(meeting).to_contain_text("kl. 10.00 til 11.00")
    with gp.page.expect_download() as fetched:
        meeting.get_by_role("link", name="Føj til kalenderen").click()
    text = fetched.value.path().read_text(encoding="utf-8")
    assert "BEGIN:VEVENT" in text
    assert not any(part in text for part in (*CITIZEN.split(), CPR))
    nurse.takes("Hold mødet", CITIZEN)
    nurse.page.get_by_label("Mødeleder").fill("Overlæge")
    nurse.page.get_by_label("Referent").fill("Sygeplejerske")
    nurse.page.get_by_label("Tovholder").fill("Sagsbehandler")
    nurse.chooses("Er borgeren med?", YES)
    nurse.is_done()
    nurse.takes("Skriv referat med aftaler", CITIZEN)
    nurse.page.get_by_label("Aftale", exact=True).first.fill(AGREED)
    nurse.page.get_by_label("Ansvarlig").first.fill("Bostøtte")
    whose = nurse.page.get_by_label("Hvilken part følger op?").first
    whose.select_option(label="Bopælskommune")
    nurse.dates("Frist", begins + timedelta(days=10))
    nurse.is_done()
    nurse.takes("Tag stilling til opfølgning", CITIZEN)
    nurse.is_done()
    nurse.takes("Send referatet", CITIZEN)
    nurse.is_done()
    town.takes("Orientér jeres bagland", CITIZEN)
    town.is_done()
    town.page.goto(case)
    held = town.page.get_by_role("region", name="Møder")
    for word in ("Overlæge", "Sygeplejerske", "Var med", AGREED):
        expect(held).to_contain_text(word)


def _message(nurse: Person, town: Person, doctor: Person) -> None:
    doctor.takes("Meld borgeren færdigbehandlet", CITIZEN)
    doctor.is_done()
    nurse.takes("Send færdigmelding", CITIZEN)
    nurse.is_done()
    town.takes("Sørg for indsats eller støtte", CITIZEN)
    town.chooses("Er indsatsen på plads?", YES)
    town.is_done()


def _plan(nurse: Person, doctor: Person, case: str) -> None:
    """The meeting and the færdigmelding both ask for a plan; one is made."""
    for under_way in (NO, YES):
        doctor.page.goto("/?vis=alle")
        rows = doctor.page.get_by_role("listitem").filter(has_text=CITIZEN)
        rows.get_by_role("link", name=NEED, exact=True).first.click()
        doctor.chooses("Er borgeren fyldt 18 år?", YES)
        doctor.chooses("Er en plan allerede under udarbejdelse?", under_way)
        doctor.chooses("Får borgeren støtte efter servicelovens afsnit V", YES)
        doctor.is_done()
    nurse.takes("Spørg, om borgeren vil medvirke", CITIZEN)
    nurse.chooses("Vil borgeren medvirke til en udskrivningsaftale?", YES)
    nurse.is_done()
    doctor.takes("Saml parter og indhold", CITIZEN)
    doctor.page.get_by_label("Koordinerende kontaktperson").fill("Sygeplejerske, afsnittet")
    doctor.page.get_by_label("Borgerens ønsker og behov").fill("At komme hjem til egen bolig")
    doctor.is_done()
    doctor.page.goto(case)


# ---- a first day -------------------------------------------------------------------------
#: Counts what a person presses, wherever the page goes; fields of the form are not counted.
COUNTING = """
addEventListener('click', event => {
  if (event.isTrusted && event.target.closest('a, button, summary'))
    sessionStorage.pressed = Number(sessionStorage.pressed || 0) + 1;
}, true);
"""


def test_a_first_task_takes_four_clicks_beside_the_form(as_person: AsPerson) -> None:
    nurse = Person(as_person("sygeplejerske"))
    nurse.opens_case("730584-2019", "Første Dag")
    nurse.starts("Planrunde ved genindlæggelse")
    page = as_person("sara")
    page.get_by_role("button", name="Log ud").click()
    page.add_init_script(COUNTING)
    page.goto("/log-ind")
    page.evaluate("sessionStorage.clear()")
    page.get_by_label("Brugernavn").fill("sara")
    page.get_by_label("Adgangskode").fill("stafet")
    page.locator("form.st-form").get_by_role("button", name="Log ind").click()
    row = page.get_by_role("listitem").filter(has_text="Første Dag")
    if not row.count():
        page.get_by_role("link", name="Alle").first.click()
    row.get_by_role("link").first.click()
    first = Person(page)
    first.chooses("Skal indsatsen justeres?", NO)
    first.chooses("Skal udskrivningsaftalen eller koordinationsplanen justeres?", NO)
    page.get_by_label("Begrundelse").fill("Uændret.")
    first.is_done()
    assert 2 <= int(page.evaluate("sessionStorage.pressed")) <= 4


def test_from_login_to_a_completed_task_by_keyboard_alone(as_person: AsPerson) -> None:
    nurse = Person(as_person("sygeplejerske"))
    nurse.opens_case("740584-2010", "Tast Alene")
    nurse.starts("Planrunde ved genindlæggelse")
    page = as_person("sara")
    page.goto("/?vis=alle")
    link = page.get_by_role("listitem").filter(has_text="Tast Alene").get_by_role("link").first
    _reach(page, str(link.get_attribute("href")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vurdér behov")
    plan = "Skal udskrivningsaftalen eller koordinationsplanen justeres?"
    for question in ("Skal indsatsen justeres?", plan):
        asked = page.get_by_role("group", name=question).get_by_label(NO, exact=True)
        group = str(asked.get_attribute("name"))
        for _ in range(60):
            if page.evaluate("document.activeElement.name") == group:
                break
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        for _ in range(3):
            if asked.is_checked():
                break
            page.keyboard.press("ArrowDown")
        expect(asked).to_be_checked()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
    page.keyboard.type("Uden mus.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Opgaven er færdig")
    # And the undo is reached the same way.
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Fortryd":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Opgaven er åben igen")
    expect(page.get_by_label("Begrundelse")).to_have_value("Uden mus.")


def _reach(page: Page, address: str) -> None:
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == address:
            return
    raise AssertionError(f"the keyboard does not reach {address}")
