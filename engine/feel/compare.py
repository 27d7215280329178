"""Equal, smaller, contained (DMN 10.3.2.15): three-valued; what cannot be compared is null."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from engine.feel.values import Range, Run, Wrong, kind

Order = Callable[[Any, Any], bool]
ORDERS: dict[str, Order] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ORDERED = {
    "number", "string", "date", "time", "date and time",
    "days and time duration", "years and months duration",
}  # fmt: skip


def equal(run: Run, a: Any, b: Any) -> bool | None:
    """`a = b`: null where the types differ."""
    if a is None or b is None:
        return a is b
    kinds = kind(a)
    if kinds != kind(b):
        return None
    if kinds in ("list", "context", "range"):
        run.spend(1)
        return _DEEP[kinds](run, a, b)
    if kinds in ("time", "date and time"):
        return _same_moment(a, b)
    if kinds == "function":
        return a is b
    return bool(a == b)


def order(run: Run, op: Order, a: Any, b: Any) -> bool | None:
    """`a < b` and its kin: null with a warning where there is no order between the two."""
    kinds = kind(a)
    if kinds == "string":
        run.made(a)
    if kinds != kind(b) or kinds not in _ORDERED:
        run.warn("{} and {} cannot be compared.", kinds, kind(b))
        return None
    if kinds in ("time", "date and time"):
        if (a.tzinfo is None) != (b.tzinfo is None):
            run.warn("a time with a zone and one without cannot be compared.")
            return None
        if kinds == "time":
            return op(since_midnight(a), since_midnight(b))
    return op(a, b)


def sortable(run: Run, a: Any, b: Any) -> bool:
    """`a < b` for functions that need an order; raises Wrong."""
    answer = order(run, lt, a, b)
    if answer is None:
        raise Wrong(f"{kind(a)} and {kind(b)} cannot be ordered.")
    return answer


def since_midnight(value: time) -> timedelta:
    """A time of day as a span, in UTC where it has a zone."""
    span = timedelta(
        hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond
    )
    offset = value.utcoffset()
    if offset is None and value.tzinfo is not None:
        # A zone with daylight saving says nothing without a date; its standard offset is the best there is.
        offset = datetime(1970, 1, 1, tzinfo=value.tzinfo).utcoffset()
    return span - (offset or timedelta())


def inside(run: Run, value: Any, among: Range) -> bool | None:
    """Whether a value lies in a range."""
    if value is None:
        run.warn("null lies in no range.")
        return None
    if value.__class__ is among.low.__class__ is among.high.__class__ is Decimal:
        low, high = among.low, among.high
        return (low <= value if among.low_in else low < value) and (
            value <= high if among.high_in else value < high
        )
    above: bool | None = True
    below: bool | None = True
    if among.sign not in ("<", "<="):
        above = order(run, ge if among.low_in else gt, value, among.low)
    if above is False:
        return False
    if among.sign not in (">", ">="):
        below = order(run, le if among.high_in else lt, value, among.high)
    if above is None or below is None:
        return None
    return above and below


def member(run: Run, value: Any, target: Any) -> bool | None:
    """`value in target`: equal to it, inside the range, or so for one of a list."""
    if isinstance(target, Range):
        if isinstance(value, Range):
            return equal(run, value, target)
        return inside(run, value, target)
    if isinstance(target, list):
        if isinstance(value, list) and equal(run, value, target):
            return True
        return _among(run, value, target)
    return equal(run, value, target)


def _among(run: Run, value: Any, targets: list[Any]) -> bool | None:
    run.spend(len(targets))
    answer: bool | None = False
    for one in targets:
        found = equal(run, value, one) if isinstance(one, list) else member(run, value, one)
        if found:
            return True
    return answer


def _same_moment(a: Any, b: Any) -> bool | None:
    if (a.tzinfo is None) != (b.tzinfo is None):
        return False
    # The standard compares whole seconds (10.3.2.3.4).
    a, b = a.replace(microsecond=0), b.replace(microsecond=0)
    if isinstance(a, datetime) or a.tzinfo is None:
        return bool(a == b)
    return since_midnight(a) == since_midnight(b)


def _equal_lists(run: Run, a: list[Any], b: list[Any]) -> bool | None:
    if len(a) != len(b):
        return False
    run.spend(len(a))
    return _all(equal(run, x, y) for x, y in zip(a, b, strict=True))


def _equal_contexts(run: Run, a: dict[str, Any], b: dict[str, Any]) -> bool | None:
    if a.keys() != b.keys():
        return False
    run.spend(len(a))
    return _all(equal(run, a[key], b[key]) for key in a)


def _equal_ranges(run: Run, a: Range, b: Range) -> bool | None:
    if (a.sign, a.low_in, a.high_in) != (b.sign, b.low_in, b.high_in):
        return False
    return _all((equal(run, a.low, b.low), equal(run, a.high, b.high)))


def _all(answers: Any) -> bool | None:
    told: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            told = False
    return told


_DEEP: dict[str, Callable[[Run, Any, Any], bool | None]] = {
    "list": _equal_lists,
    "context": _equal_contexts,
    "range": _equal_ranges,
}
