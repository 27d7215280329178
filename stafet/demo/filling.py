"""Made-up people, units and cases for an empty database, played through the same actions as real ones.

`fill(store, now=…)` gives the number of cases that it opened; 0 where the database already has people.  The
stories end today, so that somebody who opens the demo finds things due, overdue, waiting and done.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, func, insert, select

from engine import actions, logins, queries, studio
from engine.calendar import COPENHAGEN, DANISH, is_hverdag
from engine.model import Actor, Json
from engine.store import Store
from engine.tables import membership, person, task, unit, unit_party
from stafet.demo.autofill import answers
from stafet.demo.people import CITIZENS, PASSWORD, PEOPLE
from stafet.demo.stories import STORIES, Act, Story
from stafet.demo.units import MIDT, UNITS, demo_parties

#: Demo people have always been there.
FOUNDED = date(2020, 1, 1)
#: Who does what no task asks of somebody: the first of them to whom it is offered.
REPORTING = ("sygeplejerske", "laege", "kommune", "kriminalforsorg", "egenlaege")


def fill(store: Store, *, now: datetime) -> int:
    """Add everything to a database without people; the number of cases opened."""
    with store.read() as db:
        if db.scalar(select(func.count()).select_from(person)):
            return 0
    organise(store)
    cases = [
        _play(store, citizen.cpr, citizen.name, story, now)
        for citizen, story in zip(CITIZENS, STORIES, strict=True)
    ]
    _let_in(store, cases, now)
    _drawn_anew(store, now)
    return len(cases)


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


def _let_in(store: Store, cases: list[int], now: datetime) -> None:
    """A program's key, a case that a leader lends, and one opened in an emergency that no leader has looked at."""
    made = moment_of(now, 4, "09:00")
    key = logins.make_token(
        store, "laege", now=made, days=180, scopes=["read"], note="Oversigten på afsnittets skærm"
    )
    logins.bearer(store, key, now=moment_of(now, 1, "07:30"))
    leader = logins.actor(store, "leder", now=now)
    lent = moment_of(now, 1, "15:40")
    reason = "Bostedet skal kende planen, før borgeren flytter ind."
    actions.lend(store, leader, cases[0], "botilbud", reason, now + timedelta(14), now=lent)
    met = moment_of(now, 1, "14:25")
    stranger = logins.actor(store, "camilla", now=met)
    reason = (
        "Mødte påvirket op i rusmiddelcentret. Jeg skal vide, om afsnittet venter borgeren tilbage."
    )
    for case in actions.break_glass(store, stranger, CITIZENS[-1].cpr, reason, now=met):
        queries.case(store, logins.actor(store, "camilla", now=met), case, now=met)
    # Her own unit's leader has looked at it; the ward's has not.
    (own,) = (m.unit_name for m in stranger.memberships)
    note = "Talt med Camilla. Det var nødvendigt, og hun så ikke mere end det."
    for one in queries.emergencies(store, leader, now=now):
        if one["unit_name"] == own:
            actions.reviewed(store, leader, one["id"], note, now=moment_of(now, 1, "16:10"))


def _drawn_anew(store: Store, now: datetime) -> None:
    """A second version of a pathway that no story runs along, drawn by a designer and approved by a leader."""
    key, before = "midtjylland-handleplan", 'stafet:form="behov"'
    designer, leader = (logins.actor(store, login, now=now) for login in ("designer", "leder"))
    text = str(studio.draft_of(store, designer, MIDT, key, now=now)["bpmn"])
    if before not in text:
        raise LookupError(f"the demo has nothing to draw anew in {key}")
    drawn = text.replace(before, f'{before} stafet:frist="=snarest" stafet:lokal="true"')
    studio.save(store, designer, MIDT, key, drawn, 0, now=now)
    reason = "Behovet blev afklaret for sent: nu har opgaven en lokal frist."
    studio.submit(store, designer, MIDT, key, reason, now=now)
    studio.approve(store, leader, MIDT, key, now=now)


# ---- playing a story ---------------------------------------------------------------------
def _play(store: Store, cpr: str, name: str, story: Story, now: datetime) -> int:
    units = demo_parties(story.agreement)
    began = moment_of(now, *story.began)
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
        moment = moment_of(now, act.days_ago, act.clock)
        if moment >= now:
            break
        until(store, moment)
        _do(store, case, act, moment)
    return case


def until(store: Store, moment: datetime) -> None:
    """Let what has fallen due before this moment happen first."""
    while actions.run_due(store, 50, now=moment):
        pass


def _do(store: Store, case: int, act: Act, now: datetime) -> None:
    dates = {name: str((now + timedelta(days)).date()) for name, days in act.dates.items()}
    if act.reported:
        if not report(store, case, act.element, act.data | dates, now=now):
            raise LookupError(f"the demo's story may not report {act.element}")
        return
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
        given = answers(store, db, found.id, act.data | dates, now)
    actions.complete(
        store, somebody(store, found.unit_id, found.roles, now), found.id, given, now=now
    )


def report(
    store: Store, case: int, element: str, data: Json, *, now: datetime, walk: int | None = None
) -> bool:
    """Report what a running instance (any, or this) offers, by the first demo login that it is offered to, if any."""
    for login in REPORTING:
        who = logins.actor(store, login, now=now)
        for offer in queries.actions(store, who, case, now=now):
            here = offer["instance"] if walk is None else walk
            if (offer["instance"], str(offer["id"]).split("@")[0]) == (here, element):
                actions.act(store, who, case, offer["id"], data, now=now)
                return True
    return False


def somebody(store: Store, unit_id: int, roles: list[str], now: datetime) -> Actor:
    """The first person in the unit with a role that may take the task."""
    with store.read() as db:
        wanted = select(person.c.login).join(membership).where(membership.c.unit_id == unit_id)
        if roles:
            wanted = wanted.where(membership.c.role.in_(roles))
        login = db.scalar(wanted.order_by(person.c.id).limit(1))
    assert login is not None, f"nobody in unit {unit_id} has one of the roles {roles}"
    return logins.actor(store, login, now=now)


def moment_of(now: datetime, days_ago: int, clock: str) -> datetime:
    """So many hverdage back, at that time of day."""
    day = now.astimezone(COPENHAGEN).date()
    while days_ago or not is_hverdag(day, DANISH):
        day -= timedelta(1)
        days_ago -= is_hverdag(day, DANISH) and days_ago > 0
    return datetime.combine(day, time.fromisoformat(clock), COPENHAGEN)
