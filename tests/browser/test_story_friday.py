"""Friday 15:40: warning, network meeting, færdigmelding, plan and discharge, by four people, all through pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from engine.calendar import COPENHAGEN
from tests.browser.keyboard import Keyboard
from tests.browser.story import NO, YES, Person

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]

CITIZEN, CPR = "Frida Fredag", "720584-2018"
WISH = "At komme hjem til egen bolig"
TREATMENT = {
    "Behandlingsmæssig indsats efter udskrivning": "Depotmedicin hver fjerde uge",
    "Ansvarlig for behandlingen": "Overlæge, afsnittet",
    "Opfølgning": "Samtale i klinikken",
    "Kontakt": "Klinikken, hverdage 8 til 16",
    "Hvornår og hvordan revurderes planen?": "På et møde efter tre måneder",
    "Konkrete handlinger ved risiko for forværring": "Ring til klinikken",
}
PART, REACTION = ("Kontrol hver måned", "Lægehuset"), "Bostøtten ringer samme dag"
VALID = timedelta(days=180)
AGREED = "Bostøtten begynder to gange om ugen"
NEED = "Vurdér, om der skal laves en plan"


def test_friday_at_twenty_to_four(as_person: AsPerson) -> None:
    """By the keyboard alone, login included; for two of the four without scripts, where Tab is all one has."""
    nurse, town, doctor, gp = people = (
        Keyboard(as_person()),
        Keyboard(as_person(scripts=False), scripts=False),
        Keyboard(as_person()),
        Keyboard(as_person(width=390, scripts=False), scripts=False),
    )
    for person, login in zip(
        people, ("sygeplejerske", "kommune", "laege", "egenlaege"), strict=True
    ):
        person.logs_in(login)
    case = nurse.opens_case(CPR, CITIZEN, "Egen læge", agreement="hovedstaden")
    _warn(nurse, town, doctor)
    _meet(nurse, town, gp, case)
    _message(nurse, town, doctor)
    _plan(nurse, doctor, town, gp, case)
    _discharge(nurse, town, case)
    _calm(case, nurse, town, doctor, gp)
    assert [person.lost for person in people] == [set()] * 4


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
        nurse.ticks(nurse.asked("Hvem inviteres?").get_by_label(invited, exact=True))
    nurse.is_done()
    nurse.sees_begun(case, "Tværsektorielt netværksmøde")
    town.takes("Find et tidspunkt", CITIZEN)
    begins = datetime.now(COPENHAGEN).date() + timedelta(days=3)
    town.dates("Hvornår kan kommunen mødes?", begins)
    town.writes(town.asked("Hvornår kan kommunen mødes?").get_by_label("Klokkeslæt"), "10:00")
    town.is_done()
    # Who was invited has the meeting, and a file for the calendar that names nobody.
    gp.page.goto(case)
    meeting = gp.page.get_by_role("region", name="Møder")
    expect(meeting).to_contain_text("kl. 10.00 til 11.00")
    with gp.page.expect_download() as fetched:
        gp.presses(meeting.get_by_role("link", name="Føj til kalenderen"))
    text = fetched.value.path().read_text(encoding="utf-8")
    assert "BEGIN:VEVENT" in text
    assert not any(part in text for part in (*CITIZEN.split(), CPR))
    nurse.takes("Hold mødet", CITIZEN)
    nurse.fills("Mødeleder", "Overlæge")
    nurse.fills("Referent", "Sygeplejerske")
    nurse.fills("Tovholder", "Sagsbehandler")
    nurse.chooses("Er borgeren med?", YES)
    nurse.is_done()
    nurse.takes("Skriv referat med aftaler", CITIZEN)
    nurse.fills("Aftale", AGREED, exact=True)
    nurse.fills("Ansvarlig", "Bostøtte")
    nurse.picks(nurse.page.get_by_label("Hvilken part følger op?").first, "Bopælskommune")
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


def _plan(nurse: Person, doctor: Person, town: Person, gp: Person, case: str) -> None:
    """The meeting and the færdigmelding both lead to a plan; whether there is to be one is asked once."""
    doctor.takes(NEED, CITIZEN)
    doctor.chooses("Er borgeren fyldt 18 år?", YES)
    doctor.chooses("Er en plan allerede under udarbejdelse?", NO)
    doctor.chooses("Får borgeren støtte efter servicelovens afsnit V", YES)
    doctor.is_done()
    nurse.takes("Spørg, om borgeren vil medvirke", CITIZEN)
    nurse.chooses("Vil borgeren medvirke til en udskrivningsaftale?", YES)
    nurse.is_done()
    _write(doctor, town, gp)
    _in_force(nurse, doctor, town, gp, case)


def _write(doctor: Person, town: Person, gp: Person) -> None:
    """Each sector writes its own part; the doctor says until when the plan holds."""
    doctor.takes("Saml parter og indhold", CITIZEN)
    doctor.ticks(
        doctor.asked("Hvilke parter omfatter planen").get_by_label("Egen læge", exact=True)
    )
    doctor.fills("Koordinerende kontaktperson", "Sygeplejerske, afsnittet")
    doctor.fills("Borgerens ønsker og behov", WISH)
    doctor.is_done()
    gp.takes("Skriv jeres del af planen", CITIZEN)
    gp.fills("Jeres indsatser efter udskrivning", PART[0])
    gp.fills("Ansvarlig", PART[1], exact=True)
    gp.fills("Hvor er indsatsen beskrevet?", "Epikrisen")
    gp.is_done()
    town.takes("Skriv kommunens del", CITIZEN)
    town.fills("Sociale og øvrige indsatser", AGREED)
    town.fills("Ansvarlig", "Bostøtte", exact=True)
    town.is_done()
    doctor.takes("Skriv behandlingsdelen", CITIZEN)
    for asked, said in TREATMENT.items():
        doctor.fills(asked, said, exact=True)
    doctor.is_done()
    doctor.takes("Aftal, hvem der reagerer", CITIZEN)
    doctor.picks(doctor.page.get_by_label("Hvem skal reagere"), "Bopælskommune")
    doctor.fills("Hvordan reageres der?", REACTION)
    doctor.is_done()
    doctor.takes("Fastsæt gyldighedsperioden", CITIZEN)
    doctor.dates("Gælder til", datetime.now(COPENHAGEN).date() + VALID)
    doctor.is_done()


def _in_force(nurse: Person, doctor: Person, town: Person, gp: Person, case: str) -> None:
    """Nobody's silence is a yes; then the plan is sent, holds, and can be read on paper."""
    doctor.takes("Gennemgå planen med borgeren", CITIZEN)
    doctor.chooses("Er borgeren enig i planen?", YES)
    doctor.is_done()
    for person, answered in ((town, "0 af 2"), (gp, "1 af 2")):
        expect(_plans(person, case)).to_contain_text(f"{answered} har accepteret")
        person.takes("Tag stilling til planen", CITIZEN)
        person.chooses("Accepterer I planen?", YES)
        person.is_done()
    expect(_plans(nurse, case)).not_to_contain_text("I kraft")
    nurse.takes("Send planen til parterne", CITIZEN)
    nurse.ticks(nurse.page.get_by_label("Borgeren har fået en kopi"))
    nurse.is_done()
    until = datetime.now(COPENHAGEN).date() + VALID
    for person in (nurse, doctor, town, gp):
        plan = _plans(person, case).locator("li", has_text="Udskrivningsaftale")
        for word in ("2 af 2 har accepteret", "I kraft", f"{until.day}. "):
            expect(plan).to_contain_text(word)
    gp.presses(plan.get_by_role("link", name="Udskrivningsaftale"))
    address = str(gp.page.get_by_role("link", name="som PDF").get_attribute("href"))
    words = _words(gp.page.request.get(address).body())
    for written in (CITIZEN, WISH, AGREED, *TREATMENT.values(), *PART, REACTION):
        assert written in words


