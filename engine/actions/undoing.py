"""Take back that one completed a task: for a minute, where nothing has left and nobody has gone on.

The instance, its tasks, dates and timers are what they were; the answers are the task's draft, and the audit chain
holds both.  What the next tasks were is gone with them: nobody had touched them, and no other unit had them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, or_, select, update

from engine import pathway as steps
from engine.actions.record import job_rows, keep_deadlines, plan_jobs
from engine.actions.remembering import FIELDS as WHY
from engine.actions.walk import Walk, by_task
from engine.errors import Conflict, NotFound
from engine.model import UNDO, Actor, Json
from engine.seals import answer_place, draft_place
from engine.store import Store
from engine.tables import (
    answer,
    attachment,
    case_party,
    comment,
    deadline,
    handover,
    history,
    instance,
    instance_party,
    job,
    notice,
    outbox,
    task,
)

#: Why a completion that could be taken back no longer can.
FIELDS = {
    "late": "A minute has passed.",
    "went_on": "The pathway has gone on since.",
    "touched": "Somebody has begun on what came next.",
}


class CannotUndo(Conflict):
    """This can no longer be undone."""

    code = "cannot_undo"


def reopen(store: Store, actor: Actor, task_id: int, *, now: datetime) -> None:
    """Take back that the actor completed this task within `UNDO`; raises `CannotUndo` with the reason."""
    with store.write() as db:
        walk, asked = by_task(db, store, task_id, now)
        if asked.unit_id not in actor.units:
            raise NotFound
        before = _before(db, walk, asked, actor, now)
        new = [row for ref, row in walk.tasks.items() if ref not in before["open"]]
        if _touched(db, [row.id for row in new]) or _joined(db, walk, asked):
            raise CannotUndo(FIELDS["touched"])
        _put_back_dates(db, store, walk, before, asked.closed_at)
        _forget(db, walk, asked, [row.id for row in new], before["traces"])
        _put_back(db, store, walk, asked, before, now)
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="reopened",
            citizen=walk.citizen_id,
            case=walk.case_id,
            instance=walk.id,
            task=asked.id,
            facts={"element": asked.element},
        )


# ---- inside ------------------------------------------------------------------------------
def _before(
    db: Connection, walk: Walk, asked: Row[Any], actor: Actor, now: datetime
) -> dict[str, Any]:
    """What the instance was, where the actor's completion of this task is its last step."""
    known = db.scalar(select(instance.c.before).where(instance.c.id == walk.id))
    mine = asked.status == "completed" and asked.closed_by == actor.id
    if not mine:
        raise CannotUndo
    if known is None or known["task"] != asked.id or known["version"] != walk.version:
        raise CannotUndo(FIELDS["went_on"])
    if now - asked.closed_at > UNDO:
        raise CannotUndo(FIELDS["late"])
    if "no" in known:
        raise CannotUndo(WHY[known["no"]])
    found: dict[str, Any] = known
    return found


def _touched(db: Connection, new: list[int]) -> bool:
    """Whether somebody took, wrote in or spoke of one of these tasks."""
    if not new:
        return False
    hangs = [
        exists(select(1).where(table.c.task_id.in_(new)))
        for table in (comment, attachment, handover)
    ]
    begun = select(task.c.id).where(
        task.c.id.in_(new), or_(task.c.assignee_id.is_not(None), task.c.draft_at.is_not(None))
    )
    return bool(db.scalar(select(or_(exists(begun), *hangs))))


def _joined(db: Connection, walk: Walk, asked: Row[Any]) -> bool:
    """Whether another unit learned of the instance by this step."""
    there = (
        select(1)
        .select_from(instance_party)
        .join(
            case_party,
            (case_party.c.case_id == instance_party.c.case_id)
            & (case_party.c.party == instance_party.c.party),
        )
        .where(
            instance_party.c.instance_id == walk.id,
            instance_party.c.since == asked.closed_at,
            instance_party.c.since > walk.started_at,
            case_party.c.unit_id != asked.unit_id,
        )
    )
    return db.scalar(there.limit(1)) is not None


