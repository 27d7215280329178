"""A thing of a version, what differs between two of them, and between two sets.  Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

What = Literal["added", "removed", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Property:
    """One thing about an element; None where it was not, or is no more."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one thing.  `process` is the diagram, form or decision that it stands in.

    What was changed may have been moved as well: then `place` is among its properties.
    """

    what: What
    kind: str
    id: str
    name: str
    process: str
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """`place`: where it is drawn.  `scope`: (id, name) of what it lies in.  Set only where it tells something."""

    kind: str
    name: str
    properties: Mapping[str, str]
    place: str = ""
    scope: tuple[str, str] = ("", "")


def between(
    process: str, old: Mapping[str, Thing], new: Mapping[str, Thing], *, ordered: str = ""
) -> Iterator[Change]:
    """What differs; of things of the kind `ordered` also their order is looked at."""
    moved = _out_of_order(_of(old, ordered), _of(new, ordered)) if ordered else frozenset()
    for key in dict.fromkeys((*new, *old)):
        was, is_ = old.get(key), new.get(key)
        shown = is_ or was
        assert shown is not None  # one of the two has the key
        if was is None or is_ is None:
            what: What = "added" if was is None else "removed"
            yield Change(what, shown.kind, key, shown.name, process)
            continue
        found = tuple(_properties(was, is_))
        if found and (was.place != is_.place):
            found = (*found, Property("place", was.place, is_.place))
        if found:
            yield Change("changed", is_.kind, key, is_.name or was.name, process, found)
        elif was.place != is_.place or key in moved:
            yield Change("moved", is_.kind, key, is_.name, process)


def _properties(was: Thing, is_: Thing) -> Iterator[Property]:
    old, new = {"kind": was.kind, **was.properties}, {"kind": is_.kind, **is_.properties}
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield Property(name, old.get(name), new.get(name))
    if was.scope[0] != is_.scope[0]:
        yield Property("scope", was.scope[1], is_.scope[1])


def _of(things: Mapping[str, Thing], kind: str) -> list[str]:
    return [key for key, thing in things.items() if thing.kind == kind]


def _out_of_order(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """What both have and the longest common order leaves out."""
    kept_old, kept_new = [k for k in old if k in set(new)], [k for k in new if k in set(old)]
    same = SequenceMatcher(None, kept_old, kept_new, autojunk=False).get_matching_blocks()
    held = {kept_old[block.a + n] for block in same for n in range(block.size)}
    return frozenset(kept_new) - held
