"""The instances that an operator chose to act on together: what they are, and which of a list they would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from engine import access
from engine.errors import Forbidden
from engine.model import Actor, Json
from engine.queries.sought import InstanceFilter, sought
from engine.store import Store
from engine.tables import instance, job, pathway

_ENDED = ("completed", "cancelled")


def numbers(
    store: Store, actor: Actor, wanted: InstanceFilter, most: int, *, now: datetime
) -> list[int]:
    """The instances of a list that have not ended, at most one more than `most`, to see whether there are more."""
    _must_operate(actor)
    found: list[int] = []
    after: str | None = None
    with store.read() as db:
        while len(found) <= most:
            more = sought(db, actor, replace(wanted, limit=most + 1, after=after))
            alive = select(instance.c.id).where(
                instance.c.id.in_(more.numbers), instance.c.status.not_in(_ENDED)
            )
            found += db.scalars(alive.order_by(instance.c.id))
            after = more.next
            if after is None:
                break
    return found[: most + 1]


def chosen(store: Store, actor: Actor, ids: Collection[int], *, now: datetime) -> Json:
    """What these are: `total`, `ended` of them, `versions` [{id agreement key name version count}], the `names` of the
    elements of these versions, by id, `timers` [{element count soonest}]: where they wait for a moment, and of one
    version `tokens` [{element count}]: where they stand, `steps` [{id name kind lane}]
    and `reads`, the names that it decides by."""
    _must_operate(actor)
    of = (pathway.c.id, pathway.c.agreement, pathway.c.key, pathway.c.name, pathway.c.version)
    mine = instance.c.id.in_(ids)
    counted = (
        select(*of, func.count().label("count"))
        .join(instance, instance.c.pathway_id == pathway.c.id)
        .where(mine)
        .group_by(*of)
        .order_by(func.count().desc(), pathway.c.name, pathway.c.version)
    )
    names: dict[str, str] = {}
    with store.read() as db:
        versions = [dict(row._mapping) for row in db.execute(counted)]
        ended = select(func.count()).where(mine, instance.c.status.in_(_ENDED))
        gone = db.scalar(ended) or 0
        tokens, steps, reads = Counter[str](), list[Json](), list[str]()
        if len(versions) == 1:
            for each in db.scalars(select(instance.c.tokens).where(mine)):
                tokens.update(set(each))
            walked = store.pathway(db, versions[0]["id"])
            reads, drawn = sorted(walked.reads(walked.key)), walked.elements.values()
            steps = [
                {"id": one.id, "name": one.name or one.id, "kind": one.kind, "lane": one.lane}
                for one in drawn
            ]
        for one in versions:
            elements = store.pathway(db, one["id"]).elements.values()
            names |= {each.id: each.name for each in elements if each.name}
        waits = select(
            job.c.element, func.count().label("count"), func.min(job.c.due_at).label("soonest")
        )
        waits = waits.where(job.c.kind == "timer", job.c.instance_id.in_(ids)).group_by(
            job.c.element
        )
        timers = [
            dict(row._mapping)
            for row in db.execute(waits.order_by(func.count().desc(), job.c.element))
        ]
    total = sum(one["count"] for one in versions)
    return {
        "total": total,
        "ended": gone,
        "versions": versions,
        "names": names,
        "timers": timers,
        "tokens": [{"element": name, "count": n} for name, n in tokens.most_common()],
        "steps": steps,
        "reads": reads,
    }


# ---- inside ------------------------------------------------------------------------------
def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")
