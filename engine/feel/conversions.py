"""Values as text and JSON: `shown` is FEEL's `string`, `to_json` and `from_json` are the edges' ISO text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from math import isfinite
from typing import Any

from engine.feel import temporal
from engine.feel.types import Type, coerce, named
from engine.feel.values import (
    BUDGET,
    NUMBERS,
    Function,
    Months,
    Range,
    Run,
    Wrong,
    from_host,
    kind,
    shortened,
)

_TEMPORAL = (date, time, timedelta, Months)
#: Beyond these, JSON readers lose digits anyway.
_MOST_WHOLE = Decimal(10) ** 34


def shown(run: Run | None, value: Any, *, inner: bool = False) -> str:
    """The text that FEEL's `string` gives; texts inside lists and contexts stand in quotes."""
    if run is not None:
        run.spend(1 + (len(value) >> 5) if isinstance(value, str) else 1)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if inner else value
    if isinstance(value, list):
        return "[" + ", ".join(shown(run, item, inner=True) for item in value) + "]"
    if isinstance(value, dict):
        parts = (f"{_key(key)}: {shown(run, item, inner=True)}" for key, item in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, Range):
        low, high = (shown(run, end, inner=True) for end in (value.low, value.high))
        return f"{'[' if value.low_in else '('}{low}..{high}{']' if value.high_in else ')'}"
    return _simple(value, inner=inner)


def _simple(value: Any, *, inner: bool) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, _TEMPORAL):
        text = temporal.text_of(value)
        return f'@"{text}"' if inner else text
    return f"function {value.name}" if isinstance(value, Function) else str(value)


def _key(key: str) -> str:
    return key if key.isidentifier() else '"' + key.replace('"', '\\"') + '"'


def number_text(value: Decimal) -> str:
    """A number without trailing zeros and without an exponent."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_json(value: Any) -> Any:
    """A value for JSON: whole numbers as int, others as float, dates and durations as ISO text."""
    if isinstance(value, Decimal):
        whole = abs(value) < _MOST_WHOLE and value == value.to_integral_value()
        return int(value) if whole else _float(value)
    if isinstance(value, _TEMPORAL):
        return iso(value)
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, Range | Function):
        return shown(None, value)
    return value


def _float(value: Decimal) -> float | str:
    near = float(value)
    return near if isfinite(near) else str(value)


def iso(value: Any) -> str:
    """The ISO text of a date, time or duration; a moment in a zone has its offset, as RFC 3339 wants it."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.replace(tzinfo=timezone(value.utcoffset() or timedelta()))
    return temporal.text_of(value)


def from_json(value: Any, wanted: Type | str | None = None, run: Run | None = None) -> Any:
    """A JSON value as the type says: ISO text becomes a date; raises Wrong where it does not fit.

    Without a type texts stay texts.  What is looked through is paid for by `run`, where there is one.
    """
    if isinstance(wanted, str):
        wanted = named(wanted)
    value = from_host(value)
    if wanted is None or value is None:
        return value
    return coerce(_read(value, wanted), wanted, run or Run({}, BUDGET))


def _read(value: Any, wanted: Type) -> Any:
    if isinstance(value, list):
        inner = wanted.of if wanted.name == "list" else wanted
        return value if inner is None else [_read(item, inner) for item in value]
    if isinstance(value, dict):
        return {
            key: _read(item, wanted.fields[key]) if key in wanted.fields else item
            for key, item in value.items()
        }
    if wanted.name == "list" and wanted.of is not None:
        return _read(value, wanted.of)
    reader = _READERS.get(wanted.name)
    return reader(value) if reader is not None and isinstance(value, str) else value


def _number(text: str) -> Decimal:
    value = NUMBERS.create_decimal(text.strip())
    if not value.is_finite():
        raise Wrong(f"“{shortened(text)}” is no number.")
    return value


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise Wrong(f"“{shortened(text)}” is neither true nor false.")
    return text == "true"


def _days(text: str) -> Any:
    found = temporal.parse_duration(text)
    # P0D and P0M are both; what has days is no span of months.
    return timedelta() if isinstance(found, Months) and not found.months else found


_READERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "boolean": _boolean,
    "date": lambda text: (
        temporal.parse_date(text) if "T" not in text else temporal.parse_moment(text)
    ),
    "time": temporal.parse_time,
    "date and time": temporal.parse_moment,
    "days and time duration": _days,
    "years and months duration": temporal.parse_duration,
}
__all__ = ["from_json", "iso", "kind", "number_text", "shown", "to_json"]
