"""What operators do beside the diagram's steps: give a task to somebody, remind of dates.

    give  remind        (store, operator, task or instance, …, reason, dry_run=…, now=…) -> Operated

As with all that operators do, the reason is sealed, the audit entry holds its fingerprint, and a dry run only tells.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine import pathway as steps
from engine.actions import telling
from engine.actions.hand import Act, Operated, must_operate, operated
from engine.actions.parties import member
from engine.actions.walk import Walk
from engine.errors import Conflict, Invalid, NotFound, NothingToRemind, TaskNotOpen
from engine.model import Actor, Json, Step
from engine.prepared import upsert
from engine.store import Store
from engine.tables import deadline, notice, person, task

#: What a field can be told here; for the catalogue.
FIELDS = {
    "to": "Nobody in the unit who may take the task has that login.",
}
_NEWS = upsert(notice, ("kind", "deadline_id", "unit_id"), ("at", "read_at"), "task_id")


def give(
    store: Store,
    actor: Actor,
    task_id: int,
    to: str | None,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Give an open task to the person with this login, who must be able to take it; None: back to the whole unit.

    `changes` has `given`: [{id name from to draft}], by logins; None where nobody holds it.  `draft`: what was begun on
    is lost with it.
    """
    must_operate(actor)
    with store.read() as db:
        row = db.execute(select(task).where(task.c.id == task_id)).first()
        if row is None:
            raise NotFound
        act = giving(db, row, to, reason, now)
    return operated(store, actor, row.instance_id, act, dry_run, now, seen)


def giving(db: Connection, row: Row[Any], to: str | None, reason: str, now: datetime) -> Act:
    """What `give` does with a row of `task`; raises `Invalid` where the person may not take it."""
    able = member(db, to, row.unit_id, row.roles, now) if to is not None else None
    if to is not None and able is None:
        raise Invalid(fields={"to": FIELDS["to"]})

    def assign(db: Connection, walk: Walk, _step: Step) -> Json:
        if row.ref not in walk.tasks:
            raise TaskNotOpen
        held = select(person.c.login).where(person.c.id == walk.tasks[row.ref].assignee_id)
        was = db.scalar(held)
        if to is None and was is None:
            raise Conflict("Nobody has this task.")
        begun = was != to and walk.tasks[row.ref].draft is not None
        # The draft is whoever wrote it's; the next one begins anew.
        values: Json = {"assignee_id": able} | (
            {} if was == to else {"draft": None, "draft_at": None}
        )
        db.execute(update(task).where(task.c.id == row.id).values(**values))
        if able is not None:
            telling.given(db, row.id, able, now)
        told = {"id": row.id, "name": row.name, "from": was, "to": to, "draft": begun}
        return {"given": [told]}

    act = Act("given", reason, lambda w: steps.view(w.pathway, w.state, now), also=assign)
    return act.knowing(task=row.id, to=able)


def remind(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Put the instance's running deadlines into the inboxes of the units that owe them, as if they were new there.

    `changes` has `reminded`: [{clause party overdue}].
    """
    return operated(store, actor, instance_id, reminding(reason, now), dry_run, now, seen)


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
