"""Whom a mail tells what happened: written into the outbox with what it tells of, sent afterwards.

    new_tasks(db, tasks, actor, now)     opened with this step: whoever may take them
    given(db, task, to, now)             handed to somebody
    asked(db, kind, comment, to, …)      a question to somebody beside a task, or the answer to his
    dated(db, deadline, kind, now)       a reminder, or a date that has passed: who owes it, and then his leaders
    digests(store, now=now)              the day's letters, from seven o'clock on hverdage

Only who asked for it, at an address of his own.  Who is away is not told: who stands in for him is.  Whether it is
still so is asked again when it is sent (`leaving.py`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from engine import access, logins
from engine.actions.leaving import waiting_row
from engine.calendar import COPENHAGEN, DANISH, is_hverdag
from engine.errors import NotFound
from engine.model import HOUSE, UNDO, Actor, Json
from engine.prepared import Prepared
from engine.store import Store
from engine.tables import (
    FOR_ROLES,
    comment,
    deadline,
    deputy,
    mail_choice,
    membership,
    outbox,
    person,
    task,
    valid_on,
)

#: The hour of the day's letter in Denmark; letters in one look.
SEVEN, AT_ONCE = 7, 50
_today: Any = bindparam("today", type_=Date)
#: Who in a unit wants to be told at once, by role.  Part of every step that opens a task.
_WANT = Prepared(
    select(mail_choice.c.person_id, membership.c.role)
    .join(membership, membership.c.person_id == mail_choice.c.person_id)
    .where(
        mail_choice.c.how == "at_once",
        mail_choice.c.confirmed_at.is_not(None),
        membership.c.unit_id == bindparam("unit"),
        valid_on(membership, _today),
    )
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Who of a unit is told: roles by person, of who wants it; and who stands in for whom, with which of his roles."""

    want: Mapping[int, Collection[str]]
    away: Mapping[int, Collection[tuple[int, bool]]]
    roles_of: Mapping[int, Collection[str]]

    def may_take(self, roles: Collection[str]) -> Iterator[int]:
        """Who may take a task of these roles ([]: any), himself or in somebody's place."""
        for each, own in self.want.items():
            if each not in self.away and _fits(own, roles):
                yield each
        for absent, deputies in self.away.items():
            if _fits(self.roles_of.get(absent, ()), roles):
                yield from (one for one, power in deputies if power and one in self.want)

    def in_place_of(self, holder: int) -> Iterator[int]:
        """The holder, or who stands in for him."""
        stand_in = [one for one, _power in self.away.get(holder, ())]
        yield from (one for one in stand_in or [holder] if one in self.want)


def new_tasks(db: Connection, tasks: Iterable[Json], actor: Actor, now: datetime) -> None:
    """Tasks that were opened, as rows; who opened them sees it himself."""
    units: dict[int, _Unit | None] = {}
    rows: list[Json] = []
    for each in tasks:
        number = each["unit_id"]
        if number not in units:
            units[number] = _unit(db, number, now)
        found = units[number]
        if found is not None:
            told = set(found.may_take(each["roles"])) - {actor.id}
            made = (_row("new", who, each["id"], number, each["due_at"], now) for who in told)
            # Nothing leaves while the step can still be undone.
            rows += [{**row, "due_at": now + UNDO} for row in made]
    _put(db, rows)


def given(db: Connection, task_id: int, to: int, now: datetime) -> None:
    """A task is this person's now; each hand-over is told."""
    row = db.execute(select(task.c.unit_id, task.c.due_at).where(task.c.id == task_id)).one()
    found = _unit(db, row.unit_id, now)
    if found is not None:
        at = f":{now.timestamp():.6f}"
        told = set(found.in_place_of(to))
        _put(db, [_row("given", who, task_id, row.unit_id, row.due_at, now, at) for who in told])


def asked(
    db: Connection, kind: str, comment_id: int, to: int, about: Row[Any], now: datetime
) -> None:
    """`question`: this person is asked in this comment; `answered`: it answers what he asked.  `about`: its task."""
    found = _unit(db, about.unit_id, now)
    if found is not None:
        # An answer is nobody's but who asked: not his deputy's either.
        told = set(found.in_place_of(to)) if kind == "question" or to not in found.away else set()
        rows = [
            _row(kind, who, about.id, about.unit_id, None, now, f":{comment_id}") for who in told
        ]
        _put(db, [{**row, "facts": {"comment": comment_id}} for row in rows])


