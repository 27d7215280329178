"""The operator's page: faults of every kind, each explained and dealt with in three clicks; nobody's name on it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from stafet.demo.faults import CITIZENS
from tests.browser.test_pages import _overflow, _violations
from tests.http.served import Server, demo
from web.causes import offered

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
#: What the operator chooses for each reason: the act (None: the suggested one) and what it asks for.
CURES: dict[str, tuple[str | None, dict[str, str]]] = {
    "failed": (None, {}),
    "overdue": ("cancel", {}),
    "orphaned": (None, {"#to": "sara"}),
    "message": (None, {"#target": "vurder_behov"}),
    "zombie": (None, {"#target": "vurder_behov"}),
    "loop": (None, {"#target": "vurder_behov"}),
    "blocked": (None, {}),
    "undeliverable": ("discard", {}),
}

#: The pages beside the overview.
LISTS = (
    "alarmer",
    "forloeb",
    "tidspunkter",
    "beskeder",
    "udbakke",
    "mange",
    "arbejdere",
    "udrulninger",
)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A served demo with a fault of each kind among cases that wait."""
    with demo(tmp_path_factory.mktemp("faulty"), faults=20) as server:
        yield server


@pytest.fixture
def at_work(browser: Browser, faulty: Server) -> Iterator[Callable[..., Page]]:
    """`at_work(360)`: the operator's first page after login."""
    contexts = []

    def opened(width: int = 1280, *, scripts: bool = True) -> Page:
        size = {"width": width, "height": 900}
        context = browser.new_context(base_url=faulty.url, viewport=size, java_script_enabled=scripts)  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.goto("/log-ind")
        page.fill("[name=login]", "drift")
        page.fill("[name=password]", "stafet")
        with page.expect_navigation():
            page.press("[name=password]", "Enter")
        return page

    yield opened
    for context in contexts:
        context.close()


def reasons(page: Page) -> list[str]:
    page.goto("/drift")
    links = page.locator(".st-cause > a").all()
    return [re.findall(r"aarsag=(\w+)", link.get_attribute("href") or "")[0] for link in links]


@pytest.mark.parametrize("width", [1280, 360])
def test_every_group_is_accessible_and_names_nobody(
    at_work: Callable[..., Page], width: int
) -> None:
    page = at_work(width)
    assert page.url.endswith("/drift")  # where an operator lands
    found = reasons(page)
    assert set(CURES) <= set(found)
    for reason in found:
        page.goto(f"/drift?aarsag={reason}")
        page.wait_for_load_state("networkidle")
        assert _violations(page) == [], reason
        assert _overflow(page) == 0, reason
        text = page.locator("body").inner_text()
        for citizen in CITIZENS:
            assert citizen.name not in text
            assert citizen.cpr not in text


@pytest.mark.parametrize("scripts", [True, False])
def test_an_empty_reason_is_refused_in_words_and_changes_nothing(
    at_work: Callable[..., Page], scripts: bool
) -> None:
    page = at_work(scripts=scripts)
    page.goto("/drift?aarsag=failed")
    page.fill("#reason", " ")
    page.click("button[value=do]")
    expect(page.locator("#reason-problem")).to_contain_text("Skriv hvorfor")
    page.fill("#reason", "Det er 700378-1016")
    page.click("button[value=do]")
    expect(page.locator("#reason-problem")).to_contain_text("CPR")


@pytest.mark.parametrize("width", [1280, 360])
def test_every_list_is_accessible_and_names_nobody(
    at_work: Callable[..., Page], width: int
) -> None:
    page = at_work(width)
    for place in LISTS:
        page.goto(f"/drift/{place}")
        page.wait_for_load_state("networkidle")
        assert _violations(page) == [], place
        assert _overflow(page) == 0, place
        text = page.locator("body").inner_text()
        assert not [one for one in CITIZENS if one.name in text or one.cpr in text], place


def test_the_overview_and_a_list_are_walked_by_keys(at_work: Callable[..., Page]) -> None:
    page = at_work()
    page.goto("/drift")
    first, second = reasons(page)[:2]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"aarsag={second}"))
    page.wait_for_load_state()  # the keys are heard once the page's scripts have run
    page.keyboard.press("?")
    expect(page.locator("dialog.st-keys")).to_be_visible()
    page.goto("/drift/forloeb?aarsag=alle")
    page.keyboard.press("k")  # from nowhere: the last
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("h2#acts")).to_be_visible()
    assert first != second


def test_the_list_says_which_instances_are_stuck_as_the_api_does(
    at_work: Callable[..., Page], faulty: Server
) -> None:
    page = at_work()
    page.goto("/drift/forloeb?aarsag=alle")
    shown = {
        int((link.get_attribute("href") or "").split("/")[-1])
        for link in page.locator(".st-listing a").all()
    }
    api = _asked(faulty, "instances?stuck=true&limit=200")
    assert shown == {one["id"] for one in api["items"]}
    causes = _asked(faulty, "stuck?limit=200")["items"]
    assert shown == {one["instance"] for one in causes} - {None}
    for one in causes:
        assert one["next_act"] in offered(one), one["reason"]
    command = [sys.executable, "-m", "stafet.cli", "stuck", "--json"]
    told = subprocess.run(command, env=dict(faulty.env), capture_output=True, check=False)
    listed = json.loads(told.stdout)
    assert {one["instance"] for one in listed} - {None} == shown


