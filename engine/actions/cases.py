"""Cases: start a pathway on one, report what happened (`opening.py` opens it)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, func, select, update

from engine import access, offers
from engine import pathway as steps
from engine.actions import meetings
from engine.actions.answers import checked, nameless, started_with
from engine.actions.record import Event, Moved, record
from engine.actions.walk import Walk, around, by_instance
from engine.bpmn.shapes import about
from engine.errors import ActionNotOpen, Conflict, Forbidden, NotFound
from engine.model import Actor, Json
from engine.offers import Offer
from engine.pathway import Pathway
from engine.store import Store
from engine.tables import case, case_party, history
from engine.tables import pathway as pathway_table


class About(Protocol):
    """A case's row, as far as a new instance needs it: the columns `ABOUT`."""

    case_id: int
    agreement: str
    citizen_id: int | None
    subject: str


ABOUT = (case.c.id.label("case_id"), case.c.agreement, case.c.citizen_id, case.c.subject)


def start(
    store: Store, actor: Actor, case_id: int, pathway: str, data: Json, *, now: datetime
) -> Moved:
    """Start the version in force of a pathway, named by slug or key, with the start form's answers."""
    with store.write() as db:
        it = _visible(db, actor, case_id)
        number, key = offers.find(db, it.agreement, pathway, now)
        offer = _chosen(offers.starts(db, store, number, case_id), key)
        _may(db, actor, offer, case_id)
        return _start(db, store, actor, it, offer, data, now)


def act(
    store: Store, actor: Actor, case_id: int, action: str, data: Json, *, now: datetime
) -> Moved:
    """Start or report what `engine.offers` offers under this id."""
    with store.write() as db:
        it = _visible(db, actor, case_id)
        return _act(db, store, actor, it, action, data, now)


def act_once(
    store: Store, actor: Actor, case_id: int, action: str, data: Json, mark: str, *, now: datetime
) -> int:
    """`act`, once for each `mark` on this case; the number of the instance that it began or told.

    A form has one, so a second press, or a page that is sent again, leads to what the first did.
    """
    with store.write() as db:
        it = _visible(db, actor, case_id)
        # Locked, so that of the same form sent twice at once the second sees the first.
        db.execute(select(case.c.id).where(case.c.id == case_id).with_for_update())
        before = _marked(db, case_id, mark)
        if before is not None:
            return before
        number = int(_act(db, store, actor, it, action, data, now).instance["id"])
        newest = select(func.max(history.c.id)).where(history.c.instance_id == number)
        line = history.c.id == newest.scalar_subquery()
        db.execute(update(history).where(line).values(mark=mark))
        return number


def done_with(store: Store, actor: Actor, case_id: int, mark: str) -> int | None:
    """The number of the instance that was begun or told with this mark (`act_once`); None: nothing was."""
    with store.read() as db:
        seen(db, actor, case_id)
        return _marked(db, case_id, mark)


def begin(
    db: Connection,
    store: Store,
    walk: Walk,
    data: Json,
    event: Event,
    now: datetime,
    *,
    action: str | None = None,
) -> Moved:
    """The first step of an instance, in the caller's transaction."""
    step = steps.start(walk.pathway, data, now, parties=walk.around.names, action=action)
    return record(db, store, walk, step, event, now)


def fresh(
    db: Connection,
    store: Store,
    it: About,
    pathway_id: int,
    now: datetime,
    *,
    parent_id: int | None = None,
) -> Walk:
    """An instance on that case that has not begun."""
    walked = store.pathway(db, pathway_id)
    return Walk(
        id=None,
        case_id=it.case_id,
        citizen_id=it.citizen_id,
        subject=it.subject,
        agreement=it.agreement,
        pathway_id=pathway_id,
        pathway=walked,
        pathway_version=db.execute(_VERSION, {"pathway": pathway_id}).scalar_one(),
        state="",
        status="running",
        version=0,
        started_at=now,
        around=around(db, it.case_id, None, now),
        parent_id=parent_id,
    )


