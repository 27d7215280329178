"""What operators do with a message that nobody waited for: deliver it, put it aside, or take that back.

    deliver  discard  put_back    (store, operator, message, reason, …, dry_run=…, now=…) -> Handled

A message that is put aside stays on its case and waits no more, until it is put back.  `MANY` are the same acts inside
a transaction, for a whole group (`many.py`).  The reason is sealed, the audit entry holds its fingerprint, and a dry
run only tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from engine.actions import jobs
from engine.actions.hand import must_operate, spoken
from engine.actions.messages import deliver_key, hearing, name_of, plan
from engine.errors import InstanceEnded, Invalid, MessageHandled, MessageUnmatched, NotFound
from engine.model import MACHINE, Actor, Json
from engine.seals import note_place
from engine.store import Store
from engine.stuck import UNHEARD
from engine.tables import case, instance, message

#: What a field can be told here; for the catalogue.
FIELDS = {
    "instance": "This instance is not of the message's case.",
    "name": "This instance waits for several messages; choose one of them.",
    "not_aside": "This message does not lie aside.",
    "whom": "Say which instance is to hear it under that name.",
}


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a message: who heard it (instances), or would; `discarded` where it was put aside.

    `name` is what it was heard as; where an operator chose that, it differs from what it came as.
    """

    message: int
    name: str
    heard_by: tuple[int, ...]
    discarded: bool
    dry_run: bool


def deliver(
    store: Store,
    actor: Actor,
    message_id: int,
    reason: str,
    *,
    to: int | None = None,
    name: str | None = None,
    dry_run: bool = False,
    now: datetime,
) -> Handled:
    """Tell a message that nobody waited for to those who wait now; raises `MessageUnmatched` where nobody does.

    `to`: only to this instance of the case, and as the message that it waits for (`name`, where it waits for several).
    Raises `Invalid` for an instance of another case, `InstanceEnded` and `MessageUnmatched` for one that moved on.
    """
    must_operate(actor)
    plain = spoken(reason)
    if name and to is None:
        raise Invalid(fields={"to": FIELDS["whom"]})
    with store.write() as db:
        row = _unmatched(db, message_id)
        done = _deliver(db, store, actor, row, plain, dry_run, now, to, name)
    if not dry_run:
        for walk in done.heard_by:
            jobs.run_one(store, deliver_key(row.key, walk), now=now)
    return done


def discard(
    store: Store,
    actor: Actor,
    message_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    now: datetime,
) -> Handled:
    """Put a message aside that nobody waits for: it stays on the case, and is stuck no more."""
    return _alone(_discard, store, actor, message_id, reason, dry_run, now)


def put_back(
    store: Store,
    actor: Actor,
    message_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    now: datetime,
) -> Handled:
    """Take back that a message was put aside: it waits again.  Raises `MessageHandled` where it was not."""
    return _alone(_put_back, store, actor, message_id, reason, dry_run, now)


# ---- inside a transaction ----------------------------------------------------------------
def waiting() -> Select[Any]:
    """The numbers of all messages that nobody waits for and nobody has dealt with."""
    return select(message.c.id).where(UNHEARD)


def _deliver_to_all(
    db: Connection,
    store: Store,
    actor: Actor,
    number: int,
    reason: str,
    dry_run: bool,
    now: datetime,
) -> Handled:
    return _deliver(db, store, actor, _unmatched(db, number), reason, dry_run, now)


def _discard(
    db: Connection,
    store: Store,
    actor: Actor,
    number: int,
    reason: str,
    dry_run: bool,
    now: datetime,
) -> Handled:
    row = _unmatched(db, number)
    if not dry_run:
        db.execute(_handled(store, actor, row, reason, now))
    _note(db, store, actor, row, "discarded", reason, dry_run, now)
    return Handled(number, row.name, (), True, dry_run)


def _put_back(
    db: Connection,
    store: Store,
    actor: Actor,
    number: int,
    reason: str,
    dry_run: bool,
    now: datetime,
) -> Handled:
    row = _row(db, number)
    if row.status != "unmatched" or row.handled_at is None or row.note is None:
        raise MessageHandled(FIELDS["not_aside"])
    if not dry_run:
        db.execute(update(message).where(message.c.id == row.id).values(**jobs.NOT_HANDLED))
    _note(db, store, actor, row, "put_back", reason, dry_run, now)
    return Handled(number, row.name, (), False, dry_run)


