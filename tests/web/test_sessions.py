"""Who gets in, what the browser is told to keep, and which forms are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from stafet.app import create
from web import sessions

HTTPS = "https://localhost"
Token = Callable[[FlaskClient, str], str]


def _log_in(client: FlaskClient, token: Token, **more: str) -> str:
    form = {"csrf": token(client, "/log-ind"), "login": "ida", "password": "ret kode", **more}
    return client.post("/log-ind", data=form).headers["Location"]


def test_a_wrong_password_keeps_the_login_and_says_so_once(
    visitor: FlaskClient, token: Token
) -> None:
    form = {"csrf": token(visitor, "/log-ind"), "login": "ida", "password": "forkert"}
    answer = visitor.post("/log-ind", data=form)
    assert answer.status_code == 401
    assert "Brugernavn eller adgangskode er forkert" in answer.text
    assert 'value="ida"' in answer.text
    assert "forkert&#34;" not in answer.text
    assert not visitor.get_cookie("stafet_session")


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(ida: FlaskClient) -> None:
    cookie = ida.get_cookie("stafet_session")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")


def test_a_secret_that_was_put_into_the_browser_before_login_is_worth_nothing(
    visitor: FlaskClient, token: Token
) -> None:
    planted = "A" * 43
    visitor.set_cookie("stafet_session", planted)
    _log_in(visitor, token)
    cookie = visitor.get_cookie("stafet_session")
    assert cookie is not None
    assert cookie.value != planted
    assert visitor.get("/").status_code == 200
    visitor.set_cookie("stafet_session", planted)
    assert visitor.get("/").status_code == 302


def test_logging_in_again_ends_the_session_that_the_browser_had(
    ida: FlaskClient, token: Token
) -> None:
    before = ida.get_cookie("stafet_session")
    assert before is not None
    form = {"csrf": token(ida, "/"), "login": "ida", "password": "ret kode"}
    assert ida.post("/log-ind", data=form).status_code == 302
    after = ida.get_cookie("stafet_session")
    assert after is not None
    assert after.value != before.value
    assert ida.get("/").status_code == 200
    ida.set_cookie("stafet_session", before.value)
    assert ida.get("/").status_code == 302


@pytest.mark.parametrize("goal", ["/sager", "/opgaver/4?gemt=1"])
def test_after_login_one_stands_where_one_wanted_to_go(
    visitor: FlaskClient, token: Token, goal: str
) -> None:
    assert _log_in(visitor, token, next=goal) == goal


@pytest.mark.parametrize(
    "goal",
    [
        "https://ond.example/",
        "//ond.example",
        "/\\ond.example",
        "\\\\ond.example",
        "javascript:1",
        "",
    ],
)
def test_login_is_no_springboard_to_another_site(
    visitor: FlaskClient, token: Token, goal: str
) -> None:
    assert _log_in(visitor, token, next=goal) == "/"


@pytest.mark.parametrize(
    "path", ["/", "/sager", "/sager/1", "/opgaver/1", "/beskeder/1", "/forloeb", "/forloeb/x"]
)
def test_without_a_login_every_page_leads_to_it_and_back(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/log-ind?next=")


@pytest.mark.parametrize("path", ["/opgaver/1", "/sager", "/sager/ny", "/log-ud", "/sprog"])
@pytest.mark.parametrize("sent", [{}, {"csrf": "forkert"}, {"csrf": "æøå"}])
def test_a_form_without_this_sessions_token_is_refused(
    ida: FlaskClient, path: str, sent: dict[str, str]
) -> None:
    answer = ida.post(path, data=sent)
    assert answer.status_code == 403
    assert "Formularen har været åben for længe" in answer.text
    assert ida.get("/").status_code == 200


def test_logging_out_ends_the_session_on_the_server(ida: FlaskClient, token: Token) -> None:
    cookie = ida.get_cookie("stafet_session")
    assert cookie is not None
    ida.post("/log-ud", data={"csrf": token(ida, "/")})
    ida.set_cookie("stafet_session", cookie.value)
    assert ida.get("/").status_code == 302


def test_every_page_tells_the_browser_to_keep_nothing_and_run_nothing_foreign(
    ida: FlaskClient,
) -> None:
    for path in ("/", "/sager", "/log-ind", "/findes-ikke", "/opgaver/999"):
        headers = ida.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        if "html" in headers["Content-Type"] and "Location" not in headers:
            policy = dict(
                one.split(maxsplit=1) for one in headers["Content-Security-Policy"].split("; ")
            )
            closed = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"}
            assert closed.items() <= policy.items()
            assert policy.pop("img-src") == "'self' data:"
            assert set(policy.values()) == {"'none'", "'self'"}


def test_behind_https_every_cookie_and_every_visit_goes_by_it_alone(
    site: Flask, token: Token
) -> None:
    house = site.extensions["stafet"]
    secure = replace(house.settings, secure_cookies=True)
    client = create(secure, house.store, now=house.now).test_client()
    begun = client.get("/log-ind", base_url=HTTPS)
    csrf = begun.text.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": csrf, "login": "ida", "password": "ret kode"}
    inside = client.post("/log-ind", base_url=HTTPS, data=form)
    page = client.get("/", base_url=HTTPS)
    csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
    chosen = client.post("/sprog", base_url=HTTPS, data={"csrf": csrf, "language": "en"})
    answers = (begun, inside, page, chosen)
    told = [one for answer in answers for one in answer.headers.getlist("Set-Cookie")]
    cookies = [one for one in told if "Max-Age=0" not in one]  # the rest are taken away
    assert {one.split("=")[0] for one in cookies} >= {"stafet_session", sessions.LANGUAGE}
    for one in cookies:
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(one.split("; ")), one
        assert "Domain" not in one
    for answer in (*answers, client.get("/api/v1/tasks", base_url=HTTPS)):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_without_https_nobody_is_told_to_come_by_it(ida: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in ida.get("/").headers
    cookie = ida.get_cookie("stafet_session")
    assert cookie is not None
    assert not cookie.secure


@pytest.mark.parametrize(
    ("proxies", "hosts", "told"),
    [
        (0, "ond.example", "http://localhost/x 127.0.0.1"),
        (1, "stafet.region.example", "https://stafet.region.example/x 10.0.0.9"),
        (1, "ond.example, stafet.region.example", "https://stafet.region.example/x 10.0.0.9"),
        (2, "ond.example, stafet.region.example, indre.example", "https://stafet.region.example/x 10.0.0.8"),
    ],
)  # fmt: skip
def test_what_a_proxy_says_counts_for_as_many_proxies_as_there_are(
    site: Flask, proxies: int, hosts: str, told: str
) -> None:
    """What the browser put before it is nobody's word: neither the host nor the address that tries are counted by."""
    house = site.extensions["stafet"]
    app = create(replace(house.settings, trusted_proxies=proxies), house.store, now=house.now)
    app.add_url_rule("/x", view_func=lambda: f"{sessions.outside('/x')} {request.remote_addr}")
    said = {"X-Forwarded-Host": hosts, "X-Forwarded-Proto": "https, https, https"}
    addresses = "6.6.6.6, 10.0.0.8, 10.0.0.9"
    got = app.test_client().get("/x", headers={**said, "X-Forwarded-For": addresses})
    assert got.text == told


def test_the_language_can_be_chosen_and_is_remembered(ida: FlaskClient, token: Token) -> None:
    ida.post("/sprog", data={"csrf": token(ida, "/"), "language": "en", "next": "/"})
    page = ida.get("/").text
    assert '<html lang="en">' in page
    assert "My tasks" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [("/findes-ikke", 404), ("/opgaver/999", 404), ("/sager/999", 404), ("/opgaver/x", 404)],
)
def test_what_is_not_there_is_one_sentence_and_a_way_on(
    ida: FlaskClient, path: str, status: int
) -> None:
    answer = ida.get(path)
    assert answer.status_code == status
    assert "Gå til mine opgaver" in answer.text
    assert "There is" not in answer.text
