"""The instances that an operator chose one by one: a group for `many.py`, as what is stuck for a cause is one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, func, select

from engine.errors import BatchRuns, Invalid
from engine.tables import batch, batch_item, instance

#: What such a group is called where that of a cause has its reason.
CHOSEN = "chosen"
#: So many at most: a number each is what a page, a request and a statement of SQL still hold.
MOST = 10_000
#: What a field can be told here; for the catalogue.
FIELDS = {
    "none": "Choose the pathways first.",
    "most": "Choose at most 10,000 pathways at a time.",
    "unknown": "Not all of these pathways are there.",
    "group": "Name either a cause or the pathways.",
}


def picked(cause: str, ids: Collection[int]) -> tuple[int, ...]:
    """The numbers in order, each once; empty for the group of a cause.  Raises `Invalid`."""
    wanted = tuple(sorted(set(ids)))
    if (cause == CHOSEN) != bool(wanted):
        raise Invalid(fields={"ids": FIELDS["group" if wanted else "none"]})
    if len(wanted) > MOST:
        raise Invalid(fields={"ids": FIELDS["most"]})
    return wanted


def those(db: Connection, ids: tuple[int, ...]) -> Select[Any]:
    """The instances with these numbers; raises `Invalid` where one is not there."""
    found = select(instance.c.id.label("instance_id")).where(instance.c.id.in_(ids))
    if db.scalar(select(func.count()).select_from(found.subquery())) != len(ids):
        raise Invalid(fields={"ids": FIELDS["unknown"]})
    return found


def nobody_at(db: Connection, act: str, ids: tuple[int, ...]) -> None:
    """Raise `BatchRuns` while another batch does the same to one of them."""
    same = batch.c.act == act, batch.c.cause == CHOSEN, batch.c.done_at.is_(None)
    waits = batch_item.c.status == "waiting", batch_item.c.instance_id.in_(ids)
    asked = select(batch.c.id).join(batch_item, batch_item.c.batch_id == batch.c.id)
    if db.scalar(asked.where(*same, *waits).limit(1)) is not None:
        raise BatchRuns
