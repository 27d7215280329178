"""Deadlines and moments in words: full weekday and date first, then how long is left, never "3d".

Everything here takes `now` and gives plain values, so a page, a list and a test say the same.  Days are
Danish calendar days in both languages; what is left is counted in the clause's own unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date, get_day_names
from flask_babel import get_locale

from engine.calendar import COPENHAGEN, DANISH, Calendar, day_of, is_hverdag, parse
from engine.errors import FristInvalid
from web.words import _, ngettext

#: Past this the exact number of working days tells nobody anything.
_LONG = timedelta(days=366)
_WORKING = ("hverdage", "arbejdsdage")


@dataclass(frozen=True, slots=True)
class Chip:
    """`state` picks shape and colour (over, today, soon, open, paused, met, late, cancelled, local, none)."""

    state: str
    words: str


def moment(text: str | datetime | None) -> datetime | None:
    """A moment from a query's dict (RFC 3339 text or datetime), on the Danish clock."""
    if not text:
        return None
    found = datetime.fromisoformat(text) if isinstance(text, str) else text
    return found.astimezone(COPENHAGEN)


def day(when: datetime | date, now: datetime, *, year: bool = False, weekday: bool = True) -> str:
    """`tirsdag 3. april`; the year stands there where it is not this year's."""
    at = day_of(when) if isinstance(when, datetime) else when
    shown = year or at.year != now.astimezone(COPENHAGEN).year
    pattern = ("EEEE " if weekday else "") + ("d. MMMM" if _danish() else "d MMMM")
    return str(format_date(at, pattern + (" y" if shown else ""), locale=get_locale()))


def month_and_year(at: date) -> str:
    """`december 2026`."""
    return str(format_date(at, "LLLL y", locale=get_locale()))


def clock(when: datetime) -> str:
    """`kl. 23.59`, or `at 23:59` in English."""
    return _("kl. %(time)s", time=bare_clock(when))


def bare_clock(when: datetime) -> str:
    """`23.59`, or `23:59` in English."""
    at = when.astimezone(COPENHAGEN)
    return f"{at:%H.%M}" if _danish() else f"{at:%H:%M}"


def weekdays() -> list[tuple[str, str]]:
    """Monday first, short and long: `man`, `mandag`."""
    names = get_day_names("wide", "stand-alone", get_locale())
    return [(names[n][:3], names[n]) for n in range(7)]


def day_and_clock(when: datetime, now: datetime) -> str:
    """`tirsdag 3. april kl. 10.15`, with `i dag` and `i går` where that is shorter to read."""
    days = (day_of(now) - day_of(when)).days
    named = {0: _("i dag"), 1: _("i går")}.get(days) or day(when, now)
    return f"{named} {clock(when)}"


def due(when: datetime, now: datetime) -> str:
    """The date of a deadline: day deadlines end at midnight and need no clock."""
    return day(when, now) if is_whole_day(when) else f"{day(when, now)} {clock(when)}"


def spoken(text: str) -> str:
    """A deadline in the language of the page: `3 hverdage`, in English `3 working days`; `1 uge`, never `1 uger`."""
    try:
        wanted = parse(text)
    except FristInvalid:
        return text
    words = {
        "hverdage": ngettext("%(num)s hverdag", "%(num)s hverdage", wanted.amount),
        "arbejdsdage": ngettext("%(num)s arbejdsdag", "%(num)s arbejdsdage", wanted.amount),
        "dage": ngettext("%(num)s dag", "%(num)s dage", wanted.amount),
        "timer": ngettext("%(num)s time", "%(num)s timer", wanted.amount),
        "uger": ngettext("%(num)s uge", "%(num)s uger", wanted.amount),
        "måneder": ngettext("%(num)s måned", "%(num)s måneder", wanted.amount),
        "kvartal": ngettext("%(num)s kvartal", "%(num)s kvartaler", wanted.amount),
    }
    counted = words.get(wanted.unit, text)
    return _("%(frist)s før", frist=counted) if wanted.direction == "before" else counted


def chip(
    deadline: Mapping[str, Any], now: datetime, calendar: Calendar = DANISH, unit: str = "hverdage"
) -> Chip:
    """How a deadline stands now.  Reads `due_at`, and where they are there `status`, `met_at`, `reminder_at`,
    `overdue_at`, `paused`, `local` and `frist` (whose unit wins over `unit`)."""
    status = deadline.get("status", "open")
    ends = moment(deadline.get("due_at"))
    if status == "cancelled":
        return Chip("cancelled", _("Bortfaldet"))
    if ends is None:
        return Chip("none", _("Ingen dato i aftalen"))
    if status in ("met", "late"):
        return _done(status, deadline, now)
    if since := _paused_since(deadline):
        return Chip("paused", _("I bero siden %(day)s", day=day(since, now, weekday=False)))
    unit = _unit(deadline.get("frist")) or unit
    if now > ends:
        return Chip("over", _over(ends, now, calendar, unit))
    return _coming(deadline, ends, now, calendar, unit)


def group(due_at: datetime | None, now: datetime, calendar: Calendar = DANISH) -> str:
    """Where a task stands in the inbox: `over`, `near` (today and the next two hverdage), `later`, `none`."""
    if due_at is None:
        return "none"
    if now > due_at:
        return "over"
    return "near" if _hverdage(day_of(now), day_of(due_at), calendar) <= 2 else "later"


