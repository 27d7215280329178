"""Keys replaced while servers serve: every older value sealed again, every older index made anew, a batch at a time.

    known(store)                                         # raises `Conflict` where a server lacks a key of this ring
    for done, total in resealed(store, now=now): …       # may be cut off anywhere and begun again
    for done, total in reindexed(store, now=now): …      # the same of the index that citizens are found by
    left(store, 1)                                       # {"answer.values": 17}: what key 1 still opens
    retire(store, ring, "1")                             # the ring's text without that key; refuses while it is needed

A batch is one transaction, and a value is only replaced where it is still the one that was read: what somebody wrote in
between stays, and was sealed with the newest key already.  Nothing remembers how far it came; the seals themselves say
which key made them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, func, select, tuple_, update

from engine import seals
from engine.errors import Conflict
from engine.model import MACHINE
from engine.secrets import Keyring, seal_head
from engine.store import Store
from engine.tables import (
    answer,
    attachment,
    batch,
    citizen,
    comment,
    handover,
    hold,
    identity,
    loan,
    login_request,
    mail_choice,
    message,
    outbox,
    plan_version,
    play,
    play_step,
    review,
    saved_filter,
    session,
    silence,
    task,
)

#: Values in one transaction: short enough that nobody who writes waits long for it.
BATCH = 200
#: The same of whole files.
FILES = 4


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed column, and what a row's value in it is bound to."""

    column: Column[Any]
    place: Callable[[Row[Any]], str]
    batch: int = BATCH

    @property
    def name(self) -> str:
        """`answer.values`."""
        return f"{self.column.table.name}.{self.column.name}"


#: Every sealed column.  A row is the whole row of its table.
SEALED = (
    Sealed(citizen.c.cpr, lambda row: seals.cpr_place(row.cpr_index)),
    Sealed(citizen.c.name, lambda row: seals.name_place(row.cpr_index)),
    Sealed(
        answer.c["values"], lambda row: seals.answer_place(row.instance_id, row.element, row.at)
    ),
    Sealed(task.c.draft, lambda row: seals.draft_place(row.id)),
    Sealed(plan_version.c.content, lambda row: seals.content_place(row.plan_id, row.number)),
    Sealed(plan_version.c.reason, lambda row: seals.reason_place(row.plan_id, row.number)),
    Sealed(message.c.body, lambda row: seals.message_place(row.key)),
    Sealed(message.c.note, lambda row: seals.note_place(row.key)),
    Sealed(batch.c.reason, lambda row: seals.batch_place(row.person_id, row.at)),
    Sealed(
        play.c.beginning, lambda row: seals.beginning_place(row.agreement, row.key, row.made_at)
    ),
    Sealed(play_step.c.move, lambda row: seals.move_place(row.play_id, row.nth)),
    Sealed(handover.c.note, lambda row: seals.handover_place(row.task_id, row.at)),
    Sealed(comment.c.text, lambda row: seals.comment_place(row.task_id, row.at)),
    Sealed(attachment.c.name, lambda row: seals.file_name_place(row.task_id, row.at)),
    Sealed(attachment.c.content, lambda row: seals.file_place(row.task_id, row.at), FILES),
    Sealed(saved_filter.c.name, lambda row: seals.filter_place(row.person_id, row.made_at)),
    Sealed(loan.c.reason, lambda row: seals.loan_place(row.case_id, row.person_id, row.begins_at)),
    Sealed(hold.c.reason, lambda row: seals.hold_place(row.citizen_id, row.set_at)),
    Sealed(session.c.id_token, lambda row: seals.id_token_place(row.key)),
    Sealed(login_request.c.carried, lambda row: seals.carried_place(row.key)),
    Sealed(mail_choice.c.address, lambda row: seals.address_place(row.person_id, row.asked_at)),
    Sealed(silence.c.reason, lambda row: seals.silence_place(row.cause, row.at)),
    Sealed(outbox.c.note, lambda row: seals.outbox_place(row.key)),
    Sealed(review.c.note, lambda row: seals.review_place(row.loan_id, row.unit_id)),
)


def resealed(store: Store, *, now: datetime) -> Iterator[tuple[int, int]]:
    """Seal what an older key sealed with the newest; yields (done, of how many) after each batch.

    Raises `SecretUnreadable` where the ring lacks the key of a value; what is done by then stays done.
    """
    with store.read() as db:
        total = sum(_count(db, each, _stale(each, store.keyring)) for each in SEALED)
    done = 0
    for each in SEALED:
        for count in _batches(store, each):
            done += count
            # Somebody may still write with an older ring: then there is more than was counted.
            yield done, max(done, total)
    with store.write() as db:
        facts = {"key": store.keyring.current, "values": done}
        store.chains.record(db, now=now, actor=MACHINE, what="resealed", facts=facts)


def left(store: Store, number: int) -> dict[str, int]:
    """What that key still opens: values by column, those that have none left out."""
    with store.read() as db:
        found = {each.name: _count(db, each, _by(each, number)) for each in SEALED}
    return {name: count for name, count in found.items() if count}


