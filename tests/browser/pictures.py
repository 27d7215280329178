"""`python -m tests.browser.pictures`: draw `docs/pictures/pages-*.png` again, from a served demo."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import FLAGS, chromium
from tests.browser.places import STAFF, places
from tests.http.served import Server, environment, running

OUT = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: Those that are drawn at a phone's width too.
ALSO_NARROW = ("indbakke", "opgave", "sag")


def draw(server: Server) -> list[Path]:
    """One picture of each kind of page; returns the files."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = chromium()
    if path is None:
        raise SystemExit("No Chromium on this machine: install one from the system's packages.")
    made = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for width in (1280, 390):
            page = opened.new_page(
                base_url=server.url, viewport={"width": width, "height": 800}, locale="da-DK"
            )
            page.goto("/log-ind")
            if width == 1280:
                made.append(_shoot(page, "login"))
            page.get_by_label("Brugernavn").fill(STAFF)
            page.get_by_label("Adgangskode").fill("stafet")
            page.locator("form.st-form button").click()
            for name, address in list(places(page)):
                if width == 1280 or name in ALSO_NARROW:
                    page.goto(address)
                    made.append(_shoot(page, name if width == 1280 else f"{name}-smal"))
        opened.close()
    return made


def _shoot(page: Page, name: str) -> Path:
    page.wait_for_load_state("networkidle")
    target = OUT / f"pages-{name}.png"
    page.screenshot(path=target, full_page=True)
    return target


def main() -> None:
    """Serve a demo of its own and draw."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder), f"sqlite:///{folder}/stafet.db")
        with running("serve", "--demo", env=env, log=Path(folder) / "log") as server:
            for target in draw(server):
                sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
