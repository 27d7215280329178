"""A draft as the source that it would be: its diagram, the forms and tables that it changes, and what it calls.

A draft holds a whole diagram, but of the forms and tables only those that were changed; None stands for one that was
deleted.  `base_version` 0 is a pathway that has never been in force.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Row

from engine import imports
from engine.errors import NotFound
from engine.imports import intake
from engine.imports.notes import Note
from engine.model import Json, Source
from engine.studio.shelf import Shelf

_DECISION = "{*}decision"
_CLAUSES = re.compile(r'stafet:(?:klausul|fristKlausul)="([^"]*)"')
_FORM = re.compile(r'stafet:form="([^"]*)"')
_TABLE = re.compile(r'stafet:beslutning="([^"]*)"')


def base_of(found: Shelf, key: str, row: Row[Any] | None = None) -> Source:
    """What the draft was drawn from: the version in force, nothing for a new pathway; raises `NotFound`."""
    if key in found.sources:
        return found.sources[key]
    if row is None or row.base_version:
        raise NotFound
    return Source(key, found.agreement, "", {}, {}, {}, found.settings)


def as_source(found: Shelf, row: Row[Any]) -> Source:
    """The draft whole; what it calls, and forms and tables that it names, come from the agreement as it is."""
    text = imports.normalise(row.bpmn).text
    base = base_of(found, row.key, row)
    parts = _called(text, found, row.key)
    return replace(
        base, bpmn=text, parts={name: found.sources[name].bpmn for name in sorted(parts)},
        forms=_forms(found, base, text, parts, row.forms),
        decisions=_decisions(found, base, text, parts, row.decisions),
        settings=_settings(found, base, text),
    )  # fmt: skip


def held_anew(each: Source, old: Source | None, new: Source) -> Source:
    """A pathway that holds a part, with the part as it is drawn; forms and tables of its own stay."""
    forms = {**each.forms, **_taken(each.forms, old.forms if old else {}, new.forms)}
    tables = {
        **each.decisions,
        **_taken(each.decisions, old.decisions if old else {}, new.decisions),
    }
    return replace(each, parts={**each.parts, new.key: new.bpmn}, forms=forms, decisions=tables)


def name_of(bpmn: str) -> str:
    """What the first process of a diagram is called; empty where it cannot be read."""
    root = intake.parse(bpmn)
    if isinstance(root, Note):
        return ""
    return next((str(one.get("name") or "") for one in root.iter("{*}process")), "")


def tables_of(xml: str) -> list[str]:
    """The names of the decisions in a file; none where it cannot be read."""
    root = intake.parse(xml)
    if isinstance(root, Note):
        return []
    return [str(one.get("name") or one.get("id")) for one in root.iter(_DECISION)]


def tables_kept(base: Mapping[str, str], saved: Mapping[str, str | None]) -> dict[str, str | None]:
    """Saved files by decision: a file stands under each decision in it, and under none that left it."""
    kept: dict[str, str | None] = {}
    for name, xml in saved.items():
        if xml is None:
            kept[name] = None
            continue
        named = tables_of(xml) or [name]
        before = [other for other, text in base.items() if text == base.get(name)]
        kept |= dict.fromkeys(set(before) - set(named)) | dict.fromkeys(named, xml)
    return kept


def named_elsewhere(found: Shelf, key: str) -> dict[str, list[str]]:
    """Which other pathways of the agreement name a clause, by its id."""
    told: dict[str, list[str]] = {}
    for each in found.sources.values():
        if each.key == key:
            continue
        ids = {
            id_ for ids in _CLAUSES.findall(each.bpmn) for id_ in ids.split()
        } & found.texts.keys()
        for id_ in ids:
            told.setdefault(id_, []).append(name_of(each.bpmn) or each.key)
    return {id_: sorted(names) for id_, names in told.items()}


def over(base: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """What is there with the changes, without what was deleted; by name."""
    whole = {**base, **changed}
    return {name: whole[name] for name in sorted(whole) if whole[name] is not None}


def _forms(
    found: Shelf, base: Source, text: str, parts: set[str], changed: Mapping[str, Any]
) -> dict[str, Json]:
    held = {n: f for part in sorted(parts) for n, f in found.sources[part].forms.items()}
    named = set(_FORM.findall(text)) - base.forms.keys() - held.keys()
    return over({**_lent(found, "forms", named), **held, **base.forms}, changed)


def _decisions(
    found: Shelf, base: Source, text: str, parts: set[str], changed: Mapping[str, Any]
) -> dict[str, str]:
    held = {n: d for part in sorted(parts) for n, d in found.sources[part].decisions.items()}
    named = set(_TABLE.findall(text)) - base.decisions.keys() - held.keys()
    return over({**_lent(found, "decisions", named), **held, **base.decisions}, changed)


def _lent(found: Shelf, what: str, named: set[str]) -> dict[str, Any]:
    """Forms or tables of the agreement's other pathways, as who copies a step from one of them expects."""
    return {
        name: getattr(each, what)[name]
        for each in found.sources.values()
        for name in named & getattr(each, what).keys()
    }


def _settings(found: Shelf, base: Source, text: str) -> Json:
    """With the texts of the clauses that it names anew: staff read them beside the tasks."""
    said: dict[str, Json] = dict(base.settings.get("punkter") or {})
    for ids in _CLAUSES.findall(text):
        for id_ in ids.split():
            if id_ not in said and id_ in found.texts:
                said[id_] = found.texts[id_]
    return {**base.settings, "punkter": dict(sorted(said.items()))} if said else base.settings


def _called(bpmn: str, found: Shelf, key: str) -> set[str]:
    """Every part that a diagram calls, and that those call."""
    waiting = [bpmn]
    called: set[str] = set()
    while waiting:
        text = waiting.pop()
        for name in found.sources.keys() - called - {key}:
            if f'calledElement="{name}"' in text:
                called.add(name)
                waiting.append(found.sources[name].bpmn)
    return called


def _taken(
    mine: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]
) -> dict[str, Any]:
    """Of a part's files those that are not the holder's own: new to it, or as the part had them."""
    return {n: v for n, v in new.items() if n not in mine or (n in old and mine[n] == old[n])}
