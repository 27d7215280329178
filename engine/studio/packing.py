"""A pathway or a whole agreement as a folder laid out as `processes/`, which `stafet deploy` takes.

What was not changed since it was deployed is the same file letter for letter; what a designer changed is written anew.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from engine import files, imports, scenarios
from engine.deploy import SHARED
from engine.errors import Conflict, NotFound
from engine.model import Actor, Json, Source
from engine.store import Store
from engine.studio.kept import reader
from engine.studio.shelf import Shelf, shelf
from engine.studio.sources import tables_of

_ZIP_BEGINS = (1980, 1, 1, 0, 0, 0)


class ExportImpossible(Conflict):
    """The agreement was deployed before its files were kept. Deploy its folder once more, then it can be exported."""

    code = "export_impossible"


def folder(
    store: Store, actor: Actor, agreement: str, key: str | None = None, *, now: datetime
) -> dict[str, str]:
    """The texts by path of what is in force, of one pathway with what it calls, or of all; raises `NotFound`."""
    with store.read() as db:
        reader(db, actor)
        found = shelf(db, agreement, now)
        if key is not None and key not in found.sources:
            raise NotFound
        holders = [found.sources[key]] if key is not None else list(found.sources.values())
        wanted = {each.key for each in holders} | {name for each in holders for name in each.parts}
        kept = files.under(db, (agreement, SHARED), now)
        if f"{agreement}/agreement.toml" not in kept:
            raise ExportImpossible
        whole = dict(_of_agreement(kept, agreement))
        for name in sorted(wanted):
            source = found.sources.get(name) or _called(found, holders, name, kept)
            whole |= of_pathway(db, found, source, kept)
    return dict(sorted(whole.items()))


def packed(texts: Mapping[str, str]) -> bytes:
    """As a zip archive: the same texts always give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(path, _ZIP_BEGINS), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def place_of(found: Shelf, key: str) -> str:
    """The folder of a pathway: `midtjylland/planrunde`, `faelles/uenighed`."""
    home = SHARED if key.startswith(f"{SHARED}-") else found.agreement
    return f"{home}/{key.removeprefix(f'{home}-')}"


def _called(found: Shelf, holders: list[Source], name: str, kept: Mapping[str, str]) -> Source:
    """A part that is no pathway of its own here: its diagram as who calls it has it, its files as deployed."""
    bpmn = next(each.parts[name] for each in holders if name in each.parts)
    place = f"{place_of(found, name)}/"
    own = {path: text for path, text in kept.items() if path.startswith(place)}
    forms = {p.rsplit("/", 1)[1][:-5]: json.loads(t) for p, t in own.items() if p.endswith(".form")}
    tables = {n: t for p, t in own.items() if p.endswith(".dmn") for n in tables_of(t)}
    return Source(name, found.agreement, bpmn, {}, forms, tables, {})


def _of_agreement(kept: Mapping[str, str], agreement: str) -> Iterator[tuple[str, str]]:
    """What is no pathway's: settings, clauses, whom the agreement is for, forms that all share."""
    diagrams = {path.rsplit("/", 1)[0] for path in kept if path.endswith(".bpmn")}
    for path, text in kept.items():
        of_one = any(path.startswith(f"{place}/") for place in diagrams)
        if not of_one and path.startswith((f"{agreement}/", f"{SHARED}/")):
            yield path, text


def of_pathway(
    db: Connection, found: Shelf, source: Source, kept: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The texts by path of one pathway's own folder; `kept`: the files of the agreement and of the shared parts."""
    place = place_of(found, source.key)
    own = {path: text for path, text in kept.items() if path.startswith(f"{place}/")}
    diagram = f"{place}/{place.rsplit('/', 1)[1]}.bpmn"
    before = own.get(diagram)
    same = before is not None and imports.normalise(before).text == source.bpmn
    yield diagram, before if same and before is not None else source.bpmn
    parts = [found.sources[name] for name in source.parts if name in found.sources]
    yield from _forms(place, source, own, kept, parts)
    yield from _tables(place, source, own, parts)
    yield from ((path, text) for path, text in own.items() if path.endswith((".md", ".yaml")))
    rows = scenarios.of(db, [source.key])
    yield from ((f"{place}/scenarios/{row.name}.yaml", row.text) for row in rows)


def _forms(
    place: str, source: Source, own: Mapping[str, str], kept: Mapping[str, str], parts: list[Source]
) -> Iterator[tuple[str, str]]:
    for name, form in source.forms.items():
        path, common = f"{place}/forms/{name}.form", f"{SHARED}/forms/{name}.form"
        if path in own:
            yield path, own[path] if json.loads(own[path]) == form else _written(form)
        elif common in kept and json.loads(kept[common]) == form:
            continue
        elif not any(part.forms.get(name) == form for part in parts):
            yield path, _written(form)


def _tables(
    place: str, source: Source, own: Mapping[str, str], parts: list[Source]
) -> Iterator[tuple[str, str]]:
    left = dict(source.decisions)
    for path, text in own.items():
        if not path.endswith(".dmn"):
            continue
        names = [name for name in tables_of(text) if name in left]
        if names:
            now = left[names[0]]
            yield path, now
            left = {name: xml for name, xml in left.items() if xml != now}
    for name, xml in left.items():
        if not any(part.decisions.get(name) == xml for part in parts):
            yield f"{place}/{name}.dmn", xml


def _written(form: Json) -> str:
    return json.dumps(form, ensure_ascii=False, indent=2) + "\n"
