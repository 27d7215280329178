"""What somebody knows of the consents on a case, and which of them he may take back for the citizen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from engine import access, gate
from engine.consent import in_force
from engine.model import Actor
from engine.tables import case, case_party, consent


def known(
    db: Connection, actor: Actor, case_id: int, own: Collection[str], now: datetime
) -> list[Row[Any]]:
    """Rows of `consent`, oldest first: those noted where the actor takes part or by his unit, and of his `own`.

    `in_force` says whether it counts now, `there` whether he knows all parties that it names.
    """
    there = or_(access.takes_part(actor, consent.c.instance_id), consent.c.unit_id.in_(actor.units))
    asked = (
        select(consent, in_force(now).label("in_force"), there.label("there"))
        .where(consent.c.case_id == case_id)
        .order_by(consent.c.given_at, consent.c.id)
    )
    mine = frozenset(own)
    return [
        row
        for row in db.execute(asked)
        if row.there or not row.parties or mine.intersection(row.parties)
    ]


def consented(rows: Iterable[Row[Any]], parties: Iterable[str]) -> list[str]:
    """Which of these parties may be told by a consent in force; `rows` as `known` gives them."""
    said = [
        gate.Consent(row.kind, row.basis, frozenset(row.parties), row.given_at)
        for row in rows
        if row.in_force
    ]
    given = [each for each in said if each.kind == "samtykke"]
    return [
        party
        for party in parties
        if any(each.covers(party) for each in given) and gate.basis(said, party) is not None
    ]


def parties(db: Connection, actor: Actor, case_id: int) -> dict[str, bool]:
    """The parties that the actor knows on the case, and of each whether he looks through it."""
    asked = (
        select(case_party.c.party, access.own_parties(actor).label("own"))
        .join(case, case.c.id == case_party.c.case_id)
        .where(case.c.id == case_id, access.visible_parties(actor))
    )
    return {row.party: bool(row.own) for row in db.execute(asked)}
