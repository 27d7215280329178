"""Numbers, dates and times as Danes write them, and as JSON carries them.

JSON: dates `2026-11-24`, times `13:30`, moments `2026-11-24T13:30+01:00`, numbers as numbers.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from forms.problems import MONTHS, Problem

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

#: Numbers beyond this are typing mistakes, and JSON readers lose their last digits.
MOST = 10**15

_LONGEST = 10**400  # as many digits as can be typed

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.[0-9]{1,6})?)?")
_OFFSET = re.compile(r"(.+?)(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?")
_OFFSET_OF_DENMARK = re.compile(r"\+0[12]:00\Z")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?")
_TYPED_TIME = re.compile(r"([0-9]{1,2})(?:[.:]?([0-9]{2}))?")


def read_date(text: str) -> date | Problem:
    """`2026-02-31` is a problem that says how many days the month has."""
    if not (found := _DATE.fullmatch(text)):
        parts = text.split("-")
        short = len(parts) == 3 and parts[0].isdecimal() and len(parts[0]) != 4
        return Problem("year" if short else "not_a_date")
    year, month, day = (int(part) for part in found.groups())
    if year < 1800:
        return Problem("year")
    if not 1 <= month <= 12:
        return Problem("no_month")
    days = calendar.monthrange(year, month)[1]
    if not 1 <= day <= days:
        return Problem("no_such_day", day=day, month=MONTHS[month - 1], year=year, days=days)
    return date(year, month, day)


def read_time(text: str) -> time | Problem:
    """`13:30`, also with seconds, and with the Danish offset that form-js may put behind it."""
    return _clock(_OFFSET_OF_DENMARK.sub("", text))


def read_moment(text: str) -> datetime | Problem:
    """A date, `T` and a time, with or without offset; without one it is Danish time."""
    before, _sign, after = text.partition("T")
    day = read_date(before)
    if isinstance(day, Problem):
        return day
    found = _OFFSET.fullmatch(after)
    at = _clock(found[1]) if found else Problem("not_a_time")
    if isinstance(at, Problem) or not found:
        return at if isinstance(at, Problem) else Problem("not_a_time")
    if offset := found[2]:
        return _in_denmark(datetime.fromisoformat(f"{day}T{at}{offset.replace('Z', '+00:00')}"))
    moment = datetime.combine(day, at, COPENHAGEN)
    if moment.astimezone(ZoneInfo("UTC")).astimezone(COPENHAGEN).time() != at:
        return Problem("no_such_time")
    return moment


def iso(moment: datetime) -> str:
    """A moment as JSON carries it: Danish time with its offset, to the minute where it is whole."""
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def say_date(day: date) -> str:
    """`24.11.2026`."""
    return f"{day.day}.{day.month}.{day.year}"


def typed_number(text: str) -> int | float | str:
    """What somebody typed as a number: `1.234,5` and `1234.5` alike; the text itself where it is none."""
    tidy = text.strip().replace(" ", "").replace("\xa0", "").replace("−", "-")
    if _THOUSANDS.fullmatch(tidy):
        tidy = tidy.replace(".", "")
    tidy = tidy.replace(",", ".")
    if not re.fullmatch(r"[+-]?[0-9]{1,400}(\.[0-9]{0,400})?", tidy):
        return text
    try:
        return whole(Decimal(tidy))
    except (InvalidOperation, OverflowError):
        return text


def whole(number: Decimal | float | int) -> int | float:
    """An int where the number is one."""
    return int(number) if number == int(number) else float(number)


def say_number(value: Any) -> str:
    """A number with a Danish comma, in full; a text as it is, and nothing for what nobody can have typed."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value if isinstance(value, str) else ""
    if isinstance(value, int) and abs(value) > _LONGEST:
        return ""
    if isinstance(value, float) and not abs(value) < float("inf"):
        return str(value)
    return format(Decimal(repr(value)), "f").replace(".", ",")


def say(value: Any) -> str:
    """A JSON value as a person reads it; ISO dates and moments as Danes write them."""
    if isinstance(value, (list, dict)):
        return _listed(value)
    if not isinstance(value, str):
        return say_number(value)
    day = read_date(value) if _DATE.fullmatch(value) else None
    if isinstance(day, date):
        return say_date(day)
    moment = read_moment(value) if _DATE.match(value) and "T" in value else None
    if isinstance(moment, datetime):
        return f"{say_date(moment.date())} kl. {moment.hour}.{moment.minute:02}"
    return value


def typed_date(day: str, month: str, year: str) -> str | None:
    """The three fields as one text: ISO where they are digits, else what was typed, for the check to refuse."""
    parts = [re.sub("[-T]", "", part).strip()[:12] for part in (day, month, year)]
    if not any(parts):
        return None
    d, m = (part.zfill(2) if part.isdecimal() else part for part in parts[:2])
    return f"{parts[2]}-{m}-{d}"


def date_parts(value: Any) -> tuple[str, str, str]:
    """Day, month and year to show in the three fields, also of a date that does not exist."""
    parts = value.split("-") if isinstance(value, str) else []
    if len(parts) != 3:
        return "", "", ""
    year, month, day = parts
    return _bare(day), _bare(month), year


def typed_time(text: str) -> str | None:
    """`9`, `930`, `9.30` and `09:30` are `09:30`; anything else stays as it was typed."""
    tidy = text.strip()
    if not tidy:
        return None
    found = _TYPED_TIME.fullmatch(tidy)
    return f"{found[1].zfill(2)}:{found[2] or '00'}" if found else tidy


def typed_moment(day: str | None, at: str | None) -> str | None:
    """Date and time as one text; Danish time with its offset where both are whole."""
    if not day and not at:
        return None
    text = f"{day or ''}T{at or ''}"
    moment = read_moment(text)
    return text if isinstance(moment, Problem) else iso(moment)


def moment_parts(value: Any) -> tuple[str, str]:
    """The ISO date and the time `13:30` to show, in Danish time; what was typed where it is no moment."""
    if not isinstance(value, str):
        return "", ""
    moment = read_moment(value)
    if isinstance(moment, Problem):
        before, _sign, after = value.partition("T")
        return before, after
    at = moment.time().isoformat("seconds" if moment.second else "minutes")
    return moment.date().isoformat(), at


def _bare(number: str) -> str:
    return (number.lstrip("0") or number[:1]) if number.isdecimal() else number


def _listed(value: list[Any] | dict[str, Any]) -> str:
    inside = value.values() if isinstance(value, dict) else value
    return ", ".join(say(one) for one in inside)


def _clock(text: str) -> time | Problem:
    found = _TIME.fullmatch(text)
    if not found:
        return Problem("not_a_time")
    return time(int(found[1]), int(found[2]), int(found[3] or 0))


def _in_denmark(moment: datetime) -> datetime | Problem:
    try:
        return moment.astimezone(COPENHAGEN)
    except OverflowError:  # the last hours of the year 9999
        return Problem("year")


def tomorrow(day: date, days: int = 1) -> date:
    """A later (or earlier) day, held inside the calendar."""
    try:
        return day + timedelta(days)
    except OverflowError:
        return day
