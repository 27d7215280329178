"""What operators did to many at once: how far it has come, and what could not be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.seals import batch_place, batch_said
from engine.store import Store
from engine.tables import batch, batch_item, instance, message, pathway, person

#: Instances that are named for each way in which one was impossible.
NAMED = 100
_WHY = (batch_item.c.code, batch_item.c.sentence, batch_item.c.element)
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
    """The newest first: `{id, act, cause, clock, at, by, total, done, impossible, left, done_at, undoes, goes, to,
    told}`.

    `goes`: of a move `{agreement key name version}`, the version it goes to, else None; `to`: the login that tasks are
    given to; `told`: what else the act was told (an element, a moment), else None.
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
    """One of them, with `reason`, `values` (of a correction), `undone_by`, `may_undo`, `undoable`, `names` (of
    elements, by id) and `kept`.

    `kept`: [{code, sentence, element, count, instances, messages}]; of the two the one is empty, as the act is.
    `undoable` counts what still stands as it left it; `instances` and `messages` name the first (`NAMED`).
    """
    _must_operate(actor)
    with store.read() as db:
        row = db.execute(_rows().where(batch.c.id == number)).first()
        if row is None:
            raise NotFound
        kept = db.execute(
            select(*_WHY, func.count().label("count"))
            .where(batch_item.c.batch_id == number, batch_item.c.status == "impossible")
            .group_by(*_WHY)
            .order_by(func.count().desc(), batch_item.c.code)
        ).all()
        named = [
            db.execute(
                select(batch_item.c.instance_id, batch_item.c.message_id)
                .where(batch_item.c.batch_id == number, batch_item.c.status == "impossible")
                .where(batch_item.c.code == each.code, batch_item.c.sentence == each.sentence)
                .where(batch_item.c.element == each.element)
                .order_by(batch_item.c.instance_id, batch_item.c.message_id)
                .limit(NAMED)
            ).all()
            for each in kept
        ]
        shown = _shown(row, _counted(db, number))
        taken = db.scalar(select(batch.c.id).where(batch.c.undoes_id == number))
        back = _UNDOABLE[row.act](db, number) if row.act in _UNDOABLE and taken is None else 0
        text = store.keyring.open(row.reason, batch_place(row.person_id, row.at))
        reason, values = batch_said(row.act, text)
        return {
            **shown,
            "reason": reason,
            "values": values,
            "undone_by": taken,
            "names": _names(store, db, number) if shown["told"] else {},
            "undoable": back,
            "may_undo": back > 0 and row.done_at is not None,
            "kept": [
                {**each._mapping, "instances": _there(pairs, 0), "messages": _there(pairs, 1)}
                for each, pairs in zip(kept, named, strict=True)
            ],
        }


# ---- inside ------------------------------------------------------------------------------
def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")


def _rows() -> Select[Any]:
    of = (pathway.c.agreement, pathway.c.key, pathway.c.version, pathway.c.name.label("pathway"))
    found = select(batch, person.c.name, *of).join(person, person.c.id == batch.c.person_id)
    return found.outerjoin(pathway, pathway.c.id == batch.c.pathway_id)


def _counted(db: Connection, number: int) -> dict[str, int]:
    by = select(batch_item.c.status, func.count()).where(batch_item.c.batch_id == number)
    return {row[0]: row[1] for row in db.execute(by.group_by(batch_item.c.status))}


def _there(pairs: Sequence[Any], nth: int) -> list[int]:
    return [pair[nth] for pair in pairs if pair[nth] is not None]


def _held(db: Connection, number: int) -> int:
    """How many of those it suspended are suspended still."""
    held = (
        select(func.count())
        .select_from(batch_item.join(instance, instance.c.id == batch_item.c.instance_id))
        .where(batch_item.c.batch_id == number, batch_item.c.status == "done")
        .where(instance.c.status == "suspended")
    )
    return db.scalar(held) or 0


def _aside(db: Connection, number: int) -> int:
    """How many of those it put aside lie there still."""
    aside = (
        select(func.count())
        .select_from(batch_item.join(message, message.c.id == batch_item.c.message_id))
        .where(batch_item.c.batch_id == number, batch_item.c.status == "done")
        .where(message.c.status == "unmatched", message.c.handled_at.is_not(None))
    )
    return db.scalar(aside) or 0


def _stand(db: Connection, number: int) -> int:
    """How many stand as it left them, where that can be taken back."""
    stand = (
        select(func.count())
        .select_from(batch_item.join(instance, instance.c.id == batch_item.c.instance_id))
        .where(batch_item.c.batch_id == number, batch_item.c.status == "done")
        .where(batch_item.c.version == instance.c.version)
    )
    return db.scalar(stand) or 0


def _names(store: Store, db: Connection, number: int) -> dict[str, str]:
    """What the elements are called in the pathway of the first."""
    asked = select(instance.c.pathway_id).join(
        batch_item, batch_item.c.instance_id == instance.c.id
    )
    first = asked.where(batch_item.c.batch_id == number).order_by(batch_item.c.id).limit(1)
    found = db.scalar(first)
    elements = store.pathway(db, found).elements.values() if found else ()
    return {each.id: each.name for each in elements if each.name}


#: What a batch keeps for itself of what it was told.
_OWN = ("to", "pathway_id")
_UNDOABLE: dict[str, Callable[[Connection, int], int]] = {
    "suspend": _held,
    "discard": _aside,
    "reschedule": _stand,
    "move": _stand,
    "restart": _stand,
    "amend": _stand,
}


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
        "goes": None if row.pathway_id is None else {
            "agreement": row.agreement, "key": row.key, "name": row.pathway, "version": row.version,
        },
        "to": (row.given or {}).get("to"),
        "told": {name: value for name, value in (row.given or {}).items() if name not in _OWN} or None,
    }  # fmt: skip
