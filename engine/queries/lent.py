"""Who reads a case without a part in it: what was lent, and emergencies that somebody must look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.queries.looks import name_of, saw, saw_list
from engine.seals import loan_place, review_place
from engine.store import Store
from engine.tables import audit, case, citizen, instance, loan, pathway, person, review, unit

#: How many emergencies are listed; those that nobody has looked at come first.
MOST = 100
_lender, _ender, _reviewer = person.alias("lender"), person.alias("ender"), person.alias("reviewer")


def loans(store: Store, actor: Actor, case_id: int, *, now: datetime) -> list[Json]:
    """What the units for which the actor answers lent of this case, newest first:

    `id to to_name by unit_name instance instance_name reason begins_at ends_at withdrawn_at withdrawn_by running`;
    `to` is a login.  Others get an empty list.
    """
    with store.read() as db:
        seen = select(case.c.citizen_id).where(case.c.id == case_id, access.visible_cases(actor))
        about = db.execute(seen).first()
        if about is None:
            raise NotFound
        asked = _LOANS.where(loan.c.case_id == case_id, access.visible_loans(actor))
        rows = db.execute(asked.where(loan.c.unit_id.is_not(None)).order_by(loan.c.id.desc())).all()
    if rows:
        saw(store, actor, "saw_loans", now=now, citizen=about.citizen_id, case=case_id)
    return [_loan(store, row, now) for row in rows]


def emergencies(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Emergencies of the units for which the actor answers, those that nobody has looked at first, then newest first:

    `id case by by_name unit_name reason begins_at ends_at running looks reviewed_at reviewed_by note unled`, and
    `citizen` (the name) where the actor sees the case; `looks` counts what the person did with the case meanwhile.
    `unled`: nobody in the unit may look at it, so operators do; free text may say whom it is about, so `reason`, and a
    `note` of somebody else, are None for them.
    """
    must_inspect(actor)
    with store.read() as db:
        rows = db.execute(
            _REVIEWS.add_columns(
                access.visible_cases(actor).label("known"), access.unled(now).label("unled")
            )
            .where(access.visible_reviews(actor, now))
            .order_by(review.c.reviewed_at.is_not(None), review.c.at.desc(), review.c.id.desc())
            .limit(MOST)
        ).all()
    saw_list(store, actor, "saw_emergencies", {row.citizen_id for row in rows}, now=now)
    return [_review(store, actor, row, now) for row in rows]


def waiting(store: Store, actor: Actor, *, now: datetime) -> int:
    """How many emergencies somebody must look at and nobody has; 0 for who looks after none."""
    if not may_inspect(actor):
        return 0
    asked = select(func.count()).where(
        access.visible_reviews(actor, now), review.c.reviewed_at.is_(None)
    )
    with store.read() as db:
        return int(db.scalar(asked) or 0)


def may_inspect(actor: Actor) -> bool:
    """Whether the actor answers for how people treat what they may see, or for the house where nobody does."""
    return access.may_operate(actor) or bool(access.inspected(actor))


def must_inspect(actor: Actor) -> None:
    """Raise `Forbidden` unless the actor answers for how people treat what they may see."""
    if not may_inspect(actor):
        raise Forbidden("Only who looks after data protection in a unit may see emergencies.")


# ---- inside ------------------------------------------------------------------------------
_LOANS = (
    select(
        loan,
        person.c.login,
        person.c.name.label("person_name"),
        _lender.c.name.label("lender_name"),
        _ender.c.name.label("ender_name"),
        unit.c.name.label("unit_name"),
        pathway.c.name.label("instance_name"),
    )
    .join(person, person.c.id == loan.c.person_id)
    .join(_lender, _lender.c.id == loan.c.lender_id)
    .join(unit, unit.c.id == loan.c.unit_id)
    .outerjoin(_ender, _ender.c.id == loan.c.withdrawn_by)
    .outerjoin(instance, instance.c.id == loan.c.instance_id)
    .outerjoin(pathway, pathway.c.id == instance.c.pathway_id)
)
#: Whatever the person did with the case while it was open.
_LOOKS = (
    select(func.count())
    .where(
        audit.c.citizen_id == case.c.citizen_id,
        audit.c.case_id == loan.c.case_id,
        audit.c.person_id == loan.c.person_id,
        audit.c.at >= loan.c.begins_at,
        audit.c.at < loan.c.ends_at,
        audit.c.what != "glass_broken",
    )
    .correlate(case, loan)
    .scalar_subquery()
)
_REVIEWS = (
    select(
        review,
        loan.c.case_id,
        loan.c.person_id,
        loan.c.reason,
        loan.c.begins_at,
        loan.c.ends_at,
        person.c.login,
        person.c.name.label("person_name"),
        unit.c.name.label("unit_name"),
        _reviewer.c.name.label("reviewer_name"),
        case.c.citizen_id,
        citizen.c.name.label("citizen_name"),
        citizen.c.cpr_index,
        _LOOKS.label("looks"),
    )
    .join(loan, loan.c.id == review.c.loan_id)
    .join(case, case.c.id == loan.c.case_id)
    .join(citizen, citizen.c.id == case.c.citizen_id)
    .join(person, person.c.id == loan.c.person_id)
    .join(unit, unit.c.id == review.c.unit_id)
    .outerjoin(_reviewer, _reviewer.c.id == review.c.reviewed_by)
)


def _reason(store: Store, row: Row[Any]) -> str:
    return store.keyring.open(row.reason, loan_place(row.case_id, row.person_id, row.begins_at))


def _loan(store: Store, row: Row[Any], now: datetime) -> Json:
    return {
        "id": row.id,
        "to": row.login,
        "to_name": row.person_name,
        "by": row.lender_name,
        "unit_name": row.unit_name,
        "instance": row.instance_id,
        "instance_name": row.instance_name,
        "reason": _reason(store, row),
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "withdrawn_at": row.withdrawn_at,
        "withdrawn_by": row.ender_name,
        "running": row.withdrawn_at is None and row.ends_at > now,
    }


def _review(store: Store, actor: Actor, row: Row[Any], now: datetime) -> Json:
    # Who answers for the unit, or sees the case, reads what was written; the house's operators do neither.
    reads = actor.id == 0 or row.known or row.unit_id in access.inspected(actor)
    note: str | None = ""
    if row.note is not None and not reads and row.reviewed_by != actor.id:
        note = None
    elif row.note is not None:
        note = store.keyring.open(row.note, review_place(row.loan_id, row.unit_id))
    return {
        "id": row.id,
        "case": row.case_id,
        "citizen": name_of(store, row) if row.known else None,
        "by": row.login,
        "by_name": row.person_name,
        "unit_name": row.unit_name,
        "reason": _reason(store, row) if reads else None,
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "running": row.ends_at > now,
        "looks": row.looks,
        "reviewed_at": row.reviewed_at,
        "reviewed_by": row.reviewer_name,
        "note": note,
        "unled": bool(row.unled),
    }
