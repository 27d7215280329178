"""One act of an operator on a whole group, what is stuck or what he chose, in the background: `batch` and its items.

    number = many(store, operator, "retry", "failed", "Rettet", now=now)     # 10,000 rows, nothing done yet
    number = many(store, operator, "retry", CHOSEN, "Rettet", ids=(7, 9), now=now)   # or these
    while run_batches(store, 200, now=now): …                                # the workers
    many_undo(store, operator, number, "Fortrudt", now=now)                       # a suspension, by another batch

Each instance is done in a transaction of its own that marks its item: a worker that dies leaves the item waiting and
the instance as it was, and any other goes on.  One that cannot be done says why and stays as it is.

Most acts are the same wherever an instance stands; those of `where_stuck` are done where it is stuck, those of
`where_told` as whoever began it said.  Of the group
`undeliverable` the acts of `OF_MESSAGES` are done to the messages that nobody waits for, and the others to
the instances whose messages failed; an item is the one or the other.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Row,
    Select,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from engine import logins
from engine.actions import undelivered, where_stuck, where_told
from engine.actions.chosen import CHOSEN, nobody_at, picked, those
from engine.actions.hand import Act, Operated, Rehearsed, must_operate, spoken, written
from engine.actions.mending import reminding
from engine.actions.migration import move_item
from engine.actions.operate import cancelling, resuming, retrying, suspending
from engine.actions.walk import by_instance
from engine.bpmn.operate import Clock
from engine.errors import BatchRuns, Conflict, Invalid, NotFound, StafetError, Unavailable
from engine.model import Actor, Json
from engine.seals import batch_place, batch_said, batch_text
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
#: What can be done to many messages, by cause.
OF_MESSAGES = {"undeliverable": ("deliver", "discard")}
#: What an operator can begin.
BEGUN = (*ACTS, *where_stuck.NEEDS, *where_told.ACTS, *OF_MESSAGES["undeliverable"])
UNDO = {
    "suspend": "resume", "discard": "put_back", "reschedule": "reschedule", "move": "move", "restart": "move",
    "amend": "amend",
}  # fmt: skip
#: So many of a group are rehearsed to say what would become of it.
REHEARSED = 50
#: What can be told here; for the catalogue.
FIELDS = {
    "act": "This cannot be done to many at once.",
    "nothing": "Nothing of that kind is stuck now.",
    "group": "This cannot be done to that group.",
    "undone": "This cannot be taken back, or somebody has done so already.",
    "failed": "The act failed for a reason that nobody foresaw.",
}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a batch would come to: of `total` instances (or messages) `looked` were rehearsed.

    `impossible`: how many cannot, by code, whose sentence is in `sentences`.  `each` of them in order: `{instance,
    message, code, sentence, changes}`; of the two numbers one is None, `changes` are those of `Operated`, empty where
    it cannot.
    """

    total: int
    looked: int
    possible: int
    impossible: dict[str, int]
    sentences: dict[str, str]
    each: tuple[Json, ...] = ()


def many(
    store: Store,
    actor: Actor,
    act: str,
    cause: str,
    reason: str,
    *,
    clock: Clock = "runs",
    to: str | None = None,
    what: Mapping[str, Any] | None = None,
    ids: Collection[int] = (),
    now: datetime,
) -> int:
    """Do this to all that is stuck for this cause now, or (`CHOSEN`) to the instances `ids`; the batch's number.

    Workers do it.  `to`: the login of whom tasks are given to; `what`: what an act of `where_told` is told.  Raises
    `BatchRuns` while another does the same to the same group, or to one of them.
    """
    must_operate(actor)
    _known(act, cause)
    plain, chosen = spoken(reason), picked(cause, ids)
    given, values = _told(act, to, what, now), dict((what or {}).get("values") or {})
    with store.write() as db:
        which = _which(db, act, cause, chosen)
        given |= where_told.of_one(db, store, act, chosen, values)
        if chosen:
            _in_turn(db)
            nobody_at(db, act, chosen)
        else:
            alone(db, act, cause)
        number = made(
            db, store, actor, act, cause, clock, plain, now, None, {"given": given}, values
        )
        return filled(db, store, number, which, _kind_of(act))


