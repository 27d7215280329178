"""The columns that tasks and their deadlines have in every list, and the SQL for how a deadline stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Text,
    and_,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
)

from engine.model import Json
from engine.queries.looks import standing
from engine.shown import deadline_row, task_row
from engine.store import Store
from engine.tables import deadline, instance, pathway, person, task, unit

_CLOCK = (
    "ref", "element", "process", "party", "clause", "frist", "started_at", "due_at", "reminder_at", "overdue_at",
    "met_at", "cancelled_at", "paused", "local",
)  # fmt: skip
_of_task = deadline.alias("of_task")
_closer = person.alias("closer")

#: A task in a list; what a form gets and what is sealed stays out.
TASK = (
    *(column for column in task.c if column.name not in ("data", "draft", "agreement")),
    person.c.login.label("assignee"),
    person.c.name.label("assignee_name"),
    _closer.c.name.label("closer_name"),
    unit.c.name.label("unit_name"),
    pathway.c.name.label("pathway_name"),
    instance.c.pathway_id,
    deadline.c.id.label("deadline_id"),
    *(deadline.c[name].label(f"clock_{name}") for name in _CLOCK),
)


#: The deadline that counts for a task is the newest that was not called off.
_COUNTS = (
    select(func.max(_of_task.c.id))
    .where(_of_task.c.task_id == task.c.id, _of_task.c.cancelled_at.is_(None))
    .correlate(task)
    .scalar_subquery()
)


def tasks() -> FromClause:
    """`task` with what `TASK` reads."""
    return (
        task.join(instance, instance.c.id == task.c.instance_id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .join(unit, unit.c.id == task.c.unit_id)
        .outerjoin(person, person.c.id == task.c.assignee_id)
        .outerjoin(_closer, _closer.c.id == task.c.closed_by)
        .outerjoin(deadline, deadline.c.id == _COUNTS)
    )


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """`engine.deadlines.status_at(record, now) == "overdue"` in SQL.

    While a clock stands nothing becomes overdue; what had, when it was stopped, was written down then.
    """
    stands = cast(deadline.c.paused, Text).like("%null]]")
    return and_(
        deadline.c.met_at.is_(None),
        deadline.c.cancelled_at.is_(None),
        deadline.c.overdue_at <= now,
        or_(deadline.c.status == "overdue", not_(stands)),
    )


def is_late(now: datetime) -> ColumnElement[bool]:
    """Which rows of `task` have a deadline that is overdue."""
    counts = select(1).where(deadline.c.id == _COUNTS, is_overdue(now))
    return exists(counts.correlate(task))


def listed(row: Mapping[Any, Any], now: datetime) -> Json:
    """A task in a list with how its date is counted: `clause frist reminder_at paused local overdue` join it."""
    return {**task_row(row), "overdue": clock(row, now) == "overdue", **counted(row)}


def counted(row: Mapping[Any, Any]) -> Json:
    """What says how the task's date is counted; nulls where it has none."""
    names = ("clause", "frist", "started_at", "reminder_at", "paused", "local")
    return {name: row[f"clock_{name}"] for name in names}


def clock(row: Mapping[Any, Any], now: datetime) -> str | None:
    """The status of the task's deadline; None where it has none."""
    if row["deadline_id"] is None:
        return None
    return standing({name: row[f"clock_{name}"] for name in _CLOCK}, now)


def deadlines(store: Store, db: Connection, of: ColumnElement[bool], now: datetime) -> list[Json]:
    """The deadlines by date as `deadline_row` with the element's `name`; `of` is a condition on `deadline`."""
    rows = db.execute(
        select(deadline, unit.c.name.label("unit_name"), instance.c.pathway_id)
        .join(unit, unit.c.id == deadline.c.unit_id)
        .join(instance, instance.c.id == deadline.c.instance_id)
        .where(of)
        .order_by(deadline.c.due_at, deadline.c.id)
    )
    found = []
    for row in rows:
        element = store.pathway(db, row.pathway_id).elements.get(row.element)
        one = deadline_row(row._mapping, standing(row._mapping, now))
        found.append({**one, "name": element.name if element else row.element})
    return found
