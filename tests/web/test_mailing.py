"""Beskeder på mail through Flask's client: chosen, confirmed, mended, and never somebody else's."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask

from channels.where import MailServer
from engine import actions
from engine.store import Store
from tests.web.test_pages import Login, as_, csrf, demo

SERVER = MailServer("mail.example", 587, "starttls", "stafet@region.example")
__all__ = ["as_", "demo"]


def test_a_choice_is_kept_and_counts_once_the_code_is_typed(demo: Flask, as_: Login) -> None:
    nurse, house = as_("sygeplejerske"), demo.extensions["stafet"]
    page = nurse.get("/mail").text
    assert "Stafet sender ikke mail her endnu" in page
    form = {"csrf": csrf(page), "how": "daily", "address": "mette"}
    wrong = nurse.post("/mail", data=form)
    assert wrong.status_code == 422
    assert "Skriv en mailadresse" in wrong.text
    assert 'value="mette"' in wrong.text
    kept = nurse.post("/mail", data={**form, "address": "mette@region.example"})
    assert kept.location == "/mail?gjort=kode"
    page = nurse.get(kept.location).text
    assert "Det er gemt" in page
    house_with_mail = replace(house, settings=replace(house.settings, mail=SERVER))
    demo.extensions["stafet"] = house_with_mail
    page = nurse.get(kept.location).text
    assert "En kode er på vej til mette@region.example" in page
    again = nurse.post("/mail", data={**form, "address": "anden@region.example"})
    assert again.status_code == 429
    store: Store = house.store
    it = actions.take(store, ["mail"], now=house.now())
    assert it is not None
    assert it.to == "mette@region.example"
    bad = nurse.post("/mail/kode", data={"csrf": csrf(page), "code": "AAAA-AAAA"})
    assert bad.status_code == 422
    assert "Det er ikke koden" in bad.text
    good = nurse.post("/mail/kode", data={"csrf": csrf(page), "code": it.code})
    assert good.location == "/mail?gjort=bekraeftet"
    page = nurse.get("/mail").text
    assert "Bekræftet." in page
    assert "Bekræft adressen" not in page
    demo.extensions["stafet"] = house
    other = as_("sara").get("/mail").text
    assert "mette@region.example" not in other
