"""Staff's pages, scripts off and under their own Content-Security-Policy; `test_every_page.py` has axe and width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

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
