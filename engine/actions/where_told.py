"""What is done to many as one was told: timers set to another moment, tokens moved, all begun again from a
step, values corrected.

What names a step or a value is for instances of one version of a pathway (`of_one`), and stays with that version.

What a batch changed in an instance is noted with it (`Told.back`), so that another batch can take it back where the
instance still stands as the first left it; what has left the house is never taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.actions.hand import Act, Operated, readable, written
from engine.actions.operate import FARTHEST, amending, moving, rescheduling, restarting, turned_back
from engine.actions.operate import FIELDS as OPERATED
from engine.actions.walk import Walk, by_instance
from engine.calendar import COPENHAGEN
from engine.errors import (
    ChangedSince,
    Invalid,
    NeverReached,
    NotAtStep,
    NoTimerThere,
    OtherType,
    OtherVersion,
    SeveralVersions,
)
from engine.model import Actor, Json
from engine.seals import answer_place
from engine.store import Store
from engine.tables import answer, history, instance, job

#: What a field can be told here; for the catalogue.
FIELDS = {
    "element": "Say at which element the timers wait.",
    "when": "Say either the moment, or by how many days and hours.",
    "shift": "At most 3,650 days, earlier or later.",
    "source": "Say at which step they stand.",
    "target": "Say to which step.",
    "values": "Say which value it is to be.",
    "chosen": "This is done to chosen pathways of one version.",
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


def of_one(db: Connection, store: Store, act: str, ids: tuple[int, ...], values: Json) -> Json:
    """The version that all of these must be in, where the act names a step or a value; raises `SeveralVersions`."""
    if act not in _OF_ONE:
        return {}
    if not ids:
        raise Invalid(fields={"act": FIELDS["chosen"]})
    asked = select(instance.c.pathway_id).where(instance.c.id.in_(ids)).distinct().limit(2)
    found = db.scalars(asked).all()
    if len(found) > 1:
        raise SeveralVersions
    if values:
        readable(values, store.pathway(db, found[0]), "values")
    return {"pathway_id": found[0]}


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
    if given.get("pathway_id", walk.pathway_id) != walk.pathway_id:
        raise OtherVersion
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
    was = did.was if did.act != "amend" else {"values": _replaced(db, store, did)}
    made = _BACK[did.act](was, reason, now)
    return _written(db, store, operator, walk, made, _never, reason, False, now, batch)


def _written(
    db: Connection,
    store: Store,
    operator: Actor,
    walk: Walk,
    act: Act,
    back: _Back,
    reason: str,
    dry_run: bool,
    now: datetime,
    batch: int | None,
) -> Told:
    facts = {**(act.facts or {}), **({"batch": batch} if batch else {})}
    try:
        done = written(db, store, operator, walk, act.knowing(**facts), reason, dry_run, now)
    except Invalid:
        # What can be read was asked when it began, and a moment is one: it is the type of what stands there.
        raise OtherType from None
    return Told(done, None if done.changes["messages"] else back(done.changes))


#: What takes an act back, from what it changed.
_Back = Callable[[Json], Json | None]


def _never(_changes: Json) -> None:
    """What takes something back is not taken back itself."""


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
) -> tuple[Act, _Back]:
    asked = select(job.c.key, job.c.due_at).where(
        job.c.instance_id == walk.id, job.c.kind == "timer", job.c.element == given["element"]
    )
    was = {row.key.rpartition(":")[2]: row.due_at for row in db.execute(asked.order_by(job.c.id))}
    if not was:
        raise NoTimerThere
    moments = {ref: _moment(due, given) for ref, due in was.items()}
    act = rescheduling(moments, reason, now).knowing(at=given["element"])
    back = {"timers": {ref: due.isoformat() for ref, due in was.items()}}
    return act, lambda _changes: back


def _moment(was: datetime, given: Mapping[str, Any]) -> datetime:
    """The moment that was told, or so much later on the clock of the house; a day is a day when clocks are set too."""
    if "due_at" in given:
        return datetime.fromisoformat(given["due_at"])
    later = was.astimezone(COPENHAGEN) + timedelta(days=given["days"])
    return later.astimezone(UTC) + timedelta(hours=given["hours"])


def _set_back(was: Mapping[str, Any], reason: str, now: datetime) -> Act:
    moments = {ref: datetime.fromisoformat(due) for ref, due in was["timers"].items()}
    return rescheduling(moments, reason, now)


# ---- steps -------------------------------------------------------------------------------
def _told_steps(*names: str) -> Callable[[Mapping[str, Any], datetime], Json]:
    def said(what: Mapping[str, Any], _now: datetime) -> Json:
        found = {name: str(what.get(name) or "").strip() for name in names}
        if wrong := {name: FIELDS[name] for name, value in found.items() if not value}:
            raise Invalid(fields=wrong)
        return found

    return said


def _moved(
    _db: Connection, walk: Walk, given: Mapping[str, Any], reason: str, now: datetime
) -> tuple[Act, _Back]:
    if given["source"] not in walk.tokens:
        raise NotAtStep
    act = moving(given["source"], given["target"], reason, now)
    return act, lambda changes: turned_back("move", changes)


def _restarted(
    db: Connection, walk: Walk, given: Mapping[str, Any], reason: str, now: datetime
) -> tuple[Act, _Back]:
    mine = history.c.case_id == walk.case_id, history.c.instance_id == walk.id
    there = select(history.c.id).where(*mine, history.c.element == given["target"]).limit(1)
    if db.scalar(there) is None:
        raise NeverReached
    act = restarting(given["target"], reason, now)
    return act, lambda changes: turned_back("restart", changes)


def _move_back(was: Mapping[str, Any], reason: str, now: datetime) -> Act:
    return moving(was["source"], was["target"], reason, now)


# ---- values ------------------------------------------------------------------------------
def _told_values(what: Mapping[str, Any], _now: datetime) -> Json:
    """`{names}`; the values themselves are sealed with the reason (`seals.batch_text`)."""
    if not (values := what.get("values")):
        raise Invalid(fields={"values": FIELDS["values"]})
    return {"names": sorted(values)}


def _amended(
    _db: Connection, _walk: Walk, given: Mapping[str, Any], reason: str, now: datetime
) -> tuple[Act, _Back]:
    return amending(given["values"], reason, now), lambda _changes: {"names": given["names"]}


def _amend_back(was: Mapping[str, Any], reason: str, now: datetime) -> Act:
    return amending(was["values"], reason, now)


def _replaced(db: Connection, store: Store, did: Row[Any]) -> Json:
    """What the correction replaced, as it was sealed beside its reason."""
    asked = select(answer.c["values"]).where(
        answer.c.instance_id == did.instance_id, answer.c.element == "", answer.c.at == did.at
    )
    sealed = db.scalars(asked.order_by(answer.c.id.desc()).limit(1)).one()
    was: Json = store.keyring.open_json(sealed, answer_place(did.instance_id, "", did.at))["was"]
    return was


# ---- each --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _One:
    """An act: what it keeps of what it was told, and what it is for an instance, with what takes that back."""

    told: Callable[[Mapping[str, Any], datetime], Json]
    made: Callable[[Connection, Walk, Mapping[str, Any], str, datetime], tuple[Act, _Back]]


_ACTS: Mapping[str, _One] = {
    "reschedule": _One(_told_when, _set),
    "move": _One(_told_steps("source", "target"), _moved),
    "restart": _One(_told_steps("target"), _restarted),
    "amend": _One(_told_values, _amended),
}
_BACK: Mapping[str, Callable[[Mapping[str, Any], str, datetime], Act]] = {
    "reschedule": _set_back,
    "move": _move_back,
    "restart": _move_back,
    "amend": _amend_back,
}
#: Those that name a step or a value.
_OF_ONE = ("move", "restart", "amend")
#: The acts.
ACTS = tuple(_ACTS)
