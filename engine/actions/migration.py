"""A running instance moves to another version of its pathway, by an operator's hand.  All of them: `batch.py`.

    migrate(store, actor, 7, "Ny frist", now=now)          -> Migrated, or MigrationImpossible

Whether it can move is `engine.migrate`'s to say.  Task rows keep their number, assignee and draft, timers their job
and deadlines their row; what a task is called, who may take it and its form are those of the new version.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine import feel
from engine import migrate as moves
from engine.actions.hand import (
    Act,
    Operated,
    Rehearsed,
    as_seen,
    looked,
    must_operate,
    readable,
    spoken,
    written,
)
from engine.actions.walk import Walk, by_instance
from engine.errors import Invalid, MigrationImpossible
from engine.model import Actor, Json, Step, Task
from engine.store import Store
from engine.tables import deployment, instance, task
from engine.tables import pathway as versions
from engine.versions import in_force, waits

#: Why an element cannot go along, by the code of `engine.migrate`; for the catalogue.
FIELDS = {
    "gone": "This element, or the part that it lies in, is not in the new version.",
    "changed": "This element is of another kind, is repeated otherwise or lies elsewhere in the new version.",
    "join": "The pathway waits here for flows that are others in the new version.",
    "new_border": "This event is new on a step that is open: it would begin to listen at the move.",
    "lost_border": "This event listens now and is not in the new version: it would be forgotten.",
    "new_event": "This event is new in a part that is open: it would begin to listen at the move.",
    "skipped": "This step is new before one that is open: it would be skipped.",
    "version": "There is no such version of this pathway.",
    "not_begun": "This version is not in force yet, or was called off before its day.",
}


@dataclass(frozen=True, slots=True)
class Version:
    """A deployed version of a pathway: its row and its number."""

    id: int
    number: int


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a move gave (in a dry run: would give).  `done` None: it cannot move, and `reasons` say why.

    A reason is `{why process element name sentence accepted blocks}`; `asks` are the names that the new version reads
    and the state never kept.
    """

    version: int
    done: Operated | None
    reasons: list[Json]
    asks: list[str]


def migrate(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    version: int | None = None,
    accept: Collection[str] = (),
    values: Json | None = None,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Migrated:
    """Move one instance to a version of its pathway, the one in force if none is named.

    `accept`: codes of `engine.migrate.SOFT` that may be; `values` are given to names of the pathway.  What stands in
    the way raises `MigrationImpossible` with a sentence for each element; a dry run answers it.
    """
    must_operate(actor)
    plain = spoken(reason)
    try:
        with store.write() as db:
            walk = by_instance(db, store, instance_id, now, wait=True)
            as_seen(db, walk, seen)
            to = version_of(db, walk.agreement, walk.pathway.key, version, now)
            if to.id == walk.pathway_id:
                raise MigrationImpossible("This pathway is in that version already.")
            found = moved(db, store, actor, walk, to, plain, accept, values, dry_run, now)
            if found.done is None and not dry_run:
                left = [each for each in found.reasons if not each["accepted"]]
                raise MigrationImpossible(fields={r["element"]: r["sentence"] for r in left})
            if dry_run:
                raise Rehearsed
    except Rehearsed:
        looked(store, actor, walk, "migrated", now)
    return found


def moved(
    db: Connection,
    store: Store,
    actor: Actor,
    walk: Walk,
    to: Version,
    reason: str,
    accept: Collection[str],
    values: Json | None,
    dry_run: bool,
    now: datetime,
    batch: int | None = None,
) -> Migrated:
    """The move of a locked instance, where nothing stands in the way; `batch`: whose item it is."""
    old, new, seen = walk.pathway, store.pathway(db, to.id), walk.pathway_version
    verdict = moves.check(old, new, walk.state, now)
    asks = sorted(verdict.asks)
    reasons = [_reason(each, accept) for each in verdict.reasons]
    if verdict.left(accept):
        return Migrated(to.number, None, reasons, asks)
    readable(values or {}, new, "data")
    step = moves.move(old, new, walk.state, now, accept=accept, values=values)
    walk.pathway, walk.pathway_id, walk.pathway_version = new, to.id, to.number
    facts: Json = {"from": seen, "to": to.number, "accepted": sorted(set(accept))}
    if batch is not None:
        facts["batch"] = batch
    act = Act("migrated", reason, lambda _: step, values, facts=facts, again=True, also=_settled)
    return Migrated(
        to.number, written(db, store, actor, walk, act, reason, dry_run, now), reasons, asks
    )


def move_item(
    db: Connection, store: Store, operator: Actor, item: Row[Any], reason: str, now: datetime
) -> tuple[str, str, str]:
    """Move the instance of one item of a batch; why it stays (code, sentence, element), all empty where it moved."""
    walk = by_instance(db, store, item.instance_id, now, wait=True)
    if walk.pathway_id == item.pathway_id:
        return "", "", ""
    number = db.scalar(select(versions.c.version).where(versions.c.id == item.pathway_id))
    to = Version(item.pathway_id, int(number or 0))
    accept = item.accept or ()
    found = moved(
        db, store, operator, walk, to, reason, accept, None, False, now, batch=item.batch_id
    )
    if found.done is not None:
        return "", "", ""
    why = next(each for each in found.reasons if not each["accepted"])
    return why["why"], why["sentence"], why["name"] or why["element"]


def version_of(
    db: Connection, agreement: str, key: str, number: int | None, now: datetime
) -> Version:
    """A version by its number, the one in force if none is named; raises `Invalid`, also before its day."""
    mine = (versions.c.agreement == agreement, versions.c.key == key)
    chosen = versions.c.version == number if number else versions.c.id.in_(in_force(now, *mine))
    asked = select(versions.c.id, versions.c.version, waits(now).label("waits"))
    row = db.execute(asked.join(deployment).where(*mine, chosen)).first()
    if row is None:
        raise Invalid(fields={"version": FIELDS["version"]})
    if row.waits:
        raise Invalid(fields={"version": FIELDS["not_begun"]})
    return Version(row.id, row.version)


# ---- inside ------------------------------------------------------------------------------
def _settled(db: Connection, walk: Walk, step: Step) -> None:
    """The instance in its new version, and its open tasks as they are there."""
    db.execute(update(instance).where(instance.c.id == walk.id).values(pathway_id=walk.pathway_id))
    for each in step.tasks:
        if (row := walk.tasks.get(each.ref)) is not None:
            db.execute(update(task).where(task.c.id == row.id).values(**_task(walk, each, row)))


def _task(walk: Walk, it: Task, row: Row[Any]) -> Json:
    unit = walk.around.unit(it.party).id
    values: Json = {
        "name": it.name[:200],
        "lane": it.lane,
        "party": it.party,
        "unit_id": unit,
        "roles": list(walk.pathway.plan.agreement.roles(it.lane)),
        "form": it.form,
        "clauses": list(it.clauses),
        "data": feel.to_json(it.data),
        "nth": it.nth,
        "of": it.of,
    }
    if unit != row.unit_id:
        # What one unit has begun is not another's to read or to hold.
        values |= {"assignee_id": None, "draft": None, "draft_at": None}
    return values


def _reason(it: moves.Reason, accept: Collection[str]) -> Json:
    return {
        "why": it.why,
        "process": it.process,
        "element": it.element,
        "name": it.name,
        "sentence": FIELDS[it.why],
        "blocks": it.blocks,
        "accepted": not it.blocks and it.why in accept,
    }
