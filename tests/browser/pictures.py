"""`python -m tests.browser.pictures`: draw the pages again, from a served demo; `… staff`: those of the guide alone.

`docs/pictures/pages-*.png` for the front page, `docs/pictures/staff-*.png` in both languages for `docs/staff.md`.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from engine.calendar import COPENHAGEN
from stafet.demo.people import CITIZENS
from tests.browser.conftest import FLAGS, chromium
from tests.browser.story import YES, Person
from tests.browser.test_every_page import PAGES, _first
from tests.http.served import Server, demo

OUT = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: Somebody with a task that is due tomorrow, and whose case it is.
WHO, CITIZEN = "kommune", CITIZENS[1].name
PLACES = {
    "inbox": "/?vis=alle",
    "cases": "/sager",
    "dates": "/frister",
    "month": "/frister?vis=maaned",
    "absence": "/fravaer",
    "mail": "/mail",
    "accessibility": "/tilgaengelighed",
}
#: How the guide calls what is in `PAGES`, where by another name; and the states that another picture shows.
CALLED = {
    "log_in": "login",
    "dates, a month": "month",
    "new_case, which agreement": "new_case_which",
    "document, side by side": "compared",
}
NO_PICTURE = {
    "inbox, nothing found": "the inbox in another state",
    ", no such page": "an error's page, which one sentence explains",
}
#: Who looks at staff's pages in `PAGES`; the others are in the designers' and the operators' guides.
STAFF = ("", "laege", "leder")
#: Drawn by `_guide` as somebody who has come to them with something on them.
COME_TO = {"login", *PLACES, "task", "case"}
_STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
GUIDE = {"width": 1180, "height": 820}
WIDE, PHONE = {"width": 1280, "height": 1180}, {"width": 390, "height": 1180}


def draw(server: Server, *, guide_alone: bool = False) -> list[Path]:
    """The inbox, a task, and a case on a desk and on a phone, and the guide's pages; returns the files."""
    path = chromium()
    if path is None:
        raise SystemExit("No Chromium on this machine: install one from the system's packages.")
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        made = [] if guide_alone else _front(opened, server)
        met = _meeting(_logged_in(opened, server, WIDE, "sygeplejerske"))
        for language in ("da", "en"):
            made += _guide(opened, server, language, met)
        opened.close()
    return made


def pictured() -> dict[str, tuple[str, str, str]]:
    """Staff's pages of the URL map by their pictures' names, as in `PAGES`; `tests/browser/test_guide.py` reads it."""
    return {
        CALLED.get(name, name): row
        for name, row in PAGES.items()
        if row[0] in STAFF and name not in NO_PICTURE
    }


def _front(opened: Browser, server: Server) -> list[Path]:
    page = _logged_in(opened, server, WIDE)
    made = [_shoot(page, "inbox")]
    page.get_by_role("listitem").filter(has_text=CITIZEN).locator(".st-task__what a").click()
    made.append(_shoot(page, "task"))
    page.get_by_role("link", name="Åbn sagen").click()
    page.locator("st-diagram .is-now").first.wait_for()
    made.append(_shoot(page, "case"))
    phone = _logged_in(opened, server, PHONE)
    phone.goto(page.url)
    return [*made, _shoot(phone, "case-phone")]


def _meeting(page: Page) -> str:
    """A network meeting to which the municipality is invited; the case's address."""
    nurse, name = Person(page), "Mia Møde"
    case = nurse.opens_case("760584-2012", name, agreement="hovedstaden")
    nurse.starts("Tværsektorielt netværksmøde")
    nurse.takes("Registrér ønsket om møde", name)
    page.get_by_label("Hvem ønsker mødet?").select_option(value="psykiatri")
    today = datetime.now(COPENHAGEN).date()
    nurse.dates("Hvornår er der bedt om mødet?", today)
    nurse.is_done()
    nurse.takes("Tal med borgeren, og skriv formål", name)
    nurse.fills("Hvilke problemstillinger", "Bolig")
    nurse.fills("Hvilke kompetencer", "Socialfaglig")
    nurse.is_done()
    nurse.takes("Send invitation", name)
    nurse.asked("Hvem inviteres?").get_by_label("Bopælskommune", exact=True).check()
    soon = datetime.now(COPENHAGEN).replace(minute=0) + timedelta(hours=1)
    nurse.dates("Hvornår er mødet?", soon.date())
    nurse.asked("Hvornår er mødet?").get_by_label("Klokkeslæt").fill(f"{soon:%H:%M}")
    nurse.is_done()
    nurse.takes("Hold mødet", name)
    nurse.fills("Mødeleder", "Overlæge")
    nurse.fills("Referent", "Sygeplejerske")
    nurse.fills("Tovholder", "Sagsbehandler")
    nurse.chooses("Er borgeren med?", YES)
    nurse.is_done()
    nurse.takes("Skriv referat med aftaler", name)
    nurse.fills("Aftale", "Bostøtten begynder to gange om ugen", exact=True)
    nurse.fills("Ansvarlig", "Bostøtte")
    page.get_by_label("Hvilken part følger op?").first.select_option(label="Bopælskommune")
    nurse.dates("Frist", today + timedelta(days=10))
    nurse.is_done()
    return case


