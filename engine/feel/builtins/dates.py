"""Functions of dates, times and durations (DMN 10.3.4.1, 10.3.4.7, 10.3.4.8).

`now()` and `today()` are the host's: the evaluator reads no clock.  Without a host they are null.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.builtins.registry import builtin
from engine.feel.values import Months, Run, Wrong

#: What looking up a time zone costs: its file may have to be searched for.
_ZONE = 20


def _paid(run: Run, text: str) -> str:
    """A text that is read as a date, time or duration."""
    if "@" in text:
        run.spend(_ZONE)
    return run.made(text)


@builtin("date", "from: string|day")
def _date(run: Run, given: Any) -> Any:
    if isinstance(given, str):
        return temporal.parse_date(_paid(run, given))
    return given.date() if isinstance(given, datetime) else given


@builtin("date", "year: number, month: number, day: number")
def _date_of(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Any:
    return temporal.make_date(_whole(year), _whole(month), _whole(day))


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value() or abs(value) > 10**9:
        raise Wrong(f"{value} is no whole number that a date or time has.")
    return int(value)


@builtin("time", "from: string|time|day")
def _time(run: Run, given: Any) -> Any:
    if isinstance(given, str):
        return temporal.parse_time(_paid(run, given))
    if isinstance(given, datetime):
        return given.timetz()
    return given if isinstance(given, time) else time(tzinfo=temporal.offset(timedelta()))


@builtin("time", "hour: number, minute: number, second: number, offset: days?~")
def _time_of(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: timedelta | None
) -> Any:
    if not 0 <= second < 60:
        raise Wrong(f"{second} is no second.")
    place = None if offset is None else temporal.offset(offset)
    return temporal.make_time(_whole(hour), _whole(minute), second, place)


@builtin("date and time", "from: string|day")
def _moment(run: Run, given: Any) -> Any:
    if isinstance(given, str):
        return temporal.parse_moment(_paid(run, given))
    return given if isinstance(given, datetime) else datetime.combine(given, time())


@builtin("date and time", "date: day, time: time")
def _moment_of(run: Run, day: date, clock: time) -> Any:
    only = day.date() if isinstance(day, datetime) else day
    return datetime.combine(only, clock)


@builtin("date and time", "date: day, timezone: string")
def _moment_in(run: Run, moment: date, place: str) -> Any:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    run.spend(_ZONE)
    where: tzinfo = temporal.zone(place)
    return moment.astimezone(where) if moment.tzinfo else moment.replace(tzinfo=where)


@builtin("duration", "from: string|duration")
def _duration(run: Run, given: Any) -> Any:
    return temporal.parse_duration(_paid(run, given)) if isinstance(given, str) else given


@builtin("years and months duration", "from: day, to: day")
def _months_between(run: Run, start: date, end: date) -> Any:
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    elif months < 0 and end.day > start.day:
        months += 1
    return Months(months)


@builtin("day of year", "date: day")
def _day_of_year(run: Run, day: date) -> Any:
    return Decimal(day.timetuple().tm_yday)


@builtin("day of week", "date: day")
def _day_of_week(run: Run, day: date) -> Any:
    return (
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"
    )[day.weekday()]  # fmt: skip


@builtin("month of year", "date: day")
def _month_of_year(run: Run, day: date) -> Any:
    return (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    )[day.month - 1]  # fmt: skip


@builtin("week of year", "date: day")
def _week_of_year(run: Run, day: date) -> Any:
    return Decimal(day.isocalendar().week)


@builtin("last day of month", "date: day")
def _last_day(run: Run, day: date) -> Any:
    return Decimal(calendar.monthrange(day.year, day.month)[1])


@builtin("now / today")
def _clock(run: Run) -> Any:
    raise Wrong("there is no clock here.")
