"""Mine frister: every legal date that one's units owe, as a list, as a month, and as a feed for a calendar program.

The feed's address is a secret of its own and holds no names: whoever reads a colleague's calendar learns what is due,
not about whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from icalendar import Calendar, Event
from werkzeug.wrappers import Response as AnyResponse

from engine import logins, queries
from engine.calendar import COPENHAGEN, DANISH, day_of, why_closed
from engine.errors import NotFound
from web import frist
from web.sessions import actor, now, outside, store

Json = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """The page, the feed and its address."""
    pages.add_url_rule("/frister", "dates", _show)
    pages.add_url_rule("/frister/adresse", "feed_address", _make, methods=["POST"])
    pages.add_url_rule("/frister/adresse/fjern", "drop_feed", _drop, methods=["POST"])
    pages.add_url_rule("/frister/<secret>.ics", "feed", _feed)


def _show(fresh: str = "") -> str:
    today = now().astimezone(COPENHAGEN).date()
    view = "maaned" if request.args.get("vis") == "maaned" else "liste"
    mine = request.args.get("hvis") == "mine"
    first = _month(request.args.get("maaned", ""), today)
    following = (first + timedelta(days=32)).replace(day=1)
    found = (
        queries.dates(store(), actor(), _start(first), _start(following), mine=mine, now=now())
        if view == "maaned"
        else queries.dates(store(), actor(), None, None, mine=mine, now=now())
    )
    return render_template(
        "dates.html",
        section="inbox",
        view=view,
        mine=mine,
        days=_by_day(found),
        weeks=_weeks(first, found, today) if view == "maaned" else [],
        many=len(found) >= queries.MOST_DATES,
        month=first,
        earlier=(first - timedelta(days=1)).replace(day=1),
        later=following,
        today=today,
        feed_at=logins.feed_of(store(), actor()),
        fresh=fresh,
        month_name=frist.month_and_year,
    )


def _make() -> str:
    secret = logins.make_feed(store(), actor(), now=now())
    return _show(outside(url_for("web.feed", secret=secret)))


def _drop() -> AnyResponse:
    logins.drop_feed(store(), actor(), now=now())
    return redirect(url_for("web.dates"))


def _feed(secret: str) -> Response:
    who = logins.fed(store(), secret, now=now())
    if who is None:
        raise NotFound
    calendar = Calendar()
    calendar.add("prodid", "-//Stafet//Frister//DA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Stafet")
    for one in queries.fed_dates(store(), who, now=now()):
        calendar.add_component(_event(one))
    answer = Response(calendar.to_ical(), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="frister.ics"'
    return answer


def _event(one: Json) -> Event:
    """A date as an event: the whole day where it ends at midnight, else the moment."""
    made, due = Event(), one["due_at"].astimezone(COPENHAGEN)
    made.add("uid", f"frist-{one['id']}@stafet")
    made.add("dtstamp", now().astimezone(UTC))
    if frist.is_whole_day(due):
        made.add("dtstart", day_of(due))
    else:
        made.add("dtstart", due.astimezone(UTC))
    made.add("summary", f"{one['name']} ({one['unit_name']})")
    # Behind a login: the calendar holds what is due, Stafet holds about whom.
    target = url_for("web.task", task_id=one["task"]) if one["task"] else url_for("web.dates")
    made.add("url", outside(target))
    return made


# ---- small words -------------------------------------------------------------------------
def _month(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 2000 <= found.year < 2200 else today.replace(day=1)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN)


def _by_day(found: Iterable[Json]) -> list[tuple[date, list[Json]]]:
    days: dict[date, list[Json]] = {}
    for one in found:
        days.setdefault(day_of(one["due_at"]), []).append(one)
    return list(days.items())


def _weeks(first: date, found: Iterable[Json], today: date) -> list[list[Json]]:
    """The month's weeks, Monday first: `{date, here, today, closed, why, dates}`; `why` names a feast."""
    days = dict(_by_day(found))
    monday, weeks = first - timedelta(days=first.weekday()), []
    following = (first + timedelta(days=32)).replace(day=1)
    while monday < following:
        week = [monday + timedelta(days=n) for n in range(7)]
        weeks.append(
            [
                {
                    "date": each,
                    "here": each.month == first.month,
                    "today": each == today,
                    "closed": each.weekday() > 4 or why_closed(each, DANISH) is not None,
                    "why": why_closed(each, DANISH) if each.weekday() < 5 else None,
                    "dates": days.get(each, []),
                }
                for each in week
            ]
        )
        monday += timedelta(days=7)
    return weeks
