"""Meetings through Flask's client: the invitation's file, read by a calendar library."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flask import Flask
from icalendar import Calendar
from sqlalchemy import insert, select

from engine.seals import answer_place, name_place
from engine.tables import answer, case, citizen, instance, instance_party
from stafet.app import clock
from tests.web.house import store_of
from tests.web.test_pages import Login, as_, demo

__all__ = ["as_", "demo"]

PLACE = "Hjemme hos Karl Vestergaard, 700378-1016"


def invited(demo: Flask, at: datetime | None, *, nth: int = 0) -> tuple[int, int]:
    """What the region answered when it called the team of some case in Midtjylland; case and meeting."""
    store = store_of(demo)
    with store.write() as db:
        row = db.execute(
            select(instance.c.id, instance.c.case_id)
            .join(case, case.c.id == instance.c.case_id)
            .join(instance_party, instance_party.c.instance_id == instance.c.id)
            .where(
                case.c.agreement == "midtjylland", instance_party.c.party == "Regionspsykiatrien"
            )
            .order_by(instance.c.id)
            .offset(nth)
        ).first()
        assert row is not None
        now = clock()
        when = {"moede_dato": at.isoformat(timespec="minutes")} if at else {}
        said = {**when, "sted": PLACE, "varighed": 45, "moedeform": "fysisk"}
        values = store.keyring.seal_json(
            {**said, "deltagere": ["Kriminalforsorgen"]}, answer_place(row.id, "indkald_team", now)
        )
        made = {"case_id": row.case_id, "instance_id": row.id, "element": "indkald_team", "at": now}
        made |= {"party": "Regionspsykiatrien", "values": values}
        number = db.execute(insert(answer).values(**made).returning(answer.c.id)).scalar_one()
    return int(row.case_id), int(number)


def test_the_file_says_when_and_never_who_or_where(demo: Flask, as_: Login) -> None:
    at = (clock() + timedelta(days=3)).replace(second=0, microsecond=0)
    case_id, meeting = invited(demo, at)
    nurse = as_("sygeplejerske")
    page = nurse.get(f"/sager/{case_id}").text
    assert f"/moeder/{meeting}.ics" in page
    assert PLACE in page
    answer_ = nurse.get(f"/moeder/{meeting}.ics")
    assert answer_.mimetype == "text/calendar"
    assert "attachment" in answer_.headers["Content-Disposition"]
    (event,) = Calendar.from_ical(answer_.data).walk("VEVENT")
    assert event["DTSTART"].dt == at.astimezone(UTC)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=45)
    assert str(event["SUMMARY"]) == "Møde i teamet om ny plan"
    store = store_of(demo)
    with store.read() as db:
        row = db.execute(
            select(citizen.c.name, citizen.c.cpr_index)
            .join(case, case.c.citizen_id == citizen.c.id)
            .where(case.c.id == case_id)
        ).one()
    name = store.keyring.open(row.name, name_place(row.cpr_index))
    text = answer_.text.replace("\r\n ", "")
    assert not any(part in text for part in (*name.split(), "Hjemme", "Vestergaard"))
    assert not re.search(r"\d{6}-?\d{4}", text.replace(f"{at.astimezone(UTC):%Y%m%dT%H%M%S}", ""))
    assert "Inviteret:" in text
    back = nurse.get(str(event["URL"]).removeprefix("http://localhost"))
    assert back.location == f"/sager/{case_id}#moede-{meeting}"


def test_a_program_gets_the_same_file(demo: Flask, as_: Login) -> None:
    at = (clock() + timedelta(days=3)).replace(second=0, microsecond=0)
    _case, meeting = invited(demo, at, nth=2)
    nurse, address = as_("sygeplejerske"), f"/api/v1/meetings/{meeting}.ics"
    page, got = nurse.get(f"/moeder/{meeting}.ics"), nurse.get(address)
    assert (got.status_code, got.mimetype) == (200, "text/calendar")
    stamp = re.compile(r"DTSTAMP:\S+")
    assert stamp.sub("", got.text) == stamp.sub("", page.text)
    assert got.headers["Content-Disposition"] == page.headers["Content-Disposition"]
    english = nurse.get(address, headers={"Accept-Language": "en"}).text
    assert "Invited:" in english
    assert as_("drift").get(address).status_code == 404
    _case, untimed = invited(demo, None, nth=3)
    assert nurse.get(f"/api/v1/meetings/{untimed}.ics").status_code == 404


def test_without_a_time_there_is_no_file(demo: Flask, as_: Login) -> None:
    case_id, meeting = invited(demo, None, nth=1)
    nurse = as_("sygeplejerske")
    assert "Tidspunktet er ikke aftalt endnu." in nurse.get(f"/sager/{case_id}").text
    assert nurse.get(f"/moeder/{meeting}.ics").status_code == 404
    assert nurse.get("/moeder/999999999.ics").status_code == 404
    for login in ("designer", "drift"):
        assert as_(login).get(f"/moeder/{meeting}").status_code == 404
