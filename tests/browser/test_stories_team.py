"""Nordjylland: the patient's team, from the municipality's wish over the meeting to the hospital's closing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from engine.calendar import COPENHAGEN
from tests.browser.story import DONE, NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

TOWN, SOCIAL, WARD = "Handlekommune", "Hospitalets socialrådgivere", "Psykiatrien"
CITIZEN, CPR = "Thorkild Team", "730188-2013"


def test_a_team_is_formed_meets_and_closes(as_person: AsPerson) -> None:
    town, social = (
        Person(as_person(login, scripts=False)) for login in ("kommune", "socialraadgiver")
    )
    stranger = Person(as_person("kriminalforsorg", scripts=False))
    case = town.opens_case(CPR, CITIZEN, agreement="nordjylland-team")
    _wish(town)
    _formed(town, social)
    _prepared(town, social)
    _meeting(town, social)
    _plan(town, social, case)
    _closed(town, social, case)
    stranger.may_not_know(case)
    stranger.has_no_task(CITIZEN)


def _fills(person: Person, **said: str) -> None:
    """Texts, each by the name of its field."""
    for name, text in said.items():
        person.page.locator(f"[name='svar.{name}']").fill(text)


def _today() -> datetime:
    return datetime.now(COPENHAGEN)


def _wish(town: Person) -> None:
    """The model is for adults: a child is refused with the agreement that holds instead."""
    town.page.locator(".st-actions-menu summary").click()
    town.page.locator(".st-actions-list").get_by_role("link", name="Patientens team").click()
    town.page.get_by_label("Hvem tager initiativet?").select_option(TOWN)
    town.chooses("Er borgeren fyldt 18 år?", NO)
    _fills(town, begrundelse="Brug for støtte hjemme")
    town.page.get_by_role("button", name="Start forløbet").click()
    expect(town.page.get_by_role("alert")).to_contain_text("aftalen om børn og unge")
    town.chooses("Er borgeren fyldt 18 år?", YES)
    town.page.get_by_role("button", name="Start forløbet").click()
    expect(town.page.get_by_role("status")).to_contain_text("Det er noteret")


def _formed(town: Person, social: Person) -> None:
    town.takes("Vurdér målgruppe og behov", CITIZEN)
    town.chooses("Har borgeren brug for kommunal indsats efter udskrivning?", NO)
    town.chooses("Skal den kommunale indsats, borgeren har, ændres?", NO)
    town.chooses("Er der behov for et team?", YES)
    town.page.get_by_role("button", name=DONE).click()
    town.page.get_by_role("button", name=DONE).click()
    expect(town.page.get_by_role("alert")).to_contain_text("ikke i målgruppen")
    town.chooses("Skal den kommunale indsats, borgeren har, ændres?", YES)
    town.is_done()
    town.takes("Indhent borgerens samtykke", CITIZEN)
    town.chooses("Giver borgeren samtykke til teamet?", YES)
    town.page.get_by_label("Svaret er dokumenteret i egen sektor").check()
    town.page.get_by_role("button", name=DONE).click()
    town.dates("Samtykket er givet den", _today().date())
    _fills(town, omfang="Det, der er nødvendigt i teamet")
    town.is_done()
    town.takes("Kontakt den anden sektor", CITIZEN)
    town.chooses("Hvordan er den anden sektor kontaktet?", "Sikker mail")
    _fills(town, tovholder="Socialrådgiver, hospitalet")
    town.is_done()
    social.takes("Etablér teamet", CITIZEN)
    town.may_not_know(social.page.url)
    social.chooses("Hvor er borgeren nu?", "I ambulant behandling")
    _fills(social, aftalt_med_borgeren="Vi mødes alle sammen")
    social.is_done()
    social.takes("Kortlæg borgerens netværk", CITIZEN)
    _fills(social, netvaerkskort="En søster")
    social.chooses("Ønsker borgeren pårørende med?", NO)
    social.is_done()
    town.takes("Sammensæt teamet med borgeren", CITIZEN)
    for party in (SOCIAL, TOWN):
        town.asked("Hvem er med i teamet?").get_by_label(party, exact=True).check()
    town.chooses("Deltager borgeren i mødet?", YES)
    _fills(town, borgerens_valg="Sin bostøtte")
    town.is_done()


def _prepared(town: Person, social: Person) -> None:
    """The agenda has the template's seven points from the beginning."""
    social.takes("Afstem forventninger med borgeren", CITIZEN)
    _fills(social, forventninger="En klar aftale", temaer="Bolig")
    social.is_done()
    town.takes("Afklar kommunens del", CITIZEN)
    _fills(town, kommunens_deltagere="Sagsbehandler og bostøtte")
    town.chooses("Er der talt med borgeren?", YES)
    town.is_done()
    social.takes("Lav dagsorden efter skabelonen", CITIZEN)
    social.page.get_by_role("button", name=DONE).click()
    expect(social.page.get_by_role("alert")).to_contain_text("Borgerens ønsker til mødet")
    _fills(
        social,
        kommune_afdeling="Socialpsykiatrien",
        afdeling_ambulatorium="Ambulatoriet",
        moedested_link="Teams",
        deltagere_navn_rolle="Socialrådgiver, sagsbehandler",
        formaal="Støtte hjemme",
        borgerens_oensker="At blive boende",
        emner="Bolig og medicin",
    )
    social.dates("Mødet begynder", (_today() + timedelta(days=10)).date())
    social.asked("Mødet begynder").get_by_label("Klokkeslæt").fill("10.00")
    social.is_done()
    social.takes("Send dagsorden, og indkald", CITIZEN)
    social.chooses("Hvordan er borgeren indkaldt?", "I e-Boks")
    social.chooses("Mødeform", "Fremmøde")
    social.is_done()
    for person in (social, town):
        person.takes("Sæt dig ind i forløbet", CITIZEN)
        person.page.get_by_label("Jeg har sat mig ind i det aktuelle forløb").check()
        _fills(person, muligheder_for_justering="To timer mere om ugen")
        person.is_done()


