"""The pages that browser tests and pictures look at, found by following links as a person does."""

from __future__ import annotations

from collections.abc import Iterator

from playwright.sync_api import Page

#: Somebody with tasks and cases, and what they can reach from the menu.
STAFF = "laege"
FIXED = {
    "indbakke": "/?vis=alle",
    "sager": "/sager",
    "ny-sag": "/sager/ny",
    "ny-sag-parter": "/sager/ny?aftale=midtjylland",
    "forloeb": "/forloeb",
    "forloeb-planrunde": "/forloeb/midtjylland-planrunde",
    "frister": "/frister",
    "frister-maaned": "/frister?vis=maaned",
    "fravaer": "/fravaer",
    "mail": "/mail",
    "tilgaengelighed": "/tilgaengelighed",
    "findes-ikke": "/findes-ikke",
}


def places(page: Page) -> Iterator[tuple[str, str]]:
    """Name and address of every kind of page; `page` is logged in as `STAFF` and is moved about."""
    yield from FIXED.items()
    page.goto(FIXED["indbakke"])
    yield "opgave", first(page, ".st-task__what a")
    yield "besked", first(page, ".st-messages a.st-unread")
    page.goto(FIXED["sager"])
    case = first(page, ".st-task__what a")
    yield "sag", case
    page.goto(case)
    yield "handling", first(page, ".st-actions-menu a")
    yield "dokument", _document(page)


def _document(page: Page) -> str:
    """The first plan on one of the person's cases."""
    page.goto(FIXED["sager"])
    for link in page.locator(".st-task__what a").all():
        page.goto(str(link.get_attribute("href")))
        if page.locator("section[aria-labelledby=documents] a").count():
            return first(page, "section[aria-labelledby=documents] a")
        page.goto(FIXED["sager"])
    raise AssertionError("no case of the demo has a plan")


def first(page: Page, selector: str) -> str:
    """Where the first such link leads; fails where there is none, for then nothing would be tested."""
    address = page.locator(selector).first.get_attribute("href", timeout=5_000)
    assert address, f"no {selector} on {page.url}"
    return address
