"""What is used once, how far a clock may be wrong, and a provider that says that somebody has logged out."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select, update

from engine import logins
from engine.tables import login_request, session
from tests.oidc.conftest import CALLBACK, SITE, Browser, House, Idp, start, stop
from tests.oidc.test_login import action, hidden


def test_an_answer_is_good_once(house: House, browser: Browser) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    cookies = [(one.key, one.value) for one in browser.site._cookies.values()]
    assert browser.site.get(way_back).status_code == 302
    replayed = house.browser().site
    for name, value in cookies:
        replayed.set_cookie(name, value)
    assert replayed.get(way_back).status_code == 400
    with house.store.read() as db:
        assert len(db.execute(select(session)).all()) == 1


def test_a_code_is_good_once_also_in_a_login_of_its_own(browser: Browser) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    code = parse_qs(way_back.split("?")[1])["code"][0]
    assert browser.site.get(way_back).status_code == 302
    second = browser.there(browser.begin(), "s-ida")
    fresh = parse_qs(second.split("?")[1])["code"][0]
    assert browser.site.get(second.replace(fresh, code)).status_code == 400


def test_a_login_waits_ten_minutes(house: House, browser: Browser) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    with house.store.write() as db:
        old = datetime.now(UTC) - logins.WITHIN
        db.execute(update(login_request).values(made_at=old))
    assert browser.site.get(way_back).status_code == 400
    browser.begin()
    with house.store.read() as db:
        assert len(db.execute(select(login_request)).all()) == 1


def test_a_clock_may_be_a_minute_off(browser: Browser, idp: Idp) -> None:
    idp.twist("just_expired")
    assert browser.log_in("s-ida").status_code == 302


def test_who_begins_too_many_logins_must_wait(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins.begun, "PER_ADDRESS_BEGUN", 2)
    for _ in range(3):
        browser.log_in("s-ida")
    waiting = [browser.press() for _ in range(3)]
    assert [one.status_code for one in waiting] == [200, 200, 429]


def test_an_idle_hour_ends_this_session_too(house: House, browser: Browser) -> None:
    browser.log_in("s-ida")
    with house.store.write() as db:
        db.execute(update(session).values(seen_at=datetime.now(UTC) - timedelta(minutes=61)))
    assert browser.site.get("/").status_code == 302
    browser.log_in("s-ida")
    with house.store.write() as db:
        db.execute(update(session).values(created_at=datetime.now(UTC) - timedelta(hours=10)))
    assert browser.site.get("/").status_code == 302


def test_a_logout_at_the_provider_ends_the_session_here(
    tmp_path: Path, ready: tuple[Path, str]
) -> None:
    said: list[str] = []

    class Ended(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            said.append(parse_qs(self.rfile.read(length).decode())["logout_token"][0])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    listener = HTTPServer(("127.0.0.1", 0), Ended)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    ended = f"http://127.0.0.1:{listener.server_port}/"
    process, issuer = start(callbacks=[CALLBACK], out=[f"{SITE}/log-ind"], ended=ended)
    house = House(tmp_path, ready, issuer)
    try:
        here, elsewhere = house.browser(), house.browser()
        here.log_in("s-ida")
        elsewhere.log_in("s-ida")
        page = here.provider.get(f"{issuer}/session/end", timeout=10)
        form = dict(hidden(page.text), logout="yes")
        here.provider.post(action(page.text), data=form, timeout=10)
        (token,) = said
        assert here.site.get("/").status_code == 200
        program = house.site.test_client()
        assert program.post("/log-ud/udbyder", data={"logout_token": token}).status_code == 200
        assert here.site.get("/").status_code == 302
        assert elsewhere.site.get("/").status_code == 200
        # Said again, it ends nothing that began as another of the provider's sessions.
        assert program.post("/log-ud/udbyder", data={"logout_token": token}).status_code == 200
        assert elsewhere.site.get("/").status_code == 200
    finally:
        house.store.close()
        stop(process)
        listener.shutdown()
        listener.server_close()
