"""Play in a browser: a drawing is altered, walked with the clock, kept as a scenario and replayed; keys, and narrow."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.story import PICTURES
from tests.browser.test_pages import _overflow, _violations
from tests.browser.test_studio import chosen, typed
from tests.http.served import Server, demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
HERE = "/studie/midtjylland/midtjylland-planrunde"
ASKED = ("Kriminalforsorgen", "Kommunens myndighed")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is drawn here is not for other tests."""
    with demo(tmp_path_factory.mktemp("play")) as server:
        yield server


def begin(page: Page, start: str) -> None:
    """A new play of what is drawn, with two parties who are asked."""
    page.goto(f"{HERE}/afspil")
    page.fill("#_start", start)
    page.click("summary:has-text('Andre oplysninger')")
    for party in ASKED:
        page.get_by_label(party, exact=True).check()
    page.fill("#_titel", "Jul midt i fristen")
    page.get_by_role("button", name="Begynd").last.click()
    drawn(page)


def drawn(page: Page) -> None:
    expect(page.locator("st-play-diagram")).to_have_attribute("data-ready", "", timeout=20_000)


def photographed(page: Page, name: str) -> None:
    """Draw what is shown into `docs/pictures/studio-*.png`, where `STAFET_PICTURES` asks for it."""
    if os.environ.get("STAFET_PICTURES"):
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=PICTURES / f"studio-{name}.png")


def clock(page: Page) -> str:
    return page.locator("[data-clock]").inner_text()


def send(page: Page) -> None:
    page.locator("button[value=complete].button-primary").click()
    drawn(page)


def to_acceptance(page: Page) -> None:
    """Nothing is to be mended, and the plan goes to the parties."""
    page.keyboard.press("1")
    page.wait_for_selector("form.st-form")
    for question in (
        "Skal indsatsen justeres?",
        "Skal udskrivningsaftalen eller koordinationsplanen justeres?",
    ):
        page.get_by_role("group", name=question).get_by_label("Nej").check()
    send(page)
    page.keyboard.press("1")
    page.click("button[value=eksempel]")
    send(page)


def test_a_drawing_is_altered_played_recorded_and_replayed(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda m: said.append(m.text) if "422" not in m.text else None)
    chosen(page)
    typed(page, "5 hverdage")
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)

    begin(page, "22.12.2026 kl. 10.00")
    assert "med kladder: midtjylland-planrunde" in page.locator(".st-head").inner_text()
    # The form is staff's own: it refuses what staff may not leave out.
    page.keyboard.press("1")
    page.wait_for_selector("form.st-form")
    page.locator("button[value=complete].button-primary").click()
    expect(page.locator("#problems")).to_contain_text("Ret 2 felter")
    page.goto(f"{HERE}/afspil")
    page.click("text=Jul midt i fristen")
    drawn(page)
    to_acceptance(page)

    # Five hverdage after 22 December, with why each other day does not count.
    deadlines = page.locator("section[aria-labelledby=deadlines]")
    expect(deadlines).to_contain_text("senest mandag 4. januar 2027")
    deadlines.locator("summary:has-text('Sådan er den talt')").first.click()
    expect(deadlines).to_contain_text("juleaftensdag")
    assert page.locator(".djs-element.is-now").count() == 1
    # To the next thing that happens: both are reminded.
    page.keyboard.press("n")
    expect(page.locator("[data-happened]")).to_contain_text("blev mindet om fristen")
    drawn(page)
    assert "30. december 2026 kl. 09.00" in clock(page)
    expect(page.locator("section[aria-labelledby=reminded] li")).to_have_count(2)
    photographed(page, "afspil")
    # One answers in time, then a step back, and another answer is a branch.
    page.keyboard.press("1")
    page.get_by_label("Ja").first.check()
    send(page)
    page.keyboard.press("ArrowLeft")
    drawn(page)
    page.keyboard.press("2")
    page.get_by_label("Ja").first.check()
    send(page)
    expect(page.locator("section[aria-labelledby=steps]")).to_contain_text("1 anden gren herfra")
    page.keyboard.press("1")
    page.get_by_label("Ja").first.check()
    send(page)
    # The plan round is over, and its message began the next pathway in the same play.
    expect(page.locator(".st-picks")).to_contain_text("(slut)")
    expect(page.locator(".st-picks [aria-current]")).not_to_contain_text("Planrunde")
    assert _violations(page) == []
    assert _overflow(page) == 0

    # Kept as a scenario, it holds, and is painted on the drawing with the others.
    page.fill("#titel", "Jul midt i fristen")
    page.get_by_role("button", name="Gem som scenarie").click()
    expect(page.locator(".alert-success")).to_contain_text("Det holder")
    drawn(page)
    mine = page.locator(".st-lines > li", has_text="jul-midt-i-fristen.yaml")
    expect(mine).to_contain_text("Holder")
    photographed(page, "scenarier")
    assert page.locator(".djs-element.is-done").count() > 5
    # The longer deadline breaks what older scenarios expect: the page says so.
    assert "scenarier holder" in page.locator(".st-lead").inner_text()
    expect(page.locator(".st-lines > li", has_text="Holder ikke").first).to_be_visible()
    assert _violations(page) == []
    # Replayed, it stands at its end.
    mine.get_by_role("button", name="Afspil det").click()
    drawn(page)
    expect(page.locator(".st-picks")).to_contain_text("(slut)")
    page.keyboard.press("ArrowLeft")
    drawn(page)
    expect(page.locator("section[aria-labelledby=open] ol > li")).to_have_count(1)
    assert said == []


