"""Nothing typed is lost: errors, a lost race, an ended session; and everything can be done from the keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.story import DONE, NO, YES, Person
from tests.browser.test_pages import _overflow, _violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]
Begun = Callable[[str, str], str]


@pytest.fixture
def begun(as_person: AsPerson) -> Begun:
    """A new case whose first task waits for the ward; the task's address."""

    def begin(cpr: str, citizen: str) -> str:
        nurse = Person(as_person("sygeplejerske"))
        nurse.opens_case(cpr, citizen)
        nurse.starts("Planrunde ved genindlæggelse")
        nurse.takes("Vurdér behov for justering", citizen)
        return nurse.page.url

    return begin


def test_what_is_wrong_is_read_first_and_leads_to_its_field(
    as_person: AsPerson, begun: Begun
) -> None:
    address = begun("650290-1014", "Eva Fejl")
    for width in (1280, 360):
        page = as_person("sygeplejerske", width=width)
        page.goto(address)
        page.get_by_label("Begrundelse").fill("Kendt af afsnittet.")
        page.get_by_role("button", name=DONE).click()
        summary = page.locator("#problems")
        expect(summary).to_be_focused()
        expect(summary).to_contain_text("Ret 2 felter")
        expect(page.get_by_label("Begrundelse")).to_have_value("Kendt af afsnittet.")
        assert page.title().startswith("Fejl:")
        assert not _violations(page)
        assert _overflow(page) == 0
        summary.get_by_role("link").first.click()
        expect(
            page.get_by_role("group", name="Skal indsatsen justeres?").get_by_label(YES)
        ).to_be_focused()


def test_the_draft_is_there_next_day_and_only_for_its_writer(
    as_person: AsPerson, begun: Begun
) -> None:
    address = begun("650390-1015", "Ove Kladde")
    nurse, doctor = as_person("sygeplejerske"), as_person("laege")
    nurse.goto(address)
    nurse.get_by_label("Begrundelse").fill("Halvt skrevet.")
    nurse.get_by_role("button", name="Gem kladde").click()
    expect(nurse.get_by_role("status")).to_contain_text("Kladden er gemt")
    nurse.goto(address)
    expect(nurse.get_by_label("Begrundelse")).to_have_value("Halvt skrevet.")
    doctor.goto(address)
    expect(doctor.get_by_label("Begrundelse")).to_have_value("")
    expect(doctor.get_by_label("Begrundelse")).to_be_disabled()
    expect(doctor.locator("main")).to_contain_text("Mette Lindholm har opgaven")


def test_what_is_typed_is_kept_by_itself_also_when_the_network_was_lost(
    as_person: AsPerson, begun: Begun
) -> None:
    address = begun("650390-1023", "Sif Selvgemt")
    page = as_person("sygeplejerske")
    page.goto(address)
    kept = page.locator("[data-kept]")
    page.get_by_label("Begrundelse").fill("Naboen 700378-1016 ringede.")
    expect(page.get_by_text("Det ligner et CPR-nummer")).to_be_visible()
    expect(kept).to_contain_text("Kladde gemt")
    expect(page.locator(".st-hold")).to_contain_text("Opgaven er din.")
    page.context.set_offline(True)
    page.get_by_label("Begrundelse").fill("Naboen ringede.")
    expect(page.get_by_text("Det ligner et CPR-nummer")).to_have_count(0)
    expect(kept).to_contain_text("Ingen forbindelse")
    page.context.set_offline(False)
    expect(kept).to_contain_text("Kladde gemt")
    page.goto(address)
    expect(page.get_by_label("Begrundelse")).to_have_value("Naboen ringede.")


def test_nothing_is_sent_into_a_lost_network(as_person: AsPerson, begun: Begun) -> None:
    nurse = Person(as_person("sygeplejerske"))
    page = nurse.page
    page.goto(begun("650390-1031", "Nete Netløs"))
    nurse.chooses("Skal indsatsen justeres?", NO)
    nurse.chooses("Skal udskrivningsaftalen eller koordinationsplanen justeres?", NO)
    page.get_by_label("Begrundelse").fill("Uden net.")
    page.context.set_offline(True)
    page.get_by_role("button", name=DONE).click()
    expect(page.get_by_role("alert")).to_contain_text("Ingen forbindelse. Intet er sendt.")
    expect(page.get_by_label("Begrundelse")).to_have_value("Uden net.")
    assert not _violations(page)
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)
    nurse.is_done()


