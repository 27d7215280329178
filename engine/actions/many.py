"""One act of an operator on a whole group of what is stuck, in the background: `batch` and its items.

    number = many(store, operator, "retry", "failed", "Rettet", now=now)     # 10,000 rows, nothing done yet
    while run_batches(store, 200, now=now): …                                # the workers
    many_undo(store, operator, number, "Fortrudt", now=now)                       # a suspension, by another batch

Each instance is done in a transaction of its own that marks its item: a worker that dies leaves the item waiting and
the instance as it was, and any other goes on.  One that cannot be done says why and stays as it is.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, insert, literal, select, update

from engine import logins
from engine.actions.hand import Act, Rehearsed, must_operate, spoken, written
from engine.actions.mending import reminding
from engine.actions.operate import cancelling, resuming, retrying, suspending
from engine.actions.walk import by_instance
from engine.bpmn.operate import Clock
from engine.errors import BatchRuns, Conflict, Invalid, NotFound, StafetError, Unavailable
from engine.model import Actor
from engine.seals import batch_place
from engine.store import Store
from engine.tables import batch, batch_item, look, person, stuck

log = logging.getLogger("stafet.batch")

#: What can be done to many at once, and what takes it back while nothing has left.
ACTS: dict[str, Callable[[str, datetime, Clock], Act]] = {
    "retry": lambda reason, now, _clock: retrying(reason, now),
    "remind": lambda reason, now, _clock: reminding(reason, now),
    "suspend": suspending,
    "resume": lambda reason, now, _clock: resuming(reason, now),
    "cancel": lambda reason, now, _clock: cancelling(reason, now),
}
UNDO = {"suspend": "resume"}
#: So many of a group are rehearsed to say what would become of it.
REHEARSED = 50
#: What can be told here; for the catalogue.
FIELDS = {
    "act": "This cannot be done to many at once.",
    "nothing": "Nothing of that kind is stuck now.",
    "undone": "This cannot be taken back, or somebody has done so already.",
    "failed": "The act failed for a reason that nobody foresaw.",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a batch would come to: of `total` instances `looked` were rehearsed; `impossible` by code, with sentence."""

    total: int
    looked: int
    possible: int
    impossible: dict[str, int]
    sentences: dict[str, str]


def many(
    store: Store,
    actor: Actor,
    act: str,
    cause: str,
    reason: str,
    *,
    clock: Clock = "runs",
    now: datetime,
) -> int:
    """Do this to every instance that is stuck for this cause now; the batch's number.  Workers do it.

    Raises `BatchRuns` while another does the same to the same group.
    """
    must_operate(actor)
    _known(act)
    plain = spoken(reason)
    with store.write() as db:
        _alone(db, act, cause)
        number = _made(db, store, actor, act, cause, clock, plain, now, None)
        return _filled(db, store, number, _group(cause))


def many_undo(store: Store, actor: Actor, number: int, reason: str, *, now: datetime) -> int:
    """Take back what a batch did where it did it; the number of the batch that does."""
    must_operate(actor)
    plain = spoken(reason)
    with store.write() as db:
        row = db.execute(select(batch).where(batch.c.id == number).with_for_update()).first()
        if row is None:
            raise NotFound
        taken = db.scalar(select(batch.c.id).where(batch.c.undoes_id == number))
        if row.act not in UNDO or row.done_at is None or taken is not None:
            raise Conflict(FIELDS["undone"])
        made = _made(db, store, actor, UNDO[row.act], row.cause, "runs", plain, now, number)
        did = select(batch_item.c.instance_id).where(
            batch_item.c.batch_id == number, batch_item.c.status == "done"
        )
        return _filled(db, store, made, did)


def outlook(
    store: Store,
    actor: Actor,
    act: str,
    cause: str,
    reason: str = "–",
    *,
    clock: Clock = "runs",
    now: datetime,
) -> Outlook:
    """Rehearse the first of the group; nothing of it is kept but the look."""
    must_operate(actor)
    _known(act)
    spoken(reason)
    with store.read() as db:
        total = db.scalar(select(func.count()).select_from(_group(cause).subquery())) or 0
        first = db.scalars(_group(cause).order_by(stuck.c.instance_id).limit(REHEARSED)).all()
    said, sentences = Counter[str](), dict[str, str]()
    for walk in first:
        code, sentence = _tried(store, actor, walk, ACTS[act]("–", now, clock), now)
        said[code] += 1
        sentences[code] = sentence
    with store.write() as db:
        facts = {"of": "batch", "act": act, "cause": cause, "looked": len(first)}
        store.chains.record(db, now=now, actor=actor, what="saw_dry_run", facts=facts)
    possible = said.pop("", 0)
    return Outlook(total, len(first), possible, dict(said), sentences)


def run_batches(store: Store, limit: int, *, now: datetime) -> int:
    """Do at most `limit` waiting items, the oldest first; how many there were.  Safe by many workers at once."""
    done = 0
    while done < limit and _waits(store) and _do_one(store, now):
        done += 1
    return done


# ---- one item ----------------------------------------------------------------------------
def _waits(store: Store) -> bool:
    with store.read() as db:
        waiting = select(batch_item.c.id).where(batch_item.c.status == "waiting")
        return db.scalar(waiting.limit(1)) is not None


