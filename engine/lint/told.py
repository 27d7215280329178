"""What one diagram tells others and asks of them, read quickly: names of messages, signals, calls, fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.lint.documents import makes
from engine.lint.freely import reads, takes
from engine.lint.sheet import Around, Sheet, Told, sheet
from engine.lint.values import keys
from engine.model import Json


def told(
    home: str,
    slug: str,
    root: Any,
    forms: Mapping[str, Json],
    tables: Mapping[str, frozenset[str]],
) -> Told:
    """A diagram's `Told`; of one that cannot be read (None) only its place.

    `tables`: the decisions that it may ask, each with what it asks in turn.
    """
    if root is None:
        return Told(home, slug)
    drawn = sheet(root, "", Around())
    fields = {name for form in forms.values() for name in keys(form.get("components"))}
    fields |= {item.ours.get("resultat", "") for item in drawn.items.values()}
    top = {p.get("id", "") for p in drawn.processes}
    return Told(
        home=home,
        slug=slug,
        sends=frozenset(_sends(drawn)),
        catches=frozenset(_names(drawn, "message", throws=False)),
        signals=frozenset(_names(drawn, "signal", throws=True)),
        hears=frozenset(_names(drawn, "signal", throws=False)),
        starts=_starts(drawn),
        hands=_hands(drawn),
        gives=frozenset(fields - {""}),
        makes=frozenset(kind for i in drawn.items.values() for kind in makes(i)),
        reads=frozenset().union(*reads(drawn, tables).values()),
        takes=takes(drawn),
        plain_start=any(i.scope in top and not i.event for i in drawn.each("startEvent")),
    )


def _sends(drawn: Sheet) -> set[str]:
    sent = {item.ours.get("besked", "") for item in drawn.items.values()}
    tasks = {drawn.called(item, "message") for item in drawn.each("sendTask")}
    return (sent | tasks | _names(drawn, "message", throws=True)) - {""}


def _names(drawn: Sheet, kind: str, *, throws: bool) -> set[str]:
    found = {
        drawn.called(i, kind)
        for i in drawn.items.values()
        if i.event == kind and i.throws is throws
    }
    if kind == "message" and not throws:
        found |= {drawn.called(i, "message") for i in drawn.each("receiveTask")}
    return found - {""}


def _starts(drawn: Sheet) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for item in drawn.items.values():
        if slug := item.ours.get("forloeb", ""):
            found[slug] = found.get(slug, frozenset()) | frozenset(
                item.ours.get("felter", "").split()
            )
    return found


def _hands(drawn: Sheet) -> dict[str, frozenset[str] | None]:
    found: dict[str, frozenset[str] | None] = {}
    for item in drawn.each("callActivity"):
        called, pairs = item.el.get("calledElement", ""), item.ours.get("ind")
        names = (
            None
            if pairs is None
            else frozenset(p.partition("=")[0].strip() for p in pairs.split(";"))
        )
        before = found.get(called, frozenset())
        found[called] = None if names is None or before is None else before | names
    return found
