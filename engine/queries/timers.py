"""The moments that instances wait for: those of one, and all of them, the late ones first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, or_, select

from engine import access
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.store import Store
from engine.tables import instance, job, pathway

_ORDER = Order("due_at", job.c.due_at, job.c.id)


def timers(
    store: Store,
    actor: Actor,
    *,
    late: bool | None = None,
    of: str | None = None,
    limit: int = 50,
    after: str | None = None,
    now: datetime,
) -> Page:
    """The moments that the actor's instances wait for, soonest first; `late`: only what is due, or only the rest.

    Each is `id instance case element name pathway pathway_name due_at attempts error`; `of` is a pathway's key or slug.
    """
    asked = _rows(access.visible_instances(actor))
    if late is not None:
        asked = asked.where(job.c.due_at <= now if late else job.c.due_at > now)
    if of is not None:
        asked = asked.where(named(of))
    with store.read() as db:
        rows = list(db.execute(_ORDER.page(asked, after, limit)))
        items = [_timer(store, db, row) for row in rows[:limit]]
    return Page(items, _ORDER.following(rows, limit))


def timers_of(store: Store, db: Connection, of: ColumnElement[bool]) -> list[Json]:
    """All that an instance waits for, soonest first, as in `timers`."""
    rows = db.execute(_rows(of).order_by(job.c.due_at, job.c.id))
    return [_timer(store, db, row) for row in rows]


def named(slug: str) -> ColumnElement[bool]:
    """Which rows of `pathway` have this key or slug."""
    ends = pathway.c.key.endswith(f"-{slug}", autoescape=True)
    return or_(pathway.c.key == slug, ends)


# ---- inside ------------------------------------------------------------------------------
def _rows(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            job.c.id,
            job.c.instance_id,
            job.c.element,
            job.c.due_at,
            job.c.attempts,
            job.c.error,
            instance.c.case_id,
            instance.c.pathway_id,
            pathway.c.key,
            pathway.c.name,
        )
        .join(instance, instance.c.id == job.c.instance_id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .where(job.c.kind == "timer", *conditions)
    )


def _timer(store: Store, db: Connection, row: Row[Any]) -> Json:
    element = store.pathway(db, row.pathway_id).elements.get(row.element)
    return {
        "id": row.id,
        "instance": row.instance_id,
        "case": row.case_id,
        "element": row.element,
        "name": element.name if element and element.name else row.element,
        "pathway": row.key,
        "pathway_name": row.name,
        "due_at": row.due_at,
        "attempts": row.attempts,
        "error": row.error,
    }