_One = Callable[[Connection, Store, Actor, int, str, bool, datetime], Handled]
#: `(db, store, operator, message, reason, dry_run, now)`; those who are to hear one hear it by a job of their own.
MANY: dict[str, _One] = {
    "deliver": _deliver_to_all,
    "discard": _discard,
    "put_back": _put_back,
}


# ---- inside ------------------------------------------------------------------------------
def _alone(
    act: _One,
    store: Store,
    actor: Actor,
    number: int,
    reason: str,
    dry_run: bool,
    now: datetime,
) -> Handled:
    """One message, in a transaction of its own."""
    must_operate(actor)
    plain = spoken(reason)
    with store.write() as db:
        return act(db, store, actor, number, plain, dry_run, now)


def _row(db: Connection, message_id: int) -> Row[Any]:
    row = db.execute(
        select(message, case.c.citizen_id)
        .join(case, case.c.id == message.c.case_id)
        .where(message.c.id == message_id)
        .with_for_update(of=message)
    ).first()
    if row is None:
        raise NotFound
    return row


def _unmatched(db: Connection, message_id: int) -> Row[Any]:
    row = _row(db, message_id)
    if row.status != "unmatched" or row.handled_at is not None:
        raise MessageHandled
    return row


def _hearers(db: Connection, store: Store, row: Row[Any]) -> tuple[list[int], str]:
    """Who waits for it under its own name."""
    name = name_of(store, row)
    heard = hearing(db, MACHINE, row.case_id, name)
    if not heard:
        raise MessageUnmatched
    return heard, name


def _chosen(
    db: Connection, store: Store, row: Row[Any], to: int, name: str | None
) -> tuple[list[int], str]:
    """The one that an operator chose, and the message that it waits for."""
    walk = db.execute(
        select(instance.c.case_id, instance.c.status, instance.c.awaits)
        .where(instance.c.id == to)
        .with_for_update()
    ).first()
    if walk is None or walk.case_id != row.case_id:
        raise Invalid(fields={"to": FIELDS["instance"]})
    if walk.status in ("completed", "cancelled"):
        raise InstanceEnded
    own = name_of(store, row)
    said = name or (own if own in walk.awaits else None)
    if said is None:
        if len(walk.awaits) > 1:
            raise Invalid(fields={"name": FIELDS["name"]})
        said = next(iter(walk.awaits), own)
    if said not in walk.awaits:
        raise MessageUnmatched
    return [to], said


def _deliver(
    db: Connection,
    store: Store,
    actor: Actor,
    row: Row[Any],
    reason: str,
    dry_run: bool,
    now: datetime,
    to: int | None = None,
    name: str | None = None,
) -> Handled:
    heard, name = _hearers(db, store, row) if to is None else _chosen(db, store, row, to, name)
    if not dry_run:
        # A diagram waits for it, so its name is a designer's word by now.
        said = {"name": name, "title": name} if name != row.name else {}
        db.execute(_handled(store, actor, row, reason, now).values(status="sent", **said))
        plan(db, row.key, heard, now)
    also = {"as": name} if name != row.name else {}
    _note(db, store, actor, row, "delivered", reason, dry_run, now, {**also, "to": heard})
    return Handled(row.id, name, tuple(heard), False, dry_run)


def _handled(store: Store, actor: Actor, row: Row[Any], reason: str, now: datetime) -> Any:
    sealed = store.keyring.seal_json({"reason": reason}, note_place(row.key))
    dealt = update(message).where(message.c.id == row.id)
    return dealt.values(handled_at=now, handled_by=actor.id or None, note=sealed)


def _note(
    db: Connection,
    store: Store,
    actor: Actor,
    row: Row[Any],
    what: str,
    reason: str,
    dry_run: bool,
    now: datetime,
    also: Json | None = None,
) -> None:
    mark = store.keyring.index("operator.reason", reason).hex()
    facts: Json = {"message": row.id, "name": row.name, **(also or {})}
    store.chains.record(
        db,
        now=now,
        actor=actor,
        what="saw_dry_run" if dry_run else what,
        citizen=row.citizen_id,
        case=row.case_id,
        instance=row.instance_id,
        facts=facts | ({"of": what} if dry_run else {"reason": mark}),
    )
