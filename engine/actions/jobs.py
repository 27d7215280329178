"""What falls due, without a person: timers, reminders, overdue notices, deliveries, pathways that must begin.

A job is a row that was written with the state that asked for it.  It is claimed, done and deleted in one
transaction; what fails is put off and kept where an operator sees it, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import access, measures, offers
from engine import pathway as steps
from engine.actions import cases, telling
from engine.actions.record import Event, record
from engine.actions.walk import Walk, by_instance
from engine.deadlines import status_at
from engine.errors import (
    Conflict,
    Forbidden,
    InstanceSuspended,
    MessageUnmatched,
    StafetError,
    Unavailable,
    UnknownPathway,
)
from engine.model import MACHINE, Actor, Deadline, Json
from engine.seals import message_place
from engine.store import Store
from engine.tables import case, deadline, incident, instance, job, message, notice, worker
from engine.tables import pathway as pathway_table
from forms.components import within
from forms.reading import read

#: What an incident can say; for the catalogue.
FIELDS = {"unforeseen": "The job failed for a reason that nobody foresaw."}
log = logging.getLogger("stafet.jobs")

#: Of a message that nobody has dealt with, or of which that was taken back.
NOT_HANDLED: Json = {"handled_at": None, "handled_by": None, "note": None}

#: When a job that lost a race, or found the database away, is tried again; another failure doubles from a minute.
SOON, LONGEST = timedelta(seconds=2), timedelta(hours=1)
_ENDED = ("completed", "cancelled")
#: What hears a message; it waits for a suspended one until that goes on.
_WALKING = ("running", "waiting", "incident", "suspended")


def run_due(store: Store, limit: int, *, now: datetime) -> int:
    """Do what has fallen due, oldest first, at most `limit` jobs; how many there were.

    Safe to call twice, or by many workers at once.
    """
    done = 0
    while done < limit and _due(store, now) and _do_one(store, now, job.c.due_at <= now):
        done += 1
    return done


def run_one(store: Store, key: str, *, now: datetime) -> bool:
    """Do one job now, where nobody else has done it; whether it was there."""
    return _do_one(store, now, job.c.key == key)


def wake(store: Store, actor: Actor, instance_id: int, *, now: datetime) -> None:
    """Let an instance look at the clock; harmless where nothing is due."""
    if not access.may_operate(actor):
        raise Forbidden("Only operators may wake a pathway.")
    with store.write() as db:
        walk = by_instance(db, store, instance_id, now)
        walk.must_go_on()
        step = steps.wake(walk.pathway, walk.state, now)
        record(db, store, walk, step, Event("woken", actor), now)


def beat(store: Store, name: str, *, done: int, failed: int, now: datetime) -> None:
    """A worker lives; `done` and `failed` are its counts since it started."""
    with store.write() as db:
        made = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(worker)
        row = {
            "name": name[:120],
            "started_at": now,
            "beat_at": now,
            "done": done,
            "failed": failed,
        }
        seen = {"beat_at": now, "done": done, "failed": failed, "ended_at": None}
        db.execute(made.values(row).on_conflict_do_update(index_elements=["name"], set_=seen))
        db.execute(delete(worker).where(worker.c.beat_at < now - timedelta(days=1)))


def leave(store: Store, name: str, *, now: datetime) -> None:
    """A worker stops in order: it has not fallen silent, and nobody need look for it."""
    with store.write() as db:
        db.execute(update(worker).where(worker.c.name == name[:120]).values(ended_at=now))


# ---- one job -----------------------------------------------------------------------------
def _due(store: Store, now: datetime) -> bool:
    # Looking takes no lock: on SQLite an idle worker must not stand in the writers' queue.
    with store.read() as db:
        return db.scalar(select(job.c.id).where(job.c.due_at <= now).limit(1)) is not None


def _do_one(store: Store, now: datetime, which: Any) -> bool:
    claimed: Row[Any] | None = None
    try:
        with measures.during("job") as going, store.write() as db:
            claimed = db.execute(
                select(job)
                .where(which)
                .order_by(job.c.due_at, job.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).first()
            if claimed is None:
                return False
            going.begins(
                claimed.kind, after=claimed.data.get("trace"),
                instance=claimed.instance_id, element=claimed.element,
            )  # fmt: skip
            measures.tell("late", claimed.kind, (now - claimed.due_at).total_seconds())
            _VERBS[claimed.kind](db, store, claimed, now)
            # A timer that goes on, or a reminder that moved, has its next moment in the same row by now.
            db.execute(delete(job).where(job.c.id == claimed.id, job.c.due_at == claimed.due_at))
    except Exception as exc:
        # One bad instance must not stop the others.
        if claimed is None:
            raise
        _put_off(store, claimed, exc, now)
    return True


def _put_off(store: Store, claimed: Row[Any], exc: Exception, now: datetime) -> None:
    code = exc.code if isinstance(exc, StafetError) else "failed"
    passing = isinstance(exc, Conflict | Unavailable)
    wait = SOON if passing else min(timedelta(minutes=2**claimed.attempts), LONGEST)
    held = isinstance(exc, InstanceSuspended)
    if held:
        wait = LONGEST  # resuming lets it be done at once
    if not passing:
        # The code and the number, never the message: it may repeat what somebody wrote.
        log.error(
            "job %s (%s) of instance %s failed: %s",
            claimed.id,
            claimed.kind,
            claimed.instance_id,
            code,
            extra={"instance": claimed.instance_id},
        )
    with store.write() as db:
        later = {
            "attempts": claimed.attempts + (not passing),
            "due_at": now + wait,
            "error": None if held else code[:500],
        }
        db.execute(update(job).where(job.c.id == claimed.id).values(**later))
        if not passing and claimed.instance_id is not None:
            _incident(db, claimed, exc, code, now)


def _incident(db: Connection, claimed: Row[Any], exc: Exception, code: str, now: datetime) -> None:
    known = select(incident.c.id).where(
        incident.c.instance_id == claimed.instance_id,
        incident.c.code == code,
        incident.c.resolved_at.is_(None),
    )
    if db.scalar(known.limit(1)) is not None:
        return
    said: dict[str, Any] = {"sentence": FIELDS["unforeseen"]}
    if isinstance(exc, StafetError):
        plain = {name: fact for name, fact in exc.facts.items() if isinstance(fact, str | int)}
        said = {"sentence": exc.sentence[:500], "template": exc.template[:500], "facts": plain}
    row = {"instance_id": claimed.instance_id, "at": now, "code": code, "element": claimed.element}
    db.execute(insert(incident).values(**row, **said))
    stands = instance.c.status.in_(("running", "waiting"))
    db.execute(
        update(instance)
        .where(instance.c.id == claimed.instance_id, stands)
        .values(status="incident")
    )


# ---- what there is to do -----------------------------------------------------------------
def _timer(db: Connection, store: Store, it: Row[Any], now: datetime) -> None:
    walk = by_instance(db, store, it.instance_id, now)
    if walk.status in _ENDED:
        return
    if walk.status == "suspended":
        # Its clocks stand; resuming it sets them anew.
        db.execute(update(job).where(job.c.id == it.id).values(due_at=now + LONGEST))
        return
    step = steps.wake(walk.pathway, walk.state, now)
    record(db, store, walk, step, Event("timer", MACHINE, it.element or ""), now)


def _watch(db: Connection, _store: Store, it: Row[Any], now: datetime) -> None:
    """A reminder, or the moment when a deadline has passed: a notice in the unit's inbox."""
    row = db.execute(
        select(deadline).where(
            deadline.c.instance_id == it.instance_id, deadline.c.ref == it.data["deadline"]
        )
    ).first()
    if row is None or row.status not in ("open", "overdue"):
        return
    stands = status_at(_record(row), now)
    if it.kind == "overdue":
        if stands != "overdue":
            return  # its clock stands still
        changed = update(deadline).where(deadline.c.id == row.id, deadline.c.status == "open")
        db.execute(changed.values(status="overdue"))
    elif stands != "open":
        return
    made = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(notice)
    told = {
        "kind": it.kind,
        "deadline_id": row.id,
        "task_id": row.task_id,
        "unit_id": row.unit_id,
        "at": now,
    }
    if db.execute(made.values(told).on_conflict_do_nothing()).rowcount:
        telling.dated(db, row, it.kind, now)


