"""What is said of sharing, written: consents, legal bases, refusals and what is taken back.

A withdrawal stops what is waiting: the gate holds what comes, and letters in the outbox to those parties are dropped.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, exists, insert, or_, select, update

from engine import gate
from engine.actions import documents
from engine.actions.parties import take_part
from engine.actions.walk import Walk
from engine.model import Json, Step
from engine.tables import case_party, consent, deadline, message, outbox, task

#: Why a letter was dropped.
STOPPED = "consent_withdrawn"


def note(db: Connection, walk: Walk, step: Step, now: datetime) -> None:
    """Note what the step said about sharing, and let go of what was held for want of it."""
    if not step.grounds:
        return
    taken_back = [each for each in step.grounds if each.kind == "trukket"]
    for each in taken_back:
        end(db, walk.case_id, frozenset(each.parties), now)
        if not each.parties:
            walk.around.consents = [c for c in walk.around.consents if c.kind != "samtykke"]
    said = [gate.noted(each, now) for each in step.grounds]
    walk.around.consents += said
    db.execute(
        insert(consent),
        [{**row(walk.case_id, each), "instance_id": walk.id, "unit_id": None} for each in said],
    )
    for each in taken_back:
        own = walk.around.parties.get(each.party)
        spared = {own.id} if own is not None else set()
        stop(db, walk.case_id, walk.around.consents, each.parties, spared, now)
    _let_go(db, walk, now)


def row(case_id: int, it: gate.Consent) -> Json:
    """Its row in `consent`, without who noted it."""
    return {
        "case_id": case_id,
        "kind": it.kind,
        "basis": it.basis[:200],
        "parties": sorted(it.parties),
        "given_at": it.given_at,
        "valid_to": it.until,
        "given_by": it.by or None,
    }


def end(db: Connection, case_id: int, parties: frozenset[str], now: datetime) -> None:
    """End what was consented to for these parties, or for all; what covers others too stays: the refusal closes it."""
    given = select(consent.c.id, consent.c.parties).where(
        consent.c.case_id == case_id,
        consent.c.kind == "samtykke",
        consent.c.withdrawn_at.is_(None),
    )
    over = [
        each.id
        for each in db.execute(given)
        if not parties or (each.parties and parties.issuperset(each.parties))
    ]
    if over:
        db.execute(update(consent).where(consent.c.id.in_(over)).values(withdrawn_at=now))


def stop(
    db: Connection,
    case_id: int,
    consents: Collection[gate.Consent],
    parties: Collection[str],
    spared: Collection[int],
    now: datetime,
) -> None:
    """Drop the letters about this case that wait for these parties (none: all), where nothing else lets them be told.

    `spared` are the units of who noted it: what one tells oneself needs no consent.
    """
    there = select(case_party.c.party, case_party.c.unit_id).where(case_party.c.case_id == case_id)
    rows = db.execute(there).all()
    told = {one.unit_id for one in rows if gate.basis(consents, one.party) is not None}
    stopped = {one.unit_id for one in rows if not parties or one.party in parties}
    units = stopped - told - set(spared)
    if not units:
        return
    of = exists().where(task.c.id == outbox.c.task_id, task.c.case_id == case_id)
    dated = exists().where(deadline.c.id == outbox.c.deadline_id, deadline.c.case_id == case_id)
    waits = (outbox.c.status == "waiting", outbox.c.unit_id.in_(units), or_(of, dated))
    over = {"status": "dropped", "error": STOPPED, "ended_at": now}
    db.execute(update(outbox).where(*waits).values(**over))


# ---- inside ------------------------------------------------------------------------------
def _let_go(db: Connection, walk: Walk, now: datetime) -> None:
    """Deliver what the gate held and now lets through."""
    held = select(message.c.id, message.c.to_party, message.c.instance_id).where(
        message.c.case_id == walk.case_id, message.c.status == "refused"
    )
    for letter in db.execute(held).all():
        if (found := gate.basis(walk.around.consents, letter.to_party)) is not None:
            sent = update(message).where(message.c.id == letter.id)
            db.execute(sent.values(status="received", received_at=now, basis=found[:200]))
            take_part(db, walk, [letter.to_party], now, instance_id=letter.instance_id)
    documents.let_go(db, walk.case_id, walk.around.consents, now)
