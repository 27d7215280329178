"""What kind of value each field holds, as the forms say: for type clashes and overlapping conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.lint.sheet import Around

_SIMPLE = {"checkbox": "boolean", "number": "number", "textfield": "string", "textarea": "string"}
_CHOSEN = ("radio", "select")
_LISTS = ("checklist", "taglist", "dynamiclist")


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is boolean, number, string, list or '' where forms disagree; `values` are all there can be, or ()."""

    name: str
    values: tuple[Any, ...] = ()


def kinds(around: Around) -> dict[str, Kind]:
    """Field → its kind, over all forms that the diagram may use; where two forms differ the field is left out."""
    found: dict[str, Kind | None] = {}
    for form in around.forms.values():
        for component in components(form.get("components")):
            kind = _kind(component)
            key = component["key"]
            if key not in found:
                found[key] = kind
            elif found[key] != kind:
                found[key] = _either(found[key], kind)
    return {key: kind for key, kind in found.items() if kind is not None}


def keys(found: object) -> Iterator[str]:
    """The keys that a form's components give, groups and lists included."""
    return (component["key"] for component in components(found))


def components(found: object) -> Iterator[Mapping[str, Any]]:
    """Every component with a key; a list or group with a path gives its path, and what lies in it stays in it."""
    waiting = list(found) if isinstance(found, list) else []
    while waiting:
        component = waiting.pop(0)
        if not isinstance(component, dict):
            continue
        if isinstance(key := component.get("key"), str) and key:
            yield component
        if isinstance(path := component.get("path"), str) and path:
            yield {"key": path.split(".")[0], "type": component.get("type")}
        elif isinstance(inner := component.get("components"), list):
            waiting += inner


def _kind(component: Mapping[str, Any]) -> Kind | None:
    what = str(component.get("type"))
    if what in _SIMPLE:
        return Kind(_SIMPLE[what])
    if what in _LISTS:
        return Kind("list")
    if what not in _CHOSEN:
        return None
    rows = component.get("values")
    if (
        not isinstance(rows, list)
        or not rows
        or component.get("valuesKey")
        or component.get("valuesExpression")
    ):
        return None
    values = tuple(row.get("value") for row in rows if isinstance(row, dict))
    names = {_name(value) for value in values}
    return Kind(names.pop(), values) if len(names) == 1 and "" not in names else None


def _either(one: Kind | None, other: Kind | None) -> Kind | None:
    if one is None or other is None or one.name != other.name:
        return None
    return Kind(one.name, (*one.values, *other.values) if one.values and other.values else ())


def _name(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else ""
