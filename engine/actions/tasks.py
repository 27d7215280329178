"""Tasks: complete one, take it, give it back, hand it to a colleague, keep what is half written."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from engine import access
from engine import pathway as steps
from engine.actions import meetings, telling
from engine.actions.answers import checked, nameless
from engine.actions.parties import member
from engine.actions.record import Event, Moved, record
from engine.actions.walk import Walk, by_task
from engine.bpmn.shapes import about
from engine.errors import Conflict, Forbidden, Invalid, NotFound, TaskNotOpen, TaskTaken
from engine.model import UNDO, Actor, Json
from engine.seals import draft_place, handover_place
from engine.store import Store
from engine.tables import handover, task

#: Letters of JSON that a draft may fill.
LARGEST_DRAFT = 400_000

#: Letters of the note that goes with a task to a colleague.
LONGEST_NOTE = 2_000

FIELDS = {
    "to": "Nobody in the unit who may take the task has that login.",
    "note": "The note is too long.",
}


#: What somebody writes without a pause is one entry of the audit chain, however often it is kept.
ONE_SITTING = timedelta(minutes=10)


class DraftNewer(Conflict):
    """This task has a newer draft, written in another window."""

    code = "draft_newer"


class UndoTooLate(Conflict):
    """This can no longer be undone."""

    code = "undo_too_late"


def complete(store: Store, actor: Actor, task_id: int, answers: Json, *, now: datetime) -> Moved:
    """The task is done with these answers: the pathway goes on, and the next ones can be read at once."""
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now)
        walk.must_go_on()
        known = {**about(walk.subject), **asked.data}
        values = checked(walk.pathway, asked.form, answers, known, walk.around.parties, now)
        nameless(walk.subject, values)
        meetings.must_be_possible(walk.pathway, asked.element, values, now)
        step = steps.complete(walk.pathway, walk.state, asked.ref, values, now)
        done = Event("completed", actor, asked.element, asked.party, asked.id, asked.ref, values)
        return record(db, store, walk, step, done, now)


def claim(store: Store, actor: Actor, task_id: int, *, now: datetime) -> None:
    """Take the task, so that colleagues see who has it; raises `TaskTaken`."""
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now)
        _assign(db, store, walk, asked, actor, actor.id, "claimed", now)


def unclaim(store: Store, actor: Actor, task_id: int, *, now: datetime) -> None:
    """Give the task back to the unit."""
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now)
        _assign(db, store, walk, asked, actor, None, "unclaimed", now)


def delegate(
    store: Store, actor: Actor, task_id: int, to: str, *, note: str = "", now: datetime
) -> None:
    """Hand the task to the colleague with this login, who must be able to take it; the note goes with it, sealed."""
    if len(note) > LONGEST_NOTE:
        raise Invalid(fields={"note": FIELDS["note"]})
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now, also_taken=True)
        colleague = member(db, to, asked.unit_id, asked.roles, now)
        if colleague is None:
            raise Invalid(fields={"to": FIELDS["to"]})
        _assign(db, store, walk, asked, actor, colleague, "delegated", now, note.strip())
        telling.given(db, task_id, colleague, now)


def undo(store: Store, actor: Actor, task_id: int, *, now: datetime) -> None:
    """Take back what the actor did last with who has the task, within `UNDO`; raises `UndoTooLate`."""
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now, also_taken=True)
        last = db.execute(
            select(handover)
            .where(handover.c.task_id == task_id)
            .order_by(handover.c.id.desc())
            .limit(1)
        ).first()
        mine = last is not None and last.person_id == actor.id and last.undone_at is None
        if last is None or not mine or now - last.at > UNDO or asked.assignee_id != last.to_id:
            raise UndoTooLate
        if asked.draft_at is not None and asked.draft_at > last.at:
            raise UndoTooLate("Somebody has written in the task since.")
        db.execute(update(handover).where(handover.c.id == last.id).values(undone_at=now))
        _update(db, asked.id, assignee_id=last.from_id)
        _note(db, store, walk, asked, actor, "undone", now, {"to": last.from_id})


def draft(
    store: Store,
    actor: Actor,
    task_id: int,
    values: Json,
    *,
    after: datetime | Literal["any"] | None = "any",
    now: datetime,
) -> None:
    """Keep what is half written; nothing in it is checked.

    `after` is when the draft that the writer had before him was kept (None: he had none); raises `DraftNewer` where
    there is another by now.
    """
    if len(json.dumps(values)) > LARGEST_DRAFT:
        raise Invalid("The draft is too large to be kept.")
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now)
        if after not in ("any", asked.draft_at):
            raise DraftNewer
        sealed = store.keyring.seal_json(values, draft_place(asked.id))
        goes_on = asked.assignee_id == actor.id and asked.draft_at is not None
        _update(db, asked.id, draft=sealed, draft_at=now)
        if not goes_on or now - asked.draft_at > ONE_SITTING:
            _note(db, store, walk, asked, actor, "drafted", now)


# ---- inside ------------------------------------------------------------------------------
def _open_task(
    db: Connection,
    store: Store,
    actor: Actor,
    task_id: int,
    now: datetime,
    *,
    also_taken: bool = False,
) -> tuple[Walk, Row[Any]]:
    """The task and its instance, locked, where the actor may work on it."""
    walk, asked = by_task(db, store, task_id, now)
    if actor.id and asked.unit_id not in actor.units:
        raise NotFound
    if asked.status != "open":
        raise TaskNotOpen
    if not access.may_take(actor, asked):
        raise Forbidden("Your job role may not take this task.")
    free = asked.assignee_id in (None, actor.id) or also_taken
    if actor.id and not free and not access.stands_in(actor, asked.assignee_id, asked.unit_id):
        raise TaskTaken
    return walk, asked


def _assign(
    db: Connection,
    store: Store,
    walk: Walk,
    asked: Row[Any],
    actor: Actor,
    to: int | None,
    what: str,
    now: datetime,
    note: str = "",
) -> None:
    sealed = store.keyring.seal(note, handover_place(asked.id, now)) if note else None
    if actor.id:
        came = {"task_id": asked.id, "at": now, "person_id": actor.id, "note": sealed}
        db.execute(insert(handover).values(**came, from_id=asked.assignee_id, to_id=to))
    _update(db, asked.id, assignee_id=to)
    _note(db, store, walk, asked, actor, what, now, {"to": to})


def _update(db: Connection, task_id: int, **values: Any) -> None:
    changed = update(task).where(task.c.id == bindparam("row"), task.c.status == "open")
    db.execute(changed.values(**values), {"row": task_id})


def _note(
    db: Connection,
    store: Store,
    walk: Walk,
    asked: Row[Any],
    actor: Actor,
    what: str,
    now: datetime,
    facts: Json | None = None,
) -> None:
    store.chains.record(
        db,
        now=now,
        actor=actor,
        what=what,
        citizen=walk.citizen_id,
        case=walk.case_id,
        instance=walk.id,
        task=asked.id,
        facts=facts,
    )