def dated(db: Connection, it: Row[Any], kind: str, now: datetime, *, again: bool = False) -> None:
    """A deadline's reminder, or that it has passed; `again`: an operator reminds of it."""
    found = _unit(db, it.unit_id, now)
    if found is None:
        return
    work = db.execute(select(task).where(task.c.id == it.task_id)).first()
    held = work is not None and work.assignee_id is not None
    told = set(
        found.in_place_of(work.assignee_id)
        if held and work is not None
        else found.may_take(work.roles if work is not None else [])
    )
    leaders = set(found.may_take([access.LEADER])) if kind == "overdue" else set()
    at = f":{now.timestamp():.6f}" if again else ""
    rows = [(kind, who) for who in told - leaders] + [("escalation", who) for who in leaders]
    _put(
        db,
        [
            _row(what, who, it.task_id, it.unit_id, it.due_at, now, f":{it.id}{at}", it.id)
            for what, who in rows
        ],
    )


def digests(store: Store, *, now: datetime) -> int:
    """The day's letter for everybody who has not had it, from seven o'clock on; how many were written."""
    here = now.astimezone(COPENHAGEN)
    today = here.date()
    if here.hour < SEVEN or not is_hverdag(today, DANISH):
        return 0
    had = exists().where(
        outbox.c.person_id == mail_choice.c.person_id,
        outbox.c.kind == "digest",
        outbox.c.made_at >= datetime.combine(today, datetime.min.time(), COPENHAGEN),
    )
    wants = (
        select(person.c.id, person.c.login, mail_choice.c.changed_at)
        .join(mail_choice, mail_choice.c.person_id == person.c.id)
        .where(mail_choice.c.how == "daily", mail_choice.c.confirmed_at.is_not(None))
        .where(person.c.active, ~had)
        .order_by(person.c.id)
        .limit(AT_ONCE)
    )
    with store.read() as db:
        due = db.execute(wants).all()
    for one in due:
        try:
            who = logins.actor(store, one.login, now=now)
        except NotFound:
            continue
        with store.write() as db:
            _put(db, [_digest(db, who, one.changed_at, today, now)])
    return len(due)


# ---- inside ------------------------------------------------------------------------------
def _fits(own: Collection[str], roles: Collection[str]) -> bool:
    # Where anybody in the unit may: those who work with citizens; leaders are told when it is too late.
    quiet = (*HOUSE, access.LEADER)
    return any(role in roles if roles else role not in quiet for role in own)


def _unit(db: Connection, unit_id: int, now: datetime) -> _Unit | None:
    """Who of it is told at once; None where nobody wants to be."""
    today = now.astimezone(COPENHAGEN).date()
    want: dict[int, set[str]] = {}
    for row in _WANT.ask(db, {"unit": unit_id, "today": today}):
        want.setdefault(row.person_id, set()).add(row.role)
    if not want:
        return None
    away: dict[int, set[tuple[int, bool]]] = {}
    roles_of: dict[int, set[str]] = {}
    absent = (
        select(deputy.c.person_id, deputy.c.deputy_id, deputy.c.power, membership.c.role)
        .join(membership, membership.c.person_id == deputy.c.person_id)
        .where(
            deputy.c.unit_id == unit_id,
            membership.c.unit_id == unit_id,
            deputy.c.ended_at.is_(None),
            valid_on(deputy, today),
            valid_on(membership, today),
        )
    )
    for row in db.execute(absent):
        away.setdefault(row.person_id, set()).add((row.deputy_id, row.power))
        roles_of.setdefault(row.person_id, set()).add(row.role)
    return _Unit(want, away, roles_of)


