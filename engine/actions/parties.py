"""Which unit is which party of a case: those that were named, and those that a pathway needs and that can only be one.

A party joins a case when it gets its first task or message, so nobody sees a case before they have a part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import Connection, Row, insert, or_, select

from engine.actions.walk import MISSING, Unit, Walk
from engine.agreement import Agreement
from engine.calendar import COPENHAGEN
from engine.errors import PartyMissing, UnknownUnit
from engine.model import Actor, Step
from engine.tables import case_party, unit, unit_party

FIELDS = {"strange": "The agreement has no party of that name."}


def chosen(
    db: Connection, agreement: Agreement, named: Mapping[str, str], actor: Actor, now: datetime
) -> dict[str, int]:
    """The units of a new case by party: `named` maps party to a unit's name or id.

    The opener's own party joins where it was not named.  With nothing named the agreement's standing parties
    (`fast = true`) join, each with the only unit that can be it.
    """
    strange = {p: FIELDS["strange"] for p in named if p not in agreement.parties}
    if strange:
        raise PartyMissing(fields={f"parties.{party}": text for party, text in strange.items()})
    able = list(_able(db, agreement.slug, now))
    found = {party: _named(able, party, text) for party, text in named.items()}
    if not named:
        for party in (name for name, each in agreement.parties.items() if each.standing):
            if (only := _only(able, party, actor)) is not None:
                found[party] = only
    if actor.id and not actor.units & set(found.values()):
        found |= dict(list(_own(able, agreement, actor))[:1])
    return found


def join(db: Connection, walk: Walk, step: Step, now: datetime) -> tuple[str, ...]:
    """Let the parties that the step needs and the case lacks join it; their names.

    Raises `PartyMissing` where no unit, or more than one, can be the party.
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
        walk.around.parties[party] = Unit(number, name)
    rows = [
        {"case_id": walk.case_id, "party": p, "unit_id": walk.around.parties[p].id} for p in needed
    ]
    db.execute(insert(case_party), rows)
    return tuple(needed)


def _needed(step: Step) -> Iterator[str]:
    yield from (task.party for task in step.tasks)
    yield from (record.party for record in step.deadlines)
    yield from (message.to_party for message in step.messages if message.to_party)


def _able(db: Connection, agreement: str, now: datetime) -> Iterable[Row[tuple[int, str, str]]]:
    today: date = now.astimezone(COPENHAGEN).date()
    return db.execute(
        select(unit.c.id, unit.c.name, unit_party.c.party)
        .join(unit_party, unit_party.c.unit_id == unit.c.id)
        .where(
            unit_party.c.agreement == agreement,
            unit.c.valid_from <= today,
            or_(unit.c.valid_to.is_(None), unit.c.valid_to >= today),
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
