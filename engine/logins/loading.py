"""Who a person is on a day: the login, the memberships, whom he stands in for, what is lent to him."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CompoundSelect, Connection, Row, exists, null, select, union_all

from engine.errors import NotFound
from engine.model import HOUSE, Actor, Lent, Membership, StandIn
from engine.store import Store
from engine.tables import deputy, loan, membership, person, unit, valid_on

HOME = ZoneInfo("Europe/Copenhagen")


def actor(store: Store, login: str, *, now: datetime) -> Actor:
    """The person with this login and today's memberships; raises `NotFound`."""
    with store.read() as db:
        row = known(db, login)
        if row is None:
            raise NotFound("There is no active person with that login.")
        return loaded(db, row, now)


def known(db: Connection, login: str) -> Row[Any] | None:
    """The active person with this login."""
    wanted = select(person).where(person.c.login == storable(login), person.c.active)
    return db.execute(wanted).first()


def storable(text: str) -> str:
    """The text as any database takes it."""
    # No database takes lone surrogates, and PostgreSQL takes no NUL.
    return text.replace("\0", "?").encode(errors="replace").decode()


def load(store: Store, row: Row[Any], now: datetime) -> Actor:
    """The person of this row, read now."""
    with store.read() as db:
        return loaded(db, row, now)


def loaded(db: Connection, row: Row[Any], now: datetime) -> Actor:
    """`row` has the person's columns; memberships are those of today in Denmark."""
    person_id, today = row._mapping[person.c.id], now.astimezone(HOME).date()
    own, lent_by, stands_in = [], [], {}
    for each in db.execute(_memberships(person_id, today)):
        job = Membership(each.unit_id, each.unit_name, each.role)
        if each.deputy is None:
            own.append(job)
            continue
        if each.power and each.role not in HOUSE:
            lent_by.append(job)
        stands_in[each.deputy] = StandIn(
            each.deputy,
            each.person_id,
            each.login,
            each.name,
            each.unit_id,
            each.power,
            each.until,
        )
    return Actor(
        person_id,
        row.login,
        row.name,
        tuple(dict.fromkeys([*own, *lent_by])),
        row.language,
        _lent(db, person_id, now),
        tuple(stands_in.values()),
    )


def _memberships(person_id: int, today: date) -> CompoundSelect[Any]:
    """The person's own, and those of whom he stands in for in a unit that both belong to."""
    valid = valid_on(membership, today)
    mine = membership.alias("mine")
    own = (
        select(
            unit.c.id.label("unit_id"),
            unit.c.name.label("unit_name"),
            membership.c.role,
            null().label("deputy"),
            null().label("person_id"),
            null().label("login"),
            null().label("name"),
            null().label("power"),
            null().label("until"),
        )
        .join(unit, unit.c.id == membership.c.unit_id)
        .where(membership.c.person_id == person_id, valid)
    )
    still = exists().where(
        mine.c.person_id == person_id,
        mine.c.unit_id == deputy.c.unit_id,
        valid_on(mine, today),
    )
    others = (
        select(
            unit.c.id,
            unit.c.name,
            membership.c.role,
            deputy.c.id,
            person.c.id,
            person.c.login,
            person.c.name,
            deputy.c.power,
            deputy.c.valid_to,
        )
        .select_from(deputy)
        .join(
            membership,
            (membership.c.person_id == deputy.c.person_id)
            & (membership.c.unit_id == deputy.c.unit_id),
        )
        .join(unit, unit.c.id == deputy.c.unit_id)
        .join(person, person.c.id == deputy.c.person_id)
        .where(
            deputy.c.deputy_id == person_id,
            valid_on(deputy, today),
            deputy.c.ended_at.is_(None),
            still,
            valid,
        )
    )
    return union_all(own, others).order_by("unit_id", "role")


def _lent(db: Connection, person_id: int, now: datetime) -> tuple[Lent, ...]:
    """What the person may read without a part in it; what is over, or withdrawn, is not there."""
    asked = select(loan.c.id, loan.c.case_id, loan.c.unit_id, loan.c.instance_id, loan.c.ends_at)
    rows = db.execute(
        asked.where(
            loan.c.person_id == person_id,
            loan.c.begins_at <= now,
            loan.c.ends_at > now,
            loan.c.withdrawn_at.is_(None),
        ).order_by(loan.c.id)
    )
    return tuple(Lent(*row) for row in rows)
