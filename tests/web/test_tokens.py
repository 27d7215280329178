"""One's own keys for programs: shown with their last use, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from engine import logins
from tests.web.conftest import NOW

Token = Callable[[FlaskClient, str], str]


def test_a_key_is_shown_and_taken_back(site: Flask, ida: FlaskClient, token: Token) -> None:
    store = site.extensions["stafet"].store
    assert "Intet program har en nøgle" in ida.get("/noegler").text
    made = NOW - timedelta(days=2)
    text = logins.make_token(store, "ida", now=made, scopes=["read"], note="<b>Journal</b>")
    page = ida.get("/noegler").text
    assert "&lt;b&gt;Journal&lt;/b&gt;" in page
    assert "Må læse" in page
    assert "aldrig brugt" in page
    logins.bearer(store, text, now=NOW - timedelta(days=1))
    assert "brugt sidst" in ida.get("/noegler").text
    (one,) = logins.tokens(store, "ida", now=NOW)
    form = {"csrf": token(ida, "/noegler")}
    answer = ida.post(f"/noegler/{one.id}/slut", data=form, follow_redirects=True)
    assert "Nøglen er lukket" in answer.text
    assert logins.bearer(store, text, now=NOW) is None
    assert ida.post(f"/noegler/{one.id}/slut", data=form).status_code == 404


def test_the_page_is_reached_from_every_page(ida: FlaskClient, visitor: FlaskClient) -> None:
    assert 'href="/noegler"' in ida.get("/sager").text
