"""Logging in at an identity provider: who gets in as what, where one goes then, and how one gets out again."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select, update

from engine import audit, logins
from engine.logins import Rules
from engine.tables import audit as audit_table
from engine.tables import identity, login_request, membership, person, session
from stafet.app import create
from tests.oidc.conftest import PEOPLE, RULES, SITE, Browser, House, Idp, leads_to


def test_somebody_new_is_in_with_the_jobs_that_the_claims_name(
    house: House, browser: Browser
) -> None:
    answer = browser.log_in("s-ida")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    page = browser.site.get("/").text
    assert "Ida Holm" in page
    assert "Afsnit N1" in page
    ida = logins.actor(house.store, "ida", now=datetime.now(UTC))
    assert [(m.unit, m.role) for m in ida.memberships] == [(1, "sygeplejerske")]
    again = house.browser()
    again.log_in("s-ida")
    with house.store.read() as db:
        assert len(db.execute(select(person).where(person.c.login == "ida")).all()) == 1
        assert (
            len(db.execute(select(membership).where(membership.c.person_id == ida.id)).all()) == 1
        )


def test_a_group_names_unit_and_role_at_once(house: House, browser: Browser) -> None:
    browser.log_in("s-per")
    per = logins.actor(house.store, "per", now=datetime.now(UTC))
    assert [(m.unit, m.role) for m in per.memberships] == [(2, "leder")]


def test_what_is_sent_there_is_a_code_flow_with_pkce_nonce_and_levels(browser: Browser) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(browser.begin()).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{SITE}/log-ind/svar"
    assert asked["acr_values"] == "Substantial High"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert min(len(asked[one]) for one in ("state", "nonce", "code_challenge")) == 43


@pytest.mark.parametrize("goal", ["/sager", "/opgaver/4?gemt=1"])
def test_after_login_one_stands_where_one_wanted_to_go(browser: Browser, goal: str) -> None:
    assert browser.log_in("s-ida", next=goal).headers["Location"] == goal


@pytest.mark.parametrize(
    "goal", ["https://ond.example/", "//ond.example", "/\\ond.example", "javascript:1", ""]
)
def test_login_is_no_springboard_to_another_site(browser: Browser, goal: str) -> None:
    assert browser.log_in("s-ida", next=goal).headers["Location"] == "/"


def test_what_was_being_written_comes_back(house: House, browser: Browser) -> None:
    address = browser.begin(**{"next": "/opgaver/1", "kept:fritekst": "Hun har det bedre"})
    with house.store.read() as db:
        kept = db.execute(select(login_request)).one()
    assert "bedre" not in str(kept)
    assert "opgaver" not in str(kept)
    page = browser.site.get(browser.there(address, "s-ida")).text
    assert 'name="fritekst" value="Hun har det bedre"' in page
    assert 'action="/opgaver/1"' in page


def test_the_secret_in_the_browser_is_new_and_an_old_session_ends(
    house: House, browser: Browser
) -> None:
    browser.site.set_cookie("stafet_session", "A" * 43)
    browser.log_in("s-ida")
    first = browser.site.get_cookie("stafet_session")
    assert first is not None
    assert first.value != "A" * 43
    assert (first.http_only, first.same_site) == (True, "Lax")
    browser.site.get(browser.there(browser.begin(), "s-ida"))
    second = browser.site.get_cookie("stafet_session")
    assert second is not None
    assert second.value != first.value
    assert logins.session(house.store, first.value, now=datetime.now(UTC)) is None
    left = [each for each in browser.site._cookies.values() if "login_" in each.key]
    assert left == []


def test_two_logins_that_begin_in_one_browser_do_not_disturb_each_other(browser: Browser) -> None:
    first, second = browser.begin(next="/sager"), browser.begin(next="/forloeb")
    assert browser.site.get(browser.there(first, "s-ida")).headers["Location"] == "/sager"
    assert browser.site.get(browser.there(second, "s-ida")).headers["Location"] == "/forloeb"


# ---- who does not get in -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status", "says"),
    [
        ("s-low", 403, "sikringsniveau"),
        ("s-none", 403, "adgang til nogen enhed"),
        ("s-shared", 403, "adgang til nogen enhed"),
        ("s-local", 409, "samme brugernavn"),
        ("s-nameless", 400, "hvem du er"),
        ("s-cpr", 400, "hvem du er"),
    ],
)
def test_who_may_not_gets_a_sentence_and_nothing_is_made(
    house: House, browser: Browser, who: str, status: int, says: str
) -> None:
    answer = browser.log_in(who)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
    assert not browser.site.get_cookie("stafet_session")
    with house.store.read() as db:
        assert len(db.execute(select(person)).all()) == 1
        assert db.execute(select(identity)).all() == []
        assert db.execute(select(session)).all() == []


def test_a_level_that_is_not_told_is_too_low(house: House, browser: Browser, idp: Idp) -> None:
    idp.twist("no_acr")
    assert browser.log_in("s-ida").status_code == 403


def test_nobody_new_where_the_settings_say_so(
    tmp_path: Path, ready: tuple[Path, str], idp: Idp
) -> None:
    house = House(tmp_path, ready, idp.issuer, STAFET_OIDC_NEW_PEOPLE="0")
    assert house.browser().log_in("s-ida").status_code == 403
    logins.await_person(house.store, "ida", "Ida Holm", days=1, now=datetime.now(UTC))
    assert house.browser().log_in("s-ida").status_code == 302
    house.store.close()


def test_an_account_of_before_is_taken_over_only_where_an_operator_said_so(house: House) -> None:
    now = datetime.now(UTC)
    with house.store.write() as db:
        db.execute(update(person).where(person.c.id == 1).values(login="ventet"))
    assert house.browser().log_in("s-await").status_code == 409
    logins.await_person(house.store, "ventet", "", days=1, now=now)
    assert house.browser().log_in("s-await").status_code == 302
    whom = logins.actor(house.store, "ventet", now=now)
    assert {(m.unit, m.role) for m in whom.memberships} == {(1, "leder"), (1, "sygeplejerske")}
    assert whom.name == "Ventet Holm"


def test_who_was_closed_stays_out(house: House, browser: Browser) -> None:
    browser.log_in("s-ida")
    with house.store.write() as db:
        db.execute(update(person).where(person.c.login == "ida").values(active=False))
    assert house.browser().log_in("s-ida").status_code == 403
    assert browser.site.get("/").status_code == 302


def test_odd_names_are_shown_as_text_and_one_value_is_a_list_of_one(browser: Browser) -> None:
    browser.log_in("s-odd")
    page = browser.site.get("/").text
    assert "&lt;b&gt;Åse&lt;/b&gt;" in page
    assert "\u202e" not in page


def test_a_claim_that_is_gone_ends_the_job(house: House, browser: Browser) -> None:
    browser.log_in("s-ida")
    assert browser.site.get("/").status_code == 200
    # From now on the nurse is of no ward that Stafet knows.
    rules = Rules.from_toml(tomllib.loads(RULES.replace('claim = "sor"', 'claim = "nowhere"')))
    assert house.settings.oidc is not None
    told = replace(house.settings, oidc=replace(house.settings.oidc, rules=rules))
    changed = Browser(create(told, house.store).test_client())
    assert changed.log_in("s-ida").status_code == 403
    assert logins.actor(house.store, "ida", now=datetime.now(UTC)).memberships == ()


# ---- out ---------------------------------------------------------------------------------
def _log_out(browser: Browser) -> str:
    token = browser.site.get("/").text.split('name="csrf" value="')[1].split('"')[0]
    answer = browser.site.post("/log-ud", data={"csrf": token})
    assert answer.status_code == 200
    return leads_to(answer)


def test_logging_out_ends_both_sessions(house: House, browser: Browser) -> None:
    browser.log_in("s-ida")
    had = browser.site.get_cookie(logins.COOKIE)
    assert had is not None
    address = _log_out(browser)
    # Not only in this browser, which has lost its cookie.
    browser.site.set_cookie(logins.COOKIE, had.value)
    assert browser.site.get("/").status_code == 302
    asked = parse_qs(urlsplit(address).query)
    assert asked["post_logout_redirect_uri"] == [f"{SITE}/log-ind"]
    assert asked["id_token_hint"]
    page = browser.provider.get(address, timeout=10)
    form = dict(hidden(page.text), logout="yes")
    ended = browser.provider.post(action(page.text), data=form, allow_redirects=False, timeout=10)
    assert ended.headers["location"] == f"{SITE}/log-ind"
    # The provider asks again who it is.
    answer = browser.provider.get(browser.begin(), timeout=10)
    assert "Udbyderens login" in answer.text


def hidden(text: str) -> list[tuple[str, str]]:
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)


def action(text: str) -> str:
    found = re.search(r'action="([^"]+)"', text)
    assert found
    return found[1]


def test_a_password_session_ends_here_alone(
    tmp_path: Path, ready: tuple[Path, str], idp: Idp
) -> None:
    house = House(tmp_path, ready, idp.issuer, STAFET_LOCAL_LOGINS="1")
    client = house.browser().site
    token = client.get("/log-ind").text.split('name="csrf" value="')[1].split('"')[0]
    sent = {"csrf": token, "login": "lokal", "password": "ret kode"}
    assert client.post("/log-ind", data=sent).status_code == 302
    token = client.get("/").text.split('name="csrf" value="')[1].split('"')[0]
    assert client.post("/log-ud", data={"csrf": token}).headers["Location"] == "/log-ind"
    house.store.close()


def test_passwords_are_off_where_there_is_a_provider(house: House, browser: Browser) -> None:
    page = browser.site.get("/log-ind").text
    assert "Log ind med regionens login" in page
    assert "Adgangskode" not in page
    token = page.split('name="csrf" value="')[1].split('"')[0]
    sent = {"csrf": token, "login": "lokal", "password": "ret kode"}
    assert browser.site.post("/log-ind", data=sent).status_code == 403


# ---- what is written down ----------------------------------------------------------------
def test_the_chain_tells_of_it_and_names_nobody(house: House, browser: Browser) -> None:
    browser.log_in("s-ida")
    house.browser().log_in("s-low")
    house.browser().log_in("s-none")
    with house.store.read() as db:
        told = [(row.what, row.facts) for row in db.execute(select(audit_table)).all() if row.seq]
        everything = " ".join(str(row) for row in db.execute(select(identity)).all())
        everything += " ".join(str(row) for row in db.execute(select(session)).all())
    assert [what for what, _facts in told] == [
        "jobs_vouched",
        "logged_in",
        "login_refused",
        "login_refused",
    ]
    assert "Substantial" in str(told[1])
    assert "level_too_low" in str(told[2])
    text = str(told) + everything
    assert [one for one in ("Ida Holm", "s-ida", "ida@", *PEOPLE) if one in text] == []
    assert audit.verify(house.store).ok


def test_the_log_names_nobody(
    house: House, browser: Browser, idp: Idp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    browser.log_in("s-ida")
    house.browser().log_in("s-low")
    address = browser.begin()
    browser.site.get(browser.there(address, "s-ida"))
    idp.twist("aud")
    house.browser().log_in("s-ida")
    refusing = house.browser()
    refusing.site.get(refusing.there(refusing.begin(), "s-ida", no="1"))
    told = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith("stafet")
    )
    assert "level_too_low" in told
    assert "token refused: aud" in told
    for word in ("Ida", "ida", "s-", "code=", "state=", "eyJ", "secret of"):
        assert word not in told, word


def test_saying_no_at_the_provider_is_a_sentence(house: House, browser: Browser) -> None:
    way_back = browser.there(browser.begin(), "s-ida", no="1")
    assert "error=access_denied" in way_back
    answer = browser.site.get(way_back)
    assert answer.status_code == 403
    assert "Ida Holm" not in answer.text


# ---- it is down --------------------------------------------------------------------------
def test_a_provider_that_is_down_is_a_page_and_nothing_has_begun(
    tmp_path: Path, ready: tuple[Path, str]
) -> None:
    house = House(tmp_path, ready, "http://127.0.0.1:1")
    answer = house.browser().press()
    assert answer.status_code == 503
    assert "svarer ikke" in answer.text
    assert house.browser().site.get("/log-ind").status_code == 200
    with house.store.read() as db:
        assert db.execute(select(login_request)).all() == []
    house.store.close()


@pytest.mark.parametrize("how", ["broken", "not_json"])
def test_a_provider_that_breaks_on_the_way_back_is_a_page(
    browser: Browser, idp: Idp, how: str
) -> None:
    idp.twist(how)
    answer = browser.log_in("s-ida")
    assert answer.status_code == 503
    assert "svarer ikke" in answer.text


def test_a_wrong_secret_of_the_installation_is_not_the_persons_fault(
    tmp_path: Path, ready: tuple[Path, str], idp: Idp
) -> None:
    house = House(tmp_path, ready, idp.issuer, STAFET_OIDC_CLIENT_SECRET="forkert")
    answer = house.browser().log_in("s-ida")
    assert answer.status_code == 503
    assert "godkender ikke Stafets egen nøgle" in answer.text
    house.store.close()


def test_another_issuer_in_its_document_is_refused(
    tmp_path: Path, ready: tuple[Path, str], idp: Idp
) -> None:
    house = House(tmp_path, ready, idp.issuer.replace("127.0.0.1", "localhost"))
    assert house.browser().press().status_code == 503
    house.store.close()
    assert requests.get(f"{idp.issuer}/.well-known/openid-configuration", timeout=10).ok
