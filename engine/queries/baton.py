"""Who holds the baton: the open tasks, who handed it on last, and the next date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.model import Actor, Json
from engine.queries.lists import clock, counted


def batons(actor: Actor, work: Iterable[Row[Any]], now: datetime) -> list[Json]:
    """Who must act: the open tasks, soonest first, those of the same name and unit as one with its `count`.

    `task` is its number where the actor may see it, else None.
    """
    found: dict[tuple[Any, ...], Json] = {}
    rows = [row for row in work if row.status == "open"]
    for row in sorted(rows, key=lambda each: (each.due_at is None, each.due_at or now, each.id)):
        one = found.setdefault(
            (row.instance_id, row.element, row.unit_id), {**_baton(actor, row, now), "count": 0}
        )
        one["count"] += 1
    return list(found.values())


def next_date(held: list[Row[Any]], now: datetime) -> Json:
    dated = [row for row in held if row.due_at is not None]
    if not dated:
        names = ("due_at", "overdue_at", "status", "frist", "reminder_at", "paused", "local")
        return dict.fromkeys(names)
    return _date(min(dated, key=lambda row: (row.due_at, row.id)), now)


def _date(row: Row[Any], now: datetime) -> Json:
    """What a chip needs; `status` is the deadline's, not the task's."""
    return {
        **counted(row._mapping),
        "due_at": row.due_at,
        "overdue_at": row.overdue_at,
        "status": clock(row._mapping, now) or "open",
    }


def _baton(actor: Actor, row: Row[Any], now: datetime) -> Json:
    mine = actor.id == 0 or row.unit_id in actor.units
    return {
        "task": row.id if mine else None,
        "name": row.name,
        "element": row.element,
        "process": row.process,
        "instance": row.instance_id,
        "pathway_id": row.pathway_id,
        "party": row.party,
        "unit": row.unit_id,
        "unit_name": row.unit_name,
        **_date(row, now),
    }


def handed_on(work: list[Row[Any]]) -> Json | None:
    """The task that was completed last."""
    done = [row for row in work if row.status == "completed"]
    if not done:
        return None
    last = max(done, key=lambda row: (row.closed_at, row.id))
    return {
        "name": last.name,
        "element": last.element,
        "instance": last.instance_id,
        "party": last.party,
        "unit": last.unit_id,
        "unit_name": last.unit_name,
        "at": last.closed_at,
    }
