"""A version for a day to come: a designer chooses the day, a leader approves, everybody sees it, it is called off."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.dates import format_date
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_pages import _overflow, _violations
from tests.browser.test_studio import PLACE, chosen, typed
from tests.http.served import Server, demo, stafet

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
KEY = "midtjylland-planrunde"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo of its own: what is put into force here is not for other tests."""
    with demo(tmp_path_factory.mktemp("day")) as server:
        yield server


def test_from_a_day_in_the_calendar_to_everybodys_lists(as_person: Callable[..., Page]) -> None:
    day = datetime.now(UTC).date() + timedelta(days=40)
    said = format_date(day, "d. MMMM", locale="da")
    page = as_person("designer")
    chosen(page)
    typed(page, "12 hverdage")
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    page.goto(f"{PLACE}/godkend")
    page.fill("#note", "Den nye aftale begynder")
    page.fill("#fra", day.isoformat())
    photographed(page, "fra-en-dag", page.locator("section", has=page.locator("#fra")))
    _a_day_that_is_gone(page, day)
    page.fill("#fra", day.isoformat())
    page.click("button[value=submit]")
    expect(page.locator(".alert-success")).to_contain_text("En anden end dig")
    expect(page.get_by_role("row", name=re.compile(said))).to_contain_text("Venter på godkendelse")

    leader = as_person("leder")
    leader.goto(f"{PLACE}/godkend")
    expect(leader.locator(".st-head")).to_contain_text(f"{said}")
    assert _violations(leader) == []
    leader.get_by_role("button", name=re.compile("Godkend fra .*" + re.escape(said))).click()
    expect(leader.locator(".alert-success")).to_contain_text("Til og med dagen før")
    expect(leader.locator("#kommende")).to_contain_text("udgave 2")
    assert _violations(leader) == []
    assert _overflow(leader) == 0

    _everybody_sees(as_person, said)
    _who_draws_on_is_told(page, day, said)
    _called_off(page, said)


def _a_day_that_is_gone(page: Page, day: date) -> None:
    """Refused beside the field; what was written is kept."""
    page.evaluate("document.querySelector('#fra').removeAttribute('min')")
    page.fill("#fra", (day - timedelta(days=400)).isoformat())
    page.click("button[value=submit]")
    expect(page.locator("#fra-problem")).to_contain_text("Den dag er gået")
    expect(page.locator("#note")).to_have_value("Den nye aftale begynder")
    assert _violations(page) == []


def _everybody_sees(as_person: Callable[..., Page], said: str) -> None:
    """The pathways' list and the version's line say from when; a phone too.  Today's is in force."""
    nurse = as_person("sygeplejerske", width=360)
    nurse.goto("/forloeb")
    row = nurse.get_by_role("row").filter(has_text=KEY)
    expect(row).to_contain_text(re.compile(r"udgave 2 fra .*" + re.escape(said)))
    nurse.goto(f"/forloeb/{KEY}?aftale=midtjylland")
    table = nurse.locator("section", has=nurse.locator("#versions"))
    expect(table.get_by_role("row").nth(1)).to_contain_text(
        re.compile("i kraft fra .*" + re.escape(said))
    )
    expect(table.get_by_role("row").nth(2)).to_contain_text("i kraft")
    assert _violations(nurse) == []
    assert _overflow(nurse) == 0
    operator = as_person("drift")
    operator.goto("/drift/udrulninger")
    expect(operator.locator("main")).to_contain_text(re.compile("i kraft fra .*" + re.escape(said)))


