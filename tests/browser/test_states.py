"""What pages look like in between: refused, empty, before sending, handed over, restored; axe, and 320 px."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import DONE, NO, SEND, Person
from tests.browser.test_pages import _overflow, _violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]
NAMED = {1280: ("770584-2016", "Tilde Bred"), 320: ("780584-2018", "Tilde Smal")}
PLAN = "Skal udskrivningsaftalen eller koordinationsplanen justeres?"


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_has_nothing_to_say_of_a_task_on_its_way(as_person: AsPerson, width: int) -> None:
    page = as_person("sygeplejerske", width=width)
    nurse, wrong = Person(page), {}

    def look(state: str) -> None:
        page.wait_for_load_state("networkidle")
        if found := [*_violations(page), *(["sideways"] if _overflow(page) else [])]:
            wrong[state] = found

    cpr, name = NAMED[width]
    nurse.opens_case(cpr, name)
    nurse.starts("Planrunde ved genindlæggelse")
    nurse.takes("Vurdér behov for justering", name)
    task = page.url
    page.get_by_role("button", name=DONE).click()
    expect(page.get_by_role("alert").first).to_contain_text("Opgaven er ikke sendt")
    look("error summary")
    page.get_by_label("Begrundelse").fill("Halvvejs.")
    page.get_by_role("button", name="Gem kladde").click()
    look("draft kept")
    page.goto(task)
    expect(page.get_by_label("Begrundelse")).to_have_value("Halvvejs.")
    look("draft restored")
    page.get_by_role("combobox", name="Kollega i").select_option(label="Sara Winther")
    page.get_by_role("button", name="Overdrag").click()
    expect(page.get_by_role("status").first).to_contain_text("overdraget til Sara Winther")
    look("handed over")
    page.get_by_role("button", name="Fortryd").click()
    page.goto(task)
    nurse.chooses("Skal indsatsen justeres?", NO)
    nurse.chooses(PLAN, NO)
    nurse.is_done()
    expect(page.get_by_role("button", name="Fortryd")).to_be_visible()
    look("completed, with undo")
    nurse.takes("Send planen til accept", name)
    boxes = page.get_by_role("checkbox")
    for n in range(boxes.count()):
        boxes.nth(n).check()
    for box in page.locator("main form textarea, main form input[type=text]").all():
        answers = (box.get_attribute("name") or "").startswith("svar") and box.is_visible()
        if answers and not box.input_value() and not box.get_attribute("inputmode"):
            box.fill("Plan 7")
    page.get_by_role("button", name=DONE).click()
    expect(page.get_by_role("button", name=SEND)).to_be_visible()
    look("before sending")
    page.goto("/?vis=alle&frist=overskredet&forloeb=findes-ikke")
    look("empty inbox")
    assert not wrong


def test_axe_has_nothing_to_say_of_a_meeting(as_person: AsPerson) -> None:
    nurse, town = Person(as_person("sygeplejerske")), Person(as_person("kommune", width=320))
    case = nurse.opens_case("760584-2012", "Mia Møde", agreement="hovedstaden")
    nurse.starts("Tværsektorielt netværksmøde")
    nurse.takes("Registrér ønsket om møde", "Mia Møde")
    nurse.page.get_by_label("Hvem ønsker mødet?").select_option(value="psykiatri")
    today = datetime.now(COPENHAGEN).date()
    nurse.dates("Hvornår er der bedt om mødet?", today)
    nurse.is_done()
    nurse.takes("Tal med borgeren, og skriv formål", "Mia Møde")
    nurse.page.get_by_label("Hvilke problemstillinger").fill("Bolig")
    nurse.page.get_by_label("Hvilke kompetencer").fill("Socialfaglig")
    nurse.is_done()
    nurse.takes("Send invitation", "Mia Møde")
    nurse.asked("Hvem inviteres?").get_by_label("Bopælskommune", exact=True).check()
    nurse.dates("Hvornår er mødet?", today + timedelta(days=2))
    nurse.asked("Hvornår er mødet?").get_by_label("Klokkeslæt").fill("10:00")
    nurse.is_done()
    wrong = {}
    town.page.goto(case)
    invitation = str(town.page.locator(".st-messages a").first.get_attribute("href"))
    for address in (case, invitation):
        town.page.goto(address)
        town.page.wait_for_load_state("networkidle")
        if found := [*_violations(town.page), *(["sideways"] if _overflow(town.page) else [])]:
            wrong[address] = found
    assert not wrong