def reindexed(store: Store, *, now: datetime) -> Iterator[tuple[int, int]]:
    """Make anew by the newest index key what an older one made; yields (done, of how many) after each batch.

    A citizen is found by either key meanwhile.  Name and number are sealed again with it, for their seals are bound to
    the index; a row that somebody changes in between is met again.  People whom an identity provider knows are found
    by both keys too, and their index is made anew at their next login: what it was made of is not kept.
    """
    ring = store.keyring
    older = citizen.c.index_key < ring.indexer
    with store.read() as db:
        total = db.execute(select(func.count()).select_from(citizen).where(older)).scalar_one()
    done = 0
    while True:
        with store.write() as db:
            asked = select(citizen).where(older).order_by(citizen.c.id).limit(BATCH)
            rows = db.execute(asked.with_for_update()).all()
            for row in rows:
                _reindex(db, ring, row)
        if not rows:
            break
        done += len(rows)
        yield done, max(done, total)
    with store.write() as db:
        facts = {"key": ring.indexer, "citizens": done}
        store.chains.record(db, now=now, actor=MACHINE, what="reindexed", facts=facts)


def unindexed(store: Store, number: int) -> tuple[int, int]:
    """How many citizens, and how many people of the identity provider, only that index key or an older one finds."""
    with store.read() as db:
        older = citizen.c.index_key <= number
        people = identity.c.subject_index.is_not(None) & (identity.c.index_key <= number)
        return (
            db.execute(select(func.count()).select_from(citizen).where(older)).scalar_one(),
            db.execute(select(func.count()).select_from(identity).where(people)).scalar_one(),
        )


def known(store: Store) -> None:
    """Raise `Conflict` where another process serves this database and lacks a key of this ring.

    What is written with a key that a server does not know it could not read, nor find.
    """
    others = [{name.removeprefix("+") for name in each} for each in store.others()]
    if lacking := sum(not store.keyring.names <= each for each in others):
        raise Conflict(
            "%(count)s connections are of servers that lack a key of this keyring. Restart them with it first.",
            count=lacking,
        )


def retire(store: Store, ring: str, name: str, *, anyway: bool = False) -> str:
    """The ring's text without a key; raises `Conflict` while anything is sealed with it, or found by it alone.

    `anyway`: people of the identity provider who have not logged in since are let go; they are tied anew.
    """
    rest = Keyring.without(ring, name)
    if count := sum(name == _newest(each, name) for each in store.others()):
        raise Conflict(
            "%(count)s connections are of servers that still write with %(key)s. Restart them first.",
            count=count,
            key=name,
        )
    if name.startswith("index"):
        citizens, people = unindexed(store, int(name.removeprefix("index") or 1))
        if citizens:
            raise Conflict(
                "By %(key)s alone %(count)s citizens are found. Run `stafet keys rotate` first.",
                key=name,
                count=citizens,
            )
        if people and not anyway:
            raise Conflict(
                "By %(key)s alone %(count)s people are known to the identity provider: they have not logged in since."
                " Wait, or say --anyway and tie them anew.",
                key=name,
                count=people,
            )
    elif remaining := sum(left(store, int(name)).values()):
        raise Conflict(
            "Key %(key)s still opens %(count)s values. Run `stafet keys rotate` first.",
            key=name,
            count=remaining,
        )
    return rest


def _newest(names: frozenset[str], kind: str) -> str:
    """With which of the keys of this kind somebody writes; `1` and `index2` are of two kinds."""
    same = (each for each in names if each.startswith("index") == kind.startswith("index"))
    used = [each for each in same if not each.startswith("+") and each != "audit"]
    return max(used, key=lambda each: int(each.removeprefix("index") or 1), default="")


def _reindex(db: Connection, ring: Keyring, row: Row[Any]) -> None:
    digits = ring.open(bytes(row.cpr), seals.cpr_place(row.cpr_index))
    name = ring.open(bytes(row.name), seals.name_place(row.cpr_index))
    key = ring.index("citizen.cpr", digits)
    values = {
        "cpr": ring.seal(digits, seals.cpr_place(key)),
        "cpr_index": key,
        "name": ring.seal(name, seals.name_place(key)),
        "name_index": ring.index("citizen.name", name),
        "index_key": ring.indexer,
    }
    # The row is locked since it was read.
    db.execute(update(citizen).where(citizen.c.id == row.id).values(values))


def _batches(store: Store, each: Sealed) -> Iterator[int]:
    """Rows in the order of their numbers, so that none is met twice."""
    key = list(each.column.table.primary_key.columns)
    asked = select(each.column.table).where(_stale(each, store.keyring))
    asked = asked.order_by(*key).limit(each.batch)
    last: tuple[Any, ...] = ()
    while True:
        with store.write() as db:
            after = asked.where(tuple_(*key) > tuple_(*last)) if last else asked
            rows = db.execute(after).all()
            count = sum(_reseal(db, store.keyring, each, row) for row in rows)
        if not rows:
            return
        last = tuple(getattr(rows[-1], column.name) for column in key)
        yield count


def _reseal(db: Connection, ring: Keyring, each: Sealed, row: Row[Any]) -> int:
    blob, place = bytes(row._mapping[each.column.name]), each.place(row)
    key = each.column.table.primary_key.columns
    here = [column == row._mapping[column.name] for column in key]
    values = {each.column: ring.seal(ring.open(blob, place), place)}
    same = update(each.column.table).where(*here, each.column == blob)
    return int(db.execute(same.values(values)).rowcount)


def _count(db: Connection, each: Sealed, which: ColumnElement[bool]) -> int:
    return db.execute(select(func.count()).select_from(each.column.table).where(which)).scalar_one()


def _stale(each: Sealed, ring: Keyring) -> ColumnElement[bool]:
    return each.column.is_not(None) & ~_by(each, ring.current)


def _by(each: Sealed, number: int) -> ColumnElement[bool]:
    head = seal_head(number)
    return func.substr(each.column, 1, len(head)) == head
