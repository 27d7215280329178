"""How far an instance has come, as a list of steps: one for each task element that was reached, in that order.

    {element, name, process, lane, state, times, opened_at, closed_at,
     parties: [{party, unit, unit_name, task, state, closed_at, by, due_at, status, frist, …}]}

`state` is `done`, `now` or `cancelled` (called off and never done); `by` is told to the unit of who did it.  What is
asked several times stands once, as it was last time; `times` says how often.  In a round every party has its own line.
What comes later is drawn, not known: `web/onward.py` reads it from the diagram.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine import access
from engine.model import Actor, Json
from engine.queries.lists import clock, counted

_STATES = {"open": "now", "completed": "done", "cancelled": "cancelled"}


def steps_of(actor: Actor, work: Iterable[Row[Any]], now: datetime) -> list[Json]:
    """The steps of one instance; `work` are all its tasks, oldest first."""
    elements: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in work:
        elements.setdefault((row.process, row.element), []).append(row)
    return [_step(actor, rows, now) for rows in elements.values()]


def _step(actor: Actor, rows: list[Row[Any]], now: datetime) -> Json:
    last = rows[-1]
    lines = {row.party: row for row in rows}
    states = {_STATES[row.status] for row in lines.values()}
    return {
        "element": last.element,
        "name": last.name,
        "process": last.process,
        "lane": last.lane,
        "state": next(state for state in ("now", "done", "cancelled") if state in states),
        "times": max(sum(row.party == party for row in rows) for party in lines),
        "opened_at": rows[0].opened_at,
        "closed_at": max((row.closed_at for row in rows if row.closed_at), default=None),
        "parties": [_line(actor, row, now) for row in lines.values()],
    }


def _line(actor: Actor, row: Row[Any], now: datetime) -> Json:
    mine = actor.id == 0 or row.unit_id in actor.units
    return {
        "party": row.party,
        "unit": row.unit_id,
        "unit_name": row.unit_name,
        "task": row.id if mine else None,
        "state": _STATES[row.status],
        "closed_at": row.closed_at,
        "by": row.closer_name if access.may_name(actor, row.unit_id) else None,
        "due_at": row.due_at,
        "overdue_at": row.overdue_at,
        "met_at": row.clock_met_at,
        "status": clock(row._mapping, now),
        **counted(row._mapping),
    }
