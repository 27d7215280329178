"""A browser before a served Stafet with demo data: the system's Chromium, nothing downloaded.

Without Chromium these tests are left out, and `tests/conftest.py` says so in the last lines; with `CI=true` they
fail.  One context (a person's cookies) per test; `as_person` logs in.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.http.served import Server, demo

#: No sandbox: containers and CI run as root, and the pages are our own.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]

#: How long a page may take on a machine that does other things too, in milliseconds.
expect.set_options(timeout=20_000)


def chromium() -> str | None:
    """Where the system has a Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave browser tests out where there is no browser, except in CI."""
    if chromium() or os.environ.get("CI") == "true":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`stafet serve --demo` on SQLite, shared by the browser tests."""
    with demo(tmp_path_factory.mktemp("browser")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all."""
    path = chromium()
    assert path, "CI needs a Chromium: install one from the system's packages"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def as_person(browser: Browser, served: Server) -> Iterator[Callable[..., Page]]:
    """`as_person("sygeplejerske", width=360, scripts=False)`: a page of somebody who is logged in.

    Without a login it is the page of somebody who is not yet.
    """
    contexts = []

    def log_in(login: str = "", *, width: int = 1280, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=served.url,
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            locale="da-DK",
            timezone_id="Europe/Copenhagen",
        )
        contexts.append(context)
        page = context.new_page()
        if not login:
            return page
        page.goto("/log-ind")
        page.get_by_label("Brugernavn").fill(login)
        page.get_by_label("Adgangskode").fill("stafet")
        page.locator("form.st-form").get_by_role("button", name="Log ind").click()
        return page

    yield log_in
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(browser: Browser, served: Server) -> Iterator[Page]:
    """A narrow page of somebody who is not logged in."""
    context = browser.new_context(
        base_url=served.url, viewport={"width": 360, "height": 800}, locale="da-DK"
    )
    yield context.new_page()
    context.close()
