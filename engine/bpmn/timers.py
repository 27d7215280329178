"""When a timer falls due, on a clock that is given.

A timer's value is an ISO 8601 duration (`P7D`, `PT4H`), a date or moment, a cycle (`R3/P1M`), a deadline as the
agreements write it (`3 hverdage`), or a FEEL value of those kinds.  Days, months and years keep the hour of the
wall clock; hours are elapsed time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.calendar import Calendar, count, parse
from engine.errors import FristInvalid, StepFailed

_DURATION = re.compile(
    r"P(?:(\d{1,5})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?"
    r"(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10}(?:[.,]\d{1,6})?)S)?)?"
)
_CYCLE = re.compile(r"R(\d{0,6})/(?:([^/P]+)/)?(P[^/]+)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar months and days, then elapsed time."""

    months: int
    days: int
    elapsed: timedelta

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.elapsed)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A timer that fires again; `times` -1 is without end."""

    times: int
    first: datetime | None
    every: Duration


def is_plain(text: str) -> bool:
    """Whether a timer's text is a value itself and not an expression."""
    if text.startswith("="):
        return False
    if duration(text) or cycle(text) or _DATE.fullmatch(text):
        return True
    try:
        parse(text)
    except FristInvalid:
        return False
    return True


def mistake(text: str, kind: str, calendar: Calendar) -> str:
    """What is wrong with a plain text as a `date`, `duration` or `cycle`; '' where nothing is."""
    repeats = cycle(text)
    if kind == "cycle" and not repeats:
        return "does not say how often it repeats, such as R3/P1M or R/P7D"
    if kind != "cycle" and repeats:
        return "repeats, but is drawn as a timer that fires once"
    if repeats and repeats[0] == 0:
        return "can never fire: it repeats no times"
    try:
        due(text, datetime(2026, 1, 1, tzinfo=UTC), calendar)
    except StepFailed as exc:
        return f"cannot be counted: {exc.sentence.rstrip('.')}"
    return ""


def due(value: Any, since: datetime, calendar: Calendar) -> datetime | Cycle | None:
    """The moment (UTC) or cycle that a timer's value means, counted from `since`; None for null."""
    if value is None:
        return None
    if isinstance(value, timedelta):
        return (since + value).astimezone(UTC)
    if isinstance(value, datetime | date):
        return moment(value, calendar)
    text = str(value).strip()
    if found := cycle(text):
        first = moment(found[1], calendar) if found[1] else None
        return Cycle(found[0], first, found[2])
    if length := duration(text):
        return later(since, length, calendar)
    if _DATE.fullmatch(text):
        return moment(text, calendar)
    try:
        return count(parse(text), since, calendar).overdue_at.astimezone(UTC)
    except FristInvalid as exc:
        raise StepFailed(
            "The timer's value “%(value)s” is no time, duration or deadline.", value=text[:60]
        ) from exc


def moment(value: object, calendar: Calendar) -> datetime:
    """A date (its first minute) or moment in UTC; one without a zone is in the agreement's zone."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError as exc:
            raise StepFailed("“%(value)s” is no date or moment.", value=str(value)[:60]) from exc
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), calendar.timezone)
    if not isinstance(value, datetime):
        raise StepFailed("“%(value)s” is no date or moment.", value=str(value)[:60])
    if value.tzinfo is None:
        value = value.replace(tzinfo=calendar.timezone)
    return value.astimezone(UTC)


def later(since: datetime, length: Duration, calendar: Calendar, times: int = 1) -> datetime:
    """`since` and `times` lengths more: months clip to their end, days keep the wall clock's hour."""
    wall = since.astimezone(calendar.timezone)
    try:
        year, month = divmod(wall.year * 12 + wall.month - 1 + length.months * times, 12)
        day = min(wall.day, monthrange(year, month + 1)[1])
        wall = wall.replace(year=year, month=month + 1, day=day) + timedelta(
            days=length.days * times
        )
        return wall.astimezone(UTC) + length.elapsed * times
    except (OverflowError, ValueError) as exc:
        raise StepFailed("A timer's time leaves the calendar.") from exc


def duration(text: str) -> Duration | None:
    """An ISO 8601 duration, or None."""
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    *whole, seconds = found.groups()
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in whole)
    exact = Decimal((seconds or "0").replace(",", "."))
    try:
        elapsed = timedelta(hours=hours, minutes=minutes, microseconds=int(exact * 1_000_000))
    except OverflowError:
        return None
    return Duration(years * 12 + months, weeks * 7 + days, elapsed)


def cycle(text: str) -> tuple[int, str, Duration] | None:
    """(times, first moment or '', length) of an ISO 8601 repeating interval, or None."""
    found = _CYCLE.fullmatch(text.strip())
    length = duration(found[3]) if found else None
    if found is None or not length:
        return None
    return (int(found[1]) if found[1] else -1), found[2] or "", length
