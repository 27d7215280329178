"""Which days are hverdage, and why the others are not (R1); moments in Danish time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from engine.errors import FristInvalid, SettingInvalid

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
#: Forældelsesloven § 27 treats these like public holidays (readings A2); `holidays` does not.
CLOSED_DAYS = {"06-05": "grundlovsdag", "12-24": "juleaftensdag", "12-31": "nytårsaftensdag"}
_WEEKEND = {5: "lørdag", 6: "søndag"}
_KNOWN = ("tidszone", "lukkedage", "aabne_dage", "loerdag_er_hverdag", "kvartal", "lukkede_datoer")


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
        if unknown := set(settings) - set(_KNOWN):
            raise SettingInvalid(f"[kalender] does not know “{min(unknown)}”.")
        quarter = settings.get("kvartal", "kalender")
        if quarter not in ("kalender", "rullende"):
            raise SettingInvalid("[kalender] kvartal must be “kalender” or “rullende”.")
        saturday = settings.get("loerdag_er_hverdag", False)
        if not isinstance(saturday, bool):
            raise SettingInvalid("[kalender] loerdag_er_hverdag must be true or false.")
        opened = settings.get("aabne_dage", [])
        if not isinstance(opened, list):
            raise SettingInvalid("[kalender] aabne_dage must be a list of days such as “12-24”.")
        closed = _named(settings, "lukkedage", CLOSED_DAYS)
        dates = _named(settings, "lukkede_datoer", {})
        return cls(
            timezone=_zone(settings.get("tidszone", "Europe/Copenhagen")),
            closed_days={_month_day(day): why for day, why in closed.items()},
            open_days=frozenset(_month_day(day) for day in opened),
            saturday_is_hverdag=saturday,
            quarter=quarter,
            closed_dates={_date(day): why for day, why in dates.items()},
        )


DANISH = Calendar()


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
    return next(d for d in days_after(day) if is_hverdag(d, calendar))


def hverdage_between(a: date, b: date, calendar: Calendar) -> int:
    """How many hverdage lie after `a`, up to and including `b`; negative where `b` is before `a`."""
    if b < a:
        return -hverdage_between(b, a, calendar)
    return sum(is_hverdag(a + timedelta(n), calendar) for n in range(1, (b - a).days + 1))


def local(moment: datetime) -> str:
    """A moment as ISO text in Danish time, to the second."""
    return moment.astimezone(COPENHAGEN).isoformat(timespec="seconds")


def day_of(moment: datetime) -> date:
    """The Danish day of a moment."""
    return moment.astimezone(COPENHAGEN).date()


def midnight(day: date) -> datetime:
    """When a day begins in Denmark."""
    return datetime.combine(day, time(), COPENHAGEN)


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


def days_after(day: date) -> Iterator[date]:
    """Every day after `day`, to the end of the calendar."""
    while True:
        day += timedelta(1)
        yield day


def _moment(start: datetime | date, calendar: Calendar) -> datetime:
    if isinstance(start, datetime):
        if start.tzinfo is None:
            return start.replace(tzinfo=calendar.timezone)
        return start.astimezone(calendar.timezone)
    return datetime.combine(start, time(), calendar.timezone)


@lru_cache(maxsize=64)
def _public(year: int) -> dict[date, str]:
    # Public holidays only: the default is that category, and it must stay so whatever a release adds.
    found = holidays.country_holidays(
        "DK", years=year, categories=(holidays.PUBLIC,), language="da"
    )
    return {day: name[:1].lower() + name[1:] for day, name in found.items()}


# ---- reading the settings ----------------------------------------------------------------
def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(name)  # type: ignore[arg-type]  # whatever the file says: refused below
    except (ZoneInfoNotFoundError, ValueError, TypeError) as exc:
        raise SettingInvalid(f"[kalender] tidszone “{name}” is not known.") from exc


def _named(settings: Mapping[str, Any], key: str, default: Mapping[str, str]) -> dict[str, str]:
    found = settings.get(key, default)
    if not isinstance(found, Mapping):
        raise SettingInvalid(f"[kalender] {key} must name days and why they are closed.")
    return {str(day): str(why) for day, why in found.items()}


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
