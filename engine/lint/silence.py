"""A rule about answers that nobody gave: a choice that reads one says what then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine import feel
from engine.errors import ExpressionInvalid
from engine.lint.notes import Note, of
from engine.lint.sheet import Item, Sheet

#: Fields whose answer is null where nobody gave one; a box that is not ticked is a no.
_CAN_BE_EMPTY = frozenset(("radio", "select", "datetime", "number", "textfield", "textarea"))


def silence_unsaid(sheet: Sheet) -> Iterator[Note]:
    """A choice that reads an answer which may be left out says what it means when it is."""
    optional = frozenset().union(*(_optional(sheet, item) for item in sheet.items.values()))
    for item in sheet.each("exclusiveGateway", "inclusiveGateway"):
        if item.ours.get("tomt"):
            continue
        read = frozenset().union(*(_names(flow.condition) for flow in sheet.out[item.id]))
        for name in sorted(read & optional)[:1]:
            yield of(
                item,
                "“{navn}” læser svaret {felt}, som kan mangle, og siger ikke, hvad der så gælder.",
                "Kræv svaret i formularen, eller skriv i stafet:tomt, hvad intet svar betyder.",
                "warning",
                felt=name,
            )


def _optional(sheet: Sheet, item: Item) -> frozenset[str]:
    """The keys of the element's form that may be left without an answer."""
    form = sheet.around.forms.get(item.ours.get("form", ""))
    if not form:
        return frozenset()
    known = (form.get("properties") or {}).get("stafet") or {}
    demanded = {
        rule.get("felt") for rule in known.get("regler", ()) if not {"når", "udtryk"} & set(rule)
    }
    return frozenset(_keys(form.get("components", ()))) - demanded


def _keys(components: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in components:
        needed = (each.get("validate") or {}).get("required")
        if each.get("key") and each.get("type") in _CAN_BE_EMPTY and not needed:
            yield str(each["key"])
        if each.get("type") == "group":
            yield from _keys(each.get("components", ()))


def _names(condition: str) -> frozenset[str]:
    try:
        return feel.compile(condition).names if condition else frozenset()
    except ExpressionInvalid:
        return frozenset()
