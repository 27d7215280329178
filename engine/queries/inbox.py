"""The inbox: tasks by legal date, and how many there are.

By date it is found along an index: each unit's tasks with a date, then those without, no more of them than the page
holds (`nearest.py`); where it is narrowed, along the filter that leaves the fewest (`narrow.py`).  So a million open
tasks cost what ten do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, false, func, not_, or_, select, true

from engine import access
from engine.calendar import COPENHAGEN
from engine.model import Actor, Json
from engine.queries.lists import TASK, is_late, listed, tasks
from engine.queries.looks import called, is_cpr, name_of, saw_list
from engine.queries.narrow import OPEN, Way, first, how_many, is_, of_cases, unclaimed
from engine.queries.nearest import nearest
from engine.queries.paging import Order, Page
from engine.queries.takeable import takeable
from engine.store import Store
from engine.tables import case as case_table
from engine.tables import citizen, person, task

#: Counting stops here: a page says “99+” and is as fast with a million.
COUNTED = 100


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks.  `role` is a lane, `assignee` a login, `me` or `none`, `sort` one of `due_at opened_at name`.

    `pathway` is a key; `dated`: with or without a date; `due_after` and `due_before` bound the date.  `q` finds words
    of the task's name, or the citizen by whole name or CPR number.  `takeable`: whether one may take it now: nobody
    has it, and it is for all of the unit or for a role that one has there.
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
    agreement: str | None = None
    pathway: str | None = None
    party: str | None = None
    due_after: datetime | None = None
    dated: bool | None = None
    takeable: bool | None = None


_ORDERS = {name: Order(name, task.c[name], task.c.id) for name in ("due_at", "opened_at", "name")}


def inbox(store: Store, actor: Actor, wanted: TaskFilter, *, now: datetime) -> Page:
    """The tasks of the actor's units, by legal date, those without one last.

    Each is `engine.shown.task_row` with `subject`, `citizen` (the name or None), `overdue` and how its date counts.
    """
    order = _ORDERS[wanted.sort or "due_at"]
    with store.read() as db:
        about = _about(store, db, wanted.q.strip()) if wanted.q and wanted.q.strip() else None
        ways = list(_ways(db, actor, wanted))
        which = [*_conditions(wanted, now)]
        if wanted.takeable is False:
            which.append(not_(takeable(db, actor, _units(actor, wanted)).on))
        if isinstance(about, Way):
            ways.append(about)
        elif about is not None:
            which.append(about)
        rows = _page(db, actor, wanted, order, ways, which)
    shown = rows[: wanted.limit]
    saw_list(store, actor, "saw_tasks", (row.citizen_id for row in shown), now=now)
    items = [
        {**listed(row._mapping, now), "subject": row.subject, "citizen": name_of(store, row)}
        for row in shown
    ]
    return Page(items, order.following(rows, wanted.limit))


def counts(store: Store, actor: Actor, *, now: datetime) -> Json:
    """How many open tasks the actor sees, each up to `COUNTED`: `open mine takeable unassigned overdue today`."""
    midnight = (now.astimezone(COPENHAGEN) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    kinds: dict[str, list[ColumnElement[bool]]] = {
        "open": [],
        "mine": [task.c.assignee_id == actor.id],
        "unassigned": [task.c.assignee_id.is_(None)],
        "overdue": [task.c.due_at <= now, is_late(now)],
        "today": [task.c.due_at >= now, task.c.due_at < midnight, not_(is_late(now))],
    }
    with store.read() as db:
        asked = [_count(actor, which).label(name) for name, which in kinds.items()]
        free = how_many(takeable(db, actor, actor.units), sorted(actor.units), COUNTED)
        row = db.execute(select(*asked, free.label("takeable"))).one()
    return {name: int(number) for name, number in row._mapping.items()}


def mine(store: Store, actor: Actor, *, now: datetime) -> int:
    """How many open tasks are the actor's own, up to `COUNTED`."""
    with store.read() as db:
        return int(db.scalar(select(_count(actor, [task.c.assignee_id == actor.id]))) or 0)


def _count(actor: Actor, which: list[ColumnElement[bool]]) -> Any:
    some = select(task.c.id).where(access.visible_tasks(actor), OPEN, *which)
    return select(func.count()).select_from(some.limit(COUNTED).subquery()).scalar_subquery()