def many_undo(store: Store, actor: Actor, number: int, reason: str, *, now: datetime) -> int:
    """Take back what a batch did where it did it; the number of the batch that does."""
    must_operate(actor)
    plain = spoken(reason)
    with store.write() as db:
        row = db.execute(select(batch).where(batch.c.id == number).with_for_update()).first()
        if row is None:
            raise NotFound
        taken = db.scalar(select(batch.c.id).where(batch.c.undoes_id == number))
        again = row.undoes_id is not None and row.act in where_told.ACTS
        if row.act not in UNDO or row.done_at is None or taken is not None or again:
            raise Conflict(FIELDS["undone"])
        back = made(db, store, actor, UNDO[row.act], row.cause, "runs", plain, now, number)
        of = _kind_of(row.act)
        did = select(of).where(batch_item.c.batch_id == number, batch_item.c.status == "done")
        if row.act in where_told.ACTS:
            did = did.where(batch_item.c.version.is_not(None))
        return filled(db, store, back, did, of)


def outlook(
    store: Store,
    actor: Actor,
    act: str,
    cause: str,
    reason: str = "–",
    *,
    clock: Clock = "runs",
    to: str | None = None,
    what: Mapping[str, Any] | None = None,
    ids: Collection[int] = (),
    now: datetime,
) -> Outlook:
    """Rehearse the first of the group; nothing of it is kept but the look."""
    must_operate(actor)
    _known(act, cause)
    spoken(reason)
    given, chosen = _told(act, to, what, now), picked(cause, ids)
    values = dict((what or {}).get("values") or {})
    with store.read() as db:
        group = _which(db, act, cause, chosen)
        given |= where_told.of_one(db, store, act, chosen, values)
        total = db.scalar(select(func.count()).select_from(group.subquery())) or 0
        first = db.scalars(group.order_by(*group.selected_columns).limit(REHEARSED)).all()
    how = _How(act, cause, clock, {**given, "values": values})
    each = tuple(_tried(store, actor, how, number, now) for number in first)
    said = Counter(one["code"] for one in each)
    sentences = {one["code"]: one["sentence"] for one in each}
    with store.write() as db:
        facts = {"of": "batch", "act": act, "cause": cause, "looked": len(first)}
        store.chains.record(db, now=now, actor=actor, what="saw_dry_run", facts=facts)
    possible = said.pop("", 0)
    return Outlook(total, len(first), possible, dict(said), sentences, each)


def run_batches(store: Store, limit: int, *, now: datetime) -> int:
    """Do at most `limit` waiting items, the oldest first; how many there were.  Safe by many workers at once."""
    done = 0
    while done < limit and _waits(store) and _do_one(store, now):
        done += 1
    if done < limit:
        _close(store, now)
    return done


def _close(store: Store, now: datetime) -> None:
    """End the batches with nothing left: of two workers at the last two items, each saw the other's still waiting."""
    with store.read() as db:
        over = list(db.scalars(select(batch.c.id).where(*_OVER)))
    if over:
        with store.write() as db:
            db.execute(update(batch).where(batch.c.id.in_(over), *_OVER).values(done_at=now))


_OVER = (
    batch.c.done_at.is_(None),
    ~exists().where(batch_item.c.batch_id == batch.c.id, batch_item.c.status == "waiting"),
)


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
            text = store.keyring.open(item.reason, batch_place(item.person_id, item.made_at))
            done = _done(db, store, operator, item, *batch_said(item.act, text), now)
            _mark(db, item, "impossible" if done.code else "done", done, now)
    except Unavailable:
        raise  # the database: no instance is to blame, and the item still waits
    except Exception as exc:
        if item is None:
            raise
        code, sentence = _why(exc)
        if type(exc) is Conflict:
            return False  # somebody acts on it this moment; the next look tries again
        log.info("batch %s: item %s: %s", item.batch_id, item.id, code)
        with store.write() as db:
            _mark(db, item, "impossible", _Done(code, sentence), now)
    return True


_NEXT = (
    select(
        batch_item.c.id, batch_item.c.batch_id, batch_item.c.instance_id, batch_item.c.message_id, batch.c.act,
        batch.c.clock,
        batch.c.reason, batch.c.person_id, batch.c.at.label("made_at"), person.c.login,
        batch.c.pathway_id, batch.c.accept, batch.c.cause, batch.c.given, batch.c.undoes_id,
    )
    .join(batch, batch.c.id == batch_item.c.batch_id)
    .join(person, person.c.id == batch.c.person_id)
    .where(batch_item.c.status == "waiting")
    .order_by(batch_item.c.id)
    .limit(1)
    .with_for_update(of=batch_item, skip_locked=True)
)  # fmt: skip


