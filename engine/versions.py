"""Which version of a pathway is in force at a moment: the one place that answers.

    select(...).where(pathway.c.id.in_(in_force(now)))

A deployment begins when it is made, or at 00:00 Danish time of the day that it was made for (`begins_at`), unless it
was called off before.  Of a pathway's versions that have begun, the one that began last is in force; of two that began
at once, the higher number.  So a version that was put into force meanwhile gives way when the day comes.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    and_,
    func,
    or_,
    select,
)

from engine.calendar import midnight
from engine.tables import deployment, pathway

#: When a deployment began, or will.
BEGINS = func.coalesce(deployment.c.begins_at, deployment.c.at)


def in_force(now: datetime, *conditions: ColumnElement[bool]) -> Select[int]:
    """The numbers of the versions in force, one for each pathway of each agreement; `conditions` are on `pathway`."""
    return _last(now, conditions, pathway.c.agreement, pathway.c.key)


def newest_of_agreements(now: datetime, *conditions: ColumnElement[bool]) -> Select[int]:
    """For each agreement the version that came into force last, whichever pathway's: it holds the settings."""
    return _last(now, conditions, pathway.c.agreement)


def newest_of(agreement: ColumnElement[str], now: datetime) -> ScalarSelect[int]:
    """The same of one agreement, beside the row that `agreement` is a column of."""
    asked = select(pathway.c.id).join(deployment, deployment.c.id == pathway.c.deployment_id)
    asked = asked.where(pathway.c.agreement == agreement, begun(now)).order_by(*_LAST).limit(1)
    return asked.correlate_except(pathway, deployment).scalar_subquery()


def waits(now: datetime) -> ColumnElement[bool]:
    """Which deployments have never been in force: their day has not come, or they were called off before it."""
    return or_(deployment.c.called_off_at.is_not(None), to_come(now))


def begun(now: datetime) -> ColumnElement[bool]:
    """Which deployments have come into force, whether another has followed or not."""
    there = or_(deployment.c.begins_at.is_(None), deployment.c.begins_at <= now)
    return and_(there, deployment.c.called_off_at.is_(None))


def to_come(now: datetime) -> ColumnElement[bool]:
    """Which deployments are made for a day that has not come, and were not called off."""
    return and_(deployment.c.begins_at > now, deployment.c.called_off_at.is_(None))


def coming(db: Connection, now: datetime) -> list[Row[Any]]:
    """What is for a day to come, the soonest first: `agreement key name version digest deployment_id begins_at`."""
    told = (pathway.c.agreement, pathway.c.key, pathway.c.name, pathway.c.version, pathway.c.digest)
    asked = select(*told, pathway.c.deployment_id, deployment.c.begins_at).join(deployment)
    order = (deployment.c.begins_at, pathway.c.agreement, pathway.c.key, pathway.c.version)
    return list(db.execute(asked.where(to_come(now)).order_by(*order)))


def begins(day: date | None, now: datetime) -> datetime:
    """When what is for that day comes into force: now, where the day has come or there is none."""
    return max(now, midnight(day)) if day else now


# ---- inside ------------------------------------------------------------------------------
_LAST = (BEGINS.desc(), pathway.c.version.desc(), pathway.c.id.desc())


def _last(
    now: datetime, conditions: tuple[ColumnElement[bool], ...], *of: Column[str]
) -> Select[int]:
    nth = func.row_number().over(partition_by=of, order_by=_LAST).label("nth")
    ranked = (
        select(pathway.c.id, nth)
        .join(deployment, deployment.c.id == pathway.c.deployment_id)
        .where(begun(now), *conditions)
        .subquery()
    )
    return select(ranked.c.id).where(ranked.c.nth == 1)
