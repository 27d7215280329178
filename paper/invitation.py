"""A meeting as a file for a calendar program, the same from a page and over HTTP.

The file names kind, time and the units invited.  It says neither who the citizen is nor where the meeting is held: a
calendar is read by others, and the place may be the citizen's home.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from engine.calendar import COPENHAGEN
from engine.errors import NotFound

#: A Danish sentence in the language of who asks.
Say = Callable[[str], str]
#: What the file is sent as.
KIND = "text/calendar"
HEADERS = {"Content-Disposition": 'attachment; filename="moede.ics"'}


def ics(meeting: Mapping[str, Any], address: str, say: Say, now: datetime) -> bytes:
    """The meeting (`engine.queries.meeting`), leading back to `address`; raises `NotFound` until its time is agreed."""
    if meeting["at"] is None:
        raise NotFound
    calendar = Calendar()
    calendar.add("prodid", "-//Stafet//Moeder//DA")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(meeting, address, say, now))
    return bytes(calendar.to_ical())


def form(code: str, _: Say) -> str:
    """How a meeting is held, in words; empty for what has none."""
    return {
        "fysisk": _("Fysisk møde"),
        "virtuelt": _("Videomøde"),
        "video": _("Videomøde"),
        "telefon": _("Telefonmøde"),
        "blandet": _("Fysisk og på video"),
    }.get(code, "")


def _event(one: Mapping[str, Any], address: str, _: Say, now: datetime) -> Event:
    made, begins = Event(), one["at"].astimezone(COPENHAGEN)
    made.add("uid", f"moede-{one['id']}@stafet")
    made.add("sequence", max(0, len(one["said"]) - 1))
    made.add("dtstamp", now.astimezone(UTC))
    if one["whole_day"]:
        made.add("dtstart", begins.date())
    else:
        made.add("dtstart", begins.astimezone(UTC))
        made.add("dtend", begins.astimezone(UTC) + timedelta(minutes=one["length"]))
    made.add("summary", one["title"])
    asked = [each["unit_name"] or each["party"] for each in one["invited"]]
    told = [form(one["form"], _)] if one["form"] else []
    if asked:
        told.append(_("Inviteret: %(names)s") % {"names": ", ".join(asked)})
    told.append(_("Hvem og hvor står i Stafet."))
    made.add("description", "\n".join(told))
    made.add("class", "PRIVATE")
    made.add("url", address)
    return made
