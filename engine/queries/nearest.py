"""The next tasks by date, found along indexes: as many as a page holds, however many there are.

A list of several units, dated tasks first and the others last, has no index of its own.  But each unit's dated tasks
do, and its undated ones, and one person's.  So each of these is walked for a page's length, and the next of all are
among what they gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, select, union_all

from engine.queries.narrow import Way
from engine.queries.paging import Order
from engine.tables import task

#: Value of the sort column (None: undated) and id of the row after which the page begins.
Place = tuple[Any, int]


def nearest(
    units: Iterable[int],
    by: Way | None,
    which: list[ColumnElement[bool]],
    order: Order,
    after: Place | None,
    most: int,
    *,
    dated: bool | None = None,
) -> Select[Any]:
    """The ids of the next `most` tasks of these units; `by`: how they are walked, where not by date alone.

    `dated`: whether all that are wanted have a date, or none has; the other half is not looked through then.
    """
    mine = sorted(units)
    if by is None:
        places = [task.c.unit_id == one for one in mine]
    elif by.each is not None:
        places = list(by.each) or [false()]
    elif by.by_unit:
        places = [and_(task.c.unit_id == one, by.on) for one in mine]
    else:
        # One person's are found by the person: SQLite would else walk what has no date in the whole unit (`+ 0`).
        places = [and_((task.c.unit_id + 0).in_(mine), by.on)]
    lead = [] if by is None or by.lead is None else [by.lead]
    legs = [leg for place in places for leg in _legs([place, *which], lead, after, most, dated)]
    ids = union_all(*(select(leg.subquery()) for leg in legs)).subquery()
    key, number = ids.c.due_at, ids.c.id
    return select(number).order_by(key.is_(None), key, number).limit(most)


def _legs(
    which: list[ColumnElement[bool]],
    lead: list[ColumnElement[Any]],
    after: Place | None,
    most: int,
    dated: bool | None,
) -> Iterator[Select[Any]]:
    key, number = after if after is not None else (None, None)
    begun = select(task.c.id, task.c.due_at).where(*which).order_by(*lead, task.c.due_at, task.c.id)
    begins_dated = after is None or key is not None
    if dated is not False and begins_dated:
        with_date = begun.where(task.c.due_at.is_not(None))
        if key is not None:
            # The first bound is the one that an index can begin at.
            later = (task.c.due_at > key) | (task.c.id > number)
            with_date = with_date.where(task.c.due_at >= key, later)
        yield with_date.limit(most)
    if dated and begins_dated:
        return
    undated = begun.where(task.c.due_at.is_(None))
    if key is None and number is not None:
        undated = undated.where(task.c.id > number)
    yield undated.limit(most)
