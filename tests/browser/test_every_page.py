"""Every page that the product has, taken from its addresses: axe, 320 px, twice the size, and nothing that moves.

A new page that stands in neither `PAGES` nor `NO_PAGES` fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, FilePayload, Page

import web
from tests.browser.test_pages import _overflow, _violations
from tests.http.served import Server, demo
from tests.store.test_worklist import CAMUNDA

AsPerson = Callable[..., Page]
PLAN = "/studie/midtjylland/midtjylland-planrunde"
#: Endpoint (and which state of it): who looks, where, and of which kind the first link there is that leads to it.
PAGES: dict[str, tuple[str, str, str]] = {
    "log_in": ("", "/log-ind", ""),
    "inbox": ("laege", "/?vis=alle", ""),
    "message": ("laege", "/?vis=alle", r"/beskeder/\d+"),
    "task": ("laege", "/?vis=alle", r"/opgaver/\d+"),
    "inbox, nothing found": ("laege", "/?vis=alle&frist=overskredet&forloeb=findes-ikke", ""),
    "cases": ("laege", "/sager", ""),
    "new_case, which agreement": ("laege", "/sager/ny", ""),
    "case": ("laege", "/sager", r"/sager/\d+"),
    "new_case": ("laege", "/sager/ny?aftale=midtjylland", ""),
    "act": ("laege", "/sager/1", r"/sager/\d+/handling/.+"),
    "consent": ("laege", "/sager/1", r"/sager/\d+/samtykke.*"),
    "loans": ("leder", "/sager/1/adgang", ""),
    "holds": ("leder", "/sager/1/opbevaring", ""),
    "own": ("leder", "/sager/1/indsigt", ""),
    "document": ("laege", "/sager/7", r"/dokumenter/\d+"),
    "document, side by side": (
        "laege",
        "/dokumenter/6",
        r"/dokumenter/\d+\?udgave=\d+&sammenlign=1",
    ),
    "pathways": ("laege", "/forloeb", ""),
    "pathway": ("laege", "/forloeb/midtjylland-planrunde", ""),
    "versions": ("laege", "/forloeb/midtjylland-handleplan/udgaver", ""),
    "heat": ("designer", "/forloeb/midtjylland-planrunde/tid", ""),
    "absence": ("laege", "/fravaer", ""),
    "dates": ("laege", "/frister", ""),
    "dates, a month": ("laege", "/frister?vis=maaned", ""),
    "mail": ("laege", "/mail", ""),
    "glass": ("laege", "/noedadgang", ""),
    "emergencies": ("leder", "/noedadgang/gennemsyn", ""),
    "tokens": ("laege", "/noegler", ""),
    "accessibility": ("laege", "/tilgaengelighed", ""),
    "deadline_report": ("leder", "/rapport/frister", ""),
    ", no such page": ("laege", "/findes-ikke", ""),
    "operations": ("drift", "/drift", ""),
    "stuck": ("drift", "/drift/1", ""),
    "batch_for": ("drift", "/drift/aarsag/failed/alle", ""),
    "drift_alarmer": ("drift", "/drift/alarmer", ""),
    "drift_arbejdere": ("drift", "/drift/arbejdere", ""),
    "drift_beskeder": ("drift", "/drift/beskeder", ""),
    "letter": ("drift", "/drift/beskeder", r"/drift/beskeder/\d+"),
    "drift_forloeb": ("drift", "/drift/forloeb?aarsag=alle", ""),
    "walk": ("drift", "/drift/forloeb?aarsag=alle", r"/drift/forloeb/\d+"),
    "chosen": ("drift", "", ""),
    "batches": ("drift", "/drift/mange", ""),
    "batch": ("drift", "", ""),
    "drift_tidspunkter": ("drift", "/drift/tidspunkter", ""),
    "drift_udbakke": ("drift", "/drift/udbakke", ""),
    "drift_udrulninger": ("drift", "/drift/udrulninger", ""),
    "moving": ("drift", "/forloeb/midtjylland-planrunde/flyt", ""),
    "studio": ("designer", "/studie", ""),
    "drawing": ("designer", PLAN, ""),
    "plays": ("designer", f"{PLAN}/afspil", ""),
    "play": ("designer", "", ""),
    "play_task": ("designer", "", r".*/afspil/\d+/\d+/opgave/.+"),
    "play_act": ("designer", "", r".*/afspil/\d+/\d+/handling/.+"),
    "form_editor": ("designer", f"{PLAN}/formular/accept", ""),
    "table_editor": ("designer", f"{PLAN}/tabel/raekke", ""),
    "approval": ("designer", f"{PLAN}/godkend", ""),
    "what_if": ("designer", f"{PLAN}/hvad-hvis", ""),
    "trials": ("designer", f"{PLAN}/scenarier", ""),
    "restoring": ("designer", f"{PLAN}/tilbage/1", ""),
    "worklist": ("designer", "/studie/midtjylland/midtjylland-camunda/afklaring", ""),
}
#: What a browser asks for beside a page, fetches as a file, or is sent on from.
NO_PAGES = {
    "attachment",
    "printed",
    "diagram",
    "pathway_diagram",
    "versions_diagram",
    "feed",
    "end_login",
    "meeting",
}
NO_PAGES |= {
    "meeting_file",
    "static",
    "preview",
    "play_diagram",
    "play_file",
    "approval_diagram",
    "restoring_diagram",
}
NO_PAGES |= {"agreement_folder", "pathway_folder", "heat_diagram"}


def test_every_page_is_looked_at() -> None:
    site = Flask(__name__, static_folder=None)
    web.register(site)
    there = {
        rule.endpoint.removeprefix("web.")
        for rule in site.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    assert there == ({name.split(",")[0] for name in PAGES} - {""}) | NO_PAGES


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A served demo with a fault of each kind: what operators look at is there."""
    with demo(tmp_path_factory.mktemp("every"), faults=3) as server:
        yield server


