"""Messages that reached nobody yet: those that no pathway waits for, and those on their way.  For operators.

Neither what a message says nor whom it is about stands here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.seals import note_place
from engine.store import Store
from engine.stuck import UNHEARD
from engine.tables import instance, job, message, pathway, person, unit

_COMING = Order("sent_at", message.c.sent_at, message.c.id)
_DUE = Order("due_at", job.c.due_at, job.c.id)
_MESSAGE = (
    message.c.id, message.c.name, message.c.title, message.c.case_id, message.c.instance_id, message.c.from_party,
    message.c.to_party, message.c.to_pathway, message.c.sent_at, unit.c.name.label("from_unit_name"),
)  # fmt: skip


def unmatched(
    store: Store,
    actor: Actor,
    *,
    name: str | None = None,
    limit: int = 50,
    after: str | None = None,
    now: datetime,
) -> Page:
    """Messages that nobody waited for and nobody has dealt with, the oldest first.

    Each is `id name title case instance from_party from_unit_name to_party to_pathway sent_at near`; `near` are the
    instances of the case that wait for messages now: [{instance, pathway_name, awaits, fits}].
    """
    _must_operate(actor)
    asked = _letters().where(UNHEARD)
    if name is not None:
        asked = asked.where(message.c.name == name)
    with store.read() as db:
        rows = list(db.execute(_COMING.page(asked, after, limit)))
        items = [_shown(db, row) for row in rows[:limit]]
    return Page(items, _COMING.following(rows, limit))


def unmatched_one(store: Store, actor: Actor, number: int, *, now: datetime) -> Json:
    """One of `unmatched`, or one that an operator has dealt with; raises `NotFound` for any other message.

    `handled`: None, or `{at by reason aside}`; `aside`: it lies aside and can be put back, else it was delivered.
    """
    _must_operate(actor)
    dealt = message.c.handled_at.is_not(None) & message.c.note.is_not(None)
    more = (
        message.c.handled_at,
        message.c.note,
        message.c.key,
        message.c.status,
        person.c.name.label("by"),
    )
    one = _letters().add_columns(*more).outerjoin(person, person.c.id == message.c.handled_by)
    with store.read() as db:
        row = db.execute(one.where(message.c.id == number, or_(UNHEARD, dealt))).first()
        if row is None:
            raise NotFound
        return {**_shown(db, row), "handled": _handled(store, row) if row.handled_at else None}


def outbox(
    store: Store,
    actor: Actor,
    *,
    failed: bool | None = None,
    limit: int = 50,
    after: str | None = None,
    now: datetime,
) -> Page:
    """Messages on their way to a pathway, the one that should have come first in front; `failed`: tried in vain.

    Each is `id message name title case to_pathway instance sent_at due_at attempts error`; `instance` is to hear it
    (None: it has yet to be found, or begun).
    """
    _must_operate(actor)
    asked = (
        select(
            job.c.id, job.c.due_at, job.c.attempts, job.c.error, job.c.instance_id, message.c.id.label("message"),
            message.c.name, message.c.title, message.c.case_id, message.c.to_pathway, message.c.sent_at,
        )
        .join(message, message.c.key == job.c.data["message"].as_string())
        .where(job.c.kind == "deliver")
    )  # fmt: skip
    if failed is not None:
        asked = asked.where(job.c.error.is_not(None) if failed else job.c.error.is_(None))
    with store.read() as db:
        rows = list(db.execute(_DUE.page(asked, after, limit)))
    items = [
        {
            "id": row.id, "message": row.message, "name": row.name, "title": row.title, "case": row.case_id,
            "to_pathway": row.to_pathway, "instance": row.instance_id, "sent_at": row.sent_at, "due_at": row.due_at,
            "attempts": row.attempts, "error": row.error,
        }
        for row in rows[:limit]
    ]  # fmt: skip
    return Page(items, _DUE.following(rows, limit))


# ---- inside ------------------------------------------------------------------------------
def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")


def _letters() -> Any:
    return select(*_MESSAGE).outerjoin(unit, unit.c.id == message.c.from_unit_id)


def _shown(db: Connection, row: Row[Any]) -> Json:
    return {
        "id": row.id, "name": row.name, "title": row.title, "case": row.case_id, "instance": row.instance_id,
        "from_party": row.from_party, "from_unit_name": row.from_unit_name, "to_party": row.to_party,
        "to_pathway": row.to_pathway, "sent_at": row.sent_at, "near": _near(db, row),
    }  # fmt: skip


def _handled(store: Store, row: Row[Any]) -> Json:
    said = store.keyring.open_json(row.note, note_place(row.key))
    aside = row.status == "unmatched"
    return {"at": row.handled_at, "by": row.by, "reason": said["reason"], "aside": aside}


def _near(db: Connection, row: Row[Any]) -> list[Json]:
    """Who on the case waits for something, those that wait for this name first."""
    waiting = db.execute(
        select(instance.c.id, instance.c.awaits, pathway.c.name)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .where(
            instance.c.case_id == row.case_id,
            instance.c.status.not_in(("completed", "cancelled")),
        )
        .order_by(instance.c.id)
    )
    found = [
        {
            "instance": each.id,
            "pathway_name": each.name,
            "awaits": list(each.awaits),
            "fits": row.name in each.awaits,
        }
        for each in waiting
        if each.awaits
    ]
    return sorted(found, key=lambda each: not each["fits"])
