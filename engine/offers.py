"""What may be started or reported on a case now, however the diagrams draw it: CONTRACT's *actions*.

A start event of a deployed pathway offers itself at any time; an event sub-process, a boundary message or a
catching event of a running instance as long as it waits.  `offered` finds them all; who may use one is
`engine.access.may_act` with the offer's `unit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Row, select

from engine import access, versions
from engine import pathway as steps
from engine.agreement import Agreement
from engine.errors import OtherSubject, UnknownPathway
from engine.model import Action, Actor, Json
from engine.pathway import Pathway
from engine.store import Store
from engine.tables import case, case_party, instance, pathway

SHARED = "faelles"
#: The field of a lane that a round fills, one party at a time (docs/agreements.md).
TURN = "part"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may be started (`instance` None) or reported.

    `id` is the pathway's key or the event's element id; where several have the same, `element@instance` or
    `key#element`.  `party` fills the lane that it is drawn in, `unit` is that party's unit on the case; None where
    any party may (the lane is filled by whoever does it).
    """

    id: str
    name: str
    clauses: tuple[str, ...]
    form: Json | None
    party: str
    unit: int | None
    anybody: bool
    pathway_id: int
    pathway_key: str
    pathway_name: str
    element: str
    instance: int | None = None


def offered(
    db: Connection, store: Store, actor: Actor, case_id: int, agreement: str, now: datetime
) -> list[Offer]:
    """Everything that somebody may start on this case, or report in an instance that the actor takes part in.

    What is reported comes first.
    """
    units = _units(db, case_id)
    reports = list(_reports(db, store, actor, case_id, units, now))
    seen = Counter(offer.element for offer in reports)
    told_apart = [
        replace(offer, id=f"{offer.element}@{offer.instance}") if seen[offer.element] > 1 else offer
        for offer in reports
    ]
    whom = subject(db, case_id)
    begins = [
        offer
        for row in in_force(db, agreement, now)
        if whom in store.pathway(db, row.id).about
        for offer in _starts(db, store, row.id, units)
    ]
    return told_apart + begins


def starts(db: Connection, store: Store, pathway_id: int, case_id: int) -> list[Offer]:
    """The ways to start this version on this case; raises `OtherSubject` where it is for another kind of case."""
    if subject(db, case_id) not in store.pathway(db, pathway_id).about:
        raise OtherSubject
    return list(_starts(db, store, pathway_id, _units(db, case_id)))


def subject(db: Connection, case_id: int) -> str:
    """Whom the case is about: citizen, anonymous or agreement."""
    found: str = db.execute(select(case.c.subject).where(case.c.id == case_id)).scalar_one()
    return found


def subjects(db: Connection, store: Store, agreement: str, now: datetime) -> frozenset[str]:
    """Whom a case of this agreement can be about: there is a pathway for it that can be started."""
    walks = (store.pathway(db, row.id) for row in in_force(db, agreement, now))
    return frozenset(about for it in walks if not it.plan.process.part for about in it.about)


def in_force(
    db: Connection, agreement: str, now: datetime, name: str | None = None
) -> list[Row[tuple[int, str]]]:
    """The version of each pathway of the agreement that is in force, as rows (id, key); of one by slug or key."""
    mine = [pathway.c.agreement == agreement]
    if name is not None:
        mine.append(pathway.c.key.in_((name, f"{agreement}-{name}", f"{SHARED}-{name}")))
    chosen = pathway.c.id.in_(versions.in_force(now, *mine))
    return list(
        db.execute(select(pathway.c.id, pathway.c.key).where(chosen).order_by(pathway.c.key))
    )


def find(db: Connection, agreement: str, name: str, now: datetime) -> tuple[int, str]:
    """The id and key of the pathway's version in force; the agreement's own before a shared part.

    `name` is a slug (`planrunde`) or a process key; raises `UnknownPathway`.
    """
    found = {row.key: row.id for row in in_force(db, agreement, now, name)}
    for key in (name, f"{agreement}-{name}", f"{SHARED}-{name}"):
        if key in found:
            return found[key], key
    raise UnknownPathway


def of_anybody(agreement: Agreement, name: str, *, runs: bool) -> bool:
    """Whether what is drawn in this lane is for whoever does it."""
    lane = agreement.lanes.get(name)
    # Who starts a pathway fills such a lane; in one that runs it is filled already, unless by the party whose
    # turn it is: outside a round that is whoever reports.
    return lane is None or (bool(lane.field) and (not runs or lane.field == TURN))


# ---- inside ------------------------------------------------------------------------------
def _reports(
    db: Connection,
    store: Store,
    actor: Actor,
    case_id: int,
    units: Mapping[str, int],
    now: datetime,
) -> Iterator[Offer]:
    rows = db.execute(
        select(instance.c.id, instance.c.pathway_id, instance.c.state)
        .where(
            instance.c.case_id == case_id,
            instance.c.status.in_(("running", "waiting", "incident")),
            access.takes_part(actor, instance.c.id),
        )
        .order_by(instance.c.id)
    )
    for row in rows:
        walked = store.pathway(db, row.pathway_id)
        for action in steps.view(walked, row.state, now).actions:
            yield _offer(walked, row.pathway_id, action, units, row.id)


def _starts(
    db: Connection, store: Store, pathway_id: int, units: Mapping[str, int]
) -> Iterator[Offer]:
    startable = store.pathway(db, pathway_id)
    if startable.plan.process.part:
        return
    # The plain start event first: it has the pathway's own key and name.
    actions = sorted(startable.start_actions, key=lambda action: action.message is not None)
    for number, action in enumerate(actions):
        offer = _offer(startable, pathway_id, action, units, None)
        key = f"{startable.key}#{action.id}" if number else startable.key
        yield replace(offer, id=key, name=action.name if number else startable.name)


def _units(db: Connection, case_id: int) -> dict[str, int]:
    rows = db.execute(
        select(case_party.c.party, case_party.c.unit_id).where(case_party.c.case_id == case_id)
    )
    return {row.party: row.unit_id for row in rows}


def _offer(
    walked: Pathway, pathway_id: int, action: Action, units: Mapping[str, int], number: int | None
) -> Offer:
    return Offer(
        id=action.id,
        name=action.name or action.id,
        clauses=action.clauses,
        form=walked.forms.get(action.form) if action.form else None,
        party=action.party,
        unit=units.get(action.party),
        anybody=of_anybody(walked.plan.agreement, action.lane, runs=number is not None),
        pathway_id=pathway_id,
        pathway_key=walked.key,
        pathway_name=walked.name,
        element=action.id,
        instance=number,
    )
