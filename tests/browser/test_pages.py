"""Staff's pages, scripts off and under their own Content-Security-Policy; `test_every_page.py` has axe and width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.places import STAFF, places

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AsPerson = Callable[..., Page]
#: WCAG 2.2 A and AA, and axe's own good habits.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def _violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def test_axe_would_speak_up(as_person: AsPerson) -> None:
    page = as_person(STAFF)
    page.evaluate(
        "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x><input>')"
    )
    assert {one.split(":")[0] for one in _violations(page)} >= {"image-alt", "label"}


def test_the_login_page_is_accessible_and_narrow(browser_page: Page) -> None:
    browser_page.goto("/log-ind")
    assert not _violations(browser_page)
    assert _overflow(browser_page) == 0


def test_no_page_breaks_its_own_security_policy(as_person: AsPerson) -> None:
    page = as_person(STAFF)
    said: list[str] = []
    page.on(
        "console", lambda message: said.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    for name, address in list(places(page)):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        if name == "findes-ikke":
            said = [text for text in said if "404" not in text]
    assert not said


def test_the_diagram_stands_where_the_text_says(as_person: AsPerson) -> None:
    page = as_person(STAFF)
    page.goto(dict(places(page))["sag"])
    page.locator("st-diagram .djs-element.is-now").first.wait_for()
    assert page.locator("st-diagram .st-token").count() >= 1
    assert page.locator(".st-steps .is-now").count() >= 1


def test_a_diagram_without_a_baton_opens_where_it_begins(as_person: AsPerson) -> None:
    page = as_person(STAFF)
    page.goto("/forloeb/midtjylland-planrunde")
    drawing = page.locator("st-diagram")
    begins = drawing.locator(".djs-shape circle[r='18']").first
    begins.wait_for()
    seen, start = drawing.bounding_box(), begins.bounding_box()
    assert seen
    assert start
    assert seen["x"] <= start["x"] <= seen["x"] + seen["width"] - start["width"]
    # And not at the edge, where a window may end.
    assert 1 / 8 < (start["y"] - seen["y"]) / seen["height"] < 7 / 8


def test_every_page_says_where_one_is_without_scripts(as_person: AsPerson) -> None:
    page = as_person(STAFF, scripts=False)
    for _name, address in list(places(page)):
        page.goto(address)
        assert page.locator("h1").count() == 1
        assert page.get_by_role("navigation", name="Hovedmenu").get_by_role("link").count() >= 2
        assert not page.locator("st-diagram").first.is_visible()


def _overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_what_is_wrong_takes_the_focus_without_scripts(as_person: AsPerson) -> None:
    page = as_person("leder", scripts=False)
    for place in ("/sager/1/adgang", "/sager/1/opbevaring", "/noedadgang", "/fravaer"):
        page.goto(place)
        page.locator("main form button[type=submit]").last.click()
        expect(page.locator("#problems")).to_be_focused()
        assert page.title().startswith("Fejl:")
        # Each sentence leads to its field.
        for link in page.locator("#problems a").all():
            assert page.locator(str(link.get_attribute("href"))).count() == 1, place


def test_where_the_machine_picks_the_colours_one_sees_where_one_is(as_person: AsPerson) -> None:
    page = as_person(STAFF)
    page.emulate_media(forced_colors="active")
    page.goto("/sager/7")
    lines = page.locator(".mainmenu > li .nav-link > span").evaluate_all(
        "all => all.map(one => getComputedStyle(one).borderBottomColor)"
    )
    here = page.locator(".mainmenu > li.current .nav-link > span").evaluate(
        "one => getComputedStyle(one).borderBottomColor"
    )
    assert lines.count(here) == 1
    page.goto("/?vis=alle")
    framed = page.locator(".tab-button").evaluate_all(
        "all => all.filter(one => getComputedStyle(one).borderTopWidth === '2px').map(one => one.ariaCurrent)"
    )
    assert framed == ["true"]
