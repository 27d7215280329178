"""An agreement as it is drawn: what is in force, with every draft in its place, as one set that can be played.

Sets are kept by what they are made of, so that a play that goes on asks the database for digests only.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, select

from engine import imports
from engine import pathway as steps
from engine.errors import NotFound, UnknownAgreement
from engine.model import Source
from engine.studio.shelf import Shelf, shelf, version_of
from engine.studio.sources import as_source
from engine.tables import draft, pathway
from engine.versions import in_force

#: Sets that were played lately.
_MOST = 12
_kept: OrderedDict[str, Drawn] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Drawn:
    """The set: `shelf` as `simulate.Library` (its `find`), the keys of what is a draft in it, and its digest."""

    shelf: Shelf
    drafts: frozenset[str]
    digest: str

    def pathway(self, key: str) -> steps.Pathway:
        """One of them, compiled; raises `NotFound`, and `DiagramInvalid` where it cannot be run as it is drawn."""
        if key not in self.shelf.sources:
            raise NotFound
        return steps.compiled(self.shelf.sources[key])


def drawn(
    db: Connection,
    agreement: str,
    now: datetime,
    *,
    key: str = "",
    version: int | None = None,
    drafts: bool = True,
) -> Drawn:
    """The agreement with its drafts; `version`: with that deployed version of `key` and without drafts.

    Raises `UnknownAgreement`, and `NotFound` where there is no such version.
    """
    rows = _drafts(db, agreement) if drafts and version is None else []
    made_of = [*_digests(db, agreement, now), *(_digest(row) for row in rows), f"{key}={version}"]
    digest = hashlib.sha256("\n".join(made_of).encode()).hexdigest()
    with _lock:
        if digest in _kept:
            _kept.move_to_end(digest)
            return _kept[digest]
    found = shelf(db, agreement, now)
    if version is not None:
        source = version_of(db, agreement, key, version)
        found = replace(found, sources={**found.sources, key: source})
    made = Drawn(_with(found, rows), frozenset(row.key for row in rows), digest)
    with _lock:
        _kept[digest] = made
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return made


def _with(found: Shelf, rows: Iterable[Row[Any]]) -> Shelf:
    """The shelf with every draft in its place, also as a part of what calls it."""
    rows = list(rows)
    texts = {row.key: imports.normalise(row.bpmn).text or row.bpmn for row in rows}
    sources = {key: _changed(source, texts) for key, source in found.sources.items()}
    changed = replace(found, sources=sources)
    for row in rows:
        if imports.normalise(row.bpmn).text:
            sources[row.key] = as_source(changed, row)
        # What cannot be read stays as it is, and says so itself when it is played.
    return replace(found, sources=sources)


def _changed(source: Source, texts: Mapping[str, str]) -> Source:
    """What no draft touches stays the same object, which is compiled already."""
    if source.key not in texts and not texts.keys() & source.parts.keys():
        return source
    parts = {name: texts.get(name, text) for name, text in source.parts.items()}
    return replace(source, bpmn=texts.get(source.key, source.bpmn), parts=parts)


def _drafts(db: Connection, agreement: str) -> list[Row[Any]]:
    return list(
        db.execute(select(draft).where(draft.c.agreement == agreement).order_by(draft.c.key))
    )


def _digest(row: Row[Any]) -> str:
    told = {name: value for name, value in row._mapping.items() if name not in _ABOUT}
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


#: What is told of a draft beside what it holds.
_ABOUT = {
    "id", "version", "status", "saved_by", "saved_at", "submitted_by", "submitted_at", "note", "answer",
}  # fmt: skip


def _digests(db: Connection, agreement: str, now: datetime) -> list[str]:
    chosen = pathway.c.id.in_(in_force(now, pathway.c.agreement == agreement))
    asked = select(pathway.c.key, pathway.c.digest).where(chosen).order_by(pathway.c.key)
    rows = db.execute(asked).all()
    if not rows:
        raise UnknownAgreement
    return [f"{row.key} {row.digest}" for row in rows]
