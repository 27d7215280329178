"""What a designer writes when time is to pass: `3 hverdage`, `2 uger`, `24.12.2026`, `24. december 2026 kl. 10.30`.

`moment(text, since, calendar)` gives the moment; days come at the time of day that it is, dates at 8 o'clock where no
clock is written.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from engine.calendar import COPENHAGEN, Calendar, count, parse
from engine.errors import FristInvalid, Invalid

#: Nobody plays further than this in one go.
MOST = timedelta(days=20 * 366)
#: The time of day of a date that has none.
MORNING = time(8)
_MONTHS = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
]
_CLOCK = r"(?:[ t]+(?:kl\.? ?)?(?P<hour>\d{1,2})[.:](?P<minute>\d\d))?"
_DAY = re.compile(
    rf"(?P<day>\d{{1,2}})[./-] ?(?P<month>\d{{1,2}}|[a-zæøå]{{3,9}})[./-]? ?(?P<year>\d{{4}}){_CLOCK}"
)
_ISO = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d){_CLOCK}")


class MomentUnclear(Invalid):
    """Write for example “3 hverdage”, “2 uger”, “24 timer” or a date such as “24.12.2026 kl. 10.00”."""

    code = "moment_unclear"


class MomentTooFar(Invalid):
    """That is more than 20 years ahead."""

    code = "moment_too_far"


def moment(text: str, since: datetime, calendar: Calendar) -> datetime:
    """The moment that is meant, seen from `since`; raises `MomentUnclear`, `MomentTooFar`."""
    plain = " ".join(text.lower().split())
    found = dated(plain) or _counted(plain, since, calendar)
    if found - since > MOST:
        raise MomentTooFar
    return found


def dated(text: str) -> datetime | None:
    """A date with or without a clock; None where the text is none.  Raises `MomentUnclear` for 31 February."""
    plain = " ".join(text.lower().split())
    found = _ISO.fullmatch(plain) or _DAY.fullmatch(plain)
    if found is None:
        return None
    month = found["month"]
    number = int(month) if month.isdigit() else _month(month)
    try:
        day = date(int(found["year"]), number, int(found["day"]))
        clock = time(int(found["hour"]), int(found["minute"])) if found["hour"] else MORNING
    except ValueError as exc:
        raise MomentUnclear from exc
    return datetime.combine(day, clock, COPENHAGEN)


def _month(name: str) -> int:
    known = [n for n, each in enumerate(_MONTHS, 1) if each.startswith(name)]
    return known[0] if len(known) == 1 else 0


def _counted(text: str, since: datetime, calendar: Calendar) -> datetime:
    try:
        wanted = parse(text)
        if wanted.direction == "before" or wanted.needs_date:
            raise MomentUnclear
        due = count(wanted, since, calendar).due
    except (FristInvalid, OverflowError) as exc:
        raise MomentUnclear from exc
    if not wanted.in_days:
        return due
    here = since.astimezone(COPENHAGEN)
    return datetime.combine(due.astimezone(COPENHAGEN).date(), here.time(), COPENHAGEN)