@pytest.fixture
def seen_by(browser: Browser, served: Server) -> Iterator[Callable[[str], Page]]:
    """`seen_by("laege")`: one window for each person, in which nothing should move."""
    windows: dict[str, Page] = {}

    def opened(login: str) -> Page:
        if login not in windows:
            context = browser.new_context(
                base_url=served.url,
                locale="da-DK",
                timezone_id="Europe/Copenhagen",
                reduced_motion="reduce",
            )
            windows[login] = page = context.new_page()
            page.goto("/log-ind")
            if login:
                page.get_by_label("Brugernavn").fill(login)
                page.get_by_label("Adgangskode").fill("stafet")
                with page.expect_navigation():
                    page.get_by_label("Adgangskode").press("Enter")
        return windows[login]

    yield opened
    for page in windows.values():
        page.context.close()


def _begun(page: Page) -> None:
    """A play whose first task waits."""
    page.goto("/studie/hovedstaden/hovedstaden-orientering/afspil")
    page.get_by_role("button", name="Begynd").last.click()
    page.locator("st-play-diagram[data-ready]").wait_for()


def _in_many(page: Page) -> None:
    """A batch over one group, until it is done."""
    page.goto("/drift?aarsag=loop")
    page.locator(".st-cause.is-chosen .st-cause__all a").click()
    page.get_by_role("link", name="Sæt alle på pause").click()
    page.fill("#reason", "Set efter")
    page.locator("main form button[type=submit]").click()
    page.locator(".st-lead", has_text="Færdig").wait_for()


def _ticked(page: Page) -> None:
    """Some of the operators' list, and what would become of them."""
    page.goto("/drift/forloeb?aarsag=alle")
    for one in page.locator(".st-task__pick input").all()[:3]:
        one.check()
    page.get_by_role("button", name="Gør det samme ved de valgte").click()
    page.get_by_role("button", name="Sæt alle på pause").click()
    page.get_by_text("Se hvert forløb").click()


def _brought_in(page: Page) -> None:
    """A diagram from another editor, with one thing of its work list ticked."""
    page.goto("/studie")
    page.locator("summary", has_text="Region Midtjylland").click()
    page.locator("details[open] > * > details > summary", has_text="som filer").click()
    given: FilePayload = {
        "name": "Camunda.bpmn",
        "mimeType": "application/xml",
        "buffer": CAMUNDA.encode(),
    }
    page.locator("#fil-midtjylland").set_input_files(given)
    page.get_by_role("button", name="Hent ind").click()
    page.goto(PAGES["worklist"][1])
    page.get_by_role("button", name="Afklaret").first.click()
    page.get_by_role("heading", name="Færdige").wait_for()


#: What somebody does before there is such a page.
BEFORE = {
    "play": _begun,
    "play_act": Page.go_back,
    "batch": _in_many,
    "chosen": _ticked,
    "worklist": _brought_in,
}
MOVES = """document.getAnimations().filter(each => each.playState === 'running')
  .map(each => `moves: ${each.effect.target.outerHTML.slice(0, 160)}`)"""


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_axe_has_nothing_to_say_of_any_page_and_none_scrolls_sideways(
    seen_by: Callable[[str], Page],
) -> None:
    wrong: dict[str, list[str]] = {}
    for name, (login, start, link) in PAGES.items():
        page = seen_by(login)
        page.set_viewport_size({"width": 1280, "height": 900})
        if before := BEFORE.get(name):
            before(page)
        if start:
            page.goto(start)
        if link:
            page.goto(_first(page, link))
        page.wait_for_load_state("networkidle")
        found = []
        for width in (1280, 640, 320):
            page.set_viewport_size({"width": width, "height": 900})
            found += [f"{width} px: {each}" for each in page.evaluate(MOVES)]
            if (over := _overflow(page)) > 0:
                found.append(f"{width} px: {over} px sideways")
            if width != 640:
                found += [f"{width} px: {each}" for each in _violations(page)]
        if found:
            wrong[name] = found
    assert not wrong, "\n".join(each for found in wrong.values() for each in found)


def _first(page: Page, pattern: str) -> str:
    links = page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    found = [each for each in links if re.fullmatch(pattern, each)]
    assert found, f"no {pattern} on {page.url}"
    return str(found[0])
