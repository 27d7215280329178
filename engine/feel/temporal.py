"""Dates, times and durations: from text, to text, their properties and zones (DMN 10.3.2.3, 10.3.4.1).

Days are Python's: years 1 to 9999.  Fractions of a second go to the microsecond.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from engine.feel.values import Months, Wrong, shortened

_DATE = re.compile(r"(-?(?:[1-9]\d{4,8}|\d{4}))-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z_+\-/0-9]+)?", re.ASCII | re.I
)
_DAYS = re.compile(
    r"(-)?P(?=.)(?:(\d{1,18})D)?(?:T(?=.)(?:(\d{1,18})H)?(?:(\d{1,18})M)?(?:(\d{1,18})(\.\d*)?S)?)?",
    re.ASCII,
)
_MONTHS = re.compile(r"(-)?P(?=.)(?:(\d{1,18})Y)?(?:(\d{1,18})M)?", re.ASCII)
_MOST_MONTHS = 999_999_999 * 12


def parse(text: str) -> Any:
    """The value of `@"…"`: a date, time, date and time or duration; raises Wrong."""
    for reader in (parse_date, parse_moment, parse_time, parse_duration):
        try:
            return reader(text)
        except Wrong:
            continue
    raise Wrong(f"“{shortened(text)}” is no date, time or duration.")


def parse_date(text: str) -> date:
    """A date from `2024-03-26`; raises Wrong."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise Wrong(f"“{shortened(text)}” is no date.")
    return make_date(*(int(part) for part in match.groups()))


def make_date(year: int, month: int, day: int) -> date:
    """Raises Wrong for days that do not exist."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise Wrong(f"{year}-{month}-{day} is no date between the years 1 and 9999.") from None


def parse_time(text: str) -> time:
    """A time from `10:00:00`, with `Z`, `+01:00` or `@Europe/Copenhagen`; raises Wrong."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise Wrong(f"“{shortened(text)}” is no time.")
    hour, minute, second, fraction, place = match.groups()
    return make_time(int(hour), int(minute), Decimal(second + (fraction or "")), _zone_of(place))


def make_time(hour: int, minute: int, second: Decimal, place: tzinfo | None) -> time:
    """Raises Wrong for times that do not exist."""
    whole = int(second)
    try:
        return time(hour, minute, whole, int((second - whole) * 1_000_000), place)
    except (ValueError, OverflowError):
        raise Wrong(f"{hour}:{minute}:{second} is no time.") from None


def parse_moment(text: str) -> datetime:
    """A date and time from `2024-03-26T10:00:00`; a bare date is its midnight; raises Wrong."""
    day, t, clock = text.partition("T")
    if not t:
        return datetime.combine(parse_date(text), time())
    if clock.startswith("24:00:00"):
        # The end of a day is the midnight after it.
        moment = datetime.combine(parse_date(day), parse_time("00" + clock[2:]))
        if moment.time() != time() or moment.date() == date.max:
            raise Wrong(f"“{shortened(text)}” is no time.")
        return moment + timedelta(days=1)
    return datetime.combine(parse_date(day), parse_time(clock))


def parse_duration(text: str) -> timedelta | Months:
    """A duration from `P3DT4H` or `P1Y6M`; raises Wrong."""
    if match := _MONTHS.fullmatch(text):
        sign, years, months = match.groups()
        return make_months((int(years or 0) * 12 + int(months or 0)) * (-1 if sign else 1))
    match = _DAYS.fullmatch(text)
    if match is None:
        raise Wrong(f"“{shortened(text)}” is no duration.")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    return make_span(
        int(days or 0) * 86_400
        + int(hours or 0) * 3_600
        + int(minutes or 0) * 60
        + int(seconds or 0),
        int(Decimal("0" + (fraction if fraction and len(fraction) > 1 else "")) * 1_000_000),
        -1 if sign else 1,
    )


def make_months(months: int) -> Months:
    """Raises Wrong where nobody counts any more."""
    if abs(months) > _MOST_MONTHS:
        raise Wrong("The duration is too long.")
    return Months(months)


