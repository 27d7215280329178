"""A new case: about a citizen whom the agreement takes, about somebody without a name, or about the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from engine import access, gate, offers, secrets
from engine.actions.admitting import admit
from engine.actions.parties import chosen
from engine.errors import Conflict, Forbidden, Invalid, SecretUnreadable, UnknownAgreement
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
    mark: str | None = None,
    now: datetime,
) -> Opened:
    """Open a case for a citizen, known or new, whom the agreement takes (`engine.admission`).

    `parties` maps a party to its unit's name or id; `basis` are answers to the agreement's own questions.  A form that
    is sent again with its `mark` opens no second case: the first is given.
    """
    digits, plain = secrets.cpr(cpr), " ".join(name.split())
    if not plain:
        raise Invalid(fields={"citizen.name": FIELDS["name"]})
    with store.write() as db:
        _in_turn(db, store, mark)
        walked = _in_force(db, store, agreement, now)
        units = _units(db, walked, parties, actor, now)
        admitted = admit(db, store, walked.source, digits, basis, now)
        who = _citizen(db, store, digits, plain)
        before = _marked(db, actor, agreement, mark, who)
        if before is not None:
            return Opened(before, admitted.pathway)
        number = _opened(db, store, actor, agreement, "citizen", who, units, mark, now)
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
    mark: str | None = None,
    now: datetime,
) -> int:
    """Open a case that is about nobody: `anonymous` (somebody who gives no name) or `agreement`.  The case's id.

    `mark` as in `take_in`.  Of somebody without a name nobody is told who was not named; what is about the
    agreement may be told to all of it.
    """
    with store.write() as db:
        _in_turn(db, store, mark)
        walked = _in_force(db, store, agreement, now)
        if subject not in offers.subjects(db, store, agreement, now) - {"citizen"}:
            raise Invalid(fields={"subject": FIELDS["subject"]})
        standing = subject == "agreement"
        units = _units(db, walked, parties, actor, now, standing=standing)
        before = _marked(db, actor, agreement, mark, None)
        if before is not None:
            return before
        number = _opened(db, store, actor, agreement, subject, None, units, mark, now)
        if subject == "agreement":
            _note(db, number, "hjemmel", gate.NOBODY, now)
        return number


# ---- inside ------------------------------------------------------------------------------
def _in_force(db: Connection, store: Store, agreement: str, now: datetime) -> Pathway:
    found = offers.in_force(db, agreement, now)
    if not found:
        raise UnknownAgreement
    return store.pathway(db, found[0].id)


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


def _in_turn(db: Connection, store: Store, mark: str | None) -> None:
    """Of the same form sent twice at once the second waits until the first is kept; SQLite writes in turn anyway."""
    if mark is not None and not store.sqlite:
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(mark, 0))))


def _marked(
    db: Connection, actor: Actor, agreement: str, mark: str | None, who: int | None
) -> int | None:
    """The case that this form opened already; who goes back in it and names another citizen opens another."""
    if mark is None:
        return None
    same = (
        case.c.mark == mark,
        case.c.agreement == agreement,
        case.c.citizen_id.is_not_distinct_from(who),
    )
    return db.scalar(select(case.c.id).where(*same, access.visible_cases(actor)))


def _opened(
    db: Connection,
    store: Store,
    actor: Actor,
    agreement: str,
    subject: str,
    who: int | None,
    units: dict[str, int],
    mark: str | None,
    now: datetime,
) -> int:
    about = {"agreement": agreement, "subject": subject, "citizen_id": who}
    number: int = db.execute(
        insert(case).values(**about, mark=mark, opened_at=now).returning(case.c.id)
    ).scalar_one()
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
    ring = store.keyring
    keys = ring.indexes("citizen.cpr", digits)
    _alone(db, store, keys)
    known = db.execute(
        select(citizen.c.id, citizen.c.cpr_index, citizen.c.name_index).where(
            citizen.c.cpr_index.in_(keys)
        )
    ).first()
    name_index = ring.index("citizen.name", name)
    if known is None:
        key = ring.index("citizen.cpr", digits)
        made = insert(citizen).values(
            cpr=ring.seal(digits, cpr_place(key)),
            cpr_index=key,
            name=ring.seal(name, name_place(key)),
            name_index=name_index,
            index_key=ring.indexer,
        )
        return int(db.execute(made.returning(citizen.c.id)).scalar_one())
    if bytes(known.name_index) not in ring.indexes("citizen.name", name):
        sealed = ring.seal(name, name_place(known.cpr_index))
        # Where the index was made anew in between, the seal would be bound to what is no more.
        same = citizen.c.id == known.id, citizen.c.cpr_index == known.cpr_index
        changed = update(citizen).where(*same).values(name=sealed, name_index=name_index)
        if not db.execute(changed).rowcount:
            raise Conflict
    return int(known.id)


def _alone(db: Connection, store: Store, keys: list[bytes]) -> None:
    """Nobody else writes this citizen meanwhile, and no newer index key than this server knows has been used.

    The unique index says who was first as long as all servers write with one key; while a newer one comes into use, a
    lock on what all of them know does.
    """
    if (db.scalar(select(func.max(citizen.c.index_key))) or 1) > store.keyring.newest_index:
        raise SecretUnreadable
    if len(keys) > 1 and not store.sqlite:
        number = int.from_bytes(keys[-1][:8], signed=True)
        db.execute(select(func.pg_advisory_xact_lock(number)))


def _note(db: Connection, case_id: int, kind: str, basis: str, now: datetime) -> None:
    row = {"case_id": case_id, "kind": kind, "basis": basis, "parties": [], "given_at": now}
    db.execute(insert(consent), [row])
