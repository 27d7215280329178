"""When a deadline falls, day by day: the readings R1 to R9 of the agreements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from engine.calendar.days import DANISH, Calendar, is_hverdag, when, why_closed
from engine.calendar.frist import Frist
from engine.errors import FristInvalid

Pause = tuple[datetime, datetime | None]

END_OF_DAY = time(23, 59, 59)
#: When a person is reminded of a day deadline, local time.
REMINDER = time(9, 0)
#: The share of an hour deadline after which a person is reminded.
REMINDER_SHARE = 0.75
IN_PAUSE = "i bero"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that did not count, and why, in Danish: `søndag`, `skærtorsdag`, `i bero`."""

    date: date
    why: str


@dataclass(frozen=True, slots=True)
class Count:
    """When a deadline falls.  All moments are aware and in the calendar's time zone.

    `reminder_at` is None where the reminder would come no later than the start, and for hours counted
    backwards.  Done before `overdue_at` is in time.
    """

    due: datetime
    reminder_at: datetime | None
    overdue_at: datetime
    counted: tuple[date, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def count(
    frist: Frist, start: datetime | date, calendar: Calendar = DANISH, paused: Sequence[Pause] = ()
) -> Count:
    """When the deadline falls, counted from `start` (or back from it, where it says `før`).

    A plain date stands for its first minute.  `paused` are intervals of bero: they lengthen hour
    deadlines, and a day that they touch is not counted in day deadlines; a pause that is still open
    reaches only its first moment, because nobody knows its end.  A date somebody has agreed on, and
    what is counted backwards, do not move for a pause.
    """
    if frist.direction == "before" and frist.unit in ("top", "dato"):
        raise FristInvalid(f"“{frist}” cannot be counted backwards.")
    try:
        return _count(frist, when(start, calendar), calendar, paused)
    except (OverflowError, ValueError) as exc:
        raise FristInvalid(f"“{frist}” counted from {start} leaves the calendar.") from exc


def _count(frist: Frist, began: datetime, calendar: Calendar, paused: Sequence[Pause]) -> Count:
    if frist.direction == "before":
        return _backwards(frist, began, calendar)
    if frist.unit == "timer":
        return _hours(frist.amount, began, paused, calendar)
    if frist.unit == "top":
        return _top(frist.amount, began, paused, calendar)
    last, counted, skipped = _counted(frist, began.date(), calendar, _touched(paused, calendar))
    # Where the start is the agreed date itself, nobody knows here when it was agreed.
    since = None if frist.needs_date else began
    return _ends(last, since, calendar, counted, skipped)


def _counted(
    frist: Frist, first: date, calendar: Calendar, touched: frozenset[date]
) -> tuple[date, tuple[date, ...], tuple[Skipped, ...]]:
    """The last day, the days counted and those skipped, forwards."""
    if frist.unit == "dato":
        agreed = date.fromordinal(frist.amount) if frist.amount else first
        return agreed, (agreed,), ()
    if frist.unit in ("måneder", "kvartal"):
        return _shifted(frist, first, calendar, touched)
    amount = frist.amount * 7 if frist.unit == "uger" else frist.amount
    return _walk(first, amount, 1, frist.unit in ("hverdage", "arbejdsdage"), calendar, touched)


def _walk(
    first: date,
    amount: int,
    way: int,
    only_hverdage: bool,
    calendar: Calendar,
    touched: frozenset[date],
) -> tuple[date, tuple[date, ...], tuple[Skipped, ...]]:
    counted: list[date] = []
    skipped: list[Skipped] = []
    day = first
    while len(counted) < amount:
        day += timedelta(way)
        why = why_closed(day, calendar) if only_hverdage else None
        if why is None and day in touched:
            why = IN_PAUSE
        if why is None:
            counted.append(day)
        else:
            skipped.append(Skipped(day, why))
    return day, tuple(counted), tuple(skipped)


def _shifted(
    frist: Frist, first: date, calendar: Calendar, touched: frozenset[date]
) -> tuple[date, tuple[date, ...], tuple[Skipped, ...]]:
    if frist.unit == "kvartal" and calendar.quarter == "kalender":
        ahead = _months(date(first.year, (first.month - 1) // 3 * 3 + 1, 1), 3 * (frist.amount + 1))
        last = ahead - timedelta(1)
    else:
        last = _months(first, frist.amount * (3 if frist.unit == "kvartal" else 1))
    # What is left after the months are known are calendar days: only a pause makes one not count.
    return _walk(first, (last - first).days, 1, False, calendar, touched)


def _months(day: date, months: int) -> date:
    # Same day number, clipped to the end of the month (R6).
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    after = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(day.day - 1), after - timedelta(1))


def _hours(amount: int, began: datetime, paused: Sequence[Pause], calendar: Calendar) -> Count:
    due, reminder = (
        _elapsed(began, hours, paused).astimezone(calendar.timezone)
        for hours in (timedelta(hours=amount), timedelta(hours=amount) * REMINDER_SHARE)
    )
    return Count(due, reminder if reminder > began else None, due)


def _elapsed(began: datetime, running: timedelta, paused: Sequence[Pause]) -> datetime:
    """The moment when `running` time has passed outside the pauses, counted in UTC (R4)."""
    at = began.astimezone(UTC).replace(second=0, microsecond=0)
    left = running
    for begin, end in sorted((p for p in paused if p[1] is not None), key=lambda p: p[0]):
        if end is None or end <= at:
            continue
        if begin > at:
            if at + left <= begin:
                break
            left -= begin - at
        at = end.astimezone(UTC)
    return at + left


def _top(amount: int, began: datetime, paused: Sequence[Pause], calendar: Calendar) -> Count:
    moment = _elapsed(began, timedelta(hours=amount), paused).astimezone(calendar.timezone)
    touched = _touched(paused, calendar)
    day = moment.date()
    skipped: list[Skipped] = []
    # The hours themselves have made good for a pause; the hverdag that stands in for them has not.
    while why := why_closed(day, calendar) or (IN_PAUSE if skipped and day in touched else None):
        skipped.append(Skipped(day, why))
        day += timedelta(1)
    reminder = datetime.combine(day, REMINDER, calendar.timezone)
    told = reminder if reminder > began else None
    if not skipped:
        return Count(moment, told if told is None or told < moment else None, moment, (day,))
    return Count(_end(day, calendar), told, _midnight(day, calendar), (day,), tuple(skipped))


def _backwards(frist: Frist, until: datetime, calendar: Calendar) -> Count:
    if frist.unit == "timer":
        due = (until.astimezone(UTC) - timedelta(hours=frist.amount)).astimezone(calendar.timezone)
        return Count(due, None, due)
    day = until.date()
    if frist.unit in ("måneder", "kvartal"):
        amount = (day - _months(day, -frist.amount * (3 if frist.unit == "kvartal" else 1))).days
    else:
        amount = frist.amount * 7 if frist.unit == "uger" else frist.amount
    only = frist.unit in ("hverdage", "arbejdsdage")
    last, counted, skipped = _walk(day, amount, -1, only, calendar, frozenset())
    return _ends(last, None, calendar, counted, skipped)


def _ends(
    day: date,
    began: datetime | None,
    calendar: Calendar,
    counted: tuple[date, ...],
    skipped: tuple[Skipped, ...],
) -> Count:
    before = next(d for d in _back(day) if is_hverdag(d, calendar))
    reminder = datetime.combine(before, REMINDER, calendar.timezone)
    told = reminder if began is None or reminder > began else None
    return Count(_end(day, calendar), told, _midnight(day, calendar), counted, skipped)


def _end(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day, END_OF_DAY, calendar.timezone)


def _midnight(day: date, calendar: Calendar) -> datetime:
    return datetime.combine(day + timedelta(1), time(), calendar.timezone)


def _touched(paused: Sequence[Pause], calendar: Calendar) -> frozenset[date]:
    days: set[date] = set()
    for begin, end in paused:
        if end is not None and end <= begin:
            continue
        first = begin.astimezone(calendar.timezone).date()
        # A pause that ends at midnight has not touched the day that begins there.
        last = (
            (end - timedelta(microseconds=1)).astimezone(calendar.timezone).date() if end else first
        )
        days.update(first + timedelta(n) for n in range((last - first).days + 1))
    return frozenset(days)


def _back(day: date) -> Iterator[date]:
    while True:
        day -= timedelta(1)
        yield day
