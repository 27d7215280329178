"""What expressions see of a form, and what they give back.

An expression sees answers of the right kind only (null for others), so that neither a forged nor a huge one reaches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.errors import StafetError
from forms import danish
from forms.components import Component, within
from forms.kinds import MOST_ROWS_IN_ALL, scalars

#: FEEL's evaluator: text and names in, value out.
Feel = Callable[[str, Mapping[str, Any]], Any]

_DEEPEST = 20


def truth(feel: Feel, expression: str, names: Mapping[str, Any]) -> bool | None:
    """A condition's value; None where it is neither true nor false."""
    value = value_of(feel, expression, names)
    return value if isinstance(value, bool) else None


def value_of(feel: Feel, expression: str, names: Mapping[str, Any]) -> Any:
    """An expression's value; null where it cannot be computed from these answers."""
    try:
        return feel(expression.strip().removeprefix("="), names)
    except (StafetError, RecursionError):
        return None


def row_names(
    names: Mapping[str, Any], components: tuple[Component, ...], row: Mapping[str, Any]
) -> dict[str, Any]:
    """What expressions see inside a group or row: its own fields first, then the form's."""
    own = _level(components, row)
    return {**names, **own, "this": own, "parent": names}


def host(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context with `now()` and `today()` as diagrams have them."""
    now = context.get("now")
    if not isinstance(now, datetime):
        return dict(context)
    here = now.astimezone(danish.COPENHAGEN)
    return {**context, "now": lambda: here, "today": here.date}


def seen(one: Component, value: Any) -> Any:
    """An answer as expressions see it: null where it is none of its kind, and only the rows that will be kept."""
    if one.kind == "group":
        return _level(one.children, value) if isinstance(value, dict) else None
    if one.kind == "rows":
        rows = value[:MOST_ROWS_IN_ALL] if isinstance(value, list) else []
        return [_level(one.children, row) for row in rows if isinstance(row, dict) and row]
    if one.kind == "computed" or one.fixed:
        return value  # the server's own
    if one.kind == "choices":
        return value if isinstance(value, list) and scalars(value) else None
    return value if isinstance(value, (str, bool, int, float)) else None


def _level(components: tuple[Component, ...], data: Mapping[str, Any]) -> dict[str, Any]:
    return {one.key: seen(one, data.get(one.key)) for one in within(components) if one.key}


def json_value(value: Any, depth: int = 0) -> Any:
    """What an expression gave, as JSON."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, Decimal):
        return danish.whole(value) if value.is_finite() and abs(value) <= danish.MOST else None
    if isinstance(value, datetime):
        return danish.iso(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{int(value.total_seconds())}S"
    if isinstance(value, Mapping):
        return {str(k): json_value(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(v, depth + 1) for v in value]
    return value if isinstance(value, (str, bool, int, float)) else None
