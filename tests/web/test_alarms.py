"""Alarmer through Flask's client: what is open, who was told or why not, and a cause that is silenced with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, insert

from channels.where import Alerting, Hook
from engine import actions
from engine.store import Store
from engine.tables import alert, outbox, silence, stuck
from stafet.outside import Post
from tests.web.test_pages import Login, as_, csrf, demo

__all__ = ["as_", "demo"]
HOOK = Hook("https://vagt.example/hemmelig/vej", "en lang hemmelighed")


@pytest.fixture
def site(demo: Flask) -> Iterator[Flask]:
    """The demo with a webhook and a loop; afterwards as it was."""
    house = demo.extensions["stafet"]
    store: Store = house.store
    told = Alerting(("drift@region.example",), HOOK, (time(0), time(0, 1)), frozenset({"timer"}))
    demo.extensions["stafet"] = replace(house, settings=replace(house.settings, alerts=told))
    now = house.now()
    with store.write() as db:
        db.execute(delete(stuck))
        db.execute(insert(stuck).values(
            key="loop:test", reason="loop", element="e", since=now, due_at=now, act="move", ref="instance:1",
            detail="", found_at=now,
        ))  # fmt: skip
    yield demo
    demo.extensions["stafet"] = house
    with store.write() as db:
        for table in (outbox, alert, silence):
            db.execute(delete(table))


def test_who_was_told_stands_there_and_who_was_not_reached(site: Flask, as_: Login) -> None:
    house, drift = site.extensions["stafet"], as_("drift")
    store, now = house.store, house.now()
    rules = replace(Post(house.settings, store, house.now).rules, after=timedelta(0), quiet=None)
    actions.alert(store, rules, now=now)
    first = actions.take(store, ["webhook"], now=now)
    assert first
    actions.failed(store, first, "hook_refused", for_good=True, now=now)
    page = drift.get("/drift/alarmer").text
    assert "1 alarm er åben." in page
    assert "Går i ring" in page
    assert "drift@region.example: på vej siden i dag" in page
    assert "vagt.example: opgivet i dag" in page
    assert "hook_refused" in page
    assert "hemmelig" not in page.replace("hemmelighed", "")
    assert "00.00–00.01" in page
    assert "Uret er bagud" in page.split("Også i stille timer")[1]
    assert "/drift?aarsag=loop" in page


def test_a_cause_is_silenced_with_a_reason_and_sounds_again(site: Flask, as_: Login) -> None:
    house, drift = site.extensions["stafet"], as_("drift")
    actions.alert(house.store, actions.Rules(), now=house.now())
    page = drift.get("/drift/alarmer?aarsag=loop").text
    assert '<option value="loop" selected>' in page
    form = {"csrf": csrf(page), "cause": "loop", "until": "hours", "reason": ""}
    wrong = drift.post("/drift/alarmer", data=form)
    assert wrong.status_code == 422
    assert "Skriv hvorfor" in wrong.text
    assert '<option value="loop" selected>' in wrong.text
    never = drift.post("/drift/alarmer", data=form | {"until": "altid", "reason": "Prøvet"})
    assert never.status_code == 422
    assert "inden for de næste 14 dage" in never.text
    kept = drift.post("/drift/alarmer", data=form | {"reason": "Leverandøren retter <den>"})
    assert kept.location == "/drift/alarmer?gjort=stille"
    page = drift.get(kept.location).text
    assert "Årsagen er stille" in page
    assert "Leverandøren retter &lt;den&gt;" in page
    assert "sat af" in page
    loud = drift.post("/drift/alarmer/loop/lyd", data={"csrf": csrf(page)})
    assert loud.location == "/drift/alarmer?gjort=lyd"
    assert "Leverandøren" not in drift.get(loud.location).text
    # A colleague was first: what was wanted is so.
    again = drift.post("/drift/alarmer/loop/lyd", data={"csrf": csrf(page)})
    assert again.location == "/drift/alarmer?gjort=lyd"
    assert drift.post("/drift/alarmer/x/lyd", data={"csrf": csrf(page)}).status_code == 404


def test_nobody_else_sees_it(site: Flask, as_: Login) -> None:
    assert as_("sygeplejerske").get("/drift/alarmer").status_code == 403


def test_what_was_given_up_stands_in_the_outbox_and_is_tried_again(site: Flask, as_: Login) -> None:
    house, drift = site.extensions["stafet"], as_("drift")
    store, now = house.store, house.now()
    rules = replace(Post(house.settings, store, house.now).rules, after=timedelta(0), quiet=None)
    actions.alert(store, rules, now=now)
    for code in ("mail_refused", "hook_refused"):
        it = actions.take(store, [{"m": "mail", "h": "webhook"}[code[0]]], now=now)
        assert it
        actions.failed(store, it, code, for_good=True, now=now)
    page = drift.get("/drift/udbakke").text
    assert "mailserveren tager ikke imod til den adresse" in page
    assert "modtageren afviser kaldet" in page
    assert "Alarm: Går i ring" in page
    assert "region.example" not in page.split('id="out"')[1]
    numbers = [each.split('"')[0] for each in page.split('name="numbers" value="')[1:]]
    form = {"csrf": csrf(page), "numbers": numbers[:1], "do": "again", "reason": ""}
    wrong = drift.post("/drift/udbakke", data=form)
    assert wrong.status_code == 422
    assert "Skriv hvorfor" in wrong.text
    assert f'value="{numbers[0]}" checked' in wrong.text
    none = drift.post("/drift/udbakke", data=form | {"numbers": [], "reason": "Prøvet"})
    assert none.status_code == 422
    assert "Vælg mindst én" in none.text
    kept = drift.post("/drift/udbakke", data=form | {"reason": "Rettet <nu>"})
    assert kept.location == "/drift/udbakke?ud=1#out"
    assert "Begrundelsen er gemt" in drift.get(kept.location).text
    gone = drift.post("/drift/udbakke", data=form | {"reason": "Rettet igen"})
    assert gone.location == "/drift/udbakke?vaek=1"
    page = drift.get(gone.location).text
    assert page.count('name="numbers"') == 1
    aside = {**form, "numbers": numbers[1:], "do": "aside", "reason": "Ingen skal have den"}
    assert drift.post("/drift/udbakke", data=aside).status_code == 302
    assert 'name="numbers"' not in drift.get("/drift/udbakke").text
