"""Mine frister through Flask's client: list, month, and the feed read by a calendar library."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask
from icalendar import Calendar

from tests.web.test_pages import Login, as_, csrf, demo

__all__ = ["as_", "demo"]


def test_the_list_and_the_month_show_the_same_dates(as_: Login) -> None:
    town = as_("kommune")
    page = town.get("/frister").text
    names = re.findall(r'st-dates__what"><a href="/opgaver/\d+">([^<]+)<', page)
    assert names
    month = town.get("/frister?vis=maaned").text
    assert 'class="st-month"' in month
    for odd in ("2026-13", "x", "9999-12", ""):
        assert town.get(f"/frister?vis=maaned&maaned={odd}").status_code == 200
    assert "juledag" in town.get("/frister?vis=maaned&maaned=2026-12").text.lower()


def test_a_calendar_program_reads_the_feed_without_a_login(demo: Flask, as_: Login) -> None:
    town = as_("kommune")
    made = town.post("/frister/adresse", data={"csrf": csrf(town.get("/frister").text)}).text
    found = re.search(r'id="address"[^>]*value="http://localhost(/frister/[^"]+\.ics)"', made)
    assert found
    answer = demo.test_client().get(found[1])
    assert answer.mimetype == "text/calendar"
    events = Calendar.from_ical(answer.data).walk("VEVENT")
    assert events
    citizens = re.findall(
        r'<div>([A-ZÆØÅ][^<]+)</div><div><span class="st-chip', town.get("/frister").text
    )
    assert citizens
    assert not any(name in answer.text for name in citizens)
    assert all("/opgaver/" in str(one["URL"]) or "/frister" in str(one["URL"]) for one in events)
    assert found[1] not in town.get("/frister").text  # shown once
    dropped = town.post("/frister/adresse/fjern", data={"csrf": csrf(town.get("/").text)})
    assert dropped.status_code == 302
    assert demo.test_client().get(found[1]).status_code == 404


def test_what_is_due_is_linked_by_the_address_that_people_type(
    demo: Flask, as_: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by the host that a request names: that is anybody's to write."""
    there = demo.extensions["stafet"]
    known = replace(there, settings=replace(there.settings, url="https://stafet.region.example"))
    monkeypatch.setitem(demo.extensions, "stafet", known)
    town = as_("kommune")
    made = town.post("/frister/adresse", data={"csrf": csrf(town.get("/frister").text)}).text
    found = re.search(r'value="https://stafet\.region\.example(/frister/[^"]+\.ics)"', made)
    assert found
    feed = demo.test_client().get(found[1], headers={"Host": "ond.example"})
    urls = [str(one["URL"]) for one in Calendar.from_ical(feed.data).walk("VEVENT")]
    assert urls
    assert all(one.startswith("https://stafet.region.example/") for one in urls)
    town.post("/frister/adresse/fjern", data={"csrf": csrf(town.get("/").text)})
