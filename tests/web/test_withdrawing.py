"""Taking a consent back on the case page: chosen, shown what it stops, and then done."""

from __future__ import annotations

from html import unescape

from flask import Flask
from sqlalchemy import select

from engine.tables import case
from tests.web.house import store_of
from tests.web.test_pages import Login, as_, csrf, demo

__all__ = ["as_", "demo"]
PARTY = "Kriminalforsorgen"


def test_for_one_party_after_seeing_what_it_stops(demo: Flask, as_: Login) -> None:
    nurse = as_("sygeplejerske")
    with store_of(demo).read() as db:
        asked = select(case.c.id).where(
            case.c.agreement == "midtjylland", case.c.closed_at.is_(None)
        )
        about = db.scalar(asked.limit(1))
    address = f"/sager/{about}/samtykke"
    assert f'href="{address}"' in nurse.get(f"/sager/{about}").text
    page = nurse.get(address).text
    assert PARTY in page
    form = {"csrf": csrf(page)}
    empty = nurse.post(address, data=form)
    assert empty.status_code == 422
    assert "Vælg mindst én part." in empty.text
    assert "Vælg, hvem der trækker samtykket tilbage." in empty.text
    form |= {"parties": PARTY, "given_by": "vaerge"}
    before = unescape(nurse.post(address, data=form).text)
    assert f"Fra nu af får {PARTY} ikke noget nyt fra sagen." in before
    assert "Mails om sagen, der venter på at blive sendt til dem, bliver stoppet." in before
    assert "værgen" in before
    assert "Forløb, der hviler på samtykket" not in before
    # Nothing has happened yet.
    assert PARTY in nurse.get(address).text
    done = nurse.post(address, data={**form, "sure": "1"})
    assert done.status_code == 302
    assert PARTY not in nurse.get(address).text.split("<main")[1]
    shown = unescape(nurse.get(f"/sager/{about}").text).split('id="consents"')[1]
    assert "Borgeren sagde nej" in shown
    assert "Sagt af: værgen." in shown
    assert f"Gælder {PARTY}." in shown