def _row(
    kind: str,
    who: int,
    task_id: int | None,
    unit_id: int,
    due: datetime | None,
    now: datetime,
    more: str = "",
    deadline_id: int | None = None,
) -> Json:
    facts = {"due": due.isoformat() if due else None}
    about = {"person_id": who, "unit_id": unit_id, "task_id": task_id, "deadline_id": deadline_id}
    return waiting_row("mail", kind, f"{kind}:{task_id}:{who}{more}", now, facts=facts, **about)


def _put(db: Connection, rows: list[Json]) -> None:
    """Into the outbox; what stands there by its key has been told."""
    if rows:
        made = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(outbox)
        db.execute(made.on_conflict_do_nothing(), rows)


def _digest(db: Connection, who: Actor, since: datetime, today: date, now: datetime) -> Json:
    """The row of the day's letter; one with nothing in it is noted and not sent."""
    last = select(func.max(outbox.c.made_at)).where(
        outbox.c.person_id == who.id, outbox.c.kind == "digest"
    )
    facts = _counts(db, who, db.scalar(last) or since, now)
    row = waiting_row(
        "mail", "digest", f"digest:{who.id}:{today}", now, facts=facts, person_id=who.id
    )
    if not any(facts[name] for name in ("open", "led", "asked", "answered")):
        row |= {"status": "dropped", "error": "nothing", "ended_at": now}
    return row


def _counts(db: Connection, who: Actor, since: datetime, now: datetime) -> Json:
    today = now.astimezone(COPENHAGEN).date()
    away = select(deputy.c.unit_id).where(
        deputy.c.person_id == who.id, deputy.c.ended_at.is_(None), valid_on(deputy, today)
    )
    units = set(who.units) - set(db.scalars(away))
    his = [task.c.assignee_id == who.id] + [
        and_(task.c.assignee_id == it.person, task.c.unit_id == it.unit) for it in who.stands_in
    ]
    found: Json = {"open": 0, "new": 0, "overdue": 0, "led": 0, "next": None}
    found |= _questions(db, who, since)
    dates: list[datetime] = []
    for row in db.execute(_open_tasks(units, or_(task.c.assignee_id.is_(None), *his), since, now)):
        work = _Kind(row.unit_id, json.loads(row.roles))
        if row.taken or access.may_take(who, work):
            found["open"] += row.n
            found["new"] += row.new or 0
            found["overdue"] += row.overdue or 0
            dates += [row.next] if row.next else []
    found["next"] = min(dates).isoformat() if dates else None
    led = access.leads(who) & units
    passed = select(func.count()).where(
        deadline.c.unit_id.in_(led), deadline.c.met_at.is_(None), deadline.c.cancelled_at.is_(None),
        deadline.c.status == "overdue",
    )  # fmt: skip
    found["led"] = db.scalar(passed) if led else 0
    return found


def _questions(db: Connection, who: Actor, since: datetime) -> Json:
    """`asked`: how many questions wait for the person; `answered`: of the person's own, how many were since then."""
    there = comment.join(task, task.c.id == comment.c.task_id)
    of = select(func.count()).select_from(there).where(access.visible_tasks(who))
    answered = (comment.c.person_id == who.id, comment.c.answered_at > since)
    return {
        "asked": db.scalar(of.where(access.asked(who))) or 0,
        "answered": db.scalar(of.where(comment.c.to_id.is_not(None), *answered)) or 0,
    }


@dataclass(slots=True)
class _Kind:
    unit_id: int
    roles: list[str]


def _open_tasks(
    units: Collection[int], mine: ColumnElement[bool], since: datetime, now: datetime
) -> Any:
    """Open tasks of these units by who may take them: how many, new, overdue, and the next date."""
    taken = task.c.assignee_id.is_not(None).label("taken")
    roles = FOR_ROLES.label("roles")
    return (
        select(
            task.c.unit_id, roles, taken, func.count().label("n"),
            func.sum(case((task.c.opened_at > since, 1), else_=0)).label("new"),
            func.sum(case((task.c.overdue_at <= now, 1), else_=0)).label("overdue"),
            func.min(case((task.c.due_at >= now, task.c.due_at))).label("next"),
        )
        .where(task.c.status == "open", task.c.unit_id.in_(units), mine)
        .group_by(task.c.unit_id, roles, taken)
    )  # fmt: skip
