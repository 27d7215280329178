"""`+ - * / **` over numbers, texts, dates and durations (DMN 10.3.2.15); what has no value is null."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from engine.feel.temporal import add_months, make_months, make_span
from engine.feel.values import NUMBERS, Months, Run, Wrong, kind, number

_DAY = timedelta(days=1)
#: What can be negated: Python's negative spans do not reach as far as the positive.
_LONGEST = -timedelta.min
_MICRO = Decimal(1_000_000)
_ONE = Decimal(1)


def calculate(run: Run, op: str, a: Any, b: Any) -> Any:
    """`a op b`; null with a warning where the two do not go together."""
    if a.__class__ is Decimal and b.__class__ is Decimal:
        return _numbers(run, op, a, b)
    if a is None or b is None:
        return run.warn("null cannot be used with “{}”.", op)
    work = _TABLE.get((op, kind(a), kind(b)))
    if work is None:
        return run.warn("{} {} {} has no value.", kind(a), op, kind(b))
    try:
        return work(run, a, b)
    except Wrong as exc:
        return run.warn("{}", exc)
    except OverflowError:
        return run.warn("{} {} {} leaves the calendar.", kind(a), op, kind(b))


def negate(run: Run, value: Any) -> Any:
    """`-value` of a number or duration."""
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, timedelta):
        return run.warn("the duration is too long.") if value > _LONGEST else -value
    if isinstance(value, Months):
        return Months(-value.months)
    return run.warn("{} cannot be negated.", kind(value))


def minus(a: Any, b: Any) -> timedelta:
    """The time between two moments, both with a zone or both without; raises Wrong."""
    if (a.tzinfo is None) != (b.tzinfo is None):
        raise Wrong("a time with a zone and one without have no distance.")
    if a.tzinfo is not None:
        # Python counts wall time inside one zone; FEEL counts what passed.
        a, b = a - a.utcoffset(), b - b.utcoffset()
    return a.replace(tzinfo=None) - b.replace(tzinfo=None)  # type: ignore[no-any-return]


def _numbers(run: Run, op: str, a: Decimal, b: Decimal) -> Decimal | None:
    result = number(_NUMBERS[op](a, b))
    if result is None:
        run.warn("{} {} {} has no value.", a, op, b)
    return result


_NUMBERS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
    "**": lambda a, b: NUMBERS.power(a, b) if b else _ONE,  # also 0 ** 0, as IEEE 754 has it
}


def _micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _span(micros: Decimal) -> timedelta:
    if not micros.is_finite() or abs(micros) > Decimal(10) ** 21:
        raise Wrong("The duration is too long.")
    return make_span(0, int(micros.to_integral_value(rounding=ROUND_HALF_EVEN)))


def _months(months: Decimal) -> Months:
    if not months.is_finite() or abs(months) > Decimal(10) ** 15:
        raise Wrong("The duration is too long.")
    return make_months(int(months))


def _midnight(value: date) -> datetime:
    return datetime.combine(value, time())


def _midnight_utc(value: date) -> datetime:
    """A date beside a moment is its midnight in UTC (10.3.2.3.5)."""
    return datetime.combine(value, time(), UTC)


def _elapse(run: Run, value: datetime, span: timedelta) -> datetime:
    # In a zone with daylight saving, time that passes is counted in UTC.
    if value.tzinfo is None:
        return value + span
    passed = value.replace(tzinfo=None) - (value.utcoffset() or timedelta()) + span
    return value.tzinfo.fromutc(passed.replace(tzinfo=value.tzinfo))


def _turn(run: Run, value: time, span: timedelta) -> time:
    moved = datetime.combine(date(2000, 1, 1), value.replace(tzinfo=None)) + timedelta(
        seconds=span.seconds, microseconds=span.microseconds
    )
    return moved.time().replace(tzinfo=value.tzinfo)


def _between_times(run: Run, a: time, b: time) -> timedelta:
    base = date(2000, 1, 1)
    return minus(datetime.combine(base, a), datetime.combine(base, b))


def _divide_spans(run: Run, a: timedelta, b: timedelta) -> Decimal | None:
    return number(NUMBERS.divide(Decimal(_micros(a)), Decimal(_micros(b))))


def _both(op: str, a: str, b: str, work: Callable[[Run, Any, Any], Any]) -> dict[Any, Any]:
    return {(op, a, b): work, (op, b, a): lambda run, x, y: work(run, y, x)}


_N, _S, _D, _T, _DT = "number", "string", "date", "time", "date and time"
_DTD, _YMD = "days and time duration", "years and months duration"
_TABLE: dict[tuple[str, str, str], Callable[[Run, Any, Any], Any]] = {
    ("+", _S, _S): lambda run, a, b: run.made(a + b),
    ("-", _D, _D): lambda run, a, b: a - b,
    ("-", _DT, _DT): lambda run, a, b: minus(a, b),
    ("-", _D, _DT): lambda run, a, b: minus(_midnight_utc(a), b),
    ("-", _DT, _D): lambda run, a, b: minus(a, _midnight_utc(b)),
    ("-", _T, _T): _between_times,
    ("-", _D, _DTD): lambda run, a, b: (_midnight(a) - b).date(),
    ("-", _D, _YMD): lambda run, a, b: add_months(a, -b.months),
    ("-", _DT, _DTD): lambda run, a, b: _elapse(run, a, -b),
    ("-", _DT, _YMD): lambda run, a, b: add_months(a, -b.months),
    ("-", _T, _DTD): lambda run, a, b: _turn(run, a, -b),
    ("+", _DTD, _DTD): lambda run, a, b: a + b,
    ("-", _DTD, _DTD): lambda run, a, b: a - b,
    ("/", _DTD, _DTD): _divide_spans,
    ("/", _DTD, _N): lambda run, a, b: _span(NUMBERS.divide(Decimal(_micros(a)), b)),
    ("+", _YMD, _YMD): lambda run, a, b: make_months(a.months + b.months),
    ("-", _YMD, _YMD): lambda run, a, b: make_months(a.months - b.months),
    ("/", _YMD, _YMD): lambda run, a, b: number(
        NUMBERS.divide(Decimal(a.months), Decimal(b.months))
    ),
    ("/", _YMD, _N): lambda run, a, b: _months(NUMBERS.divide(Decimal(a.months), b)),
    **_both("+", _D, _DTD, lambda run, a, b: (_midnight(a) + b).date()),
    **_both("+", _D, _YMD, lambda run, a, b: add_months(a, b.months)),
    **_both("+", _DT, _DTD, _elapse),
    **_both("+", _DT, _YMD, lambda run, a, b: add_months(a, b.months)),
    **_both("+", _T, _DTD, _turn),
    **_both("*", _DTD, _N, lambda run, a, b: _span(NUMBERS.multiply(Decimal(_micros(a)), b))),
    **_both("*", _YMD, _N, lambda run, a, b: _months(NUMBERS.multiply(Decimal(a.months), b))),
}
