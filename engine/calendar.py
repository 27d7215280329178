"""Counting legal time: hverdage, dage, timer, uger, måneder, kvartaler, forwards and backwards.

`parse` reads the text of a deadline, `count` says when it falls, and names every day that was counted
or skipped, with the reason in Danish.  The rules are the readings R1 to R9 of the agreements: the day
after the trigger is day 1; day deadlines end 23:59:59; hours run in elapsed time, also over daylight
saving; pauses (bero) prolong.  Pure: what day it is today never matters here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from engine.errors import FristInvalid, SettingInvalid

Unit = Literal[
    "hverdage", "arbejdsdage", "dage", "timer", "uger", "måneder", "kvartal", "dato", "top"
]
Pause = tuple[datetime, datetime | None]

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
END_OF_DAY = time(23, 59, 59)
#: When a person is reminded of a day deadline, local time.
REMINDER = time(9, 0)
#: The share of an hour deadline after which a person is reminded.
REMINDER_SHARE = 0.75
#: Longer than any agreement asks for; keeps arithmetic inside the calendar.
MOST = {"timer": 24 * 366, "top": 24 * 366, "måneder": 600, "kvartal": 200, "uger": 2_600}
MOST_DAYS = 10_000

#: Forældelsesloven § 27 treats these like public holidays (readings A2); `holidays` does not.
CLOSED_DAYS = {"06-05": "grundlovsdag", "12-24": "juleaftensdag", "12-31": "nytårsaftensdag"}
IN_PAUSE = "i bero"
_WEEKEND = {5: "lørdag", 6: "søndag"}
_UNITS: dict[str, Unit] = {
    "hverdag": "hverdage", "hverdage": "hverdage",
    "arbejdsdag": "arbejdsdage", "arbejdsdage": "arbejdsdage",
    "dag": "dage", "dage": "dage", "kalenderdage": "dage",
    "time": "timer", "timer": "timer",
    "uge": "uger", "uger": "uger",
    "måned": "måneder", "måneder": "måneder", "maaneder": "måneder", "maaned": "måneder",
    "kvartal": "kvartal", "kvartaler": "kvartal",
}  # fmt: skip
_TEXT = re.compile(
    r"(?:inden(?: for)? |senest )?(?:(?P<amount>\d{1,6}) )?(?P<unit>[a-zæøå]+)(?P<before> før)?"
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TOP = re.compile(
    r"(?:inden(?: for)? )?(?P<amount>\d{1,6}) timer(?: -|,)? eller førstkommende hverdag"
)


@dataclass(frozen=True, slots=True)
class Frist:
    """A deadline as text says it: how much of what, and which way it is counted.

    For `dato` the amount is the agreed date's ordinal, or 0 where the start itself is that date (R9).
    """

    amount: int
    unit: Unit
    direction: Literal["within", "before"] = "within"

    def __str__(self) -> str:
        if self.unit == "dato":
            return date.fromordinal(self.amount).isoformat() if self.amount else "dato"
        if self.unit == "top":
            return f"{self.amount} timer eller førstkommende hverdag"
        return f"{self.amount} {self.unit}{' før' if self.direction == 'before' else ''}"

    @property
    def in_days(self) -> bool:
        """Whether it ends at the end of a day (and not at a minute)."""
        return self.unit not in ("timer", "top")

    @property
    def needs_date(self) -> bool:
        """Whether the start must be the agreed date itself (`dato`)."""
        return self.unit == "dato" and not self.amount


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


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are hverdage.  `closed_days` and `open_days` are `MM-DD`, `closed_dates` whole dates."""

    timezone: ZoneInfo = COPENHAGEN
    closed_days: Mapping[str, str] = field(default_factory=lambda: dict(CLOSED_DAYS))
    open_days: frozenset[str] = frozenset()
    saturday_is_hverdag: bool = False
    quarter: Literal["kalender", "rullende"] = "kalender"
    closed_dates: Mapping[date, str] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Calendar:
        """From the `[kalender]` table of an `agreement.toml` (docs/agreements.md)."""
        known = {
            "tidszone",
            "lukkedage",
            "aabne_dage",
            "loerdag_er_hverdag",
            "kvartal",
            "lukkede_datoer",
        }
        if unknown := set(settings) - known:
            raise SettingInvalid(f"[kalender] does not know “{min(unknown)}”.")
        try:
            zone = ZoneInfo(settings.get("tidszone", "Europe/Copenhagen"))
        except (ZoneInfoNotFoundError, ValueError, TypeError) as exc:
            raise SettingInvalid(
                f"[kalender] tidszone “{settings['tidszone']}” is not known."
            ) from exc
        quarter = settings.get("kvartal", "kalender")
        if quarter not in ("kalender", "rullende"):
            raise SettingInvalid("[kalender] kvartal must be “kalender” or “rullende”.")
        closed = settings.get("lukkedage", CLOSED_DAYS)
        return cls(
            timezone=zone,
            closed_days={_month_day(k): str(v) for k, v in closed.items()},
            open_days=frozenset(_month_day(k) for k in settings.get("aabne_dage", ())),
            saturday_is_hverdag=bool(settings.get("loerdag_er_hverdag", False)),
            quarter=quarter,
            closed_dates={_date(k): str(v) for k, v in settings.get("lukkede_datoer", {}).items()},
        )


DANISH = Calendar()


