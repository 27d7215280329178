"""A case's timeline, narrowed by its button, with scripts and without, on a desk and on a narrow page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_button_shows_one_partys_part_and_the_link_all(
    as_person: Callable[..., Page], width: int, scripts: bool
) -> None:
    page = as_person("sygeplejerske", width=width, scripts=scripts)
    page.goto("/sager")
    cases = page.locator("main a[href^='/sager/']").all()
    for address in dict.fromkeys(one.get_attribute("href") or "" for one in cases):
        page.goto(address)
        if page.get_by_label("Part", exact=True).count():
            break
    lines = page.locator(".st-timeline time")
    whole = lines.count()
    party = page.get_by_label("Part", exact=True)
    party.select_option(index=1)
    chosen = party.input_value()
    form = page.locator("form").filter(has=party)
    form.get_by_role("button", name="Vis", exact=True).click()
    expect(party).to_have_value(chosen)
    assert 0 < lines.count() < whole
    assert page.locator("html").evaluate("it => it.scrollWidth") <= width
    page.get_by_role("link", name="Vis alt", exact=True).click()
    expect(party).to_have_value("")
    assert lines.count() == whole
