"""Somebody is away: who does his work meanwhile, and what goes back by itself.

    appoint    (store, actor, deputy, since, until, of="", power=False, now=…) -> the numbers, one for each unit
    call_off   (store, actor, number, now=…)
    hand_back  (store, now=…) -> how many tasks went back, or were let go

A deputy takes a task over (`claim`); what he has not done when his time is over goes back to whom he took it from.
A task whose holder works in its unit no more is let go, so that colleagues see it among what nobody has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from engine import access
from engine.calendar import COPENHAGEN
from engine.errors import Conflict, Invalid, NotFound
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.tables import case, deputy, handover, membership, person, task, valid_on

#: So long at most.
LONGEST = timedelta(days=366)
#: Tasks that go back in one transaction.
AT_ONCE = 100
FIELDS = {
    "deputy": "Choose a colleague who works in the same unit.",
    "of": "Choose somebody in a unit that you lead.",
    "since": "Choose the first day.",
    "until": "The last day must be today or later, not before the first, and within a year.",
    "taken": "Somebody stands in for that person in that time already.",
}


def appoint(
    store: Store,
    actor: Actor,
    to: str,
    since: date | None,
    until: date | None,
    *,
    of: str = "",
    power: bool = False,
    now: datetime,
) -> list[int]:
    """From one day to another, both included, a colleague does somebody's work in each unit that both belong to.

    `of` is the login of who is away: the actor, or somebody in a unit that the actor leads.  `power`: with the absent
    person's job roles.  Raises `Invalid` with `deputy`, `of`, `since` or `until`.
    """
    today = now.astimezone(COPENHAGEN).date()
    if since is None:
        raise Invalid(fields={"since": FIELDS["since"]})
    if until is None or until < max(since, today) or until - since > LONGEST:
        raise Invalid(fields={"until": FIELDS["until"]})
    with store.write() as db:
        away = actor.id if of in ("", actor.login) else _led(db, actor, of, today)
        stands = db.scalar(select(person.c.id).where(person.c.login == to, person.c.active))
        units = _shared(db, away, stands, today) if stands not in (None, away) else []
        if away != actor.id:
            units = [each for each in units if each in access.leads(actor)]
        if stands is None or not units:
            raise Invalid(fields={"deputy": FIELDS["deputy"]})
        overlaps = select(deputy.c.id).where(
            deputy.c.person_id == away,
            deputy.c.unit_id.in_(units),
            deputy.c.ended_at.is_(None),
            deputy.c.valid_from <= until,
            deputy.c.valid_to >= since,
        )
        if db.scalar(overlaps.limit(1)) is not None:
            raise Invalid(fields={"since": FIELDS["taken"]})
        made = []
        for each in units:
            row = {"person_id": away, "unit_id": each, "deputy_id": stands, "power": power}
            row |= {"valid_from": since, "valid_to": until, "made_by": actor.id, "made_at": now}
            made.append(
                int(db.execute(insert(deputy).values(**row).returning(deputy.c.id)).scalar_one())
            )
        facts = {"of": away, "to": stands, "units": units, "power": power}
        facts |= {"since": since.isoformat(), "until": until.isoformat()}
        store.chains.record(db, now=now, actor=actor, what="deputy_named", facts=facts)
        return made


def call_off(store: Store, actor: Actor, number: int, *, now: datetime) -> None:
    """It ends now, in all the units that it was arranged for at once; by who is away, who stands in, or a leader."""
    with store.write() as db:
        row = db.execute(select(deputy).where(deputy.c.id == number)).first()
        mine = row is not None and (
            actor.id in (row.person_id, row.deputy_id) or row.unit_id in access.leads(actor)
        )
        if row is None or not mine:
            raise NotFound
        if row.ended_at is not None or row.valid_to < now.astimezone(COPENHAGEN).date():
            raise Conflict("That is over already.")
        together = update(deputy).where(
            deputy.c.person_id == row.person_id,
            deputy.c.deputy_id == row.deputy_id,
            deputy.c.made_at == row.made_at,
            deputy.c.ended_at.is_(None),
        )
        db.execute(together.values(ended_at=now))
        facts = {"deputy": number, "of": row.person_id, "to": row.deputy_id}
        store.chains.record(db, now=now, actor=actor, what="deputy_ended", facts=facts)


def hand_back(store: Store, *, now: datetime) -> int:
    """What is over is over: tasks go back to who was away, and tasks of those who left are free."""
    today = now.astimezone(COPENHAGEN).date()
    with store.read() as db:
        if not db.scalar(select(_over(today).limit(1).exists())) and not _left(db, today):
            return 0
    with store.write() as db:
        done = 0
        for row in db.execute(_over(today).limit(AT_ONCE)).all():
            for each in _taken_over(db, row):
                _gives(db, store, each, row.person_id, "handed_back", now)
                done += 1
            db.execute(update(deputy).where(deputy.c.id == row.id).values(returned_at=now))
        for each in _left(db, today):
            _gives(db, store, each, None, "let_go", now)
            done += 1
        return done


# ---- inside ------------------------------------------------------------------------------
def _led(db: Connection, actor: Actor, login: str, today: date) -> int:
    wanted = (
        select(person.c.id)
        .join(membership, membership.c.person_id == person.c.id)
        .where(
            person.c.login == login,
            membership.c.unit_id.in_(access.leads(actor)),
            valid_on(membership, today),
        )
    )
    found = db.scalar(wanted.limit(1))
    if found is None:
        raise Invalid(fields={"of": FIELDS["of"]})
    return int(found)


def _shared(db: Connection, one: int, other: Any, today: date) -> list[int]:
    """The units in which both work with citizens today."""
    theirs = membership.alias("theirs")
    wanted = (
        select(membership.c.unit_id)
        .join(theirs, theirs.c.unit_id == membership.c.unit_id)
        .where(
            membership.c.person_id == one,
            theirs.c.person_id == other,
            access.treats(),
            valid_on(membership, today),
            valid_on(theirs, today),
        )
    )
    return sorted(set(db.scalars(wanted)))


def _over(today: date) -> Any:
    """Deputies whose time is over and of whose tasks nobody has thought yet."""
    return select(deputy).where(
        deputy.c.returned_at.is_(None),
        or_(deputy.c.ended_at.is_not(None), deputy.c.valid_to < today),
    )


def _taken_over(db: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Open tasks that the deputy has, and took last from whom he stood in for."""
    last = select(func.max(handover.c.id)).where(handover.c.task_id == task.c.id)
    wanted = (
        _about()
        .join(handover, handover.c.id == last.correlate(task).scalar_subquery())
        .where(
            task.c.status == "open",
            task.c.unit_id == row.unit_id,
            task.c.assignee_id == row.deputy_id,
            handover.c.from_id == row.person_id,
            handover.c.to_id == row.deputy_id,
            handover.c.person_id == row.deputy_id,
            handover.c.at >= row.made_at,
        )
    )
    return list(db.execute(wanted))


