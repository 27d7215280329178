"""What an operator ticks in the list of instances, and what is done to all of it at once."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import actions, logins, queries
from engine.tables import instance
from stafet.app import clock
from tests.web.house import store_of
from tests.web.test_pages import Login, as_, csrf, demo

__all__ = ["as_", "demo"]
LIST, PAGE = "/drift/forloeb?status=running", "/drift/forloeb/valgte"


@pytest.fixture
def ticked(as_: Login) -> tuple[FlaskClient, list[str], dict[str, Any]]:
    """The operator's browser, what can be ticked in his list, and what its form sends along."""
    client = as_("drift")
    page = client.get(LIST).text
    numbers = re.findall(r'name="valgt" value="(\d+)"', page)
    assert len(numbers) > 2
    return client, numbers, {"csrf": csrf(page), "next": LIST}


def test_what_is_ticked_is_rehearsed_one_by_one_and_begun(
    demo: Flask, ticked: tuple[FlaskClient, list[str], dict[str, Any]]
) -> None:
    client, numbers, form = ticked
    page = client.post(PAGE, data={**form, "valgt": numbers[:2]}).text
    assert "2 valgte forløb" in page
    carried = {**form, "valgt": ",".join(numbers[:2]), "handling": "suspend"}
    page = client.post(PAGE, data=carried).text
    assert all(f"/drift/forloeb/{each}" in page for each in numbers[:2])
    assert "2 af 2 forløb kan." in page
    refused = client.post(PAGE, data={**carried, "do": "do", "reason": " "})
    assert (refused.status_code, "Skriv hvorfor" in refused.text) == (422, True)
    begun = client.post(PAGE, data={**carried, "do": "do", "reason": "Fejl i formularen"})
    assert begun.status_code == 302
    store = store_of(demo)
    while actions.run_batches(store, 50, now=clock()):
        pass
    with store.read() as db:
        held = db.scalars(select(instance.c.id).where(instance.c.status == "suspended"))
        assert {int(each) for each in numbers[:2]} <= set(held)
    page = client.get(begun.location).text
    assert "Sæt alle på pause: Valgte forløb" in page
    number = int(begun.location.rsplit("/", 1)[1])
    drift = logins.actor(store, "drift", now=clock())
    actions.many_undo(store, drift, number, "Prøvet", now=clock())
    while actions.run_batches(store, 50, now=clock()):
        pass


def test_all_that_the_filter_finds_are_chosen_and_nothing_is_chosen_by_mistake(
    demo: Flask, ticked: tuple[FlaskClient, list[str], dict[str, Any]], monkeypatch: Any
) -> None:
    client, _numbers, form = ticked
    drift = logins.actor(store_of(demo), "drift", now=clock())
    waiting = queries.InstanceFilter(status="running", limit=500)
    there = len(queries.instances(store_of(demo), drift, waiting, now=clock()).items)
    page = client.post(PAGE, data={**form, "alle": "1", "status": "running"}).text
    assert f"{there} valgte forløb" in page
    for nothing in ({}, {"valgt": "x"}, {"alle": "1", "status": "running", "udgave": "999"}):
        refused = client.post(PAGE, data={**form, **nothing})
        assert (refused.status_code, "Sæt kryds ved" in refused.text) == (422, True)
    unknown = client.post(PAGE, data={**form, "valgt": "999999", "handling": "retry"})
    assert (unknown.status_code, "Ikke alle de forløb" in unknown.text) == (422, True)
    monkeypatch.setattr("web.chosen.MOST", 1)
    many = client.post(PAGE, data={**form, "alle": "1", "status": "running"})
    assert (many.status_code, "Vælg færre" in many.text) == (422, True)
    assert client.post(PAGE, data={**form, "valgt": "1", "handling": "give"}).status_code == 404


def test_what_is_begun_is_what_was_rehearsed(
    ticked: tuple[FlaskClient, list[str], dict[str, Any]],
) -> None:
    client, _numbers, form = ticked
    page = client.get("/drift/forloeb?status=running&forloeb=midtjylland-planrunde").text
    ids = ",".join(re.findall(r'name="valgt" value="(\d+)"', page))
    asked = {**form, "valgt": ids, "handling": "amend", "reason": "Tastefejl"}
    page = client.post(PAGE, data=asked).text
    assert 'value="parter"' in page
    for missing in ({}, {"name": "findes_ikke", "value": "1"}):
        refused = client.post(PAGE, data={**asked, "do": "look", **missing})
        assert (refused.status_code, "name-problem" in refused.text) == (422, True)
    typed = {"name": "parter", "value": "tekst"}
    page = client.post(PAGE, data={**asked, "do": "look", **typed}).text
    assert "Oplysningen er af en anden slags der." in page
    rehearsed = html.unescape(re.search(r'name="set" value="([^"]*)"', page)[1])  # type: ignore[index]
    other = {**typed, "value": "andet", "set": rehearsed}
    page = client.post(PAGE, data={**asked, "do": "do", **other}).text
    assert "Du har ændret noget" in page
    begun = client.post(PAGE, data={**asked, "do": "do", **typed, "set": rehearsed})
    assert begun.status_code == 302
    assert "tekst" in client.get(begun.location).text
    mixed = {**form, "alle": "1", "status": "running", "handling": "move"}
    assert "Vælg forløb af én udgave" in client.post(PAGE, data=mixed).text
