"""Made-up people, units and cases for an empty database, played through the same actions as real ones.

`fill(store, now=…)` gives the number of cases that it opened; 0 where the database already has people.  The
stories end today, so that somebody who opens the demo finds things due, overdue, waiting and done.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, func, insert, select

from engine import actions, logins
from engine.calendar import COPENHAGEN, DANISH, is_hverdag
from engine.model import Actor
from engine.store import Store
from engine.tables import membership, person, task, unit, unit_party
from stafet.demo.autofill import answers
from stafet.demo.people import CITIZENS, PASSWORD, PEOPLE
from stafet.demo.stories import STORIES, Act, Story
from stafet.demo.units import UNITS, demo_parties

#: Demo people have always been there.
FOUNDED = date(2020, 1, 1)


def fill(store: Store, *, now: datetime) -> int:
    """Add everything to a database without people; the number of cases opened."""
    with store.read() as db:
        if db.scalar(select(func.count()).select_from(person)):
            return 0
    organise(store)
    for citizen, story in zip(CITIZENS, STORIES, strict=True):
        _play(store, citizen.cpr, citizen.name, story, now)
    return len(STORIES)


def organise(store: Store) -> None:
    """Units, people and memberships."""
    secret = logins.hash_password(PASSWORD)
    with store.write() as db:
        units = {
            u.name: _add(
                db, unit, name=u.name, sector=u.sector, sor=f"DEMO-{nth:04}", valid_from=FOUNDED
            )
            for nth, u in enumerate(UNITS, 1)
        }
        for u in UNITS:
            for agreement, parties in u.parties.items():
                for party in parties:
                    db.execute(
                        insert(unit_party).values(
                            unit_id=units[u.name], agreement=agreement, party=party
                        )
                    )
        for somebody in PEOPLE:
            key = _add(db, person, login=somebody.login, name=somebody.name, password_hash=secret)
            rows = [
                {"person_id": key, "unit_id": units[u.name], "role": role, "valid_from": FOUNDED}
                for u in somebody.units
                for role in somebody.roles
            ]
            db.execute(insert(membership), rows)


def _add(db: Connection, table: object, **values: object) -> int:
    key = db.execute(insert(table).values(**values)).inserted_primary_key  # type: ignore[arg-type]
    assert key is not None
    return int(key[0])


# ---- playing a story ---------------------------------------------------------------------
def _play(store: Store, cpr: str, name: str, story: Story, now: datetime) -> None:
    units = demo_parties(story.agreement)
    began = _moment(now, *story.began)
    nurse = logins.actor(store, "sygeplejerske", now=began)
    case = actions.open_case(
        store,
        nurse,
        story.agreement,
        cpr,
        name,
        {party: units[party] for party in story.parties},
        now=began,
    )
    actions.start(store, nurse, case, story.pathway, {}, now=began)
    for act in story.acts:
        moment = _moment(now, act.days_ago, act.clock)
        if moment >= now:
            return
        _until(store, moment)
        _do(store, case, act, moment)


def _until(store: Store, moment: datetime) -> None:
    """Let what has fallen due before this moment happen first."""
    while actions.run_due(store, 50, now=moment):
        pass


def _do(store: Store, case: int, act: Act, now: datetime) -> None:
    with store.read() as db:
        rows = db.execute(
            select(task).where(task.c.case_id == case, task.c.status == "open").order_by(task.c.id)
        ).all()
        wanted = [
            r
            for r in rows
            if r.element == act.element and (act.party is None or r.party == act.party)
        ]
        if not wanted:
            raise LookupError(f"the demo's story finds no open task {act.element} ({act.party})")
        found = wanted[0]
        given = answers(store, db, found.id, act.data, now)
    actions.complete(
        store, somebody(store, found.unit_id, found.roles, now), found.id, given, now=now
    )


def somebody(store: Store, unit_id: int, roles: list[str], now: datetime) -> Actor:
    """The first person in the unit with a role that may take the task."""
    with store.read() as db:
        wanted = select(person.c.login).join(membership).where(membership.c.unit_id == unit_id)
        if roles:
            wanted = wanted.where(membership.c.role.in_(roles))
        login = db.scalar(wanted.order_by(person.c.id).limit(1))
    assert login is not None, f"nobody in unit {unit_id} has one of the roles {roles}"
    return logins.actor(store, login, now=now)


def _moment(now: datetime, days_ago: int, clock: str) -> datetime:
    """So many hverdage back, at that time of day."""
    day = now.astimezone(COPENHAGEN).date()
    while days_ago or not is_hverdag(day, DANISH):
        day -= timedelta(1)
        days_ago -= is_hverdag(day, DANISH) and days_ago > 0
    return datetime.combine(day, time.fromisoformat(clock), COPENHAGEN)