def _done(
    db: Connection,
    store: Store,
    operator: Actor,
    item: Row[Any],
    reason: str,
    values: Json,
    now: datetime,
) -> _Done:
    """Do it to one; why it stays as it is where nothing was raised."""
    if item.pathway_id is not None:
        return _Done(*move_item(db, store, operator, item, reason, now))
    if item.act in where_told.ACTS:
        if item.undoes_id is None:
            about = item.act, item.instance_id, {**item.given, "values": values}, reason, False
            found = where_told.do(db, store, operator, *about, now, item.batch_id)
        else:
            first = _first(db, item)
            found = where_told.undo(db, store, operator, first, reason, now, item.batch_id)
        return _Done(was=found.back, version=found.operated.instance["version"])
    how = _How(item.act, item.cause, item.clock, item.given or {}, item.batch_id)
    _acted(db, store, operator, how, item.message_id or item.instance_id, reason, False, now)
    return _Done()


def _first(db: Connection, item: Row[Any]) -> Any:
    """What the batch that this one takes back did to the same instance."""
    asked = select(
        batch_item.c.instance_id,
        batch_item.c.was,
        batch_item.c.version,
        batch_item.c.at,
        batch.c.act,
    )
    mine = batch_item.c.batch_id == item.undoes_id, batch_item.c.instance_id == item.instance_id
    return db.execute(asked.join(batch, batch.c.id == batch_item.c.batch_id).where(*mine)).one()


def _acted(
    db: Connection,
    store: Store,
    operator: Actor,
    how: _How,
    number: int,
    reason: str,
    dry: bool,
    now: datetime,
) -> list[Operated]:
    """The act on one message or instance of that number, or what it would come to; of an instance what it changed."""
    if how.act in undelivered.MANY:
        undelivered.MANY[how.act](db, store, operator, number, reason, dry, now)
        return []
    if how.act in where_stuck.NEEDS:
        about = how.act, number, how.cause, how.given
        return where_stuck.do(db, store, operator, *about, reason, dry, now, how.batch)
    if how.act in where_told.ACTS:
        told = how.act, number, how.given, reason
        return [where_told.do(db, store, operator, *told, dry, now, how.batch).operated]
    act = ACTS[how.act](reason, now, how.clock)
    act = act if how.batch is None else act.knowing(**(act.facts or {}), batch=how.batch)
    walk = by_instance(db, store, number, now, wait=True)
    return [written(db, store, operator, walk, act, reason, dry, now)]


def _mark(
    db: Connection,
    item: Row[Any],
    status: str,
    done: _Done,
    now: datetime,
) -> None:
    said = {"status": status, "code": done.code[:60], "sentence": done.sentence[:500], "at": now}
    said["element"] = done.element[:200]
    if done.was is not None:
        said |= {"was": done.was, "version": done.version}
    db.execute(update(batch_item).where(batch_item.c.id == item.id).values(**said))
    db.execute(update(batch).where(batch.c.id == item.batch_id, *_OVER).values(done_at=now))


@dataclass(frozen=True, slots=True)
class _Done:
    """Why one stays as it is, and at which element; empty where it was done.  `was` as in `where_told`."""

    code: str = ""
    sentence: str = ""
    element: str = ""
    was: Json | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class _How:
    """What is done with each of a group; `batch` None: it is rehearsed."""

    act: str
    cause: str
    clock: Clock
    given: Mapping[str, Any]
    batch: int | None = None


def _tried(store: Store, actor: Actor, how: _How, number: int, now: datetime) -> Json:
    """What one would come to, as in `Outlook.each`: what it changes, or what stands in its way."""
    of = "message" if how.act in undelivered.MANY else "instance"
    told: Json = {"instance": None, "message": None, of: number, "code": "", "sentence": ""}
    done: list[Operated] = []
    try:
        with store.write() as db:
            done = _acted(db, store, actor, how, number, "–", True, now)
            raise Rehearsed
    except Rehearsed:
        return {**told, "changes": _together(done)}
    except Unavailable:
        raise
    except Exception as exc:  # noqa: BLE001 - as where it is done
        code, sentence = _why(exc)
        return {**told, "code": code, "sentence": sentence, "changes": {}}


def _together(done: list[Operated]) -> Json:
    """What an act that was done in several places of an instance changes in all."""
    found: Json = {}
    for one in done:
        for kind, rows in one.changes.items():
            found[kind] = [*found.get(kind, ()), *rows]
    return found


