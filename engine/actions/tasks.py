"""Tasks: complete one, take it, give it back, hand it to a colleague, keep what is half written."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from engine import access
from engine import pathway as steps
from engine.actions.answers import checked
from engine.actions.record import Event, Moved, record
from engine.actions.walk import Walk, by_task
from engine.errors import Forbidden, Invalid, NotFound, TaskNotOpen, TaskTaken
from engine.model import Actor, Json
from engine.seals import draft_place
from engine.store import Store
from engine.tables import membership, person, task

#: Letters of JSON that a draft may fill.
LARGEST_DRAFT = 400_000

FIELDS = {"to": "Nobody in the unit who may take the task has that login."}


def complete(store: Store, actor: Actor, task_id: int, answers: Json, *, now: datetime) -> Moved:
    """The task is done with these answers: the pathway goes on, and the next ones can be read at once."""
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now)
        walk.must_go_on()
        values = checked(walk.pathway, asked.form, answers, asked.data, walk.around.parties, now)
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


def delegate(store: Store, actor: Actor, task_id: int, to: str, *, now: datetime) -> None:
    """Hand the task to the colleague with this login, who must be able to take it."""
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now, also_taken=True)
        wanted = select(person.c.id).join(membership, membership.c.person_id == person.c.id)
        wanted = wanted.where(
            person.c.login == to, person.c.active, access.works_in(asked.unit_id, asked.roles, now)
        )
        colleague = db.scalar(wanted.limit(1))
        if colleague is None:
            raise Invalid(fields={"to": FIELDS["to"]})
        _assign(db, store, walk, asked, actor, colleague, "delegated", now)


def draft(store: Store, actor: Actor, task_id: int, values: Json, *, now: datetime) -> None:
    """Keep what is half written; nothing in it is checked."""
    if len(json.dumps(values)) > LARGEST_DRAFT:
        raise Invalid("The draft is too large to be kept.")
    with store.write() as db:
        walk, asked = _open_task(db, store, actor, task_id, now)
        sealed = store.keyring.seal_json(values, draft_place(asked.id))
        _update(db, asked.id, draft=sealed, draft_at=now)
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
    if actor.id and not also_taken and asked.assignee_id not in (None, actor.id):
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
) -> None:
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
