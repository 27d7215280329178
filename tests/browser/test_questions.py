"""A question to a colleague, from asking it to reading the answer, by two people; axe, and 320 px."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_pages import _overflow, _violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(
    ("width", "scripts"), [(1280, True), (320, True), (1280, False)], ids=["wide", "narrow", "none"]
)
def test_a_question_waits_until_it_is_answered_under_it(
    as_person: Callable[..., Page], width: int, scripts: bool
) -> None:
    nurse, sara = (
        as_person(who, width=width, scripts=scripts) for who in ("sygeplejerske", "sara")
    )
    asked, heard = f"Kender du hende? ({width}, {scripts})", f"Ja, fra maj. ({width}, {scripts})"
    nurse.goto("/?vis=alle")
    nurse.locator(".st-task__what a").first.click()
    task = nurse.url
    nurse.locator("summary", has_text="Skriv en kommentar").click()
    nurse.get_by_label("Kommentar", exact=True).fill(asked)
    nurse.get_by_label("Spørg en kollega").select_option(label="Sara Winther")
    nurse.get_by_role("button", name="Gem kommentar").click()
    sara.goto("/")
    menu = sara.get_by_role("navigation", name="Hovedmenu")
    unfolded(menu)
    expect(menu.get_by_text("1 spørgsmål").filter(visible=True)).to_be_visible()
    waits = sara.locator("section", has=sara.get_by_role("heading", name="venter på dit svar"))
    waits.get_by_role("link").first.click()
    looked_at(sara, scripts)
    sara.get_by_label("Dit svar til Mette Lindholm").fill(heard)
    sara.get_by_role("button", name="Svar", exact=True).click()
    expect(sara.get_by_role("button", name="Svar", exact=True)).to_have_count(0)
    expect(menu.get_by_text("1 spørgsmål")).to_have_count(0)
    nurse.goto(task)
    expect(nurse.get_by_role("listitem").filter(has_text=asked)).to_contain_text(heard)
    looked_at(nurse, scripts)


def unfolded(menu: Locator) -> None:
    """Open "Mere", where dkfds has put the entries that did not fit; how many do depends on what else waits."""
    menu.page.wait_for_load_state("networkidle")
    more = menu.get_by_role("button", name="Mere")
    if more.is_visible() and more.get_attribute("aria-expanded") != "true":
        more.click()


def looked_at(page: Page, scripts: bool) -> None:
    if scripts:
        page.wait_for_load_state("networkidle")
        assert _violations(page) == []
        assert not _overflow(page)
