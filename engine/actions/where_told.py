"""What is done to many as one was told: the timers at an element set to another moment.

What a batch changed in an instance is noted with it (`Told.back`), so that another batch can take it back where the
instance still stands as the first left it; what has left the house is never taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.actions.hand import Act, Operated, written
from engine.actions.operate import FARTHEST, rescheduling
from engine.actions.operate import FIELDS as OPERATED
from engine.actions.walk import Walk, by_instance
from engine.calendar import COPENHAGEN
from engine.errors import ChangedSince, Invalid, NoTimerThere
from engine.model import Actor, Json
from engine.store import Store
from engine.tables import job

#: What a field can be told here; for the catalogue.
FIELDS = {
    "element": "Say at which element the timers wait.",
    "when": "Say either the moment, or by how many days and hours.",
    "shift": "At most 3,650 days, earlier or later.",
}
#: A shift is at most so long.
_MOST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Told:
    """What was done to one instance, and what takes it back (None: nothing does)."""

    operated: Operated
    back: Json | None


def told(act: str, what: Mapping[str, Any], now: datetime) -> Json:
    """What the batch keeps of what it was told; empty for an act of another kind.  Raises `Invalid`."""
    return _ACTS[act].told(what, now) if act in _ACTS else {}


def do(
    db: Connection,
    store: Store,
    operator: Actor,
    act: str,
    instance_id: int,
    given: Mapping[str, Any],
    reason: str,
    dry_run: bool,
    now: datetime,
    batch: int | None = None,
) -> Told:
    """Do it to this instance, in the caller's transaction."""
    walk = by_instance(db, store, instance_id, now, wait=True)
    made, back = _ACTS[act].made(db, walk, given, reason, now)
    return _written(db, store, operator, walk, made, back, reason, dry_run, now, batch)


def undo(
    db: Connection,
    store: Store,
    operator: Actor,
    did: Row[Any],
    reason: str,
    now: datetime,
    batch: int,
) -> Told:
    """Take back what an item of another batch did; raises `ChangedSince` where the instance moved since."""
    walk = by_instance(db, store, did.instance_id, now, wait=True)
    if did.was is None or walk.version != did.version:
        raise ChangedSince
    made = _BACK[did.act](did.was, reason, now)
    return _written(db, store, operator, walk, made, None, reason, False, now, batch)


def _written(
    db: Connection,
    store: Store,
    operator: Actor,
    walk: Walk,
    act: Act,
    back: Json | None,
    reason: str,
    dry_run: bool,
    now: datetime,
    batch: int | None,
) -> Told:
    facts = {**(act.facts or {}), **({"batch": batch} if batch else {})}
    done = written(db, store, operator, walk, act.knowing(**facts), reason, dry_run, now)
    return Told(done, None if done.changes["messages"] else back)


# ---- timers ------------------------------------------------------------------------------
def _told_when(what: Mapping[str, Any], now: datetime) -> Json:
    """`{element, due_at}`, or `{element, days, hours}`."""
    wrong: dict[str, str] = {}
    element, due_at = str(what.get("element") or "").strip(), what.get("due_at")
    days, hours = what.get("days") or 0, what.get("hours") or 0
    if not element:
        wrong["element"] = FIELDS["element"]
    if bool(due_at) == bool(days or hours):
        wrong["due_at" if due_at or "days" not in what else "days"] = FIELDS["when"]
    elif due_at and abs(due_at - now) > FARTHEST:
        wrong["due_at"] = OPERATED["far"]
    elif max(abs(days), abs(hours) / 24) > _MOST.days:
        wrong["days"] = FIELDS["shift"]
    if wrong:
        raise Invalid(fields=wrong)
    at = {"due_at": due_at.isoformat()} if due_at else {"days": days, "hours": hours}
    return {"element": element, **at}


def _set(
    db: Connection, walk: Walk, given: Mapping[str, Any], reason: str, now: datetime
) -> tuple[Act, Json]:
    asked = select(job.c.key, job.c.due_at).where(
        job.c.instance_id == walk.id, job.c.kind == "timer", job.c.element == given["element"]
    )
    was = {row.key.rpartition(":")[2]: row.due_at for row in db.execute(asked.order_by(job.c.id))}
    if not was:
        raise NoTimerThere
    moments = {ref: _moment(due, given) for ref, due in was.items()}
    act = rescheduling(moments, reason, now).knowing(at=given["element"])
    return act, {"timers": {ref: due.isoformat() for ref, due in was.items()}}


def _moment(was: datetime, given: Mapping[str, Any]) -> datetime:
    """The moment that was told, or so much later on the clock of the house; a day is a day when clocks are set too."""
    if "due_at" in given:
        return datetime.fromisoformat(given["due_at"])
    later = was.astimezone(COPENHAGEN) + timedelta(days=given["days"])
    return later.astimezone(UTC) + timedelta(hours=given["hours"])


def _set_back(was: Mapping[str, Any], reason: str, now: datetime) -> Act:
    moments = {ref: datetime.fromisoformat(due) for ref, due in was["timers"].items()}
    return rescheduling(moments, reason, now)


# ---- each --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _One:
    """An act: what it keeps of what it was told, and what it is for an instance, with what takes that back."""

    told: Callable[[Mapping[str, Any], datetime], Json]
    made: Callable[[Connection, Walk, Mapping[str, Any], str, datetime], tuple[Act, Json | None]]


_ACTS: Mapping[str, _One] = {"reschedule": _One(_told_when, _set)}
_BACK: Mapping[str, Callable[[Mapping[str, Any], str, datetime], Act]] = {"reschedule": _set_back}
#: The acts.
ACTS = tuple(_ACTS)
