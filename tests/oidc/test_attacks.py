"""What an attacker would bring to the way back: a sentence and 400, never 500, and nobody is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.tables import person, session
from tests.oidc.conftest import CALLBACK, Browser, House, Idp

ANSWER = "/log-ind/svar"


@pytest.fixture(autouse=True)
def nobody_gets_in(house: House) -> Iterator[None]:
    """After each attack the site knows no session and no person more than before."""
    yield
    with house.store.read() as db:
        assert db.execute(select(session)).all() == []
        assert len(db.execute(select(person)).all()) == 1


def _refused(answer: TestResponse) -> None:
    assert answer.status_code == 400, answer.text
    said = re.search(r'role="alert".*?alert-heading">([^<]+)<', answer.text, re.S)
    assert said, answer.text
    assert "Begynd forfra" in said[1]
    assert "Log ind med regionens login" in answer.text


def _with(way_back: str, **changed: str | None) -> str:
    """The way back with some of its parameters changed or left out."""
    told = {name: values[0] for name, values in parse_qs(urlsplit(way_back).query).items()}
    told.update({name: value for name, value in changed.items() if value is not None})
    kept = {name: value for name, value in told.items() if changed.get(name, "") is not None}
    return f"{ANSWER}?{urlencode(kept)}"


# ---- state -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?code=x",
        "?state=x",
        "?state=x&code=x",
        "?state=%00&code=%00",
        "?state=%ff%fe&code=x",
        "?state=" + "A" * 5000 + "&code=x",
        "?state=x&state=y&code=x&code=y",
        "?error=access_denied",
        "?error=<script>&error_description=<script>alert(1)</script>&state=x",
    ],
)
def test_an_answer_that_nobody_asked_for(browser: Browser, query: str) -> None:
    browser.site.get("/log-ind")
    answer = browser.site.get(ANSWER + query)
    _refused(answer)
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize("state", [None, "", "x", "æøå", "A" * 43])
def test_a_forged_or_missing_state(browser: Browser, state: str | None) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    _refused(browser.site.get(_with(way_back, state=state)))


def test_a_state_whose_first_letters_are_right(browser: Browser) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    right = parse_qs(urlsplit(way_back).query)["state"][0]
    _refused(browser.site.get(_with(way_back, state=right[:-1] + "AB")))


def test_another_browser_with_a_right_answer(house: House, browser: Browser) -> None:
    """Login CSRF: the attacker's own answer, sent to somebody else's browser."""
    _refused(house.browser().site.get(browser.there(browser.begin(), "s-ida")))


# ---- code --------------------------------------------------------------------------------
def test_a_code_that_another_session_began_with(house: House, browser: Browser) -> None:
    """PKCE: a stolen code under the attacker's own state."""
    stolen = parse_qs(urlsplit(browser.there(browser.begin(), "s-ida")).query)["code"][0]
    attacker = house.browser()
    way_back = attacker.there(attacker.begin(), "s-per")
    _refused(attacker.site.get(_with(way_back, code=stolen)))


def test_a_code_of_another_client(house: House, browser: Browser, idp: Idp) -> None:
    begun = browser.begin()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun).query).items()}
    other = f"{idp.issuer}/auth?{urlencode({**asked, 'client_id': 'other'})}"
    assert asked["redirect_uri"] == CALLBACK
    _refused(browser.site.get(browser.there(other, "s-ida")))


@pytest.mark.parametrize("code", ["x", "A" * 3000, "\x00", "æøå"])
def test_a_made_up_code(browser: Browser, code: str) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    _refused(browser.site.get(_with(way_back, code=code)))


def test_no_code_at_all(browser: Browser) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    assert browser.site.get(_with(way_back, code=None)).status_code == 403


# ---- mix-up ------------------------------------------------------------------------------
@pytest.mark.parametrize("issuer", [None, "", "https://ond.example", "æøå"])
def test_an_answer_of_another_provider(browser: Browser, issuer: str | None) -> None:
    way_back = browser.there(browser.begin(), "s-ida")
    _refused(browser.site.get(_with(way_back, iss=issuer)))


# ---- the ID token ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "how",
    [
        "nonce", "no_nonce", "aud", "aud_and_azp", "aud_without_azp", "iss", "expired", "no_exp", "no_sub", "future",
        "at_hash", "somebody", "key", "unknown_key", "none", "secret", "cut", "garbage",
    ],
)  # fmt: skip
def test_an_id_token_that_is_not_for_this_login(browser: Browser, idp: Idp, how: str) -> None:
    idp.twist(how)
    _refused(browser.log_in("s-ida"))


# ---- form --------------------------------------------------------------------------------
def test_a_login_that_another_site_begins(browser: Browser) -> None:
    assert browser.site.post("/log-ind/udbyder", data={"csrf": "x"}).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "æ.ø.å", "eyJhbGciOiJub25lIn0.e30."])
def test_a_logout_that_the_provider_never_said(browser: Browser, token: str) -> None:
    answer = browser.site.post("/log-ud/udbyder", data={"logout_token": token})
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})
    assert answer.headers["Cache-Control"] == "no-store"
