"""The jobs that an identity provider vouches for as memberships, and which of its people is which of ours."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine.errors import Invalid, NotFound
from engine.logins.loading import HOME
from engine.model import MACHINE
from engine.store import Store
from engine.tables import identity, membership, person, valid_on
from engine.tables import session as session_table

#: `membership.source` of what a provider vouched for.
OIDC = "oidc"

Job = tuple[int, str]


def hold(
    store: Store,
    db: Connection,
    person_id: int,
    jobs: Collection[Job],
    *,
    now: datetime,
    days: int,
) -> None:
    """These (unit, role) and no others are the provider's word, from today and for some days; what is over ends now."""
    today = now.astimezone(HOME).date()
    rows = db.execute(
        select(membership).where(membership.c.person_id == person_id, valid_on(membership, today))
    ).all()
    vouched = {(row.unit_id, row.role): row.id for row in rows if row.source == OIDC}
    others = {(row.unit_id, row.role) for row in rows if row.source != OIDC}
    until = today + timedelta(days=days)
    over = {job: number for job, number in vouched.items() if job not in jobs}
    if over:
        gone = update(membership).where(membership.c.id.in_(over.values()))
        db.execute(gone.values(valid_to=today, ended_at=now))
    if still := [number for job, number in vouched.items() if job in jobs]:
        db.execute(update(membership).where(membership.c.id.in_(still)).values(valid_to=until))
    given = sorted(set(jobs) - set(vouched) - others)
    for unit_id, role in given:
        row = {"person_id": person_id, "unit_id": unit_id, "role": role, "valid_from": today}
        lasts = {"valid_to": until, "ended_at": None, "source": OIDC}
        # What ended today and is said again goes on.
        same = [membership.c[name] == value for name, value in row.items()]
        if not db.execute(update(membership).where(*same).values(lasts)).rowcount:
            db.execute(insert(membership).values(**row, **lasts))
    if given or over:
        facts = {"person": person_id, "given": given, "ended": sorted(over)}
        store.chains.record(db, now=now, actor=MACHINE, what="jobs_vouched", facts=facts)


def new_person(db: Connection, login: str, name: str) -> int:
    """Somebody without a password; the number."""
    made = insert(person).values(login=login, name=name).returning(person.c.id)
    return int(db.execute(made).scalar_one())


# ---- for operators -----------------------------------------------------------------------
def await_person(store: Store, login: str, name: str, *, days: int, now: datetime) -> None:
    """Whom the provider next calls by this login is that person; with a name, an unknown one is made first."""
    if not login or len(login) > 80 or len(name) > 200:
        raise Invalid("A login has 1 to 80 characters, a name at most 200.")
    with store.write() as db:
        found = db.scalar(select(person.c.id).where(person.c.login == login))
        if found is None and not name:
            raise NotFound("There is no active person with that login.")
        person_id = new_person(db, login, name) if found is None else found
        db.execute(delete(identity).where(identity.c.person_id == person_id))
        until = now + timedelta(days=days)
        row = {"person_id": person_id, "made_at": now, "awaited_until": until}
        db.execute(insert(identity).values(**row))
        facts = {"person": person_id, "days": days}
        store.chains.record(db, now=now, actor=MACHINE, what="identity_awaited", facts=facts)


def unlink(store: Store, login: str, *, now: datetime) -> None:
    """The provider's person is this one no more: what it vouched for, and the sessions that it began, end."""
    with store.write() as db:
        person_id = db.scalar(
            select(person.c.id)
            .join(identity, identity.c.person_id == person.c.id)
            .where(person.c.login == login)
        )
        if person_id is None:
            raise NotFound("The identity provider knows nobody with that login.")
        hold(store, db, person_id, (), now=now, days=0)
        begun = session_table.c.person_id == person_id, session_table.c.id_token.is_not(None)
        db.execute(delete(session_table).where(*begun))
        db.execute(delete(identity).where(identity.c.person_id == person_id))
        facts = {"person": person_id}
        store.chains.record(db, now=now, actor=MACHINE, what="identity_unlinked", facts=facts)


def linked(store: Store, *, now: datetime) -> list[Row[Any]]:
    """Everybody whom the provider knows or is to know: `login`, `active`, `awaited_until`, `seen_at`, `jobs`."""
    jobs = (
        select(func.count())
        .where(
            membership.c.person_id == person.c.id,
            membership.c.source == OIDC,
            valid_on(membership, now.astimezone(HOME).date()),
        )
        .scalar_subquery()
    )
    asked = select(
        person.c.login,
        person.c.active,
        identity.c.awaited_until,
        identity.c.seen_at,
        jobs.label("jobs"),
    ).join(identity, identity.c.person_id == person.c.id)
    with store.read() as db:
        return list(db.execute(asked.order_by(person.c.login)))