def seen(db: Connection, actor: Actor, case_id: int) -> Row[Any]:
    """The case that somebody acts on; `NotFound` to whom it does not exist, `Forbidden` to who only reads it."""
    row = db.execute(
        select(
            *ABOUT,
            case.c.closed_at,
            access.works_on(actor, case.c.id).label("works"),
        ).where(case.c.id == case_id, access.visible_cases(actor))
    ).first()
    if row is None:
        raise NotFound
    if not row.works:
        raise Forbidden("You may read this case, but not act on it.")
    return row


# ---- inside ------------------------------------------------------------------------------
def _marked(db: Connection, case_id: int, mark: str) -> int | None:
    mine = (history.c.case_id == case_id, history.c.mark == mark)
    return db.scalar(select(history.c.instance_id).where(*mine))


def _act(
    db: Connection,
    store: Store,
    actor: Actor,
    it: About,
    action: str,
    data: Json,
    now: datetime,
) -> Moved:
    offer = _chosen(offers.offered(db, store, actor, it.case_id, it.agreement, now), action)
    _may(db, actor, offer, it.case_id)
    if offer.instance is None:
        return _start(db, store, actor, it, offer, data, now)
    walk = by_instance(db, store, offer.instance, now, wait=True)
    walk.must_go_on()
    form = _form_of(walk.pathway, offer)
    values = checked(walk.pathway, form, data, about(walk.subject), walk.around.parties, now)
    nameless(walk.subject, values)
    meetings.must_be_possible(walk.pathway, offer.element, values, now)
    step = steps.act(walk.pathway, walk.state, offer.element, values, now)
    event = Event("reported", actor, offer.element, offer.party, answers=values)
    return record(db, store, walk, step, event, now)


_VERSION = select(pathway_table.c.version).where(pathway_table.c.id == bindparam("pathway"))


def _visible(db: Connection, actor: Actor, case_id: int) -> Row[Any]:
    row = seen(db, actor, case_id)
    if row.closed_at is not None:
        raise Conflict("The case is closed.")
    return row


def _chosen(found: list[Offer], action: str) -> Offer:
    """By the id that was offered, else by element where only one has it."""
    for offer in found:
        if offer.id == action:
            return offer
    alike = [offer for offer in found if offer.element == action]
    if len(alike) != 1:
        raise ActionNotOpen
    return alike[0]


def _may(db: Connection, actor: Actor, offer: Offer, case_id: int) -> None:
    parties = list(db.scalars(select(case_party.c.unit_id).where(case_party.c.case_id == case_id)))
    if offer.unit is None and not offer.anybody and actor.id:
        raise Forbidden("That is for another party to start or report.")
    if not access.may_act(actor, None if offer.anybody else offer.unit, parties):
        raise Forbidden("That is for another party to start or report.")


def _start(
    db: Connection,
    store: Store,
    actor: Actor,
    it: About,
    offer: Offer,
    data: Json,
    now: datetime,
) -> Moved:
    walk = fresh(db, store, it, offer.pathway_id, now)
    lane = walk.pathway.elements[offer.element].lane
    form, known = _form_of(walk.pathway, offer), about(walk.subject)
    values = started_with(walk.pathway, form, data, known, walk.around.parties, now)
    nameless(walk.subject, values)
    values = {**_starter(walk, lane, actor), **values}
    event = Event("started", actor, offer.element, offer.party, answers=values or None)
    return begin(db, store, walk, values, event, now, action=offer.element)


def _starter(walk: Walk, lane: str, actor: Actor) -> Json:
    """Where the lane is filled by whoever starts: the actor's own party."""
    found = walk.pathway.plan.agreement.lanes.get(lane)
    if found is None or not found.field:
        return {}
    mine = [party for party, unit in walk.around.parties.items() if unit.id in actor.units]
    return {found.field: mine[0]} if mine else {}


def _form_of(walked: Pathway, offer: Offer) -> str | None:
    return walked.elements[offer.element].form