def make_span(seconds: int, micros: int = 0, sign: int = 1) -> timedelta:
    """Raises Wrong where Python's days end."""
    try:
        return timedelta(seconds=seconds, microseconds=micros) * sign
    except OverflowError:
        raise Wrong("The duration is too long.") from None


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """A zone of the IANA list; raises Wrong."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Wrong(f"There is no time zone “{shortened(name)}”.") from None


def offset(span: timedelta) -> tzinfo:
    """A fixed offset from UTC, at most 18 hours; raises Wrong."""
    if abs(span) > timedelta(hours=18):
        raise Wrong("An offset from UTC is at most 18 hours.")
    return timezone(span) if span else UTC


def _zone_of(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text in ("Z", "z"):
        return UTC
    if text[0] == "@":
        return zone(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if hours > 18 or minutes > 59 or (seconds and seconds[0] > 59):
        raise Wrong(f"“{shortened(text)}” is no offset from UTC.")
    span = timedelta(hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return offset(-span if text[0] == "-" else span)


# ---- to text -----------------------------------------------------------------------------
def text_of(value: Any) -> str:
    """The ISO text of a date, time, date and time or duration, as FEEL's `string` gives it."""
    if isinstance(value, Months):
        return _months_text(value.months)
    if isinstance(value, timedelta):
        return _span_text(value)
    if isinstance(value, datetime):
        return f"{value.year:04}-{value.month:02}-{value.day:02}T{_clock(value)}"
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    return _clock(value)


def _clock(value: time | datetime) -> str:
    fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
    return f"{value.hour:02}:{value.minute:02}:{value.second:02}{fraction}{_zone_text(value)}"


def _zone_text(value: time | datetime) -> str:
    if value.tzinfo is None:
        return ""
    if isinstance(value.tzinfo, ZoneInfo):
        return f"@{value.tzinfo.key}"
    span = value.utcoffset() or timedelta()
    if not span:
        return "Z"
    seconds = int(abs(span).total_seconds())
    tail = f":{seconds % 60:02}" if seconds % 60 else ""
    return f"{'-' if span < timedelta() else '+'}{seconds // 3600:02}:{seconds // 60 % 60:02}{tail}"


def _months_text(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    parts = (f"{years}Y" if years else "") + (f"{rest}M" if rest else "")
    return f"{'-' if months < 0 else ''}P{parts or '0M'}"


def _span_text(span: timedelta) -> str:
    size = abs(span)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or fraction else ""
    days = f"{size.days}D" if size.days else ""
    if not days and not clock:
        return "PT0S"
    return f"{'-' if span < timedelta() else ''}P{days}{'T' if clock else ''}{clock}"


# ---- properties and arithmetic -------------------------------------------------------------
def property_of(value: Any, name: str) -> Any:
    """`value.year`, `.time offset`, `.hours` …; raises Wrong for a property that it has not."""
    for known, getters in _PROPERTIES:
        if isinstance(value, known):
            if name in getters:
                return getters[name](value)
            break
    raise Wrong(f"“{shortened(name)}” is no property of this value.")


def add_months(value: Any, months: int) -> Any:
    """A date (and time) some months later; the day is cut to the month's last; raises Wrong."""
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise Wrong("The date leaves the calendar.")
    last = calendar.monthrange(year, month + 1)[1]
    return value.replace(year=year, month=month + 1, day=min(value.day, last))


def _number(value: int | float) -> Decimal:
    return Decimal(value)


def _offset_of(value: time | datetime) -> timedelta | None:
    return value.utcoffset()


def _zone_name(value: time | datetime) -> str | None:
    if isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.key
    return None if value.tzinfo is None else (_zone_text(value) if value.utcoffset() else "Z")


def _part(divide: int, wrap: int) -> Any:
    def get(value: timedelta) -> Decimal:
        seconds = int(abs(value).total_seconds()) // divide
        return Decimal((seconds % wrap if wrap else seconds) * (-1 if value < timedelta() else 1))

    return get


_DAY = {
    "year": lambda v: Decimal(v.year),
    "month": lambda v: Decimal(v.month),
    "day": lambda v: Decimal(v.day),
    "weekday": lambda v: Decimal(v.isoweekday()),
}
_CLOCK = {
    "hour": lambda v: Decimal(v.hour),
    "minute": lambda v: Decimal(v.minute),
    "second": lambda v: Decimal(v.second) + Decimal(v.microsecond) / 1_000_000,
    "time offset": _offset_of,
    "timezone": _zone_name,
}
_SPAN = {
    "days": _part(86_400, 0),
    "hours": _part(3_600, 24),
    "minutes": _part(60, 60),
    "seconds": _part(1, 60),
}
_MONTH = {
    "years": lambda v: Decimal(int(v.months / 12)),
    "months": lambda v: Decimal(abs(v.months) % 12 * (-1 if v.months < 0 else 1)),
}
_PROPERTIES: tuple[tuple[type, dict[str, Any]], ...] = (
    (datetime, _DAY | _CLOCK),
    (date, _DAY),
    (time, _CLOCK),
    (timedelta, _SPAN),
    (Months, _MONTH),
)
