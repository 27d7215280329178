"""Fravær through Flask's client: named, seen by who stands in, taken over, called off."""

from __future__ import annotations

from flask import Flask

from tests.web.test_pages import Login, as_, csrf, demo
from tests.web.test_sending import begun

__all__ = ["as_", "demo"]


def test_a_deputy_sees_what_waits_and_takes_it(demo: Flask, as_: Login) -> None:
    nurse, sara, number = as_("sygeplejerske"), as_("sara"), begun(demo)
    token = csrf(nurse.get("/").text)
    assert nurse.post(f"/opgaver/{number}/tag", data={"csrf": token}).status_code == 302
    page = nurse.get("/fravaer").text
    assert "Ingen er væk" in page
    wrong = nurse.post("/fravaer", data={"csrf": token, "deputy": "sara", "since": "x"})
    assert wrong.status_code == 422
    assert "Vælg den første dag." in wrong.text
    form = {"csrf": token, "deputy": "sara", "since": "2020-01-01", "until": "2020-01-02"}
    assert nurse.post("/fravaer", data=form).status_code == 422
    day = page.split('name="since" value="')[1].split('"')[0]
    named = nurse.post("/fravaer", data={**form, "since": day, "until": day, "power": "1"})
    assert named.status_code == 302
    assert "Sara Winther er din stedfortræder" in nurse.get(named.location).text
    assert "Du er stedfortræder for Mette Lindholm" in sara.get("/").text
    assert "Tag den som stedfortræder" in sara.get(f"/opgaver/{number}").text
    taken = sara.post(f"/opgaver/{number}/tag", data={"csrf": csrf(sara.get("/").text)})
    assert taken.status_code == 302
    assert "Opgaven er din" in sara.get(taken.location).text
    ends = nurse.get("/fravaer").text.split('action="/fravaer/')[1].split('"')[0]
    assert nurse.post(f"/fravaer/{ends}", data={"csrf": token}).status_code == 302
    assert "Du er stedfortræder" not in sara.get("/").text
