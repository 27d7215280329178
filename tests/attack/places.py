"""Every kind of place where a designer writes text, found in what is deployed, and the version with another text there.

A kind is a tag with its attribute, a setting's path, a form field's property or a table's cell: what a diagram of ours
uses is a place here without anybody listing it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from engine.model import Source

#: How things are drawn, and what they are called among themselves: an id is no text that anything is asked of.
_DRAWN = (
    "{http://www.omg.org/spec/BPMN/20100524/DI}",
    "{https://www.omg.org/spec/DMN/20191111/DMNDI/}",
)


@dataclass(frozen=True, slots=True)
class Place:
    """`kind` names it; `put(text)` is the version that says `text` there."""

    kind: str
    put: Callable[[str], Source]


def places(sources: list[Source]) -> list[Place]:
    """One place of each kind, in the smallest version that has it."""
    found: dict[str, Place] = {}
    for source in sorted(sources, key=lambda one: (len(one.bpmn) + len(one.parts), one.key)):
        for place in _of(source):
            found.setdefault(place.kind, place)
    return [found[kind] for kind in sorted(found)]


def _of(source: Source) -> Iterator[Place]:
    yield from _xml("bpmn", source.bpmn, lambda text: replace(source, bpmn=text))
    for name, xml in source.decisions.items():
        yield from _xml("dmn", xml, _inside(source, "decisions", name))
    for name, form in source.forms.items():
        yield from _json("form", form, _inside(source, "forms", name))
    yield from _json("agreement.toml", source.settings, lambda made: replace(source, settings=made))


def _inside(source: Source, field: str, name: str) -> Callable[[Any], Source]:
    held: Mapping[str, Any] = getattr(source, field)
    return lambda made: replace(source, **{field: {**held, name: made}})


def _xml(what: str, xml: str, put: Callable[[str], Source]) -> Iterator[Place]:
    tree = etree.fromstring(xml.encode())
    for number, one in enumerate(tree.iter(etree.Element)):
        tag = etree.QName(one)
        if one.tag.startswith(_DRAWN) or "/DD/" in (tag.namespace or ""):
            continue
        for name in one.attrib:
            kind = f"{what} {tag.localname}@{etree.QName(name).localname}"
            yield Place(kind, lambda text, n=number, a=name: put(_with(xml, n, a, text)))
        if one.text and one.text.strip():
            above = one.getparent()
            inside = f"{etree.QName(above).localname}/" if above is not None else ""
            yield Place(
                f"{what} {inside}{tag.localname}",
                lambda text, n=number: put(_with(xml, n, "", text)),
            )


def _with(xml: str, number: int, attribute: str, text: str) -> str:
    tree = etree.fromstring(xml.encode())
    one = list(tree.iter(etree.Element))[number]
    if attribute:
        one.set(attribute, text)
    else:
        one.text = text
    return etree.tostring(tree, encoding="unicode")


def _json(what: str, held: Any, put: Callable[[Any], Source]) -> Iterator[Place]:
    for path in _paths(held):
        yield Place(f"{what} {_named(held, path)}", lambda text, at=path: put(_set(held, at, text)))


def _paths(held: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(held, Mapping):
        for name, inner in held.items():
            yield from _paths(inner, (*at, name))
    elif isinstance(held, list | tuple):
        for number, inner in enumerate(held):
            yield from _paths(inner, (*at, number))
    elif isinstance(held, str):
        yield at


def _named(held: Any, path: tuple[Any, ...]) -> str:
    """Numbers and the names of parties, lanes and parameters are left out: all of them are one kind."""
    said = [str(step) for step in path if not isinstance(step, int)]
    owner: Any = held
    for step in path[:-1]:
        owner = owner[step]
    if isinstance(owner, Mapping) and isinstance(owner.get("type"), str):
        return f"{owner['type']}.{said[-1]}"
    return ".".join([said[0], *said[2:]]) if len(said) > 2 else said[0]


def _set(held: Any, path: tuple[Any, ...], text: str) -> Any:
    made = deepcopy(json.loads(json.dumps(held, default=str)))
    owner = made
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = text
    return made