def _meeting(town: Person, social: Person) -> None:
    """A relay holder from each sector, or the meeting does not go on."""
    social.takes("Kontrollér erklæringen", CITIZEN)
    social.chooses("Er der en opdateret samtykkeerklæring?", YES)
    social.is_done()
    social.takes("Byd velkommen, og sæt rammen", CITIZEN)
    town.may_not_know(social.page.url)
    for party in (SOCIAL, TOWN):
        social.asked("Hvem er til stede?").get_by_label(party, exact=True).check()
    social.chooses("Er borgeren med?", YES)
    social.chooses("Mødet holdes", "Ved fremmøde")
    social.is_done()
    social.takes("Fordel rollerne", CITIZEN)
    _fills(
        social,
        moedeleder="Socialrådgiver",
        referent="Sygeplejerske",
        stafetholder_hospital="Socialrådgiver, ambulatoriet",
    )
    social.chooses("Hvordan samles der op?", "På tavlen, med billede")
    social.page.get_by_role("button", name=DONE).click()
    expect(social.page.get_by_role("alert")).to_contain_text("Stafetholder fra kommunen")
    social.photographs("nordjylland-en-stafetholder")
    _fills(social, stafetholder_kommune="Sagsbehandler, voksenafdelingen")
    social.is_done()
    social.takes("Drøft situation og behov", CITIZEN)
    _fills(
        social,
        aktuel_situation="Hjemme, dårlig søvn",
        behov_beskrevet="Støtte om aftenen",
        aktuelle_planer="Bostøtte to timer",
        medicin="Uændret",
    )
    social.chooses("Er indsatserne prioriteret sammen med borgeren?", YES)
    social.is_done()


