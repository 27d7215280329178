"""Everything that differs between two versions: diagrams, forms, decision tables and parameters.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.compare.beside import fields, parameters, table
from engine.compare.diagrams import diagram
from engine.compare.things import Change, between
from engine.model import Source


def changes(old: Source, new: Source) -> list[Change]:
    """Everything that differs: the pathway's own diagram first, then its parts, forms, decisions and parameters."""
    return [
        *between(old.key, diagram(old.bpmn), diagram(new.bpmn)),
        *_each("part", old.parts, new.parts, diagram),
        *_each("form", old.forms, new.forms, fields, "field"),
        *_each("decision", old.decisions, new.decisions, table, "rule"),
        *between("agreement", parameters(old.settings), parameters(new.settings)),
    ]


def drawn(old: Source, new: Source) -> dict[str, tuple[str, str]]:
    """The diagrams that differ, before and now, the pathway's own first; "" where there is none."""
    before, now = {old.key: old.bpmn, **old.parts}, {new.key: new.bpmn, **new.parts}
    every = {key: (before.get(key, ""), now.get(key, "")) for key in dict.fromkeys((*now, *before))}
    return {key: pair for key, pair in every.items() if pair[0] != pair[1]}


def _each(
    kind: str, old: Mapping[str, Any], new: Mapping[str, Any], read: Any, ordered: str = ""
) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            yield Change("added" if name in new else "removed", kind, name, name, name)
        elif old[name] != new[name]:
            yield from between(name, read(old[name]), read(new[name]), ordered=ordered)
