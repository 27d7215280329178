"""Look at every row that may say that something is stuck.  One function a reason: a range of an index, or one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Text,
    and_,
    bindparam,
    cast,
    except_,
    exists,
    func,
    or_,
    select,
)

from engine.stuck.causes import (
    HELD,
    HOUR,
    LOOKED,
    LOOPS,
    MISFIRED,
    MISSING,
    PATIENCE,
    SILENT,
    TRIES,
    TURNS,
    Cause,
    back,
)
from engine.stuck.orphans import ALIVE, orphans
from engine.tables import (
    deadline,
    history,
    incident,
    instance,
    job,
    message,
    task,
    worker,
)

#: Jobs that move an instance; reminders do not.
_MOVING = ("timer", "deliver", "start")
#: As written in the index `ix_instance_going`: a bound value could not be matched with it.
_GOING: BindParameter[tuple[str, ...]] = bindparam(
    "going", ("running", "waiting"), expanding=True, literal_execute=True
)

#: A message that nobody waits for and nobody has dealt with.
UNHEARD = (message.c.status == "unmatched") & message.c.handled_at.is_(None)


def causes(db: Connection, now: datetime) -> list[Cause]:
    """Everything that is stuck at `now`, each cause once, those that should have moved first in front."""
    found: dict[str, Cause] = {}
    for look in _LOOKS:
        for cause in look(db, now):
            found.setdefault(cause.key, cause)
    for cause in _children(db, [*found.values()]):
        found.setdefault(cause.key, cause)
    return sorted(found.values(), key=lambda cause: (cause.due_at, cause.key))


def due_soon(db: Connection, now: datetime) -> int:
    """How many legal dates run out within a day."""
    soon = select(func.count()).where(
        deadline.c.met_at.is_(None), deadline.c.cancelled_at.is_(None), deadline.c.local.is_(False),
        deadline.c.overdue_at > now, deadline.c.overdue_at <= now + timedelta(days=1),
    )  # fmt: skip
    return db.scalar(soon) or 0


def census(db: Connection) -> dict[str, int]:
    """How many instances have not ended, by status; this one counts them all."""
    going = (*ALIVE, "suspended")
    counted = (
        select(instance.c.status, func.count().label("n"))
        .where(instance.c.status.in_(going))
        .group_by(instance.c.status)
    )
    found = {row.status: row.n for row in db.execute(counted)}
    return {status: found.get(status, 0) for status in going}


# ---- failed, blocked, loop ---------------------------------------------------------------
def _incidents(db: Connection, _now: datetime) -> Iterator[Cause]:
    """Incidents that nothing will try again by itself."""
    trying = exists().where(
        job.c.instance_id == incident.c.instance_id,
        job.c.error.is_not(None),
        job.c.attempts < TRIES,
    )
    rows = db.execute(
        select(
            incident.c.id, incident.c.at, incident.c.code, incident.c.element, instance.c.id.label("walk"),
            instance.c.case_id, instance.c.status,
        )
        .join(instance, instance.c.id == incident.c.instance_id)
        .where(
            incident.c.resolved_at.is_(None), instance.c.status.in_((*ALIVE, "suspended")),
            or_(incident.c.code.in_((*MISSING, *LOOPS)), ~trying),
        )
    )  # fmt: skip
    for row in rows:
        reason = "blocked" if row.code in MISSING else "loop" if row.code in LOOPS else "failed"
        act = {"failed": "retry", "blocked": "retry", "loop": "move"}[reason]
        yield Cause(
            reason, row.case_id, row.walk, row.element or "", row.at, row.at, act, f"incident:{row.id}", None, row.code
        )  # fmt: skip


def _jobs(db: Connection, now: datetime) -> Iterator[Cause]:
    """Jobs that failed twice, and those that nobody does, or tries again, though they are due."""
    beats = exists().where(worker.c.beat_at >= now - SILENT)
    late = or_(job.c.due_at <= now - MISFIRED, and_(job.c.due_at <= now, ~beats))
    spent = and_(job.c.error.is_not(None), job.c.attempts >= TRIES)
    told = select(message.c.sent_at).where(message.c.key == job.c.data["message"].as_string())
    # What an instance's own step failed on has an incident, which says more.
    known = exists().where(
        incident.c.instance_id == job.c.instance_id, incident.c.resolved_at.is_(None)
    )
    rows = db.execute(
        select(job, instance.c.case_id, told.scalar_subquery().label("sent_at"), known.label("known"))
        .outerjoin(instance, instance.c.id == job.c.instance_id)
        .where(or_(spent, late))
        .where(or_(instance.c.id.is_(None), instance.c.status.in_(ALIVE)))
    )  # fmt: skip
    for row in rows:
        of = {"case_id": row.case_id, "instance_id": row.instance_id, "element": row.element or ""}
        # One that failed once and whose next try nobody makes is late, as if it had not been tried at all.
        if row.error is None or row.attempts < TRIES:
            yield Cause(
                "timer", since=row.due_at, due_at=row.due_at, act="retry", ref=f"job:{row.id}", **of
            )
        elif row.kind == "deliver":
            since = row.sent_at or row.due_at
            yield Cause(
                "undeliverable", since=since, due_at=since, act="retry", ref=f"job:{row.id}",
                detail=row.error, **of,
            )  # fmt: skip
        elif not row.known:
            yield Cause(
                "failed", since=row.due_at, due_at=row.due_at, act="retry", ref=f"job:{row.id}",
                detail=row.error, **of,
            )  # fmt: skip


def _loops(db: Connection, now: datetime) -> Iterator[Cause]:
    """Where the newest lines do not reach back an hour, they only say whose hour is to be counted."""
    newest, hour = db.scalar(select(func.max(history.c.id))) or 0, history.c.at > now - HOUR
    recent = history.c.id > newest - LOOKED
    first = db.scalar(select(history.c.at).where(recent).order_by(history.c.id).limit(1))
    whole = newest <= LOOKED or first is None or first <= now - HOUR
    places = (history.c.instance_id, history.c.case_id, history.c.process, history.c.element)
    entered = history.c.what == "entered"
    again = (
        select(*places)
        .where(recent, hour, entered)
        .group_by(*places)
        .having(func.count() > (TURNS if whole else 1))
        .subquery()
    )
    same = and_(*(each == again.c[each.name] for each in places))
    rows = db.execute(
        select(*places, func.min(history.c.at).label("first"), func.count().label("times"))
        .join(again, same)
        .join(instance, instance.c.id == history.c.instance_id)
        .where(hour, entered, instance.c.status.in_(ALIVE))
        .group_by(*places)
        .having(func.count() > TURNS)
    )
    for row in rows:
        yield Cause(
            "loop", row.case_id, row.instance_id, row.element, row.first, row.first, "move",
            f"element:{row.process}#{row.element}"[:120], None, str(row.times),
        )  # fmt: skip


def _held(db: Connection, now: datetime) -> Iterator[Cause]:
    limit = back(HELD, now)
    rows = db.execute(
        select(instance.c.id, instance.c.case_id, instance.c.moved_at).where(
            instance.c.status == "suspended", instance.c.moved_at < limit
        )
    )
    for row in rows:
        yield Cause(
            "blocked", row.case_id, row.id, "", row.moved_at, row.moved_at, "resume",
            f"instance:{row.id}", None, "suspended",
        )  # fmt: skip


# ---- overdue -----------------------------------------------------------------------------
def _overdue(db: Connection, now: datetime) -> Iterator[Cause]:
    """Legal dates that have passed; one that hangs on a message is a message that is missing."""
    stands = cast(deadline.c.paused, Text).like("%null]]")
    rows = db.execute(
        select(deadline, instance.c.awaits, instance.c.status.label("walk"))
        .join(instance, instance.c.id == deadline.c.instance_id)
        .where(
            deadline.c.met_at.is_(None), deadline.c.cancelled_at.is_(None), deadline.c.overdue_at <= now,
            deadline.c.local.is_(False), or_(deadline.c.status == "overdue", ~stands),
            instance.c.status.in_(ALIVE),
        )
    )  # fmt: skip
    for row in rows:
        missing = row.task_id is None and row.walk == "waiting" and bool(row.awaits)
        yield Cause(
            "message" if missing else "overdue", row.case_id, row.instance_id, row.element, row.overdue_at,
            row.due_at, "remind", f"deadline:{row.id}", row.unit_id,
            ", ".join(row.awaits) if missing else row.clause,
        )  # fmt: skip


# ---- message, zombie ---------------------------------------------------------------------
def _silent(db: Connection, now: datetime) -> Iterator[Cause]:
    """Instances without a task and without a job: they wait for a message, or for nothing."""
    limit = back(PATIENCE, now)
    left = _left(sqlite=db.dialect.name == "sqlite").cte("left")
    clock = exists().where(
        deadline.c.instance_id == instance.c.id, deadline.c.met_at.is_(None), deadline.c.cancelled_at.is_(None)
    )  # fmt: skip
    nothing = cast(instance.c.awaits, Text) == "[]"
    rows = db.execute(
        select(instance.c.id, instance.c.case_id, instance.c.moved_at, instance.c.awaits, instance.c.tokens)
        .join(left, left.c.id == instance.c.id)
        .where(or_(nothing, and_(instance.c.moved_at < limit, ~clock)))
    )  # fmt: skip
    for row in rows:
        yield _speechless(row)


def _left(*, sqlite: bool) -> Any:
    """The numbers of those: one pass along ordered indexes, however many instances wait for a person.

    SQLite, which would write all three down to compare them, asks the two beside each instance.
    """
    going = select(instance.c.id).where(instance.c.status.in_(_GOING))
    work, moving = task.c.status == "open", job.c.kind.in_(_MOVING)
    if sqlite:
        tasks = select(task.c.instance_id).where(task.c.instance_id == instance.c.id, work)
        jobs = select(job.c.instance_id).where(job.c.instance_id == instance.c.id, moving)
        return going.where(~exists(tasks), ~exists(jobs))
    busy = select(job.c.instance_id).where(moving, job.c.instance_id.is_not(None))
    return except_(going, select(task.c.instance_id).where(work), busy)


def _speechless(row: Any) -> Cause:
    where = row.tokens[0] if row.tokens else ""
    at, ref = row.moved_at, f"instance:{row.id}"
    if row.awaits:
        names = ", ".join(row.awaits)
        return Cause("message", row.case_id, row.id, where, at, at, "move", ref, None, names)
    return Cause("zombie", row.case_id, row.id, where, at, at, "move", ref)


def _unmatched(db: Connection, _now: datetime) -> Iterator[Cause]:
    rows = db.execute(
        select(
            message.c.id, message.c.case_id, message.c.instance_id, message.c.name, message.c.sent_at,
            message.c.from_unit_id,
        ).where(UNHEARD)
    )  # fmt: skip
    for row in rows:
        yield Cause(
            "undeliverable", row.case_id, row.instance_id, "", row.sent_at, row.sent_at, "deliver",
            f"message:{row.id}", row.from_unit_id, row.name,
        )  # fmt: skip


# ---- what waits for something stuck ------------------------------------------------------
def _children(db: Connection, known: list[Cause]) -> Iterator[Cause]:
    """An instance that waits for a message while the one it began is stuck."""
    stuck = {cause.instance_id: cause for cause in known if cause.instance_id is not None}
    child = instance.alias("child")
    any_task = exists().where(task.c.instance_id == instance.c.id, task.c.status == "open")
    wanted = sorted(stuck)
    for start in range(0, len(wanted), 500):
        rows = db.execute(
            select(instance.c.id, instance.c.case_id, instance.c.tokens, child.c.id.label("child"))
            .join(child, child.c.parent_id == instance.c.id)
            .where(
                child.c.id.in_(wanted[start : start + 500]), instance.c.status == "waiting", ~any_task,
                cast(instance.c.awaits, Text) != "[]",
            )
        )  # fmt: skip
        for row in rows:
            cause = stuck[row.child]
            where = row.tokens[0] if row.tokens else ""
            yield Cause(
                "blocked", row.case_id, row.id, where, cause.since, cause.due_at, cause.act,
                f"instance:{row.child}", None, "child",
            )  # fmt: skip


_LOOKS: tuple[Callable[[Connection, datetime], Iterator[Cause]], ...] = (
    _incidents, _jobs, _loops, _held, _overdue, orphans, _silent, _unmatched,
)  # fmt: skip