def _do_one(store: Store, now: datetime) -> bool:
    item: Any = None
    try:
        with store.write() as db:
            item = db.execute(_NEXT).first()
            if item is None:
                return False
            operator = logins.actor(store, item.login, now=now)
            must_operate(operator)
            plain = store.keyring.open(item.reason, batch_place(item.person_id, item.made_at))
            act = ACTS[item.act](plain, now, item.clock).knowing(batch=item.batch_id)
            walk = by_instance(db, store, item.instance_id, now, wait=True)
            written(db, store, operator, walk, act, plain, False, now)
            _mark(db, item, "done", "", "", now)
    except Unavailable:
        raise  # the database: no instance is to blame, and the item still waits
    except Exception as exc:
        if item is None:
            raise
        code, sentence = _why(exc)
        if type(exc) is Conflict:
            return False  # somebody acts on it this moment; the next look tries again
        log.info("batch %s: instance %s: %s", item.batch_id, item.instance_id, code)
        with store.write() as db:
            _mark(db, item, "impossible", code, sentence, now)
    return True


_NEXT = (
    select(
        batch_item.c.id, batch_item.c.batch_id, batch_item.c.instance_id, batch.c.act, batch.c.clock,
        batch.c.reason, batch.c.person_id, batch.c.at.label("made_at"), person.c.login,
    )
    .join(batch, batch.c.id == batch_item.c.batch_id)
    .join(person, person.c.id == batch.c.person_id)
    .where(batch_item.c.status == "waiting")
    .order_by(batch_item.c.id)
    .limit(1)
    .with_for_update(of=batch_item, skip_locked=True)
)  # fmt: skip


def _mark(
    db: Connection, item: Row[Any], status: str, code: str, sentence: str, now: datetime
) -> None:
    said = {"status": status, "code": code[:60], "sentence": sentence[:500], "at": now}
    db.execute(update(batch_item).where(batch_item.c.id == item.id).values(**said))
    left = exists().where(batch_item.c.batch_id == item.batch_id, batch_item.c.status == "waiting")
    over = batch.c.id == item.batch_id, batch.c.done_at.is_(None), ~left
    db.execute(update(batch).where(*over).values(done_at=now))


def _tried(store: Store, actor: Actor, walk_id: int, act: Act, now: datetime) -> tuple[str, str]:
    """What stands in the way of one, as code and sentence; empty where nothing does."""
    try:
        with store.write() as db:
            walk = by_instance(db, store, walk_id, now, wait=True)
            written(db, store, actor, walk, act, "–", True, now)
            raise Rehearsed
    except Rehearsed:
        return "", ""
    except Unavailable:
        raise
    except Exception as exc:  # noqa: BLE001 - as where it is done
        return _why(exc)


def _why(exc: Exception) -> tuple[str, str]:
    # The code and a sentence of ours, never the message: it may repeat what somebody wrote.
    if isinstance(exc, StafetError):
        return exc.code, exc.sentence
    return "failed", FIELDS["failed"]


# ---- making one --------------------------------------------------------------------------
def _known(act: str) -> None:
    if act not in ACTS:
        raise Invalid(fields={"act": FIELDS["act"]})


def _alone(db: Connection, act: str, cause: str) -> None:
    """Hold the look, so that of two operators at once the second sees what the first began."""
    db.execute(select(look.c.at).where(look.c.name == "stuck").with_for_update())
    same = batch.c.act == act, batch.c.cause == cause, batch.c.done_at.is_(None)
    if db.scalar(select(batch.c.id).where(*same).limit(1)) is not None:
        raise BatchRuns


def _group(cause: str) -> Select[Any]:
    """The instances; a message that nobody waits for is no instance's to try again."""
    found = select(stuck.c.instance_id).where(stuck.c.reason == cause)
    return found.where(
        stuck.c.instance_id.is_not(None), stuck.c.ref.not_like("message:%")
    ).distinct()


def _made(
    db: Connection,
    store: Store,
    actor: Actor,
    act: str,
    cause: str,
    clock: Clock,
    reason: str,
    now: datetime,
    undoes: int | None,
) -> int:
    row = {
        "person_id": actor.id, "at": now, "act": act, "clock": clock, "cause": cause, "total": 0,
        "undoes_id": undoes, "reason": store.keyring.seal(reason, batch_place(actor.id, now)),
    }  # fmt: skip
    number: int = db.execute(insert(batch).values(**row).returning(batch.c.id)).scalar_one()
    mark = store.keyring.index("operator.reason", reason).hex()
    facts = {"batch": number, "act": act, "cause": cause, "reason": mark}
    store.chains.record(db, now=now, actor=actor, what="began_batch", facts=facts)
    return number


def _filled(db: Connection, store: Store, number: int, which: Select[Any]) -> int:
    """Give a batch its items; raises `Conflict` where there are none."""
    walks = which.subquery()
    rows = select(literal(number), walks.c.instance_id, literal("waiting")).order_by(
        walks.c.instance_id
    )
    names = ["batch_id", "instance_id", "status"]
    db.execute(insert(batch_item).from_select(names, rows))
    total = db.scalar(select(func.count()).where(batch_item.c.batch_id == number))
    if not total:
        raise Conflict(FIELDS["nothing"])
    db.execute(update(batch).where(batch.c.id == number).values(total=total))
    store.tell_workers(db)
    return number