def test_a_filter_is_kept_and_a_step_is_skipped_and_taken_back(
    at_work: Callable[..., Page],
) -> None:
    page = at_work()
    page.goto("/drift/forloeb?aarsag=orphaned")
    page.get_by_text("Gem filter").first.click()
    page.fill("#filter-name", "Ingen kan tage den")
    page.get_by_role("button", name="Gem filter").click()
    expect(page.locator(".st-kept a[aria-current]")).to_have_text("Ingen kan tage den")
    page.locator(".st-listing a").first.click()
    page.get_by_role("link", name="Spring trinnet over").click()
    expect(page.locator(".st-changes")).to_contain_text("Lukkes: Vurdér behov for justering")
    page.fill("#reason", "Vurderet på mødet")
    page.click("button[value=do]")
    expect(page.locator(".alert-success")).to_contain_text("Det er gjort")
    page.get_by_role("link", name="Fortryd", exact=True).click()
    page.fill("#reason", "Det var det forkerte forløb")
    page.click("button[value=do]")
    expect(page.locator("#facts + dl")).to_contain_text("Vurdér behov for justering")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_group_is_paused_followed_and_taken_back(
    at_work: Callable[..., Page], scripts: bool
) -> None:
    page = at_work(scripts=scripts)
    page.goto("/drift?aarsag=loop")
    page.locator(".st-cause.is-chosen .st-cause__all a").click()
    page.get_by_role("link", name="Sæt alle på pause").click()
    page.fill("#reason", " ")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("#reason-problem")).to_contain_text("Skriv hvorfor")
    page.fill("#reason", "Diagrammet rettes")
    page.locator("main form button[type=submit]").click()
    _finished(page, scripts)
    page.fill("#reason", "Det var ikke nødvendigt")
    page.get_by_role("button", name="Fortryd pausen").click()
    _finished(page, scripts)


def _finished(page: Page, scripts: bool) -> None:
    """Wait until the page of a batch says that it is done: by itself, or by loading it again."""
    done = page.locator(".st-lead", has_text="Færdig")
    for _ in range(40):
        if scripts or done.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(done).to_be_visible(timeout=20_000)


def test_each_is_dealt_with_in_three_clicks(at_work: Callable[..., Page], faulty: Server) -> None:
    page = at_work()
    for reason, (act, asked) in CURES.items():
        for _ in range(5):  # the demo's own cases have some of these too
            if reason not in reasons(page):
                break
            clicks = _dealt_with(page, reason, act, asked)
            assert clicks <= 3, reason
        assert reason not in reasons(page), reason
    # The API says the same as the page.
    left = {one["reason"] for one in _asked(faulty, "stuck")["items"]}
    assert left == set(reasons(page))


def _asked(server: Server, path: str) -> Any:
    login = {"Authorization": f"Bearer {server.token('drift')}"}
    request = urllib.request.Request(f"{server.url}/api/v1/{path}", headers=login)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _dealt_with(page: Page, reason: str, act: str | None, asked: dict[str, str]) -> int:
    """Somebody deals with the first of the group; how many clicks it took."""
    ways = [f'.st-cause > a[href*="aarsag={reason}"]']
    if act:
        ways.append(f'.st-acts a[href*="handling={act}"]')
    if asked:
        ways.append("button[value=look]")
    for n, way in enumerate([*ways, "button[value=do]"]):
        if n == len(ways) - bool(asked):
            for field, value in asked.items():
                page.select_option(field, value)
            page.fill("#reason", "Aftalt med afdelingen")
        page.click(way)
    expect(page.locator(".alert-success")).to_contain_text("Det er gjort")
    return len(ways) + 1


def test_what_was_solved_meanwhile_says_so(at_work: Callable[..., Page]) -> None:
    page = at_work()
    page.goto("/drift/999999")
    expect(page.locator(".alert-info")).to_contain_text("sidder ikke fast mere")


HEAT = "/forloeb/midtjylland-planrunde/tid"


@pytest.mark.parametrize("width", [1280, 360])
def test_where_the_time_goes_is_drawn_and_told(at_work: Callable[..., Page], width: int) -> None:
    page = at_work(width)
    page.goto(HEAT)
    rows = page.locator(".st-heat-table td[class^=st-heat]")
    assert rows.count() > 2
    if width > 575:
        page.locator("st-diagram .st-heat").first.wait_for()
        assert page.locator("st-diagram .st-heat").count() == rows.count()
        hottest = page.locator("st-diagram .is-heat-5 .djs-visual > :first-child").first
        assert hottest.evaluate("one => getComputedStyle(one).fill") == "rgb(221, 138, 52)"
    else:
        assert page.locator(".st-drawing").is_hidden()
    assert _violations(page) == []
    assert _overflow(page) == 0
    text = page.locator("body").inner_text()
    assert not [one for one in CITIZENS if one.name in text or one.cpr in text]


def test_the_table_of_times_needs_no_scripts(at_work: Callable[..., Page]) -> None:
    page = at_work(scripts=False)
    page.goto(HEAT)
    page.select_option("#vis", "gange")
    page.get_by_role("button", name="Vis", exact=True).click()
    counts = page.locator(".st-heat-table td[class^=st-heat]").all_inner_texts()
    numbers = [int(one.split()[0]) for one in counts]
    assert numbers == sorted(numbers, reverse=True)
    assert page.locator(".st-drawing").is_hidden()