def _deliver(db: Connection, store: Store, it: Row[Any], now: datetime) -> None:
    """A message reaches the pathway that waits for it, or starts the one that it names."""
    letter = db.execute(
        select(message, case.c.agreement, case.c.citizen_id, case.c.subject)
        .join(case, case.c.id == message.c.case_id)
        .where(message.c.key == it.data["message"])
    ).first()
    if letter is None or letter.status not in ("sent", "unmatched"):
        return
    data = store.keyring.open_json(letter.body, message_place(letter.key)) if letter.body else {}
    heard = it.data.get("to") or _waiting(db, letter)
    if heard is None and _needless(db, store, letter):
        # Nobody need hear it: kept, and nothing that an operator must look at.
        return _mark(db, letter.id, status="unmatched", handled_at=now)
    try:
        if heard is not None:
            walk = by_instance(db, store, heard, now)
            step = steps.deliver(walk.pathway, walk.state, letter.name, data, now)
            facts = {"message": letter.id, "name": letter.name}
            record(db, store, walk, step, Event("told", MACHINE, facts=facts), now)
        else:
            _begin(db, store, letter, data, now)
    except (MessageUnmatched, UnknownPathway):
        # Also where an operator delivered it and the instance went on meanwhile: it waits again, and is seen.
        _mark(db, letter.id, status="unmatched", **NOT_HANDLED)
    else:
        _mark(db, letter.id, status="matched", received_at=now)


def _waiting(db: Connection, letter: Row[Any]) -> int | None:
    """The oldest running instance of the named pathway, on the same case, that waits for the message."""
    return next((row.id for row in _running(db, letter) if letter.name in row.awaits), None)


