"""Every pathway of an agreement as it is in force, as self-contained sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, func, select

from engine import files
from engine.calendar import COPENHAGEN
from engine.deploy import SHARED
from engine.errors import NotFound, UnknownAgreement
from engine.model import Json, Source
from engine.tables import pathway, unit, unit_party, valid_on
from engine.versions import in_force, newest_of_agreements


@dataclass(frozen=True, slots=True)
class Shelf:
    """One agreement's sources by process key, and the version of each."""

    agreement: str
    sources: Mapping[str, Source]
    versions: Mapping[str, int]
    #: Every clause id of every agreement.
    listed: frozenset[str] = frozenset()
    #: This agreement's clauses: id to `{tekst, afsnit}`.
    texts: Mapping[str, Json] = field(default_factory=dict)

    def find(self, agreement: str, name: str) -> Source | None:
        """As `simulate.Library`: a process key, else the agreement's own pathway, else the shared part."""
        if agreement != self.agreement:
            return None
        keys = (name, f"{agreement}-{name}", f"{SHARED}-{name}")
        return next((self.sources[key] for key in keys if key in self.sources), None)

    @property
    def settings(self) -> Json:
        """The agreement's settings, without the texts of single pathways' clauses."""
        whole = next(iter(self.sources.values())).settings
        return {name: value for name, value in whole.items() if name != "punkter"}

    @property
    def clauses(self) -> dict[str, Json]:
        """Every clause that some pathway carries: id to `{tekst, afsnit}`."""
        return {
            id_: said
            for source in self.sources.values()
            for id_, said in (source.settings.get("punkter") or {}).items()
        }


def shelf(db: Connection, agreement: str, at: datetime) -> Shelf:
    """What is in force in this agreement at that moment; raises `UnknownAgreement`."""
    rows = db.execute(
        select(pathway.c.key, pathway.c.version, pathway.c.source, pathway.c.digest)
        .where(pathway.c.id.in_(in_force(at, pathway.c.agreement == agreement)))
        .order_by(pathway.c.key)
    )
    found = {row.key: (row.version, _source(row.digest, row.source)) for row in rows}
    if not found:
        raise UnknownAgreement
    clauses = files.clauses(db, at)
    return Shelf(
        agreement,
        {key: source for key, (_, source) in found.items()},
        {key: version for key, (version, _) in found.items()},
        frozenset(id_ for each in clauses.values() for id_ in each),
        clauses.get(agreement, {}),
    )


def shelves(db: Connection, agreement: str, key: str, at: datetime) -> list[Shelf]:
    """The agreements in which a draft comes into force: a shared part's is drawn in one and used in several."""
    names = [agreement]
    if key.startswith(f"{SHARED}-"):
        there = pathway.c.id.in_(in_force(at, pathway.c.key == key))
        used = select(pathway.c.agreement).where(there)
        names = sorted({agreement, *db.scalars(used)}, key=lambda name: (name != agreement, name))
    return [shelf(db, name, at) for name in names]


def settings_of(db: Connection, agreement: str, now: datetime) -> Json:
    """The agreement's settings that are in force; raises `UnknownAgreement`."""
    number = newest_of_agreements(now, pathway.c.agreement == agreement)
    asked = select(pathway.c.digest, pathway.c.source).where(pathway.c.id.in_(number))
    row = db.execute(asked).one_or_none()
    if row is None:
        raise UnknownAgreement
    return _source(row.digest, row.source).settings


def version_of(db: Connection, agreement: str, key: str, version: int) -> Source:
    """One deployed version; raises `NotFound`."""
    row = db.execute(
        select(pathway.c.source, pathway.c.digest).where(
            pathway.c.agreement == agreement,
            pathway.c.key == key,
            pathway.c.version == version,
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return _source(row.digest, row.source)


def highest(db: Connection, agreement: str, key: str) -> int:
    """The highest number of a version, in force or not; 0 where there is none."""
    asked = select(func.max(pathway.c.version))
    return db.scalar(asked.where(pathway.c.agreement == agreement, pathway.c.key == key)) or 0


@lru_cache(maxsize=400)
def _source(digest: str, text: str) -> Source:
    # Never changed in place: what is kept here is shared by all readers.
    return Source(**json.loads(text))


def parties(db: Connection, agreement: str, now: datetime) -> dict[str, str]:
    """A unit of today for each party of the agreement: the one that was entered first."""
    today = now.astimezone(COPENHAGEN).date()
    rows = db.execute(
        select(unit_party.c.party, unit.c.name)
        .join(unit, unit.c.id == unit_party.c.unit_id)
        .where(
            unit_party.c.agreement == agreement,
            valid_on(unit, today),
        )
        .order_by(unit.c.id.desc())
    )
    return {row.party: row.name for row in rows}
