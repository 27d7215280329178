"""What is stuck as the last look kept it, counted by reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from engine.stuck.causes import REASONS
from engine.tables import deadline, stuck


@dataclass(frozen=True, slots=True)
class Group:
    """All that is stuck for one reason.

    `oldest` is when the first of it should have moved by; `at_risk` counts the legal dates that run in these instances
    and are not yet past.
    """

    reason: str
    count: int
    instances: int
    oldest: datetime
    at_risk: int


def since(db: Connection) -> dict[str, datetime]:
    """The reasons there are, each with the moment when the first of what is stuck now was found."""
    asked = select(stuck.c.reason, func.min(stuck.c.found_at).label("found")).group_by(
        stuck.c.reason
    )
    return {row.reason: row.found for row in db.execute(asked)}


def grouped(db: Connection, now: datetime) -> list[Group]:
    """The reasons there are, in the order of `REASONS`."""
    running = (
        select(stuck.c.reason, func.count(deadline.c.id.distinct()).label("at_risk"))
        .join(deadline, deadline.c.instance_id == stuck.c.instance_id)
        .where(
            deadline.c.met_at.is_(None),
            deadline.c.cancelled_at.is_(None),
            deadline.c.overdue_at > now,
            deadline.c.local.is_(False),
        )
        .group_by(stuck.c.reason)
    )
    counted = select(
        stuck.c.reason,
        func.count().label("many"),
        func.count(stuck.c.instance_id.distinct()).label("instances"),
        func.min(stuck.c.due_at).label("oldest"),
    ).group_by(stuck.c.reason)
    risk = {row.reason: row.at_risk for row in db.execute(running)}
    rows = {row.reason: row for row in db.execute(counted)}
    return [
        Group(
            reason,
            rows[reason].many,
            rows[reason].instances,
            rows[reason].oldest,
            risk.get(reason, 0),
        )
        for reason in REASONS
        if reason in rows
    ]
