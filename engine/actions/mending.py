"""What operators do beside the diagram's steps: give a task to somebody, remind, deliver a message or put it aside.

    give  remind        (store, operator, task or instance, …, reason, dry_run=…, now=…) -> Operated
    deliver  discard    (store, operator, message, reason, dry_run=…, now=…) -> Handled

As with all that operators do, the reason is sealed, the audit entry holds its fingerprint, and a dry run only tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine import pathway as steps
from engine.actions import jobs, telling
from engine.actions.hand import Act, Operated, must_operate, operated, spoken
from engine.actions.messages import deliver_key, hearing, name_of, plan
from engine.actions.parties import member
from engine.actions.walk import Walk
from engine.errors import Conflict, Invalid, MessageUnmatched, NotFound, NothingToRemind
from engine.model import MACHINE, Actor, Json, Step
from engine.prepared import upsert
from engine.seals import note_place
from engine.store import Store
from engine.tables import case, deadline, message, notice, person, task

#: What a field can be told here; for the catalogue.
FIELDS = {
    "to": "Nobody in the unit who may take the task has that login.",
}
_NEWS = upsert(notice, ("kind", "deadline_id", "unit_id"), ("at", "read_at"), "task_id")


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a message: who heard it (instances), or would; `discarded` where it was put aside."""

    message: int
    heard_by: tuple[int, ...]
    discarded: bool
    dry_run: bool


def give(
    store: Store,
    actor: Actor,
    task_id: int,
    to: str,
    reason: str,
    *,
    dry_run: bool = False,
    now: datetime,
) -> Operated:
    """Give an open task to the person with this login, who must be able to take it.

    `changes` has `given`: [{id name from to}], by logins; `from` None where nobody held it.
    """
    must_operate(actor)
    with store.read() as db:
        row = db.execute(select(task).where(task.c.id == task_id)).first()
        if row is None:
            raise NotFound
        able = member(db, to, row.unit_id, row.roles, now)
    if able is None:
        raise Invalid(fields={"to": FIELDS["to"]})

    def assign(db: Connection, walk: Walk, _step: Step) -> Json:
        if row.ref not in walk.tasks:
            raise Conflict("The task is no longer open.")
        held = select(person.c.login).where(person.c.id == walk.tasks[row.ref].assignee_id)
        was = db.scalar(held)
        # The draft is whoever wrote it's; the next one begins anew.
        values: Json = {"assignee_id": able} | (
            {} if was == to else {"draft": None, "draft_at": None}
        )
        db.execute(update(task).where(task.c.id == task_id).values(**values))
        telling.given(db, task_id, able, now)
        return {"given": [{"id": task_id, "name": row.name, "from": was, "to": to}]}

    act = Act("given", reason, lambda w: steps.view(w.pathway, w.state, now), also=assign)
    return operated(store, actor, row.instance_id, act.knowing(task=task_id, to=able), dry_run, now)


def remind(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    now: datetime,
) -> Operated:
    """Put the instance's running deadlines into the inboxes of the units that owe them, as if they were new there.

    `changes` has `reminded`: [{clause party overdue}].
    """
    return operated(store, actor, instance_id, reminding(reason, now), dry_run, now)


def reminding(reason: str, now: datetime) -> Act:
    """What `remind` does to an instance."""

    def tell(db: Connection, walk: Walk, _step: Step) -> Json:
        running = db.execute(
            select(deadline).where(
                deadline.c.instance_id == walk.id,
                deadline.c.met_at.is_(None),
                deadline.c.cancelled_at.is_(None),
            )
        ).all()
        if not running:
            raise NothingToRemind
        _NEWS.run(db, [_news(row, now) for row in running])
        for row in running:
            telling.dated(
                db, row, "overdue" if row.overdue_at <= now else "reminder", now, again=True
            )
        return {
            "reminded": [
                {"clause": row.clause, "party": row.party, "overdue": row.overdue_at <= now}
                for row in running
            ]
        }

    return Act("reminded", reason, lambda w: steps.view(w.pathway, w.state, now), also=tell)


def deliver(
    store: Store,
    actor: Actor,
    message_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    now: datetime,
) -> Handled:
    """Tell a message that nobody waited for to those who wait now; raises `MessageUnmatched` where nobody does."""
    must_operate(actor)
    plain = spoken(reason)
    with store.write() as db:
        row = _unmatched(db, message_id)
        name = name_of(store, row)
        heard = hearing(db, MACHINE, row.case_id, name)
        if not heard:
            raise MessageUnmatched
        if not dry_run:
            # A diagram waits for it, so its name is a designer's word by now.
            said = {"name": name, "title": name} if name != row.name else {}
            db.execute(_handled(store, row, plain, now).values(status="sent", **said))
            plan(db, row.key, heard, now)
        _note(db, store, actor, row, "delivered", plain, dry_run, now)
    if not dry_run:
        for walk in heard:
            jobs.run_one(store, deliver_key(row.key, walk), now=now)
    return Handled(message_id, tuple(heard), False, dry_run)


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
    must_operate(actor)
    plain = spoken(reason)
    with store.write() as db:
        row = _unmatched(db, message_id)
        if not dry_run:
            db.execute(_handled(store, row, plain, now))
        _note(db, store, actor, row, "discarded", plain, dry_run, now)
    return Handled(message_id, (), True, dry_run)


# ---- inside ------------------------------------------------------------------------------
def _news(row: Row[Any], now: datetime) -> Json:
    return {
        "kind": "overdue" if row.overdue_at <= now else "reminder",
        "deadline_id": row.id,
        "task_id": row.task_id,
        "unit_id": row.unit_id,
        "at": now,
        "read_at": None,
    }


def _unmatched(db: Connection, message_id: int) -> Row[Any]:
    row = db.execute(
        select(message, case.c.citizen_id)
        .join(case, case.c.id == message.c.case_id)
        .where(message.c.id == message_id)
        .with_for_update(of=message)
    ).first()
    if row is None:
        raise NotFound
    if row.status != "unmatched" or row.handled_at is not None:
        raise Conflict("Somebody has dealt with this message already.")
    return row


def _handled(store: Store, row: Row[Any], reason: str, now: datetime) -> Any:
    sealed = store.keyring.seal_json({"reason": reason}, note_place(row.key))
    return update(message).where(message.c.id == row.id).values(handled_at=now, note=sealed)


def _note(
    db: Connection,
    store: Store,
    actor: Actor,
    row: Row[Any],
    what: str,
    reason: str,
    dry_run: bool,
    now: datetime,
) -> None:
    mark = store.keyring.index("operator.reason", reason).hex()
    facts: Json = {"message": row.id, "name": row.name}
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
