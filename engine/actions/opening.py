"""A new case: about a citizen whom the agreement takes, about somebody without a name, or about the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from engine import gate, offers, secrets
from engine.actions.admitting import admit
from engine.actions.parties import chosen
from engine.errors import Forbidden, Invalid, UnknownAgreement
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.seals import cpr_place, name_place
from engine.store import Store
from engine.tables import case, case_party, citizen, consent

FIELDS = {
    "name": "The citizen's name is missing.",
    "subject": "No pathway of this agreement is for such a case.",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """A new case, and the slug of the pathway that fits where the citizen is ('': nobody said)."""

    id: int
    pathway: str


def open_case(
    store: Store,
    actor: Actor,
    agreement: str,
    cpr: str,
    name: str,
    parties: dict[str, str],
    *,
    now: datetime,
) -> int:
    """Open a case for a citizen of whom the agreement's questions are not answered.  The case's id."""
    return take_in(store, actor, agreement, cpr, name, parties, {}, now=now).id


def take_in(
    store: Store,
    actor: Actor,
    agreement: str,
    cpr: str,
    name: str,
    parties: dict[str, str],
    basis: Json,
    *,
    now: datetime,
) -> Opened:
    """Open a case for a citizen, known or new, whom the agreement takes (`engine.admission`).

    `parties` maps a party to its unit's name or id; `basis` are answers to the agreement's own questions.
    """
    digits, plain = secrets.cpr(cpr), " ".join(name.split())
    if not plain:
        raise Invalid(fields={"citizen.name": FIELDS["name"]})
    with store.write() as db:
        walked = _newest(db, store, agreement)
        units = _units(db, walked, parties, actor, now)
        admitted = admit(db, store, walked.source, digits, basis, now)
        who = _citizen(db, store, digits, plain)
        number = _opened(db, store, actor, agreement, "citizen", who, units, now)
        if store.demo and secrets.made_up(digits):
            # CONTRACT: demo citizens have given their consent.
            _note(db, number, "samtykke", gate.MADE_UP, now)
        return Opened(number, admitted.pathway)


def open_about(
    store: Store,
    actor: Actor,
    agreement: str,
    subject: str,
    parties: dict[str, str],
    *,
    now: datetime,
) -> int:
    """Open a case that is about nobody: `anonymous` (somebody who gives no name) or `agreement`.  The case's id.

    Of somebody without a name nobody is told who was not named; what is about the agreement may be told to all of it.
    """
    with store.write() as db:
        walked = _newest(db, store, agreement)
        if subject not in offers.subjects(db, store, agreement) - {"citizen"}:
            raise Invalid(fields={"subject": FIELDS["subject"]})
        standing = subject == "agreement"
        units = _units(db, walked, parties, actor, now, standing=standing)
        number = _opened(db, store, actor, agreement, subject, None, units, now)
        if subject == "agreement":
            _note(db, number, "hjemmel", gate.NOBODY, now)
        return number


# ---- inside ------------------------------------------------------------------------------
def _newest(db: Connection, store: Store, agreement: str) -> Pathway:
    newest = offers.newest(db, agreement)
    if not newest:
        raise UnknownAgreement
    return store.pathway(db, newest[0].id)


def _units(
    db: Connection,
    walked: Pathway,
    parties: dict[str, str],
    actor: Actor,
    now: datetime,
    *,
    standing: bool = True,
) -> dict[str, int]:
    units = chosen(db, walked.plan.agreement, parties, actor, now, standing=standing)
    if actor.id and not actor.units & set(units.values()):
        raise Forbidden("Only members of a unit that is a party of the agreement may open a case.")
    return units


def _opened(
    db: Connection,
    store: Store,
    actor: Actor,
    agreement: str,
    subject: str,
    who: int | None,
    units: dict[str, int],
    now: datetime,
) -> int:
    row = {"agreement": agreement, "subject": subject, "citizen_id": who, "opened_at": now}
    number: int = db.execute(insert(case).values(**row).returning(case.c.id)).scalar_one()
    rows = [
        {"case_id": number, "party": party, "unit_id": key, "joined_at": now}
        for party, key in units.items()
    ]
    if rows:
        db.execute(insert(case_party), rows)
    facts = {"agreement": agreement} | ({} if who else {"subject": subject})
    store.chains.record(
        db, now=now, actor=actor, what="case_opened", citizen=who, case=number, facts=facts
    )
    return number


def _citizen(db: Connection, store: Store, digits: str, name: str) -> int:
    """The citizen with this number; a new name takes the place of the one we had."""
    key = store.keyring.index("citizen.cpr", digits)
    known = db.execute(
        select(citizen.c.id, citizen.c.name_index).where(citizen.c.cpr_index == key)
    ).first()
    name_index = store.keyring.index("citizen.name", name)
    sealed = store.keyring.seal(name, name_place(key))
    if known is None:
        made = insert(citizen).values(
            cpr=store.keyring.seal(digits, cpr_place(key)),
            cpr_index=key,
            name=sealed,
            name_index=name_index,
        )
        return int(db.execute(made.returning(citizen.c.id)).scalar_one())
    if bytes(known.name_index) != name_index:
        db.execute(
            citizen.update()
            .where(citizen.c.id == known.id)
            .values(name=sealed, name_index=name_index)
        )
    return int(known.id)


def _note(db: Connection, case_id: int, kind: str, basis: str, now: datetime) -> None:
    row = {"case_id": case_id, "kind": kind, "basis": basis, "parties": [], "given_at": now}
    db.execute(insert(consent), [row])
