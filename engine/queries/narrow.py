"""By which of several filters the open tasks are walked: the one that leaves the fewest.

Each of these has an index of its own.  Where several are asked for, so many of each are counted that a page can be
found among them; the others are then written so that no index leads by them (`Way.off`), as a database that has not
counted its tables, or takes filters for independent of each other, would guess.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    false,
    func,
    literal_column,
    select,
    union_all,
)

from engine.tables import task

#: So many tasks are looked through one by one; above it the first filter that was given leads.
_FEW = 500
#: Written out: PostgreSQL takes an index on open tasks only for a statement that says so itself.
OPEN: ColumnElement[bool] = task.c.status == literal_column("'open'")


@dataclass(frozen=True, slots=True)
class Way:
    """One condition on `task`; `by_unit`: its index begins with the unit.

    `each`: what it is the sum of, where an index leads to each of them and not to all at once.
    `lead` is a column that is the same in all of it and that the order has to name: PostgreSQL does not see in
    `IS NULL` that it is.
    """

    on: ColumnElement[bool]
    off: ColumnElement[bool]
    by_unit: bool = True
    lead: ColumnElement[Any] | None = None
    each: tuple[ColumnElement[bool], ...] | None = None


def is_(column: ColumnElement[Any], value: Any, none: Any, *, by_unit: bool = True) -> Way:
    """That a column has this value; `none` is what stands for no value there."""
    return Way(column == value, func.coalesce(column, none) == value, by_unit)


def unclaimed() -> Way:
    """That nobody has taken it."""
    column = task.c.assignee_id
    return Way(column.is_(None), func.coalesce(column, 0) == 0, lead=column)


def of_cases(cases: Any) -> Way:
    """That it is of one of these cases, numbers or a SELECT of numbers."""
    column = task.c.case_id
    return Way(column.in_(cases), (column + 0).in_(cases), by_unit=False)


def first(db: Connection, units: Iterable[int], ways: list[Way]) -> list[Way]:
    """The same, the one to walk by in front."""
    if len(ways) < 2:
        return ways
    mine = sorted(units)
    counts = [how_many(way, mine, _FEW + 1).label(f"n{i}") for i, way in enumerate(ways)]
    row = db.execute(select(*counts)).one()
    least = min(range(len(ways)), key=lambda i: (row[i], i))
    return [ways[least], *ways[:least], *ways[least + 1 :]]


def how_many(way: Way, units: list[int], most: int) -> ScalarSelect[int]:
    """How many open tasks of these units, up to `most`."""
    unit = task.c.unit_id
    here = unit.in_(units) if way.by_unit else (unit + 0).in_(units)
    places = [and_(here, way.on)] if way.each is None else list(way.each) or [false()]
    legs = [select(task.c.id).where(place, OPEN).limit(most) for place in places]
    found = union_all(*(select(leg.subquery()) for leg in legs)).limit(most)
    return select(func.count()).select_from(found.subquery()).scalar_subquery()