def _plan(town: Person, social: Person, case: str) -> None:
    """The citizen's own priorities are part of the plan; a picture shows no personal data."""
    social.takes("Læg den fælles plan", CITIZEN)
    social.chooses("Hvilket redskab bruges?", "Visuel opsamling")
    social.chooses("Er der brug for en fælles kriseplan?", NO)
    social.page.get_by_label("Deltagerne forpligter sig på planen").check()
    _fills(social, handlingsplan="Ring ved dårlig søvn", ansvar="Bostøtten")
    social.page.get_by_label("Indsats eller opgave").fill("Bostøtte om aftenen")
    social.page.get_by_label("Ansvarlig", exact=True).fill("Bostøtten")
    social.dates("Frist", (_today() + timedelta(days=14)).date())
    social.page.get_by_role("button", name=DONE).click()
    expect(social.page.get_by_role("alert")).to_contain_text("Borgerens egne prioriteringer")
    _fills(social, borgerens_prioriteringer="At blive boende")
    social.is_done()
    social.takes("Saml op, og aftal næste møde", CITIZEN)
    social.page.get_by_label("Der er samlet mundtligt op").check()
    _fills(
        social,
        videre_samarbejde="Vi fortsætter",
        kommunikation_sparring="Ring hver uge",
        deltageroversigt="Socialrådgiver, sagsbehandler",
        opfoelgningsansvar="Stafetholderne",
        akutansvarlig="Ambulatoriet",
        aktivering_mellem_moeder="Ved to udeblivelser",
    )
    social.page.get_by_label("Aftale", exact=True).fill("Bostøtte begynder")
    social.page.get_by_label("Ansvarlig", exact=True).fill("Sagsbehandler")
    social.dates("Frist", (_today() + timedelta(days=14)).date())
    social.dates("Næste møde", (_today() + timedelta(days=60)).date())
    social.asked("Næste møde").get_by_label("Klokkeslæt").fill("10.00")
    social.chooses("Er tavlen fotograferet?", YES)
    social.is_done()
    social.takes("Udpeg forløbskoordinatorer", CITIZEN)
    _fills(
        social,
        forloebskoordinator_hospital="Socialrådgiver",
        forloebskoordinator_kommune="Sagsbehandler",
    )
    social.is_done()
    social.takes("Giv borgeren billedet", CITIZEN)
    social.chooses("Hvem har taget billedet?", "En anden")
    social.page.get_by_label("Borgeren har fået opsamlingen med fra mødet").check()
    social.page.get_by_role("button", name=DONE).click()
    social.page.get_by_role("button", name=DONE).click()
    expect(social.page.get_by_role("alert")).to_contain_text("må det ikke vise CPR-nummer")
    social.page.get_by_label("Billedet viser hverken").check()
    social.photographs("nordjylland-billedet")
    social.is_done()
    social.takes("Send plan og opsamling", CITIZEN)
    social.chooses("Hvordan sendes den?", "Sikker mail")
    social.is_done()
    town.page.goto(case)
    expect(town.page.locator(".st-messages")).to_contain_text(
        "Plan og opsamling fra mødet i patientens team"
    )
    expect(town.page.get_by_text("Fælles plan fra patientens team").first).to_be_visible()
    town.photographs("nordjylland-faelles-plan")


def _closed(town: Person, social: Person, case: str) -> None:
    """The two relay holders each have the baton; the hospital's closing ends the team."""
    social.page.goto(case)
    town.takes("Hold kontakten, og justér", CITIZEN)
    town.chooses("Hvordan går det med planen?", "Planen følges")
    _fills(town, kontakt="Borger og bostøtte")
    town.is_done()
    social.reports("Behandlingen slutter", case)
    social.page.get_by_label("Behandlingen på hospitalet er afsluttet").check()
    social.is_reported()
    for person in (social, town):
        person.takes("Afstem afslutningen", CITIZEN)
        person.chooses("Er I enige i at slutte?", YES)
        person.is_done()
    social.takes("Orientér borgeren", CITIZEN)
    social.chooses("Hvordan er borgeren orienteret?", "I en samtale")
    social.dates("Borgeren er orienteret den", _today().date())
    social.is_done()
    social.takes("Orientér alle aktører", CITIZEN)
    _fills(social, afslutning="Egen læge følger op")
    social.is_done()
    social.sees_end("Teamet er afsluttet")
    town.sees_messages(
        case,
        "Patientens team er afsluttet",
        "Plan og opsamling fra mødet i patientens team",
        "Indkaldelse og dagsorden: møde i patientens team",
        "Anmodning om møde i patientens team",
    )
