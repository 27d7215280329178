"""Nordjylland, dual diagnosis: from the ward on a Saturday to the substance centre, the town's offer and the doctor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import DONE, NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

CENTRE = "Misbrugscentret, Aalborg Kommune"
TOWN = "Socialpsykiatrien, Aalborg Kommune"
CITIZEN, CPR = "Asger Afrus", "730589-1017"


def test_a_ward_hands_over_to_the_centre_and_the_town_offers_treatment(
    as_person: AsPerson,
) -> None:
    # Stafet works without scripts too, and a page without a drawing is quick.
    nurse, centre, town, stranger = (
        Person(as_person(login, scripts=False))
        for login in ("sygeplejerske", "misbrug", "kommune", "kriminalforsorg")
    )
    gp = Person(as_person("egenlaege", width=390, scripts=False))
    case = nurse.opens_case(CPR, CITIZEN, "Egen læge", agreement="nordjylland-dobbeltdiagnose")
    _discharge(nurse, case)
    nurse.sees_baton(CENTRE)
    _contact(centre, nurse)
    _inquiry(centre, town, case)
    _offer(centre, town)

    # The doctor learns that the treatment runs, and nothing of how it came about.
    gp.sees_messages(case, "Borgeren er i misbrugsbehandling")
    gp.page.get_by_role("heading", name="Beskeder").scroll_into_view_if_needed()
    gp.photographs("nordjylland-misbrug-egen-laege-phone")
    gp.has_no_task(CITIZEN)
    stranger.may_not_know(case)
    stranger.has_no_task(CITIZEN)


def _saturday() -> date:
    """The last Saturday before today: outside the centre's hours, whenever the story is played."""
    today = datetime.now(COPENHAGEN).date()
    return today - timedelta(days=today.isoweekday() % 7 + 1)


def _discharge(nurse: Person, case: str) -> None:
    """Outside working hours the centre is told; without the citizen's yes it would not be."""
    nurse.reports("Udskrivning til misbrugscenter", case)
    nurse.dates("Hvornår udskrives borgeren?", _saturday())
    nurse.asked("Hvornår udskrives borgeren?").get_by_label("Klokkeslæt").fill("11.00")
    nurse.page.get_by_role("button", name="Start forløbet").click()
    nurse.takes("Informér om sociale tilbud", CITIZEN)
    nurse.page.get_by_role("button", name=DONE).click()
    expect(nurse.page.get_by_role("alert")).to_contain_text("hvilket materiale er givet")
    nurse.page.get_by_label("hvilket materiale er givet").fill("Pjece om bostøtte")
    nurse.is_done()
    nurse.takes("Registrér borgerens samtykke", CITIZEN)
    nurse.chooses("Samtykker borgeren til, at misbrugscentret kontaktes?", YES)
    nurse.is_done()
    nurse.takes("Orientér misbrugscentret", CITIZEN)
    nurse.chooses("Hvordan er centret orienteret?", "Sikker mail")
    nurse.is_done()


def _contact(centre: Person, nurse: Person) -> None:
    """The centre's task is not the ward's, and says how its deadline is counted from what the ward told."""
    centre.takes("Kontakt borgeren", CITIZEN)
    nurse.may_not_know(centre.page.url)
    counted = centre.page.get_by_role("region", name="Sådan er fristen talt")
    expect(counted).to_contain_text("1 hverdag")
    centre.photographs("nordjylland-misbrug-kontakt")
    centre.chooses("Er borgeren kontaktet?", YES)
    centre.is_done()
    centre.sees_end("Borgeren er kontaktet")


def _inquiry(centre: Person, town: Person, case: str) -> None:
    """What the ward told counts as the citizen's inquiry; a mental illness is no ground for a no."""
    expect(centre.sees_begun(case, "Misbrugsbehandling")).to_be_visible()
    centre.takes("Registrér henvendelsen", CITIZEN)
    centre.chooses("Hvad drejer det sig om?", "Alkohol")
    centre.is_done()
    town.takes("Træf afgørelse om behandling", CITIZEN)
    town.chooses("Kommunens afgørelse", "Borgeren får ikke et tilbud her")
    town.page.get_by_role("button", name=DONE).click()
    town.page.get_by_label("Grunden til afslaget").select_option("psykisk_lidelse")
    town.page.get_by_role("button", name=DONE).click()
    expect(town.page.get_by_role("alert")).to_contain_text("psykisk lidelse")
    town.photographs("nordjylland-misbrug-naegtet-afslag")
    town.chooses("Kommunens afgørelse", "Borgeren skal have et tilbud")
    town.page.get_by_label("Grunden til afslaget").select_option("")
    town.is_done()


def _offer(centre: Person, town: Person) -> None:
    """Offer and start within 14 days of what the ward told; the centre notes the citizen's answer."""
    started = datetime.now(COPENHAGEN).date()
    town.takes("Tilbyd behandling", CITIZEN)
    counted = town.page.get_by_role("region", name="Sådan er fristen talt")
    expect(counted).to_contain_text("14 dage")
    town.photographs("nordjylland-misbrug-14-dage")
    town.chooses("Hvilken behandling tilbydes?", "Dagbehandling")
    town.chooses("Hvem behandler?", "Kommunen selv")
    town.dates("Hvornår kan behandlingen begynde?", started)
    town.is_done()
    centre.takes("Registrér borgerens svar", CITIZEN)
    centre.chooses("Tager borgeren imod tilbuddet?", YES)
    centre.is_done()
    town.takes("Begynd behandlingen", CITIZEN)
    town.dates("Hvornår begyndte behandlingen?", started)
    town.chooses("Er behandlingen medicinsk?", NO)
    town.is_done()
    town.takes("Skriv plan for behandlingen", CITIZEN)
    town.page.get_by_label("Plan for behandlingen").fill("Samtale hver uge, gruppe om torsdagen")
    town.chooses("Er der behov for en koordinerende indsatsplan med psykiatrien?", NO)
    town.is_done()
    town.sees_end("I behandling")
    kept = town.page.get_by_role("region", name="Frister").get_by_role("listitem")
    for task in ("Tilbyd behandling", "Begynd behandlingen"):
        expect(kept.filter(has_text=task).locator(".st-chip--met")).to_have_count(1)
