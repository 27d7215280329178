"""Reading a case without a part in it: a leader lends what his unit sees and may take it back; it ends by itself.

    lend      (store, leader, case, login, reason, until, instance=None, now=…) -> the loan's number
    withdraw  (store, leader, loan, now=…)

What is lent is read with `Actor.lent`; nothing can be done with it (`engine/access.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from engine import access
from engine.actions.hand import spoken
from engine.calendar import COPENHAGEN
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor
from engine.seals import loan_place
from engine.store import Store
from engine.tables import case, case_party, instance, loan, membership, person, valid_on

#: So long at most may one lend.
LONGEST = timedelta(days=366)
#: What a field can be told here; for the catalogue.
FIELDS = {
    "to": "Nobody who works with citizens has that login.",
    "member": "That person works in the unit already.",
    "until": "The end must come after now, and within a year.",
    "instance": "Your unit takes part in no such pathway on this case.",
}


def lend(
    store: Store,
    actor: Actor,
    case_id: int,
    to: str,
    reason: str,
    until: datetime,
    *,
    instance_id: int | None = None,
    now: datetime,
) -> int:
    """Let somebody read what the leader's unit sees of the case, or of one instance of it; the loan's number."""
    with store.write() as db:
        about, unit = _led(db, actor, case_id)
        plain = spoken(reason)
        if not now < until <= now + LONGEST:
            raise Invalid(fields={"until": FIELDS["until"]})
        whom = _reader(db, to, unit, now)
        if instance_id is not None and not _runs(db, actor, case_id, instance_id):
            raise Invalid(fields={"instance": FIELDS["instance"]})
        row = {
            "case_id": case_id,
            "instance_id": instance_id,
            "unit_id": unit,
            "person_id": whom,
            "lender_id": actor.id,
            "reason": store.keyring.seal(plain, loan_place(case_id, whom, now)),
            "begins_at": now,
            "ends_at": until,
        }
        number = int(db.execute(insert(loan).values(**row).returning(loan.c.id)).scalar_one())
        facts = {
            "loan": number,
            "to": whom,
            "until": until.isoformat(),
            "reason": store.keyring.index("loan.reason", plain).hex(),
        }
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="case_lent",
            citizen=about,
            case=case_id,
            instance=instance_id,
            facts=facts,
        )
        return number


def withdraw(
    store: Store, actor: Actor, loan_id: int, *, now: datetime, case_id: int | None = None
) -> None:
    """End a loan of the leader's unit now; `Conflict` where it is over already.

    `case_id` is the case on whose page it stands: another case's loan is not found.
    """
    with store.write() as db:
        asked = (
            select(loan.c.id, loan.c.case_id, loan.c.instance_id, loan.c.unit_id, case.c.citizen_id)
            .join(case, case.c.id == loan.c.case_id)
            .where(loan.c.id == loan_id, access.visible_loans(actor))
        )
        found = db.execute(asked).first()
        if found is None or case_id not in (None, found.case_id):
            raise NotFound
        if found.unit_id not in access.leads(actor):
            raise Forbidden("Only a leader of the unit that lent it may take it back.")
        ended = update(loan).where(
            loan.c.id == loan_id, loan.c.withdrawn_at.is_(None), loan.c.ends_at > now
        )
        if not db.execute(ended.values(withdrawn_at=now, withdrawn_by=actor.id)).rowcount:
            raise Conflict("That access has ended already.")
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="loan_withdrawn",
            citizen=found.citizen_id,
            case=found.case_id,
            instance=found.instance_id,
            facts={"loan": loan_id},
        )


# ---- inside ------------------------------------------------------------------------------
def _led(db: Connection, actor: Actor, case_id: int) -> tuple[int | None, int]:
    """The case's citizen, if it is about one, and the unit that the person leads and that is a party of it."""
    asked = select(case.c.citizen_id, case.c.closed_at)
    row = db.execute(asked.where(case.c.id == case_id, access.visible_cases(actor))).first()
    if row is None:
        raise NotFound
    led = select(case_party.c.unit_id).where(
        case_party.c.case_id == case_id,
        case_party.c.unit_id.in_(access.leads(actor)),
        case_party.c.joined_at.is_not(None),
    )
    unit = db.scalar(led.order_by(case_party.c.unit_id))
    if unit is None:
        raise Forbidden("Only a leader of a party of the case may lend access to it.")
    if row.closed_at is not None:
        raise Conflict("The case is closed.")
    return row.citizen_id, int(unit)


def _reader(db: Connection, login: str, unit: int, now: datetime) -> int:
    """The number of whom it is lent to: somebody who works with citizens, but not in that unit."""
    today = now.astimezone(COPENHAGEN).date()
    rows = db.execute(
        select(person.c.id, membership.c.unit_id)
        .join(membership, membership.c.person_id == person.c.id)
        .where(
            person.c.login == login,
            person.c.active,
            access.treats(),
            valid_on(membership, today),
        )
    ).all()
    if not rows:
        raise Invalid(fields={"to": FIELDS["to"]})
    if any(row.unit_id == unit for row in rows):
        raise Invalid(fields={"to": FIELDS["member"]})
    return int(rows[0].id)


def _runs(db: Connection, actor: Actor, case_id: int, instance_id: int) -> bool:
    here = (instance.c.id == instance_id, instance.c.case_id == case_id)
    asked = select(instance.c.id).where(*here, access.takes_part(actor, instance.c.id))
    return db.scalar(asked) is not None
