"""An operator's hand: one act on an instance outside its diagram, written whole, or rehearsed.

An act is one transaction: the step (`record`), a line of history and an audit entry.  The reason is what somebody
wrote, so it is sealed as an answer of the instance (element and party empty); the audit entry holds its keyed
fingerprint, and what looks like a CPR number is refused.  A dry run does all of it and rolls it back: what it says
is what would happen, and only the look is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from engine import access
from engine.actions.record import Event, record
from engine.actions.walk import Walk, by_instance
from engine.calendar import COPENHAGEN
from engine.errors import Forbidden, InstanceMoved, Invalid
from engine.model import Actor, Deadline, Json, Step, Task
from engine.pathway import Pathway
from engine.store import Store
from engine.tables import deadline, history, job

#: Letters of a reason.
LONGEST = 1000
#: What a field can be told here; for the catalogue.
FIELDS = {
    "empty": "Write why, in at most 1,000 letters.",
    "cpr": "This looks like a CPR number, which must not stand here.",
    "type": "This is of another type than the value that it replaces.",
    "unread": "No expression of this pathway reads a value of that name.",
    "went_on": "The pathway has moved on since you looked at it. The last was “%(name)s” at %(at)s.",
    "operated": "An operator has acted on this pathway since you looked at it, at %(at)s.",
}
_CPR = re.compile(r"(?<!\d)\d{6}[ –-]?\d{4}(?!\d)")


@dataclass(frozen=True, slots=True)
class Operated:
    """The instance as the API shows it, as it is afterwards (in a dry run: as it would be), and what changes.

    `changes`: `tasks_opened` [{element name role party}], `tasks_closed` [{id element name role party}], `deadlines`
    [{element clause party due_at status was}], `timers` [{id element due_at was}] (`due_at` None: it waits no more),
    `messages` [{name title to_party to_pathway}], `left` the elements where a token stood and none stands now; `was` is
    None for what is new.
    """

    instance: Json
    changes: Json
    dry_run: bool


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator does.  `step` decides it (and says in `was` what `values` replace), `also` writes what a step
    does not (and may tell changes of its own), `again` tries failed jobs."""

    what: str
    reason: str
    step: Callable[[Walk], Step]
    values: Json | None = None
    was: Json | None = None
    facts: Mapping[str, Any] | None = None
    again: bool = False
    also: Callable[[Connection, Walk, Step], Json | None] | None = None

    def knowing(self, **facts: Any) -> Act:
        """The same with facts for the audit entry: codes, ids and moments."""
        return replace(self, facts=facts)


class Rehearsed(Exception):
    """Ends the transaction of a dry run, so that nothing of it is kept."""


def operated(
    store: Store,
    actor: Actor,
    instance_id: int,
    act: Act,
    dry_run: bool,
    now: datetime,
    seen: int | None = None,
) -> Operated:
    """Do it, or only say what it would do and note that somebody looked; `seen` as in `as_seen`."""
    must_operate(actor)
    plain = spoken(act.reason)
    try:
        with store.write() as db:
            walk = by_instance(db, store, instance_id, now, wait=True)
            as_seen(db, walk, seen)
            done = written(db, store, actor, walk, act, plain, dry_run, now)
            if dry_run:
                raise Rehearsed
    except Rehearsed:
        looked(store, actor, walk, act.what, now)
    return done


def written(
    db: Connection,
    store: Store,
    actor: Actor,
    walk: Walk,
    act: Act,
    reason: str,
    dry_run: bool,
    now: datetime,
) -> Operated:
    """The act on a locked instance, in the caller's transaction."""
    step = act.step(walk)
    changes = _changes(db, walk, step)
    said: Json = {"reason": reason} | ({"values": act.values} if act.values is not None else {})
    if act.was:
        said["was"] = act.was
    mark = store.keyring.index("operator.reason", reason).hex()
    facts = {**(act.facts or {}), "reason": mark}
    event = Event(act.what, actor, answers=said, facts=facts)
    moved = record(db, store, walk, step, event, now)
    if act.also:
        changes |= act.also(db, walk, step) or {}
    if act.again:
        _again(db, store, walk, now)
    _tell(db, walk, actor, act.what, now)
    return Operated(moved.instance, changes, dry_run)


def looked(store: Store, actor: Actor, walk: Walk, what: str, now: datetime) -> None:
    """Note a dry run as the look at the instance that it is."""
    with store.write() as db:
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="saw_dry_run",
            citizen=walk.citizen_id,
            case=walk.case_id,
            instance=walk.id,
            facts={"of": what},
        )