def _why(exc: Exception) -> tuple[str, str]:
    # The code and a sentence of ours, never the message: it may repeat what somebody wrote.
    if isinstance(exc, StafetError):
        return exc.code, exc.sentence
    return "failed", FIELDS["failed"]


# ---- making one --------------------------------------------------------------------------
def _known(act: str, cause: str) -> None:
    if act in undelivered.MANY:
        if act not in OF_MESSAGES.get(cause, ()):
            raise Invalid(fields={"act": FIELDS["group"]})
    elif cause == CHOSEN and act in where_stuck.NEEDS:
        raise Invalid(fields={"act": FIELDS["group"]})
    elif act not in ACTS and act not in where_stuck.NEEDS and act not in where_told.ACTS:
        raise Invalid(fields={"act": FIELDS["act"]})


def _told(act: str, to: str | None, what: Mapping[str, Any] | None, now: datetime) -> Json:
    """What the batch keeps of what it was told; raises `Invalid`."""
    return {**where_stuck.told(act, to), **where_told.told(act, what or {}, now)}


def _kind_of(act: str) -> Column[Any]:
    """What the items of such a batch name."""
    return batch_item.c.message_id if act in undelivered.MANY else batch_item.c.instance_id


def _which(db: Connection, act: str, cause: str, chosen: tuple[int, ...]) -> Select[Any]:
    """The numbers of the group: messages, or instances."""
    if act in undelivered.MANY:
        return undelivered.waiting()
    return those(db, chosen) if chosen else _group(cause)


def _in_turn(db: Connection) -> None:
    """Hold the look, so that of two operators at once the second sees what the first began."""
    db.execute(select(look.c.at).where(look.c.name == "stuck").with_for_update())


def alone(db: Connection, act: str, cause: str, pathway_id: int | None = None) -> None:
    """Raise `BatchRuns` while another does the same to the group of this cause."""
    _in_turn(db)
    to = batch.c.pathway_id.is_(None) if pathway_id is None else batch.c.pathway_id == pathway_id
    same = batch.c.act == act, batch.c.cause == cause, batch.c.done_at.is_(None), to
    if db.scalar(select(batch.c.id).where(*same).limit(1)) is not None:
        raise BatchRuns


def _group(cause: str) -> Select[Any]:
    """The instances; a message that nobody waits for is no instance's to try again (`OF_MESSAGES`)."""
    found = select(stuck.c.instance_id).where(stuck.c.reason == cause)
    return found.where(
        stuck.c.instance_id.is_not(None), stuck.c.ref.not_like("message:%")
    ).distinct()


def made(
    db: Connection,
    store: Store,
    actor: Actor,
    act: str,
    cause: str,
    clock: Clock,
    reason: str,
    now: datetime,
    undoes: int | None,
    goes: Mapping[str, Any] | None = None,
    values: Json | None = None,
) -> int:
    """A batch without items yet; `goes`: to which version a move goes and what it accepts, or what an act was told.

    `values` of a correction are sealed with the reason.
    """
    text = batch_text(act, reason, values or {})
    row = {
        "person_id": actor.id, "at": now, "act": act, "clock": clock, "cause": cause, "total": 0,
        "undoes_id": undoes, "reason": store.keyring.seal(text, batch_place(actor.id, now)),
        **(goes or {}),
    }  # fmt: skip
    number: int = db.execute(insert(batch).values(**row).returning(batch.c.id)).scalar_one()
    mark = store.keyring.index("operator.reason", reason).hex()
    facts = {"batch": number, "act": act, "cause": cause, "reason": mark}
    store.chains.record(db, now=now, actor=actor, what="began_batch", facts=facts)
    return number


def filled(
    db: Connection,
    store: Store,
    number: int,
    which: Select[Any],
    of: Column[Any] = batch_item.c.instance_id,
) -> int:
    """Give a batch its items (numbers of instances or, `of` says so, messages); raises `Conflict` without any."""
    found = which.subquery()
    (each,) = found.c
    rows = select(literal(number), each, literal("waiting")).order_by(each)
    names = ["batch_id", of.name, "status"]
    db.execute(insert(batch_item).from_select(names, rows))
    total = db.scalar(select(func.count()).where(batch_item.c.batch_id == number))
    if not total:
        raise Conflict(FIELDS["nothing"])
    db.execute(update(batch).where(batch.c.id == number).values(total=total))
    store.tell_workers(db)
    return number
