"""Holding a case back from erasure: a complaint or a claim is pending (autorisationslovens § 25, stk. 2).

    hold_back (store, who, case, reason, until, whole=False, now=…) -> the hold's number
    lift      (store, who, hold, now=…)

Who answers for a unit that is a party of the case may hold it, and the command line; `whole`: all cases of the citizen,
also those that nobody told that unit of.  A hold ends by itself, or when the unit that set it lifts it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from engine import access
from engine.actions.hand import spoken
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor
from engine.seals import hold_place
from engine.store import Store
from engine.tables import case, case_party, hold

#: So long at most; what lasts longer is looked at again.
LONGEST = timedelta(days=5 * 366)
#: What a field can be told here; for the catalogue.
FIELDS = {"until": "The end must come after now, and within five years."}


def hold_back(
    store: Store,
    actor: Actor,
    case_id: int,
    reason: str,
    until: datetime,
    *,
    whole: bool = False,
    now: datetime,
) -> int:
    """Keep the case, or all cases of its citizen, from being erased until then; the hold's number."""
    with store.write() as db:
        about, unit = _answers(db, actor, case_id)
        plain = spoken(reason)
        if not now < until <= now + LONGEST:
            raise Invalid(fields={"until": FIELDS["until"]})
        row = {
            "citizen_id": about,
            "case_id": None if whole else case_id,
            "unit_id": unit,
            "reason": store.keyring.seal(plain, hold_place(about, now)),
            "set_by": actor.id or None,
            "set_at": now,
            "ends_at": until,
        }
        number = int(db.execute(insert(hold).values(**row).returning(hold.c.id)).scalar_one())
        facts = {
            "hold": number,
            "until": until.isoformat(),
            "whole": whole,
            "reason": store.keyring.index("hold.reason", plain).hex(),
        }
        store.chains.record(
            db, now=now, actor=actor, what="held_back", citizen=about, case=case_id, facts=facts
        )
        return number


def lift(
    store: Store, actor: Actor, hold_id: int, *, now: datetime, case_id: int | None = None
) -> None:
    """End a hold now; `Conflict` where it is over already.

    `case_id` is the case on whose page it stands: a hold that does not stand there is not found.
    """
    asked = select(hold).where(hold.c.id == hold_id, access.visible_holds(actor))
    if case_id is not None:
        asked = asked.where(_on(case_id))
    with store.write() as db:
        row = db.execute(asked).first()
        if row is None:
            raise NotFound
        if actor.id and row.unit_id not in access.inspected(actor):
            raise Forbidden("Only the unit that holds it back may lift that.")
        open_ = (hold.c.id == hold_id, hold.c.lifted_at.is_(None), hold.c.ends_at > now)
        ended = update(hold).where(*open_).values(lifted_at=now, lifted_by=actor.id or None)
        if not db.execute(ended).rowcount:
            raise Conflict("That hold has ended already.")
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="hold_lifted",
            citizen=row.citizen_id,
            case=row.case_id,
            facts={"hold": hold_id},
        )


def _on(case_id: int) -> ColumnElement[bool]:
    """A hold on the case itself, or on all cases of whom it is about."""
    about = select(case.c.citizen_id).where(case.c.id == case_id).scalar_subquery()
    return or_(
        hold.c.case_id == case_id, and_(hold.c.case_id.is_(None), hold.c.citizen_id == about)
    )


def _answers(db: Connection, actor: Actor, case_id: int) -> tuple[int, int | None]:
    """The citizen of the case, and the party's unit for which the person answers (None: the command line)."""
    seen = select(case.c.citizen_id).where(case.c.id == case_id, access.visible_cases(actor))
    row = db.execute(seen.with_for_update()).first()
    if row is None:
        raise NotFound
    about = row.citizen_id
    if about is None:
        raise Conflict("What is held back is a citizen's. This case is about nobody.")
    if not actor.id:
        return int(about), None
    mine = select(case_party.c.unit_id).where(
        case_party.c.case_id == case_id,
        case_party.c.unit_id.in_(access.inspected(actor)),
        case_party.c.joined_at.is_not(None),
    )
    unit = db.scalar(mine.order_by(case_party.c.unit_id))
    if unit is None:
        raise Forbidden("Only who answers for a party of the case may hold it back.")
    return int(about), int(unit)