def test_a_year_of_made_up_citizens_stands_side_by_side(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    page.goto(f"{HERE}/hvad-hvis")
    page.fill("#borgere", "20")
    page.get_by_role("button", name="Spil året").click()
    row = page.locator("section[aria-labelledby=kept] tr", has_text="MIDT-4.4-12")
    expect(row.locator("strong").first).to_contain_text("%", timeout=60_000)
    expect(page.locator(".st-weeks-of svg").first).to_be_visible()
    photographed(page, "hvad-hvis")
    assert _violations(page) == []
    # A clause is told with its words, and the days with how they differ.
    expect(row.locator("th")).to_contain_text("MIDT-4.4-12")
    expect(row.locator("th .st-muted")).not_to_be_empty()
    days = page.locator("section[aria-labelledby=sum] tr", has_text="i snit")
    expect(days.locator("td").last).to_have_text(re.compile(r"^(uændret|[+−]\d+,\d)$"))
    for wrong in ("9999", "ti"):
        page.fill("#borgere", wrong)
        page.get_by_role("button", name="Spil året").click()
        expect(page.locator(".alert-error")).to_contain_text("mellem 1 og 300")
        expect(page.locator("#borgere")).to_have_value(wrong)


def test_a_broken_drawing_says_so_and_a_phone_reads_it_as_text(
    as_person: Callable[..., Page],
) -> None:
    page = as_person("designer", width=320, scripts=False)
    page.goto(f"{HERE}/afspil?_udgave=1")
    page.fill("#_start", "i morgen")
    page.get_by_role("button", name="Begynd").last.click()
    assert "Skriv en dato" in page.locator("#problems").inner_text()
    page.fill("#_start", "1.2.2027")
    page.get_by_role("button", name="Begynd").last.click()
    page.fill("#tid", "snart")
    page.get_by_role("button", name="Gå", exact=True).click()
    assert "3 hverdage" in page.locator(".alert-error").inner_text()
    page.fill("#tid", "1 uge")
    page.get_by_role("button", name="Gå", exact=True).click()
    assert "8. februar 2027" in clock(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator("summary:has-text('som tekst')").first.click()
    assert "her står sagen nu" in page.locator("section[aria-labelledby=drawn]").inner_text()


def test_a_drawing_that_cannot_run_names_the_element(as_person: Callable[..., Page]) -> None:
    page = as_person("designer")
    chosen(page)
    typed(page, "tre dage")
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    for tab in ("afspil", "scenarier", "hvad-hvis?borgere=3"):
        page.goto(f"{HERE}/{tab}")
        told = page.locator(".alert-error").inner_text()
        assert "“tre dage” på “Tag stilling til planen” kan ikke tælles" in told
    assert _violations(page) == []
    # What is in force can be played all the same.
    page.goto(f"{HERE}/afspil?_udgave=1")
    page.get_by_role("button", name="Begynd").last.click()
    drawn(page)


def test_a_case_about_nobody_is_chosen_where_the_pathway_runs_on_one(
    as_person: Callable[..., Page],
) -> None:
    page = as_person("designer")
    page.goto("/studie/midtjylland/midtjylland-planrunde/afspil")
    assert page.locator("#_om").count() == 0  # a citizen is the only one: nothing to choose
    page.goto("/studie/midtjylland/midtjylland-risikoliste-gennemgang/afspil")
    choice = page.get_by_role("group", name="Hvem handler sagen om?")
    expect(choice.get_by_label("En borger", exact=True)).to_be_checked()
    assert choice.get_by_role("radio").count() == 2
    choice.get_by_text("Aftalen selv, ingen borger").click()
    assert _violations(page) == []
    page.fill("#_start", "i går engang")
    page.get_by_role("button", name="Begynd").last.click()
    expect(page.locator("#problems")).to_be_visible()
    expect(choice.get_by_label("Aftalen selv, ingen borger")).to_be_checked()
    page.fill("#_start", "22.12.2026 kl. 10.00")
    page.select_option("#_fra", "juster_team")
    page.get_by_role("button", name="Begynd").last.click()
    drawn(page)
    expect(page.locator(".st-head .st-meta")).to_contain_text("Aftalen selv, ingen borger")
    page.fill("#titel", "Mødet om hele listen")
    with page.expect_download() as told:
        page.get_by_role("link", name="Hent filen").click()
    assert "subject: agreement" in told.value.path().read_text()
    # About the agreement only: nobody to choose, and nobody to ask.
    page.goto("/studie/midtjylland/faelles-maaling/afspil")
    assert page.locator("#_om, [name=_samtykke]").count() == 0
