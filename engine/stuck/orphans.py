"""Open tasks that nobody may take, whose holder has left, or that nobody takes.

Among a million open tasks there are a few hundred kinds (unit and job roles) and some thousand pairs of holder and
unit.  `_leaps` finds those by leaping along an index from one to the next, and only they are asked about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select

from engine.access import works_in
from engine.stuck.causes import UNCLAIMED, Cause, back
from engine.tables import FOR_ROLES, deadline, instance, membership, person, task

ALIVE = ("running", "waiting", "incident")
_OPEN = task.c.status == "open"


def orphans(db: Connection, now: datetime) -> Iterator[Cause]:
    """Every open task that waits for somebody who will not come, once, with why."""
    long = and_(task.c.assignee_id.is_(None), task.c.opened_at < back(UNCLAIMED, now))
    seen: set[int] = set()
    for why, which in (
        *(("nobody", kind) for kind in _lonely(db, now)),
        *(("holder_gone", pair) for pair in _gone(db, now)),
        ("untaken", and_(long, task.c.due_at.is_(None))),
        ("untaken", and_(long, task.c.id.in_(_only_local(now)))),
    ):
        for row in db.execute(_tasks().where(_OPEN, which)):
            if row.id not in seen:
                seen.add(row.id)
                yield Cause(
                    "orphaned", row.case_id, row.instance_id, row.element, row.opened_at,
                    row.due_at or row.opened_at, "give", f"task:{row.id}", row.unit_id, why,
                )  # fmt: skip


# ---- inside ------------------------------------------------------------------------------
def _tasks() -> Select[Any]:
    return (
        select(
            task.c.id, task.c.instance_id, task.c.case_id, task.c.element, task.c.opened_at, task.c.due_at,
            task.c.unit_id,
        )
        .join(instance, instance.c.id == task.c.instance_id)
        .where(instance.c.status.in_(ALIVE))
    )  # fmt: skip


def _lonely(db: Connection, now: datetime) -> Iterator[ColumnElement[bool]]:
    """The kinds of open tasks that no active person may take."""
    for unit_id, roles in db.execute(_leaps(task.c.unit_id, FOR_ROLES, _OPEN)).all():
        able = (
            select(membership.c.id)
            .join(person, person.c.id == membership.c.person_id)
            .where(person.c.active, works_in(unit_id, json.loads(roles), now))
        )
        if db.scalar(able.limit(1)) is None:
            yield and_(task.c.unit_id == unit_id, roles == FOR_ROLES)


def _only_local(now: datetime) -> Select[Any]:
    """The tasks whose local date has passed, and that have none of the agreement's: nothing else reports those."""
    legal = deadline.alias("legal")
    runs = exists().where(
        legal.c.task_id == deadline.c.task_id, legal.c.local.is_(False), legal.c.met_at.is_(None),
        legal.c.cancelled_at.is_(None),
    )  # fmt: skip
    return select(deadline.c.task_id).where(
        deadline.c.met_at.is_(None), deadline.c.cancelled_at.is_(None), deadline.c.overdue_at <= now,
        deadline.c.local, deadline.c.task_id.is_not(None), ~runs,
    )  # fmt: skip


def _gone(db: Connection, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Who holds open tasks in a unit where he no longer works."""
    held = _leaps(task.c.assignee_id, task.c.unit_id, _OPEN & task.c.assignee_id.is_not(None))
    pairs = held.subquery()
    unit_of: Any = pairs.c.second
    there = (
        select(membership.c.id)
        .join(person, person.c.id == membership.c.person_id)
        .where(person.c.active, membership.c.person_id == pairs.c.first)
        .where(works_in(unit_of, [], now))
    )
    asked = select(pairs.c.first, pairs.c.second).where(~there.correlate(pairs).exists())
    for holder, unit_id in db.execute(asked).all():
        yield and_(task.c.assignee_id == holder, task.c.unit_id == unit_id)


def _leaps(first: Any, second: Any, which: ColumnElement[bool]) -> Select[Any]:
    """The distinct pairs of two columns with an index of their own: `first` and `second`."""
    one = select(func.min(first).label("first")).where(which).cte("one", recursive=True)
    further = select(func.min(first)).where(which, first > one.c.first).scalar_subquery()
    one = one.union_all(select(further).where(one.c.first.is_not(None)))
    lowest = select(func.min(second)).where(which, first == one.c.first).scalar_subquery()
    two = select(one.c.first, lowest.label("second")).where(one.c.first.is_not(None))
    pair = two.cte("pair", recursive=True)
    higher = (
        select(func.min(second))
        .where(which, first == pair.c.first, second > pair.c.second)
        .scalar_subquery()
    )
    pair = pair.union_all(select(pair.c.first, higher).where(pair.c.second.is_not(None)))
    return select(pair.c.first, pair.c.second).where(pair.c.second.is_not(None))