def test_a_file_up_to_ten_megabytes_is_taken_and_a_larger_one_is_told(
    as_person: AsPerson, begun: Begun
) -> None:
    address = begun("650390-1058", "Finn Fil")

    def chosen(page: Page, name: str, size: int) -> None:
        page.goto(address)
        page.get_by_text("Læg en fil ved").click()
        said = {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-" + b"x" * size}
        page.get_by_label("Fil", exact=True).set_input_files(said)  # type: ignore[arg-type]
        page.get_by_role("button", name="Læg ved").click()

    page, plain = as_person("sygeplejerske"), as_person("sygeplejerske", scripts=False)
    chosen(page, "lige.pdf", 9_900_000)
    expect(page.get_by_role("region", name="Bilag")).to_contain_text("lige.pdf")
    chosen(page, "stor.pdf", 11_000_000)
    field = page.get_by_label("Fil", exact=True)
    assert "10 MB" in field.evaluate("it => it.validationMessage")
    chosen(plain, "stor.pdf", 11_000_000)
    expect(plain.get_by_role("heading", level=1)).to_have_text("Det fylder for meget")
    plain.get_by_role("link", name="Gå tilbage til opgaven").click()
    expect(plain.get_by_role("region", name="Bilag")).not_to_contain_text("stor.pdf")


def test_who_comes_second_keeps_what_was_typed(as_person: AsPerson, begun: Begun) -> None:
    address = begun("650490-1016", "Per Kapløb")
    first, second = Person(as_person("sygeplejerske")), Person(as_person("laege"))
    for person in (first, second):
        person.page.goto(address)
        person.chooses("Skal indsatsen justeres?", NO)
        person.chooses("Skal udskrivningsaftalen eller koordinationsplanen justeres?", NO)
    second.page.get_by_label("Begrundelse").fill("Min lange begrundelse.")
    first.is_done()
    second.page.get_by_role("button", name=DONE).click()
    expect(second.page.get_by_role("alert")).to_contain_text("En anden kom først")
    expect(second.page.get_by_role("region", name="Det skrev du")).to_contain_text(
        "Min lange begrundelse."
    )
    assert not _violations(second.page)


def test_an_ended_session_loses_nothing(as_person: AsPerson, begun: Begun) -> None:
    nurse = Person(as_person("sygeplejerske"))
    nurse.page.goto(begun("650590-1017", "Ida Pause"))
    nurse.chooses("Skal indsatsen justeres?", NO)
    nurse.page.get_by_label("Begrundelse").fill("Skrevet før pausen.\n\nOg efter.")
    nurse.page.context.clear_cookies(name="stafet_session")
    nurse.page.get_by_role("button", name=DONE).click()
    expect(nurse.page.get_by_role("status")).to_contain_text("ikke tabt")
    assert not _violations(nurse.page)
    nurse.page.get_by_label("Brugernavn").fill("sygeplejerske")
    nurse.page.get_by_label("Adgangskode").fill("stafet")
    nurse.page.locator("form.st-form").get_by_role("button", name="Log ind").click()
    assert not _violations(nurse.page)
    nurse.page.get_by_role("button", name="Gå tilbage til formularen").click()
    expect(nurse.page.get_by_label("Begrundelse")).to_have_value("Skrevet før pausen.\n\nOg efter.")
    expect(nurse.asked("Skal indsatsen justeres?").get_by_label(NO)).to_be_checked()


def test_a_task_is_handed_to_a_colleague(as_person: AsPerson, begun: Begun) -> None:
    address = begun("650690-1018", "Bo Overdrag")
    nurse, sara = as_person("sygeplejerske"), as_person("sara")
    nurse.goto(address)
    nurse.get_by_role("combobox", name="Kollega i").select_option(label="Sara Winther")
    nurse.get_by_role("button", name="Overdrag").click()
    expect(nurse.get_by_role("status")).to_contain_text("overdraget til Sara Winther")
    sara.goto("/")
    expect(sara.get_by_role("listitem").filter(has_text="Bo Overdrag")).to_have_count(1)


def test_a_task_is_done_from_the_keyboard_alone(as_person: AsPerson, begun: Begun) -> None:
    page = as_person("sygeplejerske")
    page.goto(begun("650790-1019", "Tina Tastatur"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Gå til sidens indhold")).to_be_focused()
    page.keyboard.press("Enter")
    for question in (
        "Skal indsatsen justeres?",
        "Skal udskrivningsaftalen eller koordinationsplanen justeres?",
    ):
        _tab_to(
            page,
            page.get_by_role("group", name=question)
            .get_by_label(YES, exact=True)
            .get_attribute("id"),
        )
        page.keyboard.press("ArrowDown")
    _tab_to(page, page.get_by_label("Begrundelse").get_attribute("id"))
    page.keyboard.type("Uden mus.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=DONE)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Opgaven er færdig")
    # And the menu of the case opens and closes.
    menu = page.locator(".st-actions-menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("link").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("link").first).not_to_be_visible()
    expect(menu.locator("summary")).to_be_focused()


def test_a_message_gets_its_receipt(as_person: AsPerson) -> None:
    page = as_person("kommune")
    page.locator(".st-messages a.st-unread").first.click()
    page.get_by_role("button", name="Kvittér for, at beskeden er læst").click()
    expect(page.get_by_role("region", name="Kvittering")).to_contain_text("Åbnet i dag")
    assert not _violations(page)


def test_a_stranger_is_told_nothing_in_danish(as_person: AsPerson, begun: Begun) -> None:
    address = begun("650890-1010", "Leo Lukket")
    for login in ("egenlaege", "drift", "designer"):
        page = as_person(login)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("main")).to_contain_text("Her er ikke noget")
        assert "Leo Lukket" not in page.content()


def _tab_to(page: Page, wanted: str | None) -> None:
    for _ in range(40):
        if page.evaluate("document.activeElement.id") == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted}")