def _page(
    db: Connection,
    actor: Actor,
    wanted: TaskFilter,
    order: Order,
    ways: list[Way],
    which: list[ColumnElement[bool]],
) -> list[Row[Any]]:
    asked = select(
        *TASK,
        case_table.c.subject,
        citizen.c.id.label("citizen_id"),
        citizen.c.name.label("citizen_name"),
        citizen.c.cpr_index,
    ).select_from(
        tasks()
        .join(case_table, case_table.c.id == task.c.case_id)
        .outerjoin(citizen, citizen.c.id == case_table.c.citizen_id)
    )
    if order.name != "due_at" or not actor.units or actor.id == 0:
        asked = asked.where(access.visible_tasks(actor), *(way.on for way in ways), *which)
        return list(db.execute(order.page(asked, wanted.after, wanted.limit)))
    units = _units(actor, wanted)
    if not units:
        return []
    place = order.read(wanted.after) if wanted.after is not None else None
    ways = first(db, units, ways) if wanted.state == "open" else ways
    by = ways[0] if ways else None
    # Numbers first, and by themselves: PostgreSQL would join every task before it asked which are wanted.
    rest = [*which, *(way.off for way in ways[1:])]
    asked_for = nearest(units, by, rest, order, place, wanted.limit + 1, dated=_dated(wanted))
    found = list(db.scalars(asked_for))
    # Asked of those alone: as a condition of its own, SQLite would look through the units for whom they are.
    theirs = case((access.visible_tasks(actor), true()), else_=false())
    asked = asked.where(task.c.id.in_(found), theirs)
    return list(db.execute(order.page(asked, None, wanted.limit)))


def _units(actor: Actor, wanted: TaskFilter) -> frozenset[int]:
    return actor.units if wanted.unit is None else actor.units & {wanted.unit}


def _ways(db: Connection, actor: Actor, wanted: TaskFilter) -> Iterator[Way]:
    """What an index leads to, the one that mostly leaves the fewest first."""
    if wanted.case is not None:
        yield of_cases([wanted.case])
    if wanted.takeable:
        yield takeable(db, actor, _units(actor, wanted))
    if wanted.assignee == "none":
        yield unclaimed()
    elif wanted.assignee is not None:
        whose = actor.id if wanted.assignee == "me" else _person(db, wanted.assignee)
        yield is_(task.c.assignee_id, whose, 0, by_unit=False)
    for column, value in (
        (task.c.pathway_key, wanted.pathway),
        (task.c.party, wanted.party),
        (task.c.agreement, wanted.agreement),
    ):
        if value is not None:
            yield is_(column, value, "")


def _conditions(wanted: TaskFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    yield OPEN if wanted.state == "open" else task.c.status == wanted.state
    if wanted.role is not None:
        yield task.c.lane == wanted.role
    if wanted.unit is not None:
        yield task.c.unit_id == wanted.unit
    yield from _dates(wanted, now)


def _dates(wanted: TaskFilter, now: datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.overdue:
        yield task.c.due_at <= now
        yield is_late(now)
    elif wanted.overdue is not None:
        yield not_(is_late(now))
    if wanted.due_before is not None:
        yield task.c.due_at < wanted.due_before
    if wanted.due_after is not None:
        yield task.c.due_at >= wanted.due_after
    if wanted.dated is not None:
        yield task.c.due_at.is_not(None) if wanted.dated else task.c.due_at.is_(None)


def _dated(wanted: TaskFilter) -> bool | None:
    # What is late, or bounded by days, has a date.
    bounded = wanted.overdue or wanted.due_before is not None or wanted.due_after is not None
    return True if bounded else wanted.dated


def _person(db: Connection, login: str) -> int:
    """The person's id; one that nobody has where there is none of that login."""
    return db.scalar(select(person.c.id).where(person.c.login == login)) or -1


def _about(store: Store, db: Connection, text: str) -> Way | ColumnElement[bool]:
    # Who is found by name or number is looked for through the cases, not through every task of the unit.
    people = list(db.scalars(select(citizen.c.id).where(called(store, text))))
    if people:
        cases = select(case_table.c.id).where(case_table.c.citizen_id.in_(people))
        return of_cases(cases)
    if is_cpr(text):
        return false()  # no task is called so, and a server that writes its statements down is not told the number
    # SQLite folds only a to z, so a word with æ, ø or å is tried as typed, in lower case and as a first word.
    spelled = dict.fromkeys((text, text.lower(), text.capitalize()))
    return or_(*(task.c.name.icontains(each, autoescape=True) for each in spelled))