def as_seen(db: Connection, walk: Walk, seen: int | None) -> None:
    """Raise `InstanceMoved` with the last that happened, where a locked instance left the version that was seen.

    None: whoever acts did not say what he saw.
    """
    if seen is None or seen == walk.version:
        return
    asked = select(history.c.name, history.c.kind, history.c.at)
    last = db.execute(
        asked.where(history.c.instance_id == walk.id, (history.c.name != "") | (history.c.kind == "operator"))
        .order_by(history.c.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    if last is None:
        raise InstanceMoved
    clock = f"{last.at.astimezone(COPENHAGEN):%H.%M}"
    if last.kind == "operator":
        raise InstanceMoved(FIELDS["operated"], at=clock)
    raise InstanceMoved(FIELDS["went_on"], name=last.name, at=clock)


# ---- what is asked for -------------------------------------------------------------------
def must_operate(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor is an operator; says nothing of what there is."""
    if not access.may_operate(actor):
        raise Forbidden("Only operators may do that to a running pathway.")


def spoken(reason: str) -> str:
    """The reason, without blanks around it; raises `Invalid`."""
    plain = reason.strip()
    if not plain or len(plain) > LONGEST:
        raise Invalid(fields={"reason": FIELDS["empty"]})
    numberless(plain, "reason")
    return plain


def numberless(text: str, field: str) -> None:
    """Raise `Invalid` where a text that many read holds what looks like a CPR number."""
    if _CPR.search(text):
        raise Invalid(fields={field: FIELDS["cpr"]})


def readable(values: Json, walked: Pathway, place: str) -> None:
    """Raise `Invalid` for values that the pathway itself does not read, or that no state may hold."""
    reads = walked.reads(walked.key)
    wrong = {f"{place}.{name}": FIELDS["unread"] for name in values if name not in reads}
    for name, value in values.items():
        # The state is not encrypted: it holds what the pathway decides by, never who it is about.
        if _CPR.search(json.dumps(value, ensure_ascii=False)):
            wrong[f"{place}.{name}"] = FIELDS["cpr"]
    if wrong:
        raise Invalid(fields=wrong)


def alike(values: Json, before: Json, place: str) -> None:
    """Raise `Invalid` for values of another type than those that they replace; nothing may replace, and be replaced."""
    wrong = {
        f"{place}.{name}": FIELDS["type"]
        for name, value in values.items()
        if value is not None
        and before.get(name) is not None
        and _kind(value) != _kind(before[name])
    }
    if wrong:
        raise Invalid(fields=wrong)


def _kind(value: Any) -> str:
    """What an expression would take it for: a date is no other text, and yes or no is no number."""
    if isinstance(value, str):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return "text"
        return "date"
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


# ---- what is written beside the step -----------------------------------------------------
def _again(db: Connection, store: Store, walk: Walk, now: datetime) -> None:
    """What failed or was put off is due at once, as if for the first time."""
    late = or_(job.c.error.is_not(None), (job.c.kind == "deliver") & (job.c.due_at > now))
    due = update(job).where(job.c.instance_id == walk.id, late)
    if db.execute(due.values(due_at=now, attempts=0, error=None)).rowcount:
        store.tell_workers(db)


def _tell(db: Connection, walk: Walk, actor: Actor, what: str, now: datetime) -> None:
    """A line of the instance's history: everybody on the case sees that somebody reached in."""
    line = {"element": "", "name": "", "process": walk.pathway.key, "kind": "operator", "party": ""}
    of = {"instance_id": walk.id, "case_id": walk.case_id, "person_id": actor.id or None}
    db.execute(insert(history).values(**of, **line, at=now, what=what))


# ---- what changes ------------------------------------------------------------------------
def _changes(db: Connection, walk: Walk, step: Step) -> Json:
    stays = {task.ref for task in step.tasks}
    return {
        "tasks_opened": [_new(task) for task in step.tasks if task.ref not in walk.tasks],
        "tasks_closed": [_old(row) for ref, row in walk.tasks.items() if ref not in stays],
        "deadlines": _deadlines(db, walk, step),
        "timers": _timers(db, walk, step),
        "left": [each for each in walk.tokens if each not in step.tokens],
        "messages": [
            {name: getattr(it, name) for name in ("name", "title", "to_party", "to_pathway")}
            for it in step.messages
        ],
    }


def _new(task: Task) -> Json:
    return {"element": task.element, "name": task.name, "role": task.lane, "party": task.party}


def _old(row: Row[Any]) -> Json:
    named = {"element": row.element, "name": row.name, "role": row.lane, "party": row.party}
    return {"id": row.id, **named}


def _deadlines(db: Connection, walk: Walk, step: Step) -> list[Json]:
    known: dict[str, Json] = {}
    if step.deadlines:
        asked = select(deadline.c.ref, deadline.c.due_at, deadline.c.status).where(
            deadline.c.instance_id == walk.id,
            deadline.c.ref.in_([each.ref for each in step.deadlines]),
        )
        known = {r.ref: {"due_at": r.due_at, "status": r.status} for r in db.execute(asked)}
    return [_dated(each, known.get(each.ref)) for each in step.deadlines]


def _dated(it: Deadline, was: Json | None) -> Json:
    of = {"element": it.element, "clause": it.clause, "party": it.party}
    return {**of, "due_at": it.due_at, "status": it.status, "was": was}


def _timers(db: Connection, walk: Walk, step: Step) -> list[Json]:
    """The timers that are set, set otherwise, or wait no more."""
    asked = select(job.c.id, job.c.key, job.c.element, job.c.due_at).where(
        job.c.instance_id == walk.id, job.c.kind == "timer"
    )
    before = {row.key: row for row in db.execute(asked)}
    after = {f"timer:{walk.id}:{timer.ref}": timer for timer in step.timers}
    found: list[Json] = []
    for key, timer in after.items():
        was = before.get(key)
        if was is None or was.due_at != timer.due_at:
            of = {"id": was.id if was else None, "element": timer.element}
            found.append({**of, "due_at": timer.due_at, "was": was.due_at if was else None})
    for key, row in before.items():
        if key not in after:
            found.append({"id": row.id, "element": row.element, "due_at": None, "was": row.due_at})
    return found
