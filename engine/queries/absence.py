"""Who is away, who does the work meanwhile, and what that work is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, or_, select

from engine import access
from engine.calendar import COPENHAGEN
from engine.model import Actor, Json
from engine.queries.lists import TASK, listed, tasks
from engine.store import Store
from engine.tables import deputy, membership, person, task, unit, valid_on

#: Tasks of those one stands in for that the inbox shows.
MOST = 50
_away, _stands = person.alias("away"), person.alias("stands")


def deputies(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Present and coming ones that concern the actor, or a unit that he leads, by first day.

    `{id, of, of_login, to, to_login, units, power, since, until, runs}`; `units` are the names of those that it was
    arranged for at once.  Nothing of citizens.
    """
    today = now.astimezone(COPENHAGEN).date()
    wanted = (
        select(
            deputy,
            unit.c.name.label("unit_name"),
            _away.c.name.label("of"),
            _away.c.login.label("of_login"),
            _stands.c.name.label("to"),
            _stands.c.login.label("to_login"),
        )
        .join(unit, unit.c.id == deputy.c.unit_id)
        .join(_away, _away.c.id == deputy.c.person_id)
        .join(_stands, _stands.c.id == deputy.c.deputy_id)
        .where(
            deputy.c.ended_at.is_(None),
            deputy.c.valid_to >= today,
            or_(
                deputy.c.person_id == actor.id,
                deputy.c.deputy_id == actor.id,
                deputy.c.unit_id.in_(access.leads(actor)),
            ),
        )
        .order_by(deputy.c.valid_from, deputy.c.id)
    )
    names = ("id", "of", "of_login", "to", "to_login", "power")
    found: dict[tuple[int, int, datetime], Json] = {}
    with store.read() as db:
        for row in db.execute(wanted):
            one = found.setdefault(
                (row.person_id, row.deputy_id, row.made_at),
                {
                    **{name: row._mapping[name] for name in names},
                    "units": [],
                    "since": row.valid_from,
                    "until": row.valid_to,
                    "runs": row.valid_from <= today,
                },
            )
            one["units"].append(row.unit_name)
    return list(found.values())


def who_may_stand_in(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`colleagues` [{login, name}] who work in a unit of the actor's, and `led` of those in units that he leads."""
    today = now.astimezone(COPENHAGEN).date()
    wanted = (
        select(person.c.login, person.c.name, membership.c.unit_id)
        .join(membership, membership.c.person_id == person.c.id)
        .where(
            person.c.active,
            person.c.id != actor.id,
            membership.c.unit_id.in_(actor.units),
            access.treats(),
            valid_on(membership, today),
        )
        .order_by(person.c.name)
    )
    with store.read() as db:
        rows = db.execute(wanted).all()
    led = access.leads(actor)
    every = {row.login: row.name for row in rows}
    under = {row.login: row.name for row in rows if row.unit_id in led}
    return {
        "colleagues": [{"login": login, "name": name} for login, name in every.items()],
        "led": [{"login": login, "name": name} for login, name in under.items()],
    }


def standing_in(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Open tasks of those whom the actor stands in for, by legal date; each as in the inbox, without the citizen."""
    if not actor.stands_in:
        return []
    theirs = or_(
        *(
            and_(task.c.assignee_id == it.person, task.c.unit_id == it.unit)
            for it in actor.stands_in
        )
    )
    wanted = (
        select(*TASK)
        .select_from(tasks())
        .where(theirs, task.c.status == "open", access.visible_tasks(actor))
        .order_by(task.c.due_at.is_(None), task.c.due_at, task.c.id)
        .limit(MOST)
    )
    with store.read() as db:
        return [listed(row._mapping, now) for row in db.execute(wanted)]