@dataclass(frozen=True, slots=True)
class Day:
    """One box of the counted weeks.  `kind`: counted, skipped, due, anchor or blank."""

    date: date
    kind: str
    number: int | None = None
    word: str = ""
    why: str = ""


def weeks(
    counted: Sequence[date], skipped: Mapping[date, str], *, start: date, end: date, today: date
) -> list[list[Day]]:
    """The days of a deadline, Monday first, from the week of `start` to the week of `end` (either may be first)."""
    first, last = min(start, end), max(start, end)
    numbers = {at: number for number, at in enumerate(counted, 1)}
    monday = first - timedelta(days=first.weekday())
    found = []
    while monday <= last:
        week = [monday + timedelta(days=n) for n in range(7)]
        found.append([_box(at, numbers, skipped, start, end, today) for at in week])
        monday += timedelta(days=7)
    return found


def _box(
    at: date,
    numbers: Mapping[date, int],
    skipped: Mapping[date, str],
    start: date,
    end: date,
    today: date,
) -> Day:
    word = _("I dag") if at == today else ""
    if at == end:
        return Day(at, "due", numbers.get(at), _("Frist"))
    if at in skipped:
        return Day(at, "skipped", None, word, skipped[at])
    if at in numbers:
        return Day(at, "counted", numbers[at], word)
    if at == start:
        return Day(at, "anchor", None, word or _("Fra"))
    return Day(at, "anchor" if word else "blank", None, word)


def _done(status: str, deadline: Mapping[str, Any], now: datetime) -> Chip:
    met = moment(deadline.get("met_at"))
    when = day_and_clock(met, now) if met else ""
    if status == "met":
        return Chip("met", _("Holdt %(when)s", when=when))
    return Chip("late", _("For sent, gjort %(when)s", when=when))


def _paused_since(deadline: Mapping[str, Any]) -> datetime | None:
    paused = deadline.get("paused") or ()
    return moment(paused[-1][0]) if paused and paused[-1][1] is None else None


def _over(ends: datetime, now: datetime, calendar: Calendar, unit: str) -> str:
    late = now - ends
    if unit == "timer" and late < timedelta(days=2):
        hours = int(late / timedelta(hours=1))
        if hours == 0:
            return _("Overskredet for under en time siden")
        return ngettext("Overskredet med %(num)s time", "Overskredet med %(num)s timer", hours)
    days = (
        _hverdage(day_of(ends), day_of(now), calendar) if unit in _WORKING and late < _LONG else 0
    )
    if days:
        return ngettext("Overskredet med %(num)s hverdag", "Overskredet med %(num)s hverdage", days)
    days = (day_of(now) - day_of(ends)).days
    if days == 0:
        return _("Overskredet i dag %(clock)s", clock=clock(ends))
    return ngettext("Overskredet med %(num)s dag", "Overskredet med %(num)s dage", days)


def _coming(
    deadline: Mapping[str, Any], ends: datetime, now: datetime, calendar: Calendar, unit: str
) -> Chip:
    days = (day_of(ends) - day_of(now)).days
    at = "" if is_whole_day(ends) else f" {clock(ends)}"
    if days == 0:
        return Chip("today", _("I dag inden midnat") if not at else _("I dag") + at)
    reminder = moment(deadline.get("reminder_at"))
    near = _hverdage(day_of(now), day_of(ends), calendar) <= 2 or bool(reminder and now >= reminder)
    state = "local" if deadline.get("local") else "soon" if near else "open"
    if days == 1:
        return Chip(state, _("I morgen") + at)
    return Chip(state, left(ends, now, calendar, unit))


def left(ends: datetime, now: datetime, calendar: Calendar = DANISH, unit: str = "hverdage") -> str:
    """`Om 3 hverdage`; calendar days where the clause counts those, or where no working day is left."""
    working = 0
    if unit in _WORKING and ends - now < _LONG:
        working = _hverdage(day_of(now), day_of(ends), calendar)
    if working and unit == "arbejdsdage":
        return ngettext("Om %(num)s arbejdsdag", "Om %(num)s arbejdsdage", working)
    if working:
        return ngettext("Om %(num)s hverdag", "Om %(num)s hverdage", working)
    return ngettext("Om %(num)s dag", "Om %(num)s dage", (day_of(ends) - day_of(now)).days)


def _unit(frist: str | None) -> str:
    words = (frist or "").split()
    for word in words:
        for unit in ("hverdag", "arbejdsdag", "time"):
            if word.startswith(unit):
                return {"hverdag": "hverdage", "arbejdsdag": "arbejdsdage", "time": "timer"}[unit]
    return "dage" if words else ""


def _hverdage(after: date, until: date, calendar: Calendar) -> int:
    """Working days after `after`, `until` included."""
    days = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))
    return sum(is_hverdag(at, calendar) for at in days)


def is_whole_day(when: datetime) -> bool:
    """Whether a date ends with its day: a deadline in days."""
    at = when.astimezone(COPENHAGEN)
    return (at.hour, at.minute) == (23, 59)


def _danish() -> bool:
    return str(get_locale()).startswith("da")