def _put_back_dates(
    db: Connection, store: Store, walk: Walk, before: Json, done_at: datetime
) -> None:
    """Deadlines, timers and reminders as they were; those that the step began are gone."""
    last, owed = steps.owed(walk.pathway, before["state"], done_at)
    rows = db.execute(
        select(deadline.c.id, deadline.c.ref, deadline.c.status, deadline.c.task_id).where(
            deadline.c.instance_id == walk.id
        )
    ).all()
    new = [row for row in rows if int(row.ref) > last]
    if new:
        gone = [f"{kind}:{walk.id}:{row.ref}" for row in new for kind in ("reminder", "overdue")]
        db.execute(delete(job).where(job.c.key.in_(gone)))
        db.execute(delete(notice).where(notice.c.deadline_id.in_([row.id for row in new])))
        db.execute(delete(outbox).where(outbox.c.deadline_id.in_([row.id for row in new])))
        db.execute(delete(deadline).where(deadline.c.id.in_([row.id for row in new])))
    changed = {row.ref: row.task_id for row in rows if row.status in ("met", "late", "cancelled")}
    back = [one for one in owed if one.ref in changed]
    if back:
        keep_deadlines(db, walk, back, changed)
    was = steps.view(walk.pathway, before["state"], datetime.fromisoformat(before["moved_at"]))
    timers = {f"timer:{walk.id}:{one.ref}" for one in was.timers}
    if gone := [key for key in walk.around.timers if key not in timers]:
        db.execute(delete(job).where(job.c.key.in_(gone)))
    # What fell due before is done or still planned; only what fell due meanwhile found nothing to do and went.
    jobs = [one for one in job_rows(walk, was.timers, back) if one["due_at"] > done_at]
    plan_jobs(db, store, jobs, done_at)


def _forget(db: Connection, walk: Walk, asked: Row[Any], new: list[int], traces: int) -> None:
    """What the step wrote down: what happened, what was answered, and the tasks that came next."""
    last = select(history.c.id).where(history.c.instance_id == walk.id)
    last = last.order_by(history.c.id.desc()).limit(traces)
    numbers = list(db.scalars(last))
    db.execute(delete(history).where(history.c.id.in_(numbers)))
    if new:
        db.execute(delete(notice).where(notice.c.task_id.in_(new)))
        db.execute(delete(outbox).where(outbox.c.task_id.in_(new)))
        db.execute(delete(task).where(task.c.id.in_(new)))
    db.execute(
        delete(instance_party).where(
            instance_party.c.instance_id == walk.id,
            instance_party.c.since == asked.closed_at,
            instance_party.c.since > walk.started_at,
        )
    )


def _put_back(
    db: Connection, store: Store, walk: Walk, asked: Row[Any], before: Json, now: datetime
) -> None:
    given = db.execute(
        select(answer).where(answer.c.task_id == asked.id).order_by(answer.c.id.desc()).limit(1)
    ).first()
    values: Json = {"draft": None, "draft_at": None}
    if given is not None:
        sealed: bytes = given._mapping["values"]
        place = answer_place(walk.id, given.element, given.at)
        said = store.keyring.open_json(sealed, place)
        draft = store.keyring.seal_json(said, draft_place(asked.id)) if said else None
        values = {"draft": draft, "draft_at": now if draft else None}
        db.execute(delete(answer).where(answer.c.id == given.id))
    opened = update(task).where(task.c.id == asked.id)
    db.execute(opened.values(status="open", closed_at=None, closed_by=None, **values))
    put = update(instance).where(instance.c.id == walk.id, instance.c.version == walk.version)
    names = ("state", "status", "tokens", "awaits")
    stood = {name: before[name] for name in names}
    moved = datetime.fromisoformat(before["moved_at"])
    done = db.execute(
        put.values(
            **stood,
            end_state=None,
            moved_at=moved,
            ended_at=None,
            before=None,
            version=walk.version + 1,
        )
    )
    if done.rowcount != 1:
        raise Conflict
