"""Free text that holds what looks like a CPR number is kept, and pointed out in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.errors import said
from engine import actions
from engine.secrets import CPR_SHAPED

#: What such a text is told.
FIELDS = {
    "cpr": "This looks like a CPR number. The citizen's own is in the case, and others must not stand here.",
}


def warnings(values: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """`{field: sentence}` in the caller's language, by dotted path; `path` is where the values stand in the body."""
    found = {}
    for name, value in values.items():
        here = f"{path}.{name}".lstrip(".")
        rows = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(value, str) and CPR_SHAPED.search(value):
            found[here[:200]] = said(FIELDS["cpr"])
        elif isinstance(rows, Mapping):
            found |= warnings({str(key): each for key, each in rows.items()}, here)
    return found


def told(moved: actions.Moved, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a step gave, with what is pointed out in the values that came as `data`."""
    return {
        "instance": moved.instance,
        "tasks": moved.tasks,
        "warnings": warnings(values, "data"),
    }
