"""`python -m tests.browser.pictures`: draw the pages again, from a served demo.

`docs/pictures/pages-*.png` for the front page, `docs/pictures/staff-*.png` in both languages for `docs/staff.md`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from stafet.demo.people import CITIZENS
from tests.browser.conftest import FLAGS, chromium
from tests.http.served import Server, environment, running

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
GUIDE = {"width": 1180, "height": 820}
WIDE, PHONE = {"width": 1280, "height": 1180}, {"width": 390, "height": 1180}


def draw(server: Server) -> list[Path]:
    """The inbox, a task, and a case on a desk and on a phone; returns the files."""
    path = chromium()
    if path is None:
        raise SystemExit("No Chromium on this machine: install one from the system's packages.")
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = _logged_in(opened, server, WIDE)
        made = [_shoot(page, "inbox")]
        page.get_by_role("listitem").filter(has_text=CITIZEN).locator(".st-task__what a").click()
        made.append(_shoot(page, "task"))
        page.get_by_role("link", name="Åbn sagen").click()
        page.locator("st-diagram .is-now").first.wait_for()
        made.append(_shoot(page, "case"))
        phone = _logged_in(opened, server, PHONE)
        phone.goto(page.url)
        made.append(_shoot(phone, "case-phone"))
        for language in ("da", "en"):
            made += _guide(opened, server, language)
        opened.close()
    return made


def _guide(opened: Browser, server: Server, language: str) -> list[Path]:
    """What `docs/staff.md` shows, page by page."""
    page = opened.new_page(base_url=server.url, viewport=GUIDE, timezone_id="Europe/Copenhagen")  # type: ignore[arg-type]
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
    page.close()
    return made


def _logged_in(opened: Browser, server: Server, viewport: dict[str, int]) -> Page:
    page = opened.new_page(
        base_url=server.url,
        viewport=viewport,  # type: ignore[arg-type]
        locale="da-DK",
        timezone_id="Europe/Copenhagen",
    )
    page.goto("/log-ind")
    page.get_by_label("Brugernavn").fill(WHO)
    page.get_by_label("Adgangskode").fill("stafet")
    page.locator("form.st-form").get_by_role("button", name="Log ind").click()
    page.goto("/?vis=alle")
    return page


def _shoot(page: Page, name: str, kind: str = "pages") -> Path:
    page.wait_for_load_state("networkidle")
    target = OUT / f"{kind}-{name}.png"
    page.screenshot(path=target)
    return target


def main() -> None:
    """Serve a demo of its own and draw."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder), f"sqlite:///{folder}/stafet.db")
        with running("serve", "--demo", env=env, log=Path(folder) / "log") as server:
            for target in draw(server):
                sys.stdout.write(f"{target.relative_to(OUT.parents[1])}\n")


if __name__ == "__main__":
    main()
