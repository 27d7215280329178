"""Sjælland: a coordinating action plan, from the need over the meeting to a deviation and a withdrawn consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import DONE, NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

TOWN, REHAB, GP = "Handlekommune", "Kommunens misbrugsbehandling", "Egen læge"
CITIZEN, CPR = "Kirstine Plan", "710688-2018"


def test_a_plan_is_made_followed_and_stopped(as_person: AsPerson) -> None:
    # Stafet works without scripts too, and a page without a drawing is quick.
    nurse, town, rehab = (
        Person(as_person(login, scripts=False)) for login in ("sygeplejerske", "kommune", "misbrug")
    )
    gp = Person(as_person("egenlaege", width=390, scripts=False))
    case = nurse.opens_case(CPR, CITIZEN, "Egen læge", agreement="sjaelland")
    nurse.starts("Koordinerende indsatsplan")
    _need(nurse)
    _invitation(nurse, town, rehab, gp)
    _meeting(nurse, town, case)

    _approval(nurse)
    plan = _plan_in_force(nurse, case)
    # The plan reaches the general practitioner, who has nothing more to do and does not see who coordinates.
    gp.has_no_task(CITIZEN)
    gp.page.goto(case)
    expect(gp.page.locator(".st-messages")).to_contain_text("Koordinerende indsatsplan")
    expect(gp.page.locator(".st-messages")).not_to_contain_text("I koordinerer planen")
    gp.page.get_by_role("heading", name="Beskeder").scroll_into_view_if_needed()
    gp.photographs("sjaelland-egen-laege-phone")
    _read(gp, plan)

    rehab.reports("En afvigelse er meldt", case)
    rehab.page.get_by_label("På vegne af hvem?").select_option(REHAB)
    rehab.page.get_by_label("Hvad sker der ikke som aftalt?").fill("Møder ikke frem til samtaler")
    rehab.is_reported()
    rehab.photographs("sjaelland-afvigelse")
    town.takes("Orientér de relevante parter", CITIZEN)
    rehab.may_not_know(town.page.url)

    nurse.reports("Samtykket er trukket", case)
    nurse.is_reported()
    nurse.sees_end("Planen er stoppet")
    nurse.photographs("sjaelland-samtykket-er-trukket")
    nurse.page.goto(plan)
    expect(nurse.page.locator("main")).to_contain_text("Samtykket er trukket")
    expect(nurse.page.locator(".st-panel").first).to_contain_text("Bortfaldt")
    # Without a consent nothing more leaves: the last message waits until the citizen is asked again.
    rehab.page.goto(case)
    expect(rehab.page.locator(".st-messages")).not_to_contain_text("er stoppet")
    given = rehab.page.get_by_role("region", name="Samtykke og grundlag")
    expect(given).to_contain_text("Trukket tilbage")
    stranger = Person(as_person("kriminalforsorg", scripts=False))
    stranger.may_not_know(case)
    stranger.has_no_task(CITIZEN)


def _need(nurse: Person) -> None:
    nurse.takes("Vurdér målgruppe og behov", CITIZEN)
    nurse.chooses("Er der behov for en koordinerende indsatsplan?", YES)
    nurse.is_done_in_two()
    nurse.takes("Indstil til en plan", CITIZEN)
    nurse.dates("Indstillet den", datetime.now(COPENHAGEN).date())
    nurse.is_done()
    nurse.takes("Spørg borgeren om en plan", CITIZEN)
    nurse.chooses("Vil borgeren have en koordinerende indsatsplan?", YES)
    nurse.page.get_by_role("button", name=DONE).click()
    nurse.chooses("Må oplysninger deles mellem parterne?", YES)
    nurse.is_done_in_two()


def _invitation(nurse: Person, town: Person, rehab: Person, gp: Person) -> None:
    nurse.takes("Kortlæg netværk, og saml planer", CITIZEN)
    for asked, said in (("Stamdata", "Bor alene"), ("Netværk", "En søster"), ("Navn", "Bo Lind")):
        nurse.page.get_by_label(asked, exact=True).fill(said)
    nurse.page.get_by_label("Borgerens drømme, ønsker og behov").fill("Et arbejde")
    nurse.is_done()
    nurse.takes("Inviter til mødet", CITIZEN)
    for invited in (TOWN, REHAB, GP):
        nurse.asked("Hvem inviteres?").get_by_label(invited, exact=True).check()
    nurse.dates("Mødet holdes", datetime.now(COPENHAGEN).date() + timedelta(days=14))
    nurse.asked("Mødet holdes").get_by_label("Klokkeslæt").fill("10.00")
    nurse.is_done()
    nurse.photographs("sjaelland-inviteret")
    rehab.takes("Deltag, eller vælg et alternativ", CITIZEN)
    gp.may_not_know(rehab.page.url)
    for person in (rehab, town, gp):
        person.takes("Deltag, eller vælg et alternativ", CITIZEN)
        person.chooses("Deltager I?", YES)
        person.is_done()


def _meeting(nurse: Person, town: Person, case: str) -> None:
    """Who chairs does not take the minutes; the municipality coordinates."""
    nurse.takes("Hold mødet", CITIZEN)
    nurse.page.get_by_label("Mødeleder").fill("Sygeplejerske, Psykiatrien")
    nurse.page.get_by_label("Referent").fill("Sygeplejerske, Psykiatrien")
    nurse.page.get_by_role("button", name=DONE).click()
    expect(nurse.page.get_by_role("alert")).to_contain_text("en anden end mødelederen")
    nurse.photographs("sjaelland-moedeleder-og-referent")
    nurse.page.get_by_label("Referent").fill("Sagsbehandler, kommunen")
    nurse.is_done()
    nurse.takes("Skriv planen på mødet", CITIZEN)
    nurse.page.get_by_label("Indsats", exact=True).first.fill("Samtaler hver uge")
    nurse.page.get_by_label("Ansvarlig", exact=True).first.fill("Center for Afhængighed")
    nurse.is_done()
    nurse.takes("Udpeg koordinator og næste møde", CITIZEN)
    nurse.page.get_by_label("Hvem koordinerer frem til næste møde?").select_option(TOWN)
    nurse.page.get_by_label("Navn og stilling").fill("Sagsbehandler, kommunen")
    nurse.dates("Næste møde", datetime.now(COPENHAGEN).date() + timedelta(days=90))
    nurse.is_done()
    town.page.goto(case)
    expect(town.page.locator(".st-messages")).to_contain_text("I koordinerer planen")


def _approval(nurse: Person) -> None:
    """The citizen wants something changed and sees the plan again before it is in force."""
    nurse.takes("Gennemgå planen, og godkend", CITIZEN)
    nurse.chooses("Godkender borgeren planen?", NO)
    nurse.page.get_by_role("button", name=DONE).click()  # brings the question that the no asks
    nurse.chooses("Vil borgeren have planen rettet?", YES)
    nurse.is_done()
    nurse.takes("Ret planen", CITIZEN)
    nurse.page.get_by_label("Hvad er rettet?").fill("Mødes om eftermiddagen")
    nurse.is_done()
    nurse.takes("Gennemgå planen, og godkend", CITIZEN)
    nurse.chooses("Godkender borgeren planen?", YES)
    nurse.is_done()
    nurse.takes("Send planen til alle", CITIZEN)
    nurse.is_done()


def _plan_in_force(nurse: Person, case: str) -> str:
    """The case says that the second version is in force; the two stand side by side.  The document's address."""
    nurse.page.goto(case)
    plans = nurse.page.locator("section[aria-labelledby=documents]")
    expect(plans).to_contain_text("udgave 2")
    expect(plans).to_contain_text("I kraft")
    expect(plans).to_contain_text("1 af 1 har accepteret")
    plans.get_by_role("link", name="Koordinerende indsatsplan").click()
    address = nurse.page.url
    nurse.page.get_by_role("link", name="Sammenlign med udgave 1").click()
    changed = nurse.page.locator(".st-compare .is-changed")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("Mødes om eftermiddagen")
    nurse.photographs("sjaelland-planens-udgaver")
    return address


def _read(person: Person, plan: str) -> None:
    """Who was sent the plan reads the version in force and not what was drafted before, and prints it."""
    person.page.goto(plan)
    expect(person.page.locator("main")).to_contain_text("Gælder fra")
    expect(person.page.locator("section[aria-labelledby=versions] li")).to_have_count(1)
    address = person.page.get_by_role("link", name="som PDF").get_attribute("href")
    printed = person.page.request.get(str(address))
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.body().startswith(b"%PDF")
    assert CPR.replace("-", "") not in printed.headers["content-disposition"]
