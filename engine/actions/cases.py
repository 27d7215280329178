"""Cases: open one, start a pathway on it, report what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from engine import access, offers, secrets
from engine import pathway as steps
from engine.actions import meetings
from engine.actions.admitting import admit
from engine.actions.answers import checked, started_with
from engine.actions.parties import chosen
from engine.actions.record import Event, Moved, record
from engine.actions.walk import Walk, around, by_instance
from engine.errors import ActionNotOpen, Conflict, Forbidden, Invalid, NotFound, UnknownAgreement
from engine.gate import MADE_UP
from engine.model import Actor, Json
from engine.offers import Offer
from engine.pathway import Pathway
from engine.seals import cpr_place, name_place
from engine.store import Store
from engine.tables import case, case_party, citizen, consent
from engine.tables import pathway as pathway_table

FIELDS = {"name": "The citizen's name is missing."}


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
        newest = offers.newest(db, agreement)
        if not newest:
            raise UnknownAgreement
        walked = store.pathway(db, newest[0].id)
        units = chosen(db, walked.plan.agreement, parties, actor, now)
        if actor.id and not actor.units & set(units.values()):
            raise Forbidden(
                "Only members of a unit that is a party of the agreement may open a case."
            )
        admitted = admit(db, store, walked.source, digits, basis, now)
        who = _citizen(db, store, digits, plain)
        opened = insert(case).values(agreement=agreement, citizen_id=who, opened_at=now)
        number: int = db.execute(opened.returning(case.c.id)).scalar_one()
        rows = [
            {"case_id": number, "party": party, "unit_id": key, "joined_at": now}
            for party, key in units.items()
        ]
        db.execute(insert(case_party), rows)
        if store.demo and secrets.made_up(digits):
            _consents(db, number, now)
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="case_opened",
            citizen=who,
            case=number,
            facts={"agreement": agreement},
        )
        return Opened(number, admitted.pathway)


def start(
    store: Store, actor: Actor, case_id: int, pathway: str, data: Json, *, now: datetime
) -> Moved:
    """Start the newest version of a pathway, named by slug or key, with the start form's answers."""
    with store.write() as db:
        agreement, citizen_id = _visible(db, actor, case_id)
        number, key = offers.find(db, agreement, pathway)
        offer = _chosen(offers.starts(db, store, number, case_id), key)
        _may(db, actor, offer, case_id)
        return _start(db, store, actor, case_id, agreement, citizen_id, offer, data, now)


def act(
    store: Store, actor: Actor, case_id: int, action: str, data: Json, *, now: datetime
) -> Moved:
    """Start or report what `engine.offers` offers under this id."""
    with store.write() as db:
        agreement, citizen_id = _visible(db, actor, case_id)
        offer = _chosen(offers.offered(db, store, actor, case_id, agreement, now), action)
        _may(db, actor, offer, case_id)
        if offer.instance is None:
            return _start(db, store, actor, case_id, agreement, citizen_id, offer, data, now)
        walk = by_instance(db, store, offer.instance, now, wait=True)
        walk.must_go_on()
        form = _form_of(walk.pathway, offer)
        values = checked(walk.pathway, form, data, {}, walk.around.parties, now)
        meetings.must_be_possible(walk.pathway, offer.element, values, now)
        step = steps.act(walk.pathway, walk.state, offer.element, values, now)
        event = Event("reported", actor, offer.element, offer.party, answers=values)
        return record(db, store, walk, step, event, now)


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
    case_id: int,
    citizen_id: int,
    agreement: str,
    pathway_id: int,
    now: datetime,
    *,
    parent_id: int | None = None,
) -> Walk:
    """An instance that has not begun."""
    walked = store.pathway(db, pathway_id)
    return Walk(
        id=None,
        case_id=case_id,
        citizen_id=citizen_id,
        agreement=agreement,
        pathway_id=pathway_id,
        pathway=walked,
        pathway_version=db.execute(_VERSION, {"pathway": pathway_id}).scalar_one(),
        state="",
        status="running",
        version=0,
        started_at=now,
        around=around(db, case_id, None, now),
        parent_id=parent_id,
    )


def seen(db: Connection, actor: Actor, case_id: int) -> Row[Any]:
    """The case that somebody acts on; `NotFound` to whom it does not exist, `Forbidden` to who only reads it."""
    row = db.execute(
        select(
            case.c.agreement,
            case.c.citizen_id,
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
_VERSION = select(pathway_table.c.version).where(pathway_table.c.id == bindparam("pathway"))


def _visible(db: Connection, actor: Actor, case_id: int) -> tuple[str, int]:
    row = seen(db, actor, case_id)
    if row.closed_at is not None:
        raise Conflict("The case is closed.")
    return row.agreement, row.citizen_id


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
    case_id: int,
    agreement: str,
    citizen_id: int,
    offer: Offer,
    data: Json,
    now: datetime,
) -> Moved:
    walk = fresh(db, store, case_id, citizen_id, agreement, offer.pathway_id, now)
    lane = walk.pathway.elements[offer.element].lane
    values = started_with(
        walk.pathway, _form_of(walk.pathway, offer), data, walk.around.parties, now
    )
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


def _consents(db: Connection, case_id: int, now: datetime) -> None:
    # CONTRACT: demo citizens have given their consent.
    row = {"case_id": case_id, "kind": "samtykke", "basis": MADE_UP, "parties": [], "given_at": now}
    db.execute(insert(consent), [row])