def _who_draws_on_is_told(page: Page, day: date, said: str) -> None:
    """Another draft is begun: for today it stands on today's version, for that day on the one that waits."""
    chosen(page)
    expect(page.locator(".st-head")).to_contain_text(
        re.compile("udgave 2 i kraft fra .*" + re.escape(said))
    )
    typed(page, "15 hverdage")
    expect(page.locator("[data-saved]")).to_contain_text("Gemt kl.", timeout=20_000)
    page.goto(f"{PLACE}/godkend")
    expect(page.locator(".alert-info")).to_contain_text("Udgave 2 er godkendt")
    page.fill("#note", "Endnu en")
    page.fill("#fra", (day + timedelta(days=1)).isoformat())
    page.click("button[value=submit]")
    expect(page.locator(".alert-warning")).to_contain_text("Til den tid er udgave 2 i kraft")
    expect(page.locator(".st-diff del")).to_contain_text("12 hverdage")
    page.click("button[value=renew]")
    expect(page.locator("#fra")).to_have_value((day + timedelta(days=1)).isoformat())
    expect(page.locator(".alert-warning")).to_have_count(0)
    page.fill("#note", "Endnu en")
    page.click("button[value=submit]")
    expect(page.locator(".alert-success")).to_contain_text("En anden end dig")
    page.goto(f"{PLACE}/hvad-hvis")
    expect(page.locator("#ny")).to_contain_text(
        re.compile("Udgave 2 .i kraft fra .*" + re.escape(said))
    )
    page.goto(f"{PLACE}/godkend")
    page.click("button[value=discard]")


def _called_off(page: Page, said: str) -> None:
    page.goto("/studie")
    photographed(page, "kommende", page.locator("#kommende"))
    page.locator("#kommende").get_by_role("button", name="Kald tilbage").click()
    expect(page.locator(".alert-success")).to_contain_text("kaldt tilbage")
    assert page.locator("#kommende").count() == 0
    page.goto(f"/forloeb/{KEY}?aftale=midtjylland")
    table = page.locator("section", has=page.locator("#versions"))
    expect(table.get_by_role("row").nth(1)).to_contain_text("kaldt tilbage")
    expect(
        table.get_by_role("row").nth(1).get_by_role("link", name="Tilbage til denne")
    ).to_be_visible()
    assert _violations(page) == []


def test_texts_alone_wait_for_their_day_and_are_called_off(
    as_person: Callable[..., Page], served: Server, tmp_path: Path
) -> None:
    """A folder in which only the agreement's points are worded anew: no diagram is another, and that is said."""
    day = datetime.now(UTC).date() + timedelta(days=50)
    shutil.copytree(ROOT / "processes", tmp_path / "processes")
    clauses = tmp_path / "processes/hovedstaden/clauses.yaml"
    text = clauses.read_text(encoding="utf-8")
    worded = text.replace("Sundhedsaftalen 2019-2023 sætter", "Sundhedsaftalen sætter", 1)
    assert worded != text
    clauses.write_text(worded, encoding="utf-8")
    folder = str(tmp_path / "processes/hovedstaden")
    stafet("deploy", folder, "--from", day.isoformat(), "--note", "Ny ordlyd", env=served.env)
    page = as_person("designer")
    page.goto("/studie")
    row = page.locator("#kommende tr", has_text=format_date(day, "d. MMMM", locale="da"))
    expect(row).to_contain_text("Kun tekster og punkter, intet diagram")
    expect(row).to_contain_text("Ny ordlyd")
    expect(row.get_by_role("link")).to_have_count(0)
    photographed(page, "kun-tekster", page.locator("#kommende"))
    assert _violations(page) == []
    narrow = as_person("designer", width=360)
    narrow.goto("/studie")
    assert _overflow(narrow) == 0
    leader = as_person("leder")
    leader.goto("/studie")
    leader.locator("#kommende tr", has_text="intet diagram").get_by_role("button").click()
    expect(leader.locator("main")).not_to_contain_text("intet diagram")


def photographed(page: Page, name: str, part: Locator) -> None:
    """Draw a part of the page into `docs/pictures/studio-*.png`, where `STAFET_PICTURES` asks for it."""
    if os.environ.get("STAFET_PICTURES"):
        part.screenshot(path=PICTURES / f"studio-{name}.png")