def _left(db: Connection, today: date) -> list[Row[Any]]:
    """Open tasks of people who are gone from the unit, or altogether; found by who left, who are few."""
    ended, now_there = membership.alias("ended"), membership.alias("now_there")
    there = exists().where(
        now_there.c.person_id == task.c.assignee_id,
        now_there.c.unit_id == task.c.unit_id,
        valid_on(now_there, today),
    )
    gone = (
        _about()
        .join(ended, ended.c.person_id == task.c.assignee_id)
        .where(ended.c.valid_to < today, ended.c.unit_id == task.c.unit_id, task.c.status == "open")
        .where(~there)
    )
    inactive = (
        _about()
        .join(person, person.c.id == task.c.assignee_id)
        .where(~person.c.active, task.c.status == "open")
    )
    rows: Iterator[Row[Any]] = iter(
        [*db.execute(gone.limit(AT_ONCE)), *db.execute(inactive.limit(AT_ONCE))]
    )
    return list({row.id: row for row in rows}.values())


def _about() -> Any:
    return select(
        task.c.id, task.c.case_id, task.c.instance_id, task.c.assignee_id, case.c.citizen_id
    ).join(case, case.c.id == task.c.case_id)


def _gives(
    db: Connection, store: Store, about: Row[Any], to: int | None, what: str, now: datetime
) -> None:
    given = update(task).where(
        task.c.id == about.id, task.c.status == "open", task.c.assignee_id == about.assignee_id
    )
    if not db.execute(given.values(assignee_id=to)).rowcount:
        return
    store.chains.record(
        db,
        now=now,
        actor=MACHINE,
        what=what,
        citizen=about.citizen_id,
        case=about.case_id,
        instance=about.instance_id,
        task=about.id,
        facts={"of": about.assignee_id, "to": to},
    )
