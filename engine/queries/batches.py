"""What operators did to many at once: how far it has come, and what could not be done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.seals import batch_place
from engine.store import Store
from engine.tables import batch, batch_item, person

#: Batches in a list, and instances that are named for each way in which one was impossible.
LISTED, NAMED = 50, 20


def batches(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """The newest first: `{id, act, cause, at, by, total, done, impossible, done_at, undoes}`."""
    _must_operate(actor)
    newest = select(batch, person.c.name).join(person, person.c.id == batch.c.person_id)
    with store.read() as db:
        rows = db.execute(newest.order_by(batch.c.id.desc()).limit(LISTED)).all()
        return [_shown(row, _counted(db, row.id)) for row in rows]


def batch_of(store: Store, actor: Actor, number: int, *, now: datetime) -> Json:
    """One of them, with `reason`, `undone_by` and `kept`: [{code, sentence, count, instances}]."""
    _must_operate(actor)
    one = select(batch, person.c.name).join(person, person.c.id == batch.c.person_id)
    with store.read() as db:
        row = db.execute(one.where(batch.c.id == number)).first()
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
        return {
            **_shown(row, _counted(db, number)),
            "reason": store.keyring.open(row.reason, batch_place(row.person_id, row.at)),
            "undone_by": db.scalar(select(batch.c.id).where(batch.c.undoes_id == number)),
            "kept": [
                {**each._mapping, "instances": list(walks)}
                for each, walks in zip(kept, named, strict=True)
            ],
        }


# ---- inside ------------------------------------------------------------------------------
def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")


def _counted(db: Any, number: int) -> dict[str, int]:
    by = select(batch_item.c.status, func.count()).where(batch_item.c.batch_id == number)
    return {row[0]: row[1] for row in db.execute(by.group_by(batch_item.c.status))}


def _shown(row: Row[Any], counted: dict[str, int]) -> Json:
    return {
        "id": row.id,
        "act": row.act,
        "cause": row.cause,
        "at": row.at,
        "by": row.name,
        "total": row.total,
        "done": counted.get("done", 0),
        "impossible": counted.get("impossible", 0),
        "done_at": row.done_at,
        "undoes": row.undoes_id,
    }
