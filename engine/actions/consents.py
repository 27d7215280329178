"""A consent that is taken back on the case itself, for some parties or for all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert

from engine import gate, sharing
from engine.actions import cases, grounds, jobs, messages
from engine.actions.walk import around
from engine.errors import Conflict, Invalid
from engine.model import GIVERS, Actor, Grounds
from engine.store import Store
from engine.tables import consent

#: What the pathways of a case hear when the whole consent is taken back (CONTRACT: events every pathway may meet).
EVENT = "samtykke_trukket"
#: How it was given, where no form says so.
BASIS = "trukket tilbage på sagen"
#: What a field can be told here; for the catalogue.
FIELDS = {
    "parties": "No consent in force covers that party.",
    "given_by": "Say who takes it back for the citizen.",
}


def withdraw_consent(
    store: Store,
    actor: Actor,
    case_id: int,
    parties: Collection[str] = (),
    *,
    by: str,
    now: datetime,
) -> None:
    """The citizen, or who speaks for him (`by`, one of `GIVERS`), takes a consent back for these parties, or for all.

    What a law allows stays allowed.  Taken back for all, the pathways that wait to hear of it hear `samtykke_trukket`.
    """
    with store.write() as db:
        row = cases.seen(db, actor, case_id)
        if row.closed_at is not None:
            raise Conflict("The case is closed.")
        if by not in GIVERS:
            raise Invalid(fields={"given_by": FIELDS["given_by"]})
        known = sharing.parties(db, actor, case_id)
        own = [party for party, mine in known.items() if mine]
        covered = set(sharing.consented(sharing.known(db, actor, case_id, own, now), known))
        if not covered:
            raise Conflict("There is no consent to take back.")
        if not covered.issuperset(parties):
            raise Invalid(fields={"parties": FIELDS["parties"]})
        said = gate.noted(Grounds("trukket", BASIS, tuple(sorted(parties)), "", by=by), now)
        unit = actor.memberships[0].unit if actor.memberships else None
        grounds.end(db, case_id, said.parties, now)
        db.execute(insert(consent).values(**grounds.row(case_id, said), unit_id=unit))
        left = around(db, case_id, None, now).consents
        grounds.stop(db, case_id, left, said.parties, actor.units, now)
        store.chains.record(
            db,
            now=now,
            actor=actor,
            what="consent_withdrawn",
            citizen=row.citizen_id,
            case=case_id,
            facts={"parties": sorted(parties), "by": by},
        )
        hear = [] if parties else messages.tell(db, store, actor, row, EVENT, now)
    for key in hear:
        jobs.run_one(store, key, now=now)
