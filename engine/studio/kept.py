"""The rows of drafts: who reads them, how one is found and shown, and what is noted of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine import access
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.store import Store
from engine.studio.shelf import Shelf
from engine.studio.sources import name_of
from engine.tables import draft, person, unit_party
from engine.versions import begins


def reader(db: Connection, actor: Actor) -> None:
    """Designers, and those who may approve in some agreement."""
    if access.may_deploy(actor) or any(m.role == access.LEADER for m in actor.memberships):
        return
    access.design(actor)


def every() -> Any:
    """All drafts, with who saved each."""
    return select(draft, person.c.name.label("by")).outerjoin(
        person, person.c.id == draft.c.saved_by
    )


def row_of(db: Connection, agreement: str, key: str) -> Row[Any] | None:
    """The draft of a pathway, if there is one."""
    return db.execute(
        every().where(draft.c.agreement == agreement, draft.c.key == key)
    ).one_or_none()


def there(db: Connection, agreement: str, key: str) -> Row[Any]:
    """The draft of a pathway; raises `NotFound`."""
    row = row_of(db, agreement, key)
    if row is None:
        raise NotFound
    return row


def moment_of(row: Row[Any] | None, now: datetime) -> datetime:
    """When the draft would come into force: what is in force then is what it is held against."""
    return begins(row.begins_on if row is not None else None, now)


def units(db: Connection, agreement: str) -> frozenset[int]:
    """The units that are parties of the agreement."""
    return frozenset(
        db.scalars(select(unit_party.c.unit_id).where(unit_party.c.agreement == agreement))
    )


def shown(row: Row[Any], found: Shelf) -> Json:
    """A draft as lists show it."""
    base = found.sources.get(row.key)
    return {
        "agreement": row.agreement,
        "key": row.key,
        "name": name_of(row.bpmn) or (name_of(base.bpmn) if base else "") or row.key,
        "version": row.version,
        "base_version": row.base_version,
        "status": row.status,
        "saved_by": row.by,
        "saved_at": row.saved_at,
        "note": row.note,
        "answer": row.answer,
        "begins_on": row.begins_on,
    }


def untouched(agreement: str, key: str, found: Shelf) -> Json:
    """A pathway without a draft, in the same shape."""
    return {
        "agreement": agreement, "key": key, "name": name_of(found.sources[key].bpmn) or key, "version": 0,
        "base_version": found.versions[key], "status": "untouched", "saved_by": None, "saved_at": None,
        "note": "", "answer": "", "begins_on": None,
    }  # fmt: skip


def noted(
    store: Store, db: Connection, actor: Actor, row: Row[Any], what: str, now: datetime
) -> None:
    """Write to the audit chain what was done with a draft."""
    store.chains.record(
        db, now=now, actor=actor, what=what, facts={"draft": row.id, "version": row.version}
    )
