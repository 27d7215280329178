"""What is held back from erasure, by whom, why and until when; and how long a case is kept else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from engine import access
from engine.errors import Forbidden, NotFound
from engine.keeping import in_force, standings
from engine.model import Actor, Json
from engine.queries.looks import saw
from engine.seals import hold_place
from engine.store import Store
from engine.tables import case, case_party, hold, person, unit

_setter, _lifter = person.alias("setter"), person.alias("lifter")


def holds(store: Store, actor: Actor, case_id: int, *, now: datetime) -> Json:
    """`{items, kept}` of one case, for who answers for a party of it (and the command line); newest first.

    Each item is `{id unit_name by reason whole set_at ends_at lifted_at lifted_by running mine}`, `whole`: of all the
    citizen's cases; `mine`: the actor may lift it.  Of another unit's hold one learns that it is there and until when.
    `kept`: `{kind, due_at, why, months, ground}` of each kind, `why` as in `engine.keeping.WHY`.
    """
    with store.read() as db:
        seen = select(case.c.citizen_id).where(case.c.id == case_id, access.visible_cases(actor))
        row = db.execute(seen).first()
        if row is None:
            raise NotFound
        about = row.citizen_id
        answers = select(case_party.c.unit_id).where(
            case_party.c.case_id == case_id, case_party.c.unit_id.in_(access.inspected(actor))
        )
        if actor.id and not db.execute(answers).first():
            raise Forbidden("Only who answers for a party of the case may hold it back.")
        here = or_(hold.c.case_id == case_id, hold.c.case_id.is_(None))
        rows = db.execute(
            select(
                hold,
                in_force(now).label("running"),
                unit.c.name.label("unit_name"),
                _setter.c.name.label("by"),
                _lifter.c.name.label("lifter"),
            )
            .outerjoin(unit, unit.c.id == hold.c.unit_id)
            .outerjoin(_setter, _setter.c.id == hold.c.set_by)
            .outerjoin(_lifter, _lifter.c.id == hold.c.lifted_by)
            .where(hold.c.citizen_id == about, here, access.visible_holds(actor))
            .order_by(hold.c.id.desc())
        ).all()
        kept = [
            {
                "kind": each.kind,
                "due_at": each.due_at,
                "why": each.why,
                "months": each.rule.months if each.rule else None,
                "ground": each.rule.ground if each.rule else None,
            }
            for each in standings(store, db, now, case_id)
        ]
    saw(store, actor, "saw_holds", now=now, citizen=about, case=case_id)
    return {"items": [_item(store, actor, row) for row in rows], "kept": kept}


def _item(store: Store, actor: Actor, row: Row[Any]) -> Json:
    own = not actor.id or row.unit_id in access.inspected(actor)
    place = hold_place(row.citizen_id, row.set_at)
    return {
        "id": row.id,
        "unit_name": row.unit_name if own else None,
        "by": row.by if own else None,
        "reason": store.keyring.open(row.reason, place) if own else "",
        "whole": row.case_id is None,
        "set_at": row.set_at,
        "ends_at": row.ends_at,
        "lifted_at": row.lifted_at,
        "lifted_by": row.lifter if own else None,
        "running": bool(row.running),
        "mine": bool(row.running) and own,
    }
