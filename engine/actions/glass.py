"""Breaking the glass: in an emergency somebody opens a citizen's case that is not his, and leaders must look at it.

    break_glass  (store, person, CPR number or whole name, reason, hours, now=…) -> the numbers of the cases
    reviewed     (store, leader, review, note, now=…)

One sentence answers whatever was not found: nobody of that name, several, or a citizen without a case.  Each time is
counted, found or not, and stands in the audit chain with the keyed fingerprint of what was asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from engine import access, secrets
from engine.actions.hand import spoken
from engine.errors import Conflict, CprInvalid, Forbidden, NotFound, TooFast
from engine.model import Actor
from engine.seals import loan_place, review_place
from engine.store import Store
from engine.tables import case, case_party, citizen, glass_try, loan, person, review

#: So often may one person try within a `WINDOW`.
MOST, WINDOW = 5, timedelta(hours=1)
#: How long what was opened stays open, where the installation does not say otherwise.
HOURS = 4


class NobodyFound(NotFound):
    """Nobody is found by that. Write the whole CPR number, or the whole name of one citizen."""

    code = "nobody_found"


def break_glass(
    store: Store, actor: Actor, whom: str, reason: str, *, hours: int = HOURS, now: datetime
) -> list[int]:
    """Open all cases of one citizen for `hours`; those that are open to the person already stay as they are.

    Raises `Forbidden`, `Invalid` (the reason), `TooFast`, `NobodyFound`.
    """
    if not access.may_break_glass(actor):
        raise Forbidden("Only who works with citizens may open a case in an emergency.")
    plain = spoken(reason)
    _count(store, actor, now)
    mark = store.keyring.index("glass.asked", whom.strip()).hex()
    with store.write() as db:
        found = _cases(db, store, actor, whom.strip())
        if not found:
            facts = {"asked": mark}
            store.chains.record(db, now=now, actor=actor, what="glass_missed", facts=facts)
        for row in found:
            if not row.seen:
                _open(db, store, actor, row, plain, now, now + timedelta(hours=hours))
    if not found:
        raise NobodyFound
    return [row.id for row in found]


def reviewed(store: Store, actor: Actor, review_id: int, note: str, *, now: datetime) -> None:
    """Somebody who looks after it in the unit has looked at the emergency, and writes what came of it."""
    with store.write() as db:
        asked = (
            select(review, loan.c.person_id, loan.c.case_id, case.c.citizen_id)
            .join(loan, loan.c.id == review.c.loan_id)
            .join(case, case.c.id == loan.c.case_id)
            .where(review.c.id == review_id, access.visible_reviews(actor, now))
        )
        row = db.execute(asked).first()
        if row is None:
            raise NotFound
        if row.person_id == actor.id:
            raise Forbidden("Somebody else must look at what you opened.")
        plain = spoken(note)
        sealed = store.keyring.seal(plain, review_place(row.loan_id, row.unit_id))
        first = update(review).where(review.c.id == review_id, review.c.reviewed_at.is_(None))
        done = first.values(reviewed_at=now, reviewed_by=actor.id or None, note=sealed)
        if not db.execute(done).rowcount:
            raise Conflict
        mark = store.keyring.index("review.note", plain).hex()
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="glass_reviewed",
            citizen=row.citizen_id,
            case=row.case_id,
            facts={"loan": row.loan_id, "note": mark},
        )


# ---- inside ------------------------------------------------------------------------------
def _count(store: Store, actor: Actor, now: datetime) -> None:
    """Count one more try of this person; raises `TooFast`.  Kept whatever comes of it."""
    with store.write() as db:
        # One after the other: of many tries at once each sees those before it.
        db.execute(select(person.c.id).where(person.c.id == actor.id).with_for_update())
        db.execute(delete(glass_try).where(glass_try.c.at <= now - WINDOW))
        mine = select(func.count()).where(glass_try.c.person_id == actor.id)
        if (db.scalar(mine) or 0) >= MOST:
            raise TooFast
        db.execute(insert(glass_try).values(person_id=actor.id, at=now))


def _cases(db: Connection, store: Store, actor: Actor, whom: str) -> list[Row[Any]]:
    """The cases of the one citizen that is meant; nothing where it is nobody, or not one."""
    known = list(db.scalars(select(citizen.c.id).where(_called(store, whom)).limit(2)))
    if len(known) != 1:
        return []
    asked = select(case.c.id, case.c.citizen_id, access.visible_cases(actor).label("seen"))
    return list(db.execute(asked.where(case.c.citizen_id == known[0]).order_by(case.c.id)))


def _called(store: Store, whom: str) -> ColumnElement[bool]:
    by_name = citizen.c.name_index.in_(store.keyring.indexes("citizen.name", whom))
    try:
        digits = secrets.cpr(whom)
    except CprInvalid:
        return by_name
    return or_(by_name, citizen.c.cpr_index.in_(store.keyring.indexes("citizen.cpr", digits)))


def _open(
    db: Connection,
    store: Store,
    actor: Actor,
    row: Row[Any],
    reason: str,
    now: datetime,
    until: datetime,
) -> None:
    made = {
        "case_id": row.id,
        "person_id": actor.id,
        "lender_id": actor.id,
        "reason": store.keyring.seal(reason, loan_place(row.id, actor.id, now)),
        "begins_at": now,
        "ends_at": until,
    }
    number = db.execute(insert(loan).values(**made).returning(loan.c.id)).scalar_one()
    units = _concerned(db, actor, row.id)
    db.execute(insert(review), [{"loan_id": number, "unit_id": each, "at": now} for each in units])
    facts = {
        "loan": number,
        "until": until.isoformat(),
        "units": sorted(units),
        "reason": store.keyring.index("loan.reason", reason).hex(),
    }
    store.chains.record(
        db,
        now=now,
        actor=actor,
        what="glass_broken",
        citizen=row.citizen_id,
        case=row.id,
        facts=facts,
    )


def _concerned(db: Connection, actor: Actor, case_id: int) -> Iterable[int]:
    """The units whose leaders are told: the parties that know the case, and where the person works himself."""
    asked = select(case_party.c.unit_id).where(
        case_party.c.case_id == case_id, case_party.c.joined_at.is_not(None)
    )
    return set(db.scalars(asked)) | access.treated_in(actor)
