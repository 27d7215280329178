"""A nurse logs in at her employer's identity provider in Chromium, is led back, and logs out of both."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.http.served import Server, environment, running
from tests.oidc.conftest import RULES, fill, start, stop

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Server]:
    """Two wards whose people come from a provider."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process, issuer = start(callbacks=[f"{url}/log-ind/svar"], out=[f"{url}/log-ind"])
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    env = environment(
        tmp_path,
        f"sqlite:///{tmp_path}/stafet.db",
        PORT=str(port),
        STAFET_KEYS=fill(tmp_path / "stafet.db"),
        STAFET_URL=url,
        STAFET_OIDC_ISSUER=issuer,
        STAFET_OIDC_CLIENT_ID="stafet",
        STAFET_OIDC_CLIENT_SECRET="a secret of the tests",
        STAFET_OIDC_NAME="regionens login",
        STAFET_OIDC_RULES=str(tmp_path / "rules.toml"),
    )
    try:
        with running("serve", env=env, log=tmp_path / "log") as server:
            yield server
    finally:
        stop(process)


@pytest.fixture
def page(browser: Browser, beside: Server) -> Iterator[Page]:
    """On a phone."""
    context = browser.new_context(
        base_url=beside.url,
        viewport={"width": 360, "height": 800},
        locale="da-DK",
    )
    yield context.new_page()
    context.close()


def _log_in(page: Page, who: str) -> None:
    page.get_by_role("button", name="Log ind med regionens login").click()
    page.get_by_label("Hvem").fill(who)
    page.get_by_role("button", name="Log ind").click()


def test_there_back_and_out(page: Page) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Policy" in said.text else None)
    page.goto("/sager")
    assert Axe().run(page).response["violations"] == []
    _log_in(page, "s-ida")
    page.wait_for_url("**/sager")
    expect(page.get_by_text("Ida Holm")).to_be_visible()
    page.get_by_role("button", name="Log ud").click()
    expect(page.get_by_role("heading", name="Log ud hos udbyderen")).to_be_visible()
    page.get_by_role("button", name="Log ud").click()
    page.wait_for_url("**/log-ind")
    assert refused == []
    _log_in(page, "s-low")
    expect(page.get_by_role("alert")).to_contain_text("sikringsniveau")
    assert Axe().run(page).response["violations"] == []
    page.goto("/sager")
    expect(page.get_by_role("heading", name="Log ind", exact=True)).to_be_visible()