def _guide(opened: Browser, server: Server, language: str, met: str) -> list[Path]:
    """What `docs/staff.md` shows, page by page."""
    page = opened.new_page(
        base_url=server.url,
        viewport=GUIDE,  # type: ignore[arg-type]
        locale={"da": "da-DK", "en": "en-GB"}[language],
        timezone_id="Europe/Copenhagen",
    )
    page.goto("/log-ind")
    if language == "en":
        page.get_by_role("button", name="English").click()
    made = [_shoot(page, f"{language}-login", "staff")]
    page.locator(f"button[name=login][value={WHO}]").click()
    for name, address in PLACES.items():
        page.goto(address)
        made.append(_shoot(page, f"{language}-{name}", "staff"))
    page.goto("/?vis=alle")
    page.get_by_role("listitem").filter(has_text=CITIZEN).locator(".st-task__what a").click()
    made.append(_shoot(page, f"{language}-task", "staff"))
    page.locator(".st-meta a").first.click()
    made.append(_shoot(page, f"{language}-case", "staff"))
    made.append(_shoot(page, f"{language}-timeline", "staff", "[aria-labelledby=timeline]"))
    page.goto(met)
    made.append(_shoot(page, f"{language}-meeting", "staff", "[aria-labelledby=meetings]"))
    page.goto("/?vis=ledige")
    page.locator(".st-task__act button").first.click()
    made.append(_shoot(page, f"{language}-undo", "staff"))
    page.locator(".st-undo button").click()
    page.close()
    return made + _others(opened, server, language)


def _others(opened: Browser, server: Server, language: str) -> list[Path]:
    """The rest of staff's pages, each by whom it is for."""
    made, windows = [], {}
    for name, (login, start, link) in pictured().items():
        if name in COME_TO:
            continue
        if login not in windows:
            windows[login] = _logged_in(opened, server, GUIDE, login)
            if language == "en":
                windows[login].get_by_role("button", name="English").click()
        page = windows[login]
        page.goto(start)
        if link:
            page.goto(_first(page, link))
        made.append(_shoot(page, f"{language}-{name}", "staff"))
    for page in windows.values():
        page.close()
    return made


def _logged_in(opened: Browser, server: Server, viewport: dict[str, int], login: str = WHO) -> Page:
    page = opened.new_page(
        base_url=server.url,
        viewport=viewport,  # type: ignore[arg-type]
        locale="da-DK",
        timezone_id="Europe/Copenhagen",
    )
    page.goto("/log-ind")
    page.get_by_label("Brugernavn").fill(login)
    page.get_by_label("Adgangskode").fill("stafet")
    page.locator("form.st-form").get_by_role("button", name="Log ind").click()
    page.goto("/?vis=alle")
    return page


def _shoot(page: Page, name: str, kind: str = "pages", part: str = "") -> Path:
    """What the window shows, or a part of the page alone."""
    page.wait_for_load_state("networkidle")
    if (status := page.evaluate(_STATUS)) != 200:
        raise SystemExit(f"{page.url} answers {status}, and that is no picture for a guide.")
    target = OUT / f"{kind}-{name}.png"
    if part:
        page.locator(part).screenshot(path=target)
    else:
        page.screenshot(path=target)
    return target


def main() -> None:
    """Serve a demo of its own and draw."""
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as server:
        for target in draw(server, guide_alone="staff" in sys.argv[1:]):
            sys.stdout.write(f"{target.relative_to(OUT.parents[1])}\n")


if __name__ == "__main__":
    main()
