"""What operators did to many at once: how far it has come, and what could not be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.seals import batch_place
from engine.store import Store
from engine.tables import batch, batch_item, instance, person

#: Instances that are named for each way in which one was impossible.
NAMED = 20
_NEWEST = Order("at", batch.c.at, batch.c.id, down=True)


def batches(
    store: Store,
    actor: Actor,
    *,
    cause: str | None = None,
    runs: bool | None = None,
    limit: int = 50,
    after: str | None = None,
    now: datetime,
) -> Page:
    """The newest first: `{id, act, cause, clock, at, by, total, done, impossible, left, done_at, undoes}`.

    `runs`: only those that are not done, or only those that are.
    """
    _must_operate(actor)
    asked = _rows()
    if cause is not None:
        asked = asked.where(batch.c.cause == cause)
    if runs is not None:
        asked = asked.where(batch.c.done_at.is_(None) if runs else batch.c.done_at.is_not(None))
    with store.read() as db:
        rows = list(db.execute(_NEWEST.page(asked, after, limit)))
        shown = [_shown(row, _counted(db, row.id)) for row in rows[:limit]]
    return Page(shown, _NEWEST.following(rows, limit))


def batch_of(store: Store, actor: Actor, number: int, *, now: datetime) -> Json:
    """One of them, with `reason`, `undone_by`, `may_undo`, `undoable` and `kept`: [{code, sentence, count, instances}].

    `undoable` counts the instances that still stand as it left them; `instances` names the first (`NAMED`).
    """
    _must_operate(actor)
    with store.read() as db:
        row = db.execute(_rows().where(batch.c.id == number)).first()
        if row is None:
            raise NotFound
        kept = db.execute(
            select(batch_item.c.code, batch_item.c.sentence, func.count().label("count"))
            .where(batch_item.c.batch_id == number, batch_item.c.status == "impossible")
            .group_by(batch_item.c.code, batch_item.c.sentence)
            .order_by(func.count().desc(), batch_item.c.code)
        ).all()
        named = [
            db.scalars(
                select(batch_item.c.instance_id)
                .where(batch_item.c.batch_id == number, batch_item.c.status == "impossible")
                .where(batch_item.c.code == each.code, batch_item.c.sentence == each.sentence)
                .order_by(batch_item.c.instance_id)
                .limit(NAMED)
            ).all()
            for each in kept
        ]
        shown = _shown(row, _counted(db, number))
        taken = db.scalar(select(batch.c.id).where(batch.c.undoes_id == number))
        back = _undoable(db, number) if row.act == "suspend" and taken is None else 0
        return {
            **shown,
            "reason": store.keyring.open(row.reason, batch_place(row.person_id, row.at)),
            "undone_by": taken,
            "undoable": back,
            "may_undo": back > 0 and row.done_at is not None,
            "kept": [
                {**each._mapping, "instances": list(walks)}
                for each, walks in zip(kept, named, strict=True)
            ],
        }


# ---- inside ------------------------------------------------------------------------------
def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")


def _rows() -> Select[Any]:
    return select(batch, person.c.name).join(person, person.c.id == batch.c.person_id)


def _counted(db: Connection, number: int) -> dict[str, int]:
    by = select(batch_item.c.status, func.count()).where(batch_item.c.batch_id == number)
    return {row[0]: row[1] for row in db.execute(by.group_by(batch_item.c.status))}


def _undoable(db: Connection, number: int) -> int:
    """How many of those it suspended are suspended still."""
    held = (
        select(func.count())
        .select_from(batch_item.join(instance, instance.c.id == batch_item.c.instance_id))
        .where(batch_item.c.batch_id == number, batch_item.c.status == "done")
        .where(instance.c.status == "suspended")
    )
    return db.scalar(held) or 0


def _shown(row: Row[Any], counted: dict[str, int]) -> Json:
    return {
        "id": row.id,
        "act": row.act,
        "cause": row.cause,
        "clock": row.clock,
        "at": row.at,
        "by": row.name,
        "total": row.total,
        "done": counted.get("done", 0),
        "impossible": counted.get("impossible", 0),
        "left": counted.get("waiting", 0),
        "done_at": row.done_at,
        "undoes": row.undoes_id,
    }
