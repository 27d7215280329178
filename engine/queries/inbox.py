"""The inbox: tasks by legal date, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select

from engine import access
from engine.calendar import COPENHAGEN
from engine.model import Actor, Json
from engine.queries.lists import TASK, is_overdue, listed, tasks
from engine.queries.looks import called, name_of, saw_list
from engine.queries.paging import Order, Page
from engine.store import Store
from engine.tables import case as case_table
from engine.tables import citizen, person, task


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks.  `role` is a lane, `assignee` a login, `me` or `none`, `sort` one of `due_at opened_at name`.

    `q` finds words of the task's name, or the citizen by whole name or CPR number.
    """

    state: str = "open"
    role: str | None = None
    unit: int | None = None
    case: int | None = None
    assignee: str | None = None
    overdue: bool | None = None
    due_before: datetime | None = None
    q: str | None = None
    sort: str | None = None
    limit: int = 50
    after: str | None = None


_ORDERS = {name: Order(name, task.c[name], task.c.id) for name in ("due_at", "opened_at", "name")}


def inbox(store: Store, actor: Actor, wanted: TaskFilter, *, now: datetime) -> Page:
    """The tasks of the actor's units, by legal date, those without one last.

    Each is `engine.shown.task_row` with `citizen` (the name), `overdue` and how its date is counted.
    """
    order = _ORDERS[wanted.sort or "due_at"]
    asked = (
        select(
            *TASK,
            citizen.c.id.label("citizen_id"),
            citizen.c.name.label("citizen_name"),
            citizen.c.cpr_index,
        )
        .select_from(
            tasks()
            .join(case_table, case_table.c.id == task.c.case_id)
            .join(citizen, citizen.c.id == case_table.c.citizen_id)
        )
        .where(access.visible_tasks(actor), *_conditions(store, actor, wanted, now))
    )
    with store.read() as db:
        rows = list(db.execute(order.page(asked, wanted.after, wanted.limit)))
    shown = rows[: wanted.limit]
    saw_list(store, actor, "saw_tasks", (row.citizen_id for row in shown), now=now)
    items = [{**listed(row._mapping, now), "citizen": name_of(store, row)} for row in shown]
    return Page(items, order.following(rows, wanted.limit))


def counts(store: Store, actor: Actor, *, now: datetime) -> Json:
    """How many open tasks the actor sees: `open mine unassigned overdue today`."""
    midnight = (now.astimezone(COPENHAGEN) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    late = is_overdue(now)
    today = and_(not_(func.coalesce(late, False)), task.c.due_at < midnight, task.c.due_at >= now)
    sums = {
        "mine": task.c.assignee_id == actor.id,
        "unassigned": task.c.assignee_id.is_(None),
        "overdue": late,
        "today": today,
    }
    asked = (
        select(func.count().label("open"), *(_sum(when).label(n) for n, when in sums.items()))
        .select_from(tasks())
        .where(access.visible_tasks(actor), task.c.status == "open")
    )
    with store.read() as db:
        row = db.execute(asked).one()
    return {name: int(row._mapping[name] or 0) for name in ("open", *sums)}


def _sum(when: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((when, 1), else_=0))


def _conditions(
    store: Store, actor: Actor, wanted: TaskFilter, now: datetime
) -> Iterator[ColumnElement[bool]]:
    yield task.c.status == wanted.state
    if wanted.role is not None:
        yield task.c.lane == wanted.role
    if wanted.unit is not None:
        yield task.c.unit_id == wanted.unit
    if wanted.case is not None:
        yield task.c.case_id == wanted.case
    if wanted.assignee is not None:
        yield _held_by(actor, wanted.assignee)
    if wanted.overdue is not None:
        late = func.coalesce(is_overdue(now), False)
        yield late if wanted.overdue else not_(late)
    if wanted.due_before is not None:
        yield task.c.due_at < wanted.due_before
    if wanted.q and wanted.q.strip():
        yield _about(store, wanted.q.strip())


def _held_by(actor: Actor, who: str) -> ColumnElement[bool]:
    if who == "none":
        return task.c.assignee_id.is_(None)
    return task.c.assignee_id == actor.id if who == "me" else person.c.login == who


def _about(store: Store, text: str) -> ColumnElement[bool]:
    # SQLite folds only a to z, so a word with æ, ø or å is tried as typed, in lower case and as a first word.
    spelled = dict.fromkeys((text, text.lower(), text.capitalize()))
    named = [task.c.name.icontains(each, autoescape=True) for each in spelled]
    return or_(*named, called(store, text))
