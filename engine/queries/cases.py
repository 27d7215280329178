"""A case whole, as its parties see it; and the cases that a person sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from engine import access, offers, sharing
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.baton import batons, handed_on, next_date
from engine.queries.documents import of_case as documents_of
from engine.queries.lists import TASK, deadlines, tasks
from engine.queries.looks import called, citizen_of, lent_to, numbered, rules, saw, saw_list, title
from engine.queries.paging import Order, Page
from engine.queries.post import of_case
from engine.queries.steps import steps_of
from engine.queries.text import in_parts, passed
from engine.shown import instance_row
from engine.store import Store
from engine.tables import case as case_table
from engine.tables import (
    case_party,
    citizen,
    deadline,
    instance,
    pathway,
    task,
    unit,
)

#: What a party is shown as.
_PARTY = ("party", "unit", "unit_name")
_CASE: tuple[Any, ...] = (
    *case_table.c,
    citizen.c.name.label("citizen_name"),
    citizen.c.cpr.label("citizen_cpr"),
    citizen.c.cpr_index,
)


def case(store: Store, actor: Actor, case_id: int, *, now: datetime) -> Json:
    """A case with everything that its parties may see of it:

    `id agreement agreement_title opened_at closed_at subject`, `citizen {name, cpr}` or None, `parties` (`_PARTY`),
    `instances` (`instance_row` with `pathway_id parent tokens`, `steps` as in `queries/steps.py` and `elements`, the
    diagram in parts, as in `diagram`), `baton {now: […], was}`,
    `deadlines` (`deadline_row` with `name`), `messages` (as in `messages`, those of the actor's units), `consents`
    [{kind, basis, parties, given_by, given_at, valid_to, withdrawn_at, in_force}], `consented` (the parties that may be
    told by a consent in force), `documents` (as in `documents`), and `lent` {emergency, until, instance} where the
    actor reads it without a part in it (else None).

    Instances, and all that hangs on them, are those that the actor's units take part in; the consents are those that
    were noted there or that speak of one of these units.
    """
    with store.read() as db:
        row = _row(db, actor, case_id, now)
        work = list(db.execute(_work(actor, case_id)))
        parties = _parties(db, actor, case_id, access.visible_parties(actor))
        own = {each["party"] for each in parties if each["own"]}
        said = sharing.known(db, actor, case_id, own, now)
        found = {
            "id": row.id,
            "agreement": row.agreement,
            "agreement_title": title(store, db, row.agreement, row.rules_id),
            "opened_at": row.opened_at,
            "closed_at": row.closed_at,
            "subject": row.subject,
            "citizen": citizen_of(store, row),
            "parties": [{name: each[name] for name in _PARTY} for each in parties],
            "instances": _instances(store, db, actor, case_id, work, now),
            "baton": {"now": batons(actor, work, now), "was": handed_on(work)},
            "deadlines": deadlines(
                store,
                db,
                and_(
                    deadline.c.case_id == case_id, access.takes_part(actor, deadline.c.instance_id)
                ),
                now,
            ),
            "messages": of_case(db, actor, case_id),
            "consents": [_consent(each, own) for each in said],
            "consented": sharing.consented(said, (each["party"] for each in parties)),
            "documents": documents_of(store, db, actor, case_id, now),
            "lent": lent_to(actor, case_id),
        }
    saw(store, actor, "saw_case", now=now, citizen=row.citizen_id, case=case_id)
    return found


def cases(
    store: Store,
    actor: Actor,
    q: str | None = None,
    *,
    limit: int = 50,
    after: str | None = None,
    now: datetime,
) -> Page:
    """The cases of the actor's units by their next open date; `q`: a whole name, a CPR number, a nameless case's id.

    Each is `id agreement agreement_title opened_at closed_at subject`, `citizen {name, cpr}`, `baton` (as in `case`),
    and `due_at` with what says how it stands (`status overdue_at reminder_at frist paused local`), nulls without one.
    """
    soonest = (
        select(task.c.case_id, func.min(task.c.due_at).label("due_at"))
        .where(
            task.c.status == "open",
            access.of_own_cases(actor, task.c.case_id),
            access.takes_part(actor, task.c.instance_id),
        )
        .group_by(task.c.case_id)
        .subquery()
    )
    order = Order("due_at", soonest.c.due_at, case_table.c.id)
    asked = (
        select(*_CASE, rules(now), soonest.c.due_at)
        .select_from(
            case_table.outerjoin(citizen, citizen.c.id == case_table.c.citizen_id).outerjoin(
                soonest, soonest.c.case_id == case_table.c.id
            )
        )
        .where(access.visible_cases(actor))
    )
    if q and q.strip():
        asked = asked.where(or_(called(store, q.strip()), numbered(q.strip())))
    with store.read() as db:
        rows = list(db.execute(order.page(asked, after, limit)))
        shown = rows[:limit]
        held = _held(db, actor, [row.id for row in shown])
        items = [
            {
                "id": row.id,
                "agreement": row.agreement,
                "agreement_title": title(store, db, row.agreement, row.rules_id),
                "opened_at": row.opened_at,
                "closed_at": row.closed_at,
                "subject": row.subject,
                "citizen": citizen_of(store, row),
                "baton": batons(actor, held.get(row.id, []), now),
                "lent": lent_to(actor, row.id),
                **next_date(held.get(row.id, []), now),
            }
            for row in shown
        ]
    saw_list(store, actor, "saw_cases", (row.citizen_id for row in shown), now=now)
    return Page(items, order.following(rows, limit))


def actions(store: Store, actor: Actor, case_id: int, *, now: datetime) -> list[Json]:
    """What the actor may start or report on the case now (`engine/offers.py`), reports first:

    `id name clauses form` (the schema), `party element pathway pathway_name pathway_id`, `instance` (None: it starts a
    pathway).  Nothing on a closed case.
    """
    with store.read() as db:
        row = _row(db, actor, case_id, now)
        found: list[Json] = []
        if row.closed_at is None:
            units = [each["unit"] for each in _parties(db, actor, case_id)]
            offered = offers.offered(db, store, actor, case_id, row.agreement, now)
            found = [_action(each) for each in offered if _may(actor, each, units)]
    # What may be reported says what runs on the case.
    saw(store, actor, "saw_actions", now=now, citizen=row.citizen_id, case=case_id)
    return found


# ---- inside ------------------------------------------------------------------------------
def _row(db: Connection, actor: Actor, case_id: int, now: datetime) -> Row[Any]:
    asked: Select[Any] = (
        select(*_CASE, rules(now))
        .outerjoin(citizen, citizen.c.id == case_table.c.citizen_id)
        .where(case_table.c.id == case_id, access.visible_cases(actor))
    )
    row = db.execute(asked).first()
    if row is None:
        raise NotFound
    return row


def _work(actor: Actor, case_id: int) -> Select[Any]:
    asked = select(*TASK).select_from(tasks()).where(task.c.case_id == case_id)
    return asked.where(access.takes_part(actor, task.c.instance_id)).order_by(task.c.id)


def _held(db: Connection, actor: Actor, case_ids: list[int]) -> dict[int, list[Row[Any]]]:
    if not case_ids:
        return {}
    asked = (
        select(*TASK)
        .select_from(tasks())
        .where(
            task.c.case_id.in_(case_ids),
            task.c.status == "open",
            access.takes_part(actor, task.c.instance_id),
        )
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in db.execute(asked):
        found.setdefault(row.case_id, []).append(row)
    return found


def _parties(db: Connection, actor: Actor, case_id: int, *of: ColumnElement[bool]) -> list[Json]:
    """Each with `own`: whether the actor looks through it."""
    rows = db.execute(
        select(
            case_party.c.party,
            case_party.c.unit_id.label("unit"),
            unit.c.name.label("unit_name"),
            access.own_parties(actor).label("own"),
        )
        .join(unit, unit.c.id == case_party.c.unit_id)
        .where(case_party.c.case_id == case_id, *of)
        .order_by(case_party.c.party)
    )
    return [dict(row._mapping) for row in rows]


def _instances(
    store: Store, db: Connection, actor: Actor, case_id: int, work: list[Row[Any]], now: datetime
) -> list[Json]:
    rows = db.execute(
        select(
            *(column for column in instance.c if column.name != "state"),
            case_table.c.agreement,
            pathway.c.key.label("pathway_key"),
            pathway.c.name.label("pathway_name"),
            pathway.c.version.label("pathway_version"),
        )
        .join(case_table, case_table.c.id == instance.c.case_id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .where(instance.c.case_id == case_id, access.takes_part(actor, instance.c.id))
        .order_by(instance.c.ended_at.is_not(None), instance.c.id.desc())
    ).all()
    done = passed(db, case_id, access.visible_history(actor))
    known = {row.id for row in rows}
    by_instance: dict[int, list[Row[Any]]] = {}
    for each in work:
        by_instance.setdefault(each.instance_id, []).append(each)
    return [
        {
            **instance_row(row._mapping),
            "pathway_id": row.pathway_id,
            "parent": row.parent_id if row.parent_id in known else None,
            "tokens": row.tokens,
            "steps": steps_of(actor, by_instance.get(row.id, []), now),
            "elements": in_parts(
                store.pathway(db, row.pathway_id), row.tokens, done.get(row.id, ())
            ),
        }
        for row in rows
    ]


def _consent(row: Row[Any], own: set[str]) -> Json:
    return {
        "kind": row.kind,
        "basis": row.basis,
        "parties": [each for each in row.parties if row.there or each in own],
        "given_by": row.given_by,
        "given_at": row.given_at,
        "valid_to": row.valid_to,
        "withdrawn_at": row.withdrawn_at,
        "in_force": bool(row.in_force),
    }


def _may(actor: Actor, offer: offers.Offer, units: list[int]) -> bool:
    if actor.id and offer.unit is None and not offer.anybody:
        return False
    return access.may_act(actor, None if offer.anybody else offer.unit, units)


def _action(offer: offers.Offer) -> Json:
    names: Mapping[str, str] = {"pathway": offer.pathway_key, "pathway_name": offer.pathway_name}
    return {
        "id": offer.id,
        "name": offer.name,
        "clauses": list(offer.clauses),
        "form": offer.form,
        "party": offer.party,
        "element": offer.element,
        "instance": offer.instance,
        "pathway_id": offer.pathway_id,
        **names,
    }
