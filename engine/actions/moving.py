"""All running instances of a pathway to another version in the background: a batch, done as `many.py` does the others.

    number = migrate_all(store, operator, "midtjylland", "planrunde", "Ny frist", now=now)
    while run_batches(store, 200, now=now): …                                # the workers

One that cannot move stays as it is; the batch's report says why, and at which element.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from engine import offers
from engine.actions.hand import must_operate, spoken
from engine.actions.many import alone, filled, made
from engine.actions.migration import version_of
from engine.model import Actor
from engine.store import Store
from engine.tables import instance
from engine.tables import pathway as versions

#: What such a batch is called, and the group that it is about.
MOVE, CAUSE = "migrate", "version"


def migrate_all(
    store: Store,
    actor: Actor,
    agreement: str,
    pathway: str,
    reason: str,
    *,
    version: int | None = None,
    accept: Collection[str] = (),
    now: datetime,
) -> int:
    """Move every running instance of the pathway that stands in another version; the batch's number.

    `accept` as in `migrate`.  Raises `BatchRuns` while another moves them there, `Conflict` where there are none.
    """
    must_operate(actor)
    plain = spoken(reason)
    with store.write() as db:
        _, key = offers.find(db, agreement, pathway, now)
        to = version_of(db, agreement, key, version, now)
        alone(db, MOVE, CAUSE, to.id)
        goes = {"pathway_id": to.id, "accept": sorted(set(accept))}
        number = made(db, store, actor, MOVE, CAUSE, "runs", plain, now, None, goes)
        elsewhere = (
            select(instance.c.id.label("instance_id"))
            .join(versions, versions.c.id == instance.c.pathway_id)
            .where(instance.c.status.not_in(("completed", "cancelled")))
            .where(versions.c.agreement == agreement, versions.c.key == key)
            .where(instance.c.pathway_id != to.id)
        )
        return filled(db, store, number, elsewhere)