# ---- days --------------------------------------------------------------------------------
def why_closed(day: date, calendar: Calendar) -> str | None:
    """Why this day is no hverdag, in Danish; None where it is one (R1)."""
    month_day = f"{day:%m-%d}"
    if day.weekday() in _WEEKEND and not (day.weekday() == 5 and calendar.saturday_is_hverdag):
        return _WEEKEND[day.weekday()]
    if day in calendar.closed_dates:
        return calendar.closed_dates[day]
    if month_day in calendar.open_days:
        return None
    return _public(day.year).get(day) or calendar.closed_days.get(month_day)


def is_hverdag(day: date, calendar: Calendar) -> bool:
    """Monday to Friday, no public holiday, not one of the calendar's closed days (R1)."""
    return why_closed(day, calendar) is None


def next_hverdag(day: date, calendar: Calendar) -> date:
    """The first hverdag after `day`."""
    return next(d for d in _forward(day) if is_hverdag(d, calendar))


def hverdage_between(a: date, b: date, calendar: Calendar) -> int:
    """How many hverdage lie after `a`, up to and including `b`; negative where `b` is before `a`."""
    if b < a:
        return -hverdage_between(b, a, calendar)
    return sum(is_hverdag(a + timedelta(n), calendar) for n in range(1, (b - a).days + 1))


def local(moment: datetime) -> str:
    """A moment as ISO text in Danish time, to the second."""
    return moment.astimezone(COPENHAGEN).isoformat(timespec="seconds")


# ---- deadlines ---------------------------------------------------------------------------
def parse(text: str) -> Frist:
    """Read `3 hverdage`, `24 timer`, `8 dage før`, `1 kvartal`, `2026-12-01`, `dato`; raises `FristInvalid`."""
    plain = " ".join(str(text).lower().split())
    if _ISO_DATE.fullmatch(plain):
        try:
            return Frist(date.fromisoformat(plain).toordinal(), "dato")
        except ValueError as exc:
            raise FristInvalid(f"The date {plain} does not exist.") from exc
    if found := _TOP.fullmatch(plain):
        return _bounded(Frist(int(found["amount"]), "top"), text)
    found = _TEXT.fullmatch(plain)
    if found and found["unit"] == "dato" and not found["amount"] and not found["before"]:
        return Frist(0, "dato")
    unit = _UNITS.get(found["unit"]) if found else None
    if found is None or unit is None or (found["amount"] is None and unit != "kvartal"):
        raise FristInvalid(
            f"“{str(text)[:60]}” is not a deadline. Write for example “3 hverdage”, “24 timer” or “8 dage før”."
        )
    amount = int(found["amount"] or 1)
    return _bounded(Frist(amount, unit, "before" if found["before"] else "within"), text)


def when(value: datetime | date | str, calendar: Calendar = DANISH) -> datetime:
    """A moment or a date, also as ISO text, as an aware moment; raises `FristInvalid`.

    A plain date stands for its first minute, and a time without an offset is the calendar's own.
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            value = datetime.fromisoformat(text)
        except ValueError as exc:
            raise FristInvalid(
                f"“{text[:40]}” is not a moment such as 2024-03-26T10:15+01:00 or a date such as 2024-04-08."
            ) from exc
    elif not isinstance(value, date):
        raise FristInvalid("A deadline counts from a date or a moment.")
    try:
        return _moment(value, calendar)
    except OverflowError as exc:
        raise FristInvalid(f"“{value}” is outside the calendar.") from exc


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
        return _count(frist, _moment(start, calendar), calendar, paused)
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


# ---- small change ------------------------------------------------------------------------
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


def _moment(start: datetime | date, calendar: Calendar) -> datetime:
    if isinstance(start, datetime):
        if start.tzinfo is None:
            return start.replace(tzinfo=calendar.timezone)
        return start.astimezone(calendar.timezone)
    return datetime.combine(start, time(), calendar.timezone)


def _bounded(frist: Frist, text: str) -> Frist:
    if frist.amount == 0 and frist.unit not in ("dage", "dato"):
        raise FristInvalid(f"“{str(text)[:60]}” asks for nothing; “0 dage” means the same day.")
    if frist.unit != "dato" and frist.amount > MOST.get(frist.unit, MOST_DAYS):
        raise FristInvalid(f"“{str(text)[:60]}” is longer than any deadline can be.")
    return frist


def _forward(day: date) -> Iterator[date]:
    while True:
        day += timedelta(1)
        yield day


def _back(day: date) -> Iterator[date]:
    while True:
        day -= timedelta(1)
        yield day


@lru_cache(maxsize=64)
def _public(year: int) -> dict[date, str]:
    # Public holidays only: the default is that category, and it must stay so whatever a release adds.
    found = holidays.country_holidays(
        "DK", years=year, categories=(holidays.PUBLIC,), language="da"
    )
    return {day: name[:1].lower() + name[1:] for day, name in found.items()}


def _month_day(text: object) -> str:
    try:
        return f"{datetime.strptime(f'2000-{text}', '%Y-%m-%d'):%m-%d}"  # noqa: DTZ007
    except ValueError as exc:
        raise SettingInvalid(
            f"[kalender] “{text}” is not a day of the year such as “12-24”."
        ) from exc


def _date(text: object) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(str(text))
    except ValueError as exc:
        raise SettingInvalid(f"[kalender] “{text}” is not a date such as “2026-12-24”.") from exc