def _running(db: Connection, letter: Row[Any]) -> list[Row[Any]]:
    """What runs on the case of the pathway that the message names, oldest first."""
    keys = (
        letter.to_pathway,
        f"{letter.agreement}-{letter.to_pathway}",
        f"{offers.SHARED}-{letter.to_pathway}",
    )
    wanted = (
        select(instance.c.id, instance.c.awaits, instance.c.started_at)
        .join(pathway_table, pathway_table.c.id == instance.c.pathway_id)
        .where(
            instance.c.case_id == letter.case_id,
            instance.c.status.in_(_WALKING),
            pathway_table.c.key.in_(keys),
        )
    )
    return list(db.execute(wanted.order_by(instance.c.id)))


def _needless(db: Connection, store: Store, letter: Row[Any]) -> bool:
    """Whether the sender's diagram says that it is only for who waits, or begins what runs already."""
    by = instance.alias()
    sender = db.execute(
        select(instance.c.pathway_id, func.coalesce(by.c.started_at, instance.c.started_at))
        .outerjoin(by, by.c.id == instance.c.parent_id)
        .where(instance.c.id == letter.instance_id)
    ).first()
    if sender is None or not letter.to_pathway:
        return False
    number, since = sender
    only = store.pathway(db, number).only(letter.name, letter.to_pathway)
    runs = [row.started_at for row in _running(db, letter)] if only else []
    return (
        only == "venter"
        or (only == "ny" and bool(runs))
        or (only == "en_gang" and any(begun >= since for begun in runs))
    )


def _begin(
    db: Connection, store: Store, letter: Row[Any], data: dict[str, Any], now: datetime
) -> None:
    number, _key = offers.find(db, letter.agreement, letter.to_pathway, now)
    walk = cases.fresh(db, store, letter, number, now, parent_id=letter.instance_id)
    if not _is_for(letter, walk):
        raise UnknownPathway
    action = walk.pathway.begun_by(letter.name)
    facts = {"message": letter.id, "name": letter.name}
    element, party, told = _told(walk, data, action)
    event = Event("started", MACHINE, element, party, answers=told or None, facts=facts)
    cases.begin(db, store, walk, data, event, now, action=action)


def _told(walk: Walk, data: Mapping[str, Any], action: str | None) -> tuple[str, str, Json]:
    """What a message says in the start form's fields and no expression reads: kept as an answer, sealed."""
    start = next((one for one in walk.pathway.start_actions if one.message == action), None)
    form = walk.pathway.forms.get(start.form) if start and start.form else None
    if start is None or form is None:
        return "", "", {}
    asked = {one.key for one in within(read(form).components) if one.key}
    told = {k: v for k, v in data.items() if k in asked - walk.pathway.reads()}
    party = walk.pathway.plan.agreement.lane_party(start.lane, data)
    return (start.id, party, told) if told else ("", "", {})


def _is_for(it: cases.About, walk: Walk) -> bool:
    """Whether the pathway runs on such a case; what began on a citizen's before it could be otherwise goes on there."""
    return it.subject == "citizen" or it.subject in walk.pathway.about


def _start(db: Connection, store: Store, it: Row[Any], now: datetime) -> None:
    """A pathway that another one needs, unless it runs already on this case (`faelles-samtykke` before sharing)."""
    row = db.execute(select(*cases.ABOUT).where(case.c.id == it.data["case"])).one()
    try:
        number, key = offers.find(db, row.agreement, it.data["pathway"], now)
    except UnknownPathway:
        return
    runs = (
        select(instance.c.id)
        .join(pathway_table, pathway_table.c.id == instance.c.pathway_id)
        .where(
            instance.c.case_id == it.data["case"],
            instance.c.status.in_(_WALKING),
            pathway_table.c.key == key,
        )
    )
    if db.scalar(runs.limit(1)) is None:
        walk = cases.fresh(db, store, row, number, now, parent_id=it.instance_id)
        if not _is_for(row, walk):
            return
        cases.begin(db, store, walk, it.data.get("data", {}), Event("started", MACHINE), now)


def _mark(db: Connection, message_id: int, **values: Any) -> None:
    db.execute(update(message).where(message.c.id == message_id).values(**values))


def _record(row: Row[Any]) -> Deadline:
    paused = tuple(
        (datetime.fromisoformat(a), datetime.fromisoformat(b) if b else None) for a, b in row.paused
    )
    return Deadline(
        row.ref, row.element, row.process, None, row.clause, row.party, row.frist, row.started_at, row.due_at,
        row.reminder_at, row.overdue_at, row.status, row.met_at, row.cancelled_at, paused, row.local,
    )  # fmt: skip


_VERBS: Mapping[str, Callable[[Connection, Store, Row[Any], datetime], None]] = {
    "timer": _timer,
    "reminder": _watch,
    "overdue": _watch,
    "deliver": _deliver,
    "start": _start,
}
