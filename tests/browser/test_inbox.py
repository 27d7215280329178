"""The inbox at work: by the keyboard, several at once, filters; with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import _overflow, _violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]


def test_the_tasks_are_walked_claimed_and_opened_by_single_keys(as_person: AsPerson) -> None:
    page = as_person("sygeplejerske")
    page.goto("/?vis=ledige")
    links = page.locator(".st-task__what a")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".st-task__pick input").first).to_be_checked()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Genveje")).to_be_visible()
    assert not _violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_label("Søg på opgave, navn eller CPR")).to_be_focused()
    page.keyboard.type("jkc?")
    expect(page.get_by_label("Søg på opgave, navn eller CPR")).to_have_value("jkc?")
    name = links.nth(0).text_content()
    links.nth(0).focus()
    page.keyboard.press("c")
    expect(page.get_by_role("status")).to_contain_text("Opgaven er din")
    expect(page.get_by_role("heading", level=1)).to_have_text(str(name))
    page.get_by_role("button", name="Fortryd").click()
    expect(page.get_by_role("status")).to_contain_text("Det er fortrudt")


def test_single_keys_can_be_switched_off_for_good(as_person: AsPerson) -> None:
    page = as_person("sygeplejerske")
    page.goto("/?vis=ledige")
    page.get_by_role("button", name="alle genveje").click()
    page.get_by_role("button", name="Slå genveje fra").click()
    page.get_by_role("button", name="Luk").click()
    page.reload()
    page.locator("body").press("j")
    expect(page.locator(".st-task__what a").first).not_to_be_focused()


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, False)])
def test_several_are_handed_over_and_it_is_undone(
    as_person: AsPerson, width: int, scripts: bool
) -> None:
    page = as_person("sygeplejerske", width=width, scripts=scripts)
    page.goto("/?vis=ledige")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    for number in (0, 1):
        page.locator(".st-task__pick input").nth(number).check()
    expect(bar).to_be_visible()
    if scripts:
        assert not _violations(page)
    assert _overflow(page) <= 0
    bar.get_by_label("Overdrag de valgte til").select_option(label="Sara Winther")
    bar.get_by_role("button", name="Overdrag", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("opgave")
    page.get_by_role("button", name="Fortryd").click()
    expect(page.get_by_role("status")).to_contain_text("Det er fortrudt")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_filter_is_kept_and_found_again(as_person: AsPerson, scripts: bool) -> None:
    page = as_person("kommune", scripts=scripts)
    page.goto("/?vis=alle")
    page.get_by_text("Filtre", exact=True).click()
    page.get_by_label("Frist", exact=True).select_option(label="Uden dato")
    page.get_by_role("button", name="Vis", exact=True).click()
    page.get_by_text("Gem filter", exact=True).first.click()
    page.get_by_label("Navn på filteret").fill(f"Uden dato {scripts}")
    page.get_by_role("button", name="Gem filter").click()
    expect(page.get_by_role("status")).to_contain_text("Filteret er gemt")
    if scripts:
        assert not _violations(page)
    page.goto("/")
    page.get_by_role("link", name=f"Uden dato {scripts}").click()
    expect(page.get_by_label("Frist", exact=True)).to_have_value("uden")
    page.get_by_role("button", name="Fjern").click()
    expect(page.get_by_role("link", name=f"Uden dato {scripts}")).to_have_count(0)


def test_the_first_task_stands_high_on_a_phone(as_person: AsPerson) -> None:
    page = as_person("laege", width=360)
    page.goto("/?vis=alle")
    box = page.locator(".st-task").first.bounding_box()
    assert box is not None
    assert box["y"] < 640


@pytest.mark.parametrize("width", [1280, 360])
def test_the_bar_never_lies_over_what_has_the_focus(as_person: AsPerson, width: int) -> None:
    page = as_person("laege", width=width)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto("/?vis=alle")
    page.locator(".st-task__pick input").first.check()
    hidden, inside = [], False
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(_UNDER)
        inside = inside or found == "inside"
        if found not in ("inside", ""):
            hidden.append(found)
        if inside and found != "inside":
            break
    assert inside, "the bar is not reached"
    assert hidden == []


#: Where the focus is: "inside" the bar, "" clear of it, else what it lies over.
_UNDER = """() => {
    const bar = document.getElementById('bulk'), at = document.activeElement;
    if (bar.contains(at)) return 'inside';
    const one = (at.labels?.[0] ?? at).getBoundingClientRect(), over = bar.getBoundingClientRect();
    return one.bottom <= over.top || one.top >= over.bottom ? '' : at.outerHTML.slice(0, 80);
}"""
