"""Which tasks a person may take now: nobody has them, and they are for all of the unit or for a role of his there.

A unit's open tasks are for a few lists of roles.  Those are read by leaping along an index from one to the next, and
the tasks of those that fit along another, so a million tasks for others cost nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select

from engine import access
from engine.model import Actor
from engine.queries.narrow import OPEN, Way
from engine.tables import FOR_ROLES, task, unit

_FREE = task.c.assignee_id.is_(None)


@dataclass(slots=True)
class _Kind:
    """Tasks of a unit for the same roles, as the rules look at them."""

    unit_id: int
    roles: list[str]


def takeable(db: Connection, actor: Actor, units: Collection[int]) -> Way:
    """That one may take it now, of these units."""
    if actor.id == 0:
        return Way(and_(OPEN, _FREE), and_(OPEN, _FREE))
    fitting = [
        and_(task.c.unit_id == place, _FREE, FOR_ROLES == roles)  # noqa: SIM300
        for place, roles in _kinds(db, units)
        if access.may_take(actor, _Kind(place, json.loads(roles)))
    ]
    every = and_(OPEN, or_(false(), *fitting))
    return Way(every, case((every, 1), else_=0) == 1, lead=task.c.assignee_id, each=tuple(fitting))


def _kinds(db: Connection, units: Collection[int]) -> Iterator[tuple[int, str]]:
    """For which roles these units have open tasks."""
    known = (
        select(unit.c.id.label("unit_id"), _next(unit.c.id).label("roles"))
        .where(unit.c.id.in_(units))
        .cte("known", recursive=True)
    )
    more = select(known.c.unit_id, _next(known.c.unit_id, known.c.roles < FOR_ROLES))
    known = known.union_all(more.where(known.c.roles.is_not(None)))
    for row in db.execute(select(known).where(known.c.roles.is_not(None))):
        yield row.unit_id, row.roles


def _next(place: ColumnElement[int], *after: ColumnElement[bool]) -> Any:
    found = select(func.min(FOR_ROLES)).where(task.c.unit_id == place, OPEN, *after)
    return found.correlate_except(task).scalar_subquery()
