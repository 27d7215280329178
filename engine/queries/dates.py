"""The legal dates that a person's units owe, across cases: a list, a month, a feed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from engine.model import Actor, Json
from engine.queries.looks import name_of, saw_list, standing
from engine.store import Store
from engine.tables import case, citizen, deadline, instance, pathway, person, task, unit

#: Dates in one answer.
MOST_DATES = 500


def dates(
    store: Store,
    actor: Actor,
    since: datetime | None,
    until: datetime | None,
    *,
    mine: bool = False,
    now: datetime,
) -> list[Json]:
    """Open dates of the actor's units from `since` (None: with all that have passed) to `until`, by date.

    Each `{id, name, due_at, overdue_at, status, frist, local, paused, task, case, pathway_name, unit_name, party,
    assignee_name, subject, citizen}`; `mine`: only of tasks that the actor has.  `task` None: it hangs on no task.
    """
    with store.read() as db:
        rows = _rows(db, actor, since, until, mine)
        names = [_named(store, db, row) for row in rows]
    saw_list(store, actor, "saw_dates", (row.citizen_id for row in rows), now=now)
    return [
        {
            **_plain(row, name, now),
            "case": row.case_id,
            "subject": row.subject,
            "citizen": name_of(store, row),
        }
        for row, name in zip(rows, names, strict=True)
    ]


def fed_dates(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """The same without `case` and `citizen`: what may stand in a calendar that other programs read."""
    with store.read() as db:
        return [
            _plain(row, _named(store, db, row), now) for row in _rows(db, actor, None, None, False)
        ]


# ---- inside ------------------------------------------------------------------------------
def _rows(
    db: Connection,
    actor: Actor,
    since: datetime | None,
    until: datetime | None,
    mine: bool,
) -> list[Row[tuple[object, ...]]]:
    which: list[ColumnElement[bool]] = [
        deadline.c.met_at.is_(None),
        deadline.c.cancelled_at.is_(None),
        deadline.c.unit_id.in_(actor.units),
    ]
    if since is not None:
        which.append(deadline.c.due_at >= since)
    if until is not None:
        which.append(deadline.c.due_at < until)
    if mine:
        which.append(task.c.assignee_id == actor.id)
    wanted: Select[tuple[object, ...]] = (
        select(
            deadline,
            task.c.id.label("task"),
            instance.c.pathway_id,
            pathway.c.name.label("pathway_name"),
            unit.c.name.label("unit_name"),
            person.c.name.label("assignee_name"),
            case.c.subject,
            citizen.c.id.label("citizen_id"),
            citizen.c.name.label("citizen_name"),
            citizen.c.cpr.label("citizen_cpr"),
            citizen.c.cpr_index,
        )
        .join(instance, instance.c.id == deadline.c.instance_id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .join(unit, unit.c.id == deadline.c.unit_id)
        .join(case, case.c.id == deadline.c.case_id)
        .outerjoin(citizen, citizen.c.id == case.c.citizen_id)
        .outerjoin(task, and_(task.c.id == deadline.c.task_id, task.c.status == "open"))
        .outerjoin(person, person.c.id == task.c.assignee_id)
        .where(*which)
        .order_by(deadline.c.due_at, deadline.c.id)
        .limit(MOST_DATES)
    )
    return list(db.execute(wanted))


def _named(store: Store, db: Connection, row: Row[tuple[object, ...]]) -> str:
    element = store.pathway(db, row.pathway_id).elements.get(row.element)
    return element.name if element else str(row.element)


def _plain(row: Row[tuple[object, ...]], name: str, now: datetime) -> Json:
    kept = (
        "id", "due_at", "overdue_at", "reminder_at", "frist", "local", "paused", "task", "party",
        "pathway_name", "unit_name", "assignee_name",
    )  # fmt: skip
    found = {each: row._mapping[each] for each in kept}
    return {**found, "name": name, "status": standing(row._mapping, now)}
