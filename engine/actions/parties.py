"""Which unit is which party of a case: those that were named, and those that a pathway needs and that can only be one.

A party joins a case when it gets its first task or message, so nobody sees a case before they have a part in it; and
it takes part in an instance from the same moment on (`instance_party`, which `engine/access.py` asks).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine import access
from engine.actions.walk import MISSING, Unit, Walk
from engine.agreement import Agreement
from engine.calendar import COPENHAGEN
from engine.errors import PartyMissing, UnknownUnit
from engine.model import Actor, Step
from engine.prepared import Prepared
from engine.tables import (
    case_party,
    instance_party,
    membership,
    person,
    unit,
    unit_party,
    valid_on,
)

FIELDS = {"strange": "The agreement has no party of that name."}


def chosen(
    db: Connection,
    agreement: Agreement,
    named: Mapping[str, str],
    actor: Actor,
    now: datetime,
    *,
    standing: bool = True,
) -> dict[str, int]:
    """The units of a new case by party: `named` maps party to a unit's name or id.

    The opener's own party joins where it was not named.  With nothing named the agreement's standing parties
    (`fast = true`) join, each with the only unit that can be it; not so where `standing` is False.
    """
    strange = {p: FIELDS["strange"] for p in named if p not in agreement.parties}
    if strange:
        raise PartyMissing(fields={f"parties.{party}": text for party, text in strange.items()})
    able = list(_able(db, agreement.slug, now))
    found = {party: _named(able, party, text) for party, text in named.items()}
    if standing and not named:
        for party in (name for name, each in agreement.parties.items() if each.standing):
            if (only := _only(able, party, actor)) is not None:
                found[party] = only
    if actor.id and not actor.units & set(found.values()):
        found |= dict(list(_own(able, agreement, actor))[:1])
    return found


def join(db: Connection, walk: Walk, step: Step, now: datetime) -> tuple[str, ...]:
    """Let the parties that the step needs and the case lacks join it; their names.

    They know the case when they `take_part`.  Raises `PartyMissing` where no unit, or more than one, can be the party.
    """
    needed = dict.fromkeys(party for party in _needed(step) if party not in walk.around.parties)
    if not needed:
        return ()
    able = list(_able(db, walk.agreement, now))
    for party in needed:
        units = {row.id: row.name for row in able if row.party == party}
        if len(units) != 1:
            raise PartyMissing(fields={party: MISSING})
        ((number, name),) = units.items()
        walk.around.parties[party] = Unit(number, name, joined=False)
    rows = [
        {"case_id": walk.case_id, "party": p, "unit_id": walk.around.parties[p].id} for p in needed
    ]
    db.execute(insert(case_party), rows)
    return tuple(needed)


def take_part(
    db: Connection, walk: Walk, parties: Iterable[str], now: datetime, *, instance_id: int
) -> None:
    """Let these parties see the instance, and the case that it belongs to."""
    names = dict.fromkeys(party for party in parties if party)
    if not names:
        return
    place = {"instance_id": instance_id, "case_id": walk.case_id, "since": now}
    _TAKES_PART.run(db, [{**place, "party": party} for party in names])
    for party in names:
        found = walk.around.parties.get(party)
        if found is not None and not found.joined:
            db.execute(_KNOWS, {"of": walk.case_id, "who": party, "now": now})
            walk.around.parties[party] = Unit(found.id, found.name)


_TAKES_PART = Prepared(
    lambda dialect: (
        (postgresql if dialect == "postgresql" else sqlite)
        .insert(instance_party)
        .on_conflict_do_nothing()
    ),
    "instance_id",
    "party",
    "case_id",
    "since",
)
_KNOWS = (
    update(case_party)
    .where(case_party.c.case_id == bindparam("of"), case_party.c.party == bindparam("who"))
    .where(case_party.c.joined_at.is_(None))
    .values(joined_at=bindparam("now"))
)


def _needed(step: Step) -> Iterator[str]:
    yield from (task.party for task in step.tasks)
    yield from (record.party for record in step.deadlines)
    yield from (message.to_party for message in step.messages if message.to_party)


def member(
    db: Connection, login: str, unit_id: int, roles: Collection[str], now: datetime
) -> int | None:
    """The active person with this login who works in the unit today, in one of these roles ([]: in any); a number."""
    wanted = select(person.c.id).join(membership, membership.c.person_id == person.c.id)
    works = access.works_in(unit_id, roles, now)
    found: int | None = db.scalar(
        wanted.where(person.c.login == login, person.c.active, works).limit(1)
    )
    return found


def _able(db: Connection, agreement: str, now: datetime) -> Iterable[Row[tuple[int, str, str]]]:
    today: date = now.astimezone(COPENHAGEN).date()
    return db.execute(
        select(unit.c.id, unit.c.name, unit_party.c.party)
        .join(unit_party, unit_party.c.unit_id == unit.c.id)
        .where(
            unit_party.c.agreement == agreement,
            valid_on(unit, today),
        )
        .order_by(unit.c.id)
    )


def _named(able: list[Row[tuple[int, str, str]]], party: str, text: str) -> int:
    for row in able:
        if row.party == party and text in (row.name, str(row.id)):
            return int(row.id)
    raise UnknownUnit(fields={f"parties.{party}": (UnknownUnit.__doc__ or "").strip()})


def _only(able: list[Row[tuple[int, str, str]]], party: str, actor: Actor) -> int | None:
    units = {int(row.id) for row in able if row.party == party}
    mine = units & actor.units
    if len(mine) == 1:
        return mine.pop()
    return units.pop() if len(units) == 1 else None


def _own(
    able: list[Row[tuple[int, str, str]]], agreement: Agreement, actor: Actor
) -> Iterator[tuple[str, int]]:
    for party in agreement.parties:
        for row in able:
            if row.party == party and row.id in actor.units:
                yield party, row.id
