"""What is done to many where each of them is stuck: give its task to somebody, let it go past the step.

Which task or step that is, each instance's own row of the last look says.  One that has gone on by itself since then
says so, and stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Row, select

from engine.actions.hand import Act, Operated, written
from engine.actions.mending import giving
from engine.actions.operate import skipping
from engine.actions.walk import by_instance
from engine.errors import Invalid, MayNotTake, NoLongerStuck, TaskNotOpen
from engine.model import Actor
from engine.store import Store
from engine.tables import stuck, task

#: The acts, and what each must be told.
NEEDS: Mapping[str, tuple[str, ...]] = {"give": ("to",), "skip": ()}
_TASK = "task:"
#: What a field can be told here; for the catalogue.
FIELDS = {"whom": "Say whom the tasks are given to."}


def told(act: str, to: str | None) -> dict[str, str]:
    """What the batch keeps of what it was told; raises `Invalid`."""
    if "to" not in NEEDS.get(act, ()):
        return {}
    if not to or not to.strip():
        raise Invalid(fields={"to": FIELDS["whom"]})
    return {"to": to.strip()}


def do(
    db: Connection,
    store: Store,
    operator: Actor,
    act: str,
    instance_id: int,
    cause: str,
    given: Mapping[str, str],
    reason: str,
    dry_run: bool,
    now: datetime,
    batch: int | None = None,
) -> list[Operated]:
    """Do it everywhere where this instance is stuck for the cause, in the caller's transaction."""
    here = stuck.c.instance_id == instance_id, stuck.c.reason == cause
    rows = db.execute(select(stuck).where(*here).order_by(stuck.c.id)).all()
    if not rows:
        raise NoLongerStuck
    done = []
    for row in rows:
        walk = by_instance(db, store, instance_id, now, wait=True)
        made = (
            _given(db, row, given["to"], reason, now) if act == "give" else _past(row, reason, now)
        )
        facts = {**(made.facts or {}), **({"batch": batch} if batch else {})}
        done.append(written(db, store, operator, walk, made.knowing(**facts), reason, dry_run, now))
    return done


def _given(db: Connection, row: Row[tuple[object]], to: str, reason: str, now: datetime) -> Act:
    number = _task(row.ref)
    found = db.execute(select(task).where(task.c.id == number, task.c.status == "open")).first()
    if found is None:
        raise TaskNotOpen
    try:
        return giving(db, found, to, reason, now)
    except Invalid:
        raise MayNotTake from None


def _past(row: Row[tuple[object]], reason: str, now: datetime) -> Act:
    number = _task(row.ref)
    return skipping(row.element if number is None else number, reason, now)


def _task(ref: str) -> int | None:
    return int(ref.removeprefix(_TASK)) if ref.startswith(_TASK) else None