def _plans(person: Person, case: str) -> Locator:
    person.page.goto(case)
    return person.page.locator("section[aria-labelledby=documents]")


def _words(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def _discharge(nurse: Person, town: Person, case: str) -> None:
    """The citizen goes home; the doctors' letter follows, and what the meeting agreed is done."""
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
    nurse.sees_begun(case, "Overdragelse til egen læge")
    met = nurse.page.get_by_role("region", name="Møder")
    theirs = met.get_by_role("listitem").filter(has_text=AGREED).last
    expect(theirs).to_contain_text("Parten følger op")
    nurse.takes("Ajourfør Fælles Medicinkort", CITIZEN)
    nurse.ticks(nurse.page.get_by_label("Fælles Medicinkort er ajourført"))
    nurse.is_done()
    nurse.takes("Send epikrise", CITIZEN)
    nurse.chooses("Opfølgningsbehov", "Grøn: intet behov hos egen læge")
    nurse.fills("Epikrisens indhold", "Udskrevet i bedring")
    nurse.chooses("Udskrivningsaftale eller koordinationsplan", "Vedlagt")
    nurse.is_done()
    nurse.takes("Afgør, hvor opfølgningen sker", CITIZEN)
    nurse.chooses("Hvor skal borgeren følges op?", "I psykiatriens ambulante tilbud")
    nurse.is_done()


def _calm(case: str, *people: Person) -> None:
    """Nobody holds the baton; what is left is the plan's last day, and it is not near."""
    for person in people:
        person.has_no_task(CITIZEN)
        person.page.goto(case)
        expect(person.page.locator(".st-relay__now")).to_contain_text("Ingen lige nu")
        dates = person.page.get_by_role("region", name="Frister").get_by_role("listitem")
        expect(dates.filter(has_not_text="Holdt")).to_have_count(1)
        expect(dates.filter(has_not_text="Holdt")).to_contain_text("Slutdatoen er nået")


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


def test_a_refusal_and_an_undo_by_keyboard_alone(as_person: AsPerson) -> None:
    nurse = Person(as_person("sygeplejerske"))
    nurse.opens_case("740584-2010", "Tast Alene")
    nurse.starts("Planrunde ved genindlæggelse")
    sara = Keyboard(as_person())
    page = sara.page
    sara.logs_in("sara")
    sara.presses(page.get_by_role("link", name="Alle i mine enheder"))
    expect(page.locator("st-keys")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Genveje")).to_be_visible()
    page.keyboard.press("Escape")
    sara.takes("Vurdér behov for justering", "Tast Alene")
    sara.is_refused()
    sara.chooses("Skal indsatsen justeres?", NO)
    sara.chooses("Skal udskrivningsaftalen eller koordinationsplanen justeres?", NO)
    sara.fills("Begrundelse", "Uden mus.")
    sara.is_done()
    # And the undo is the next stop.
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Fortryd")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Opgaven er åben igen")
    expect(page.get_by_role("status").first).to_be_focused()
    expect(page.get_by_label("Begrundelse")).to_have_value("Uden mus.")
    assert not sara.lost


#: A style that takes the outline of everything away.
UNSEEN = """() => {
  const style = new CSSStyleSheet();
  style.replaceSync('* { outline: none !important; box-shadow: none !important; }');
  document.adoptedStyleSheets = [style];
}"""


def test_the_keyboard_would_tell_of_a_focus_that_nobody_sees(as_person: AsPerson) -> None:
    sara = Keyboard(as_person())
    sara.page.goto("/log-ind")
    sara.page.evaluate(UNSEEN)
    sara.reaches(sara.page.get_by_label("Adgangskode"))
    assert any("no outline" in each for each in sara.lost)
