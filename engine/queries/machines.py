"""Who works, and what was deployed: for operators."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from engine import access
from engine.errors import Forbidden
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.store import Store
from engine.stuck.causes import SILENT
from engine.tables import deployment, instance, job, pathway, person, worker
from engine.versions import BEGINS

#: Instances of a version that are counted.
COUNTED = 10_000
_NEWEST = Order("at", deployment.c.at, deployment.c.id, down=True)


def workers(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`{items, due, oldest}`: each worker of the last day, and how many jobs are due, since when.

    Each is `name started_at beat_at beating ended_at done failed an_hour`: jobs since it started, and on average an
    hour; `ended_at`: it was told to stop.
    """
    _must_operate(actor)
    waits = select(func.count().label("due"), func.min(job.c.due_at).label("oldest"))
    with store.read() as db:
        rows = db.execute(select(worker).order_by(worker.c.beat_at.desc(), worker.c.name)).all()
        queue = db.execute(waits.where(job.c.due_at <= now)).one()
    items = [
        {
            "name": row.name,
            "started_at": row.started_at,
            "beat_at": row.beat_at,
            "beating": row.ended_at is None and row.beat_at >= now - SILENT,
            "ended_at": row.ended_at,
            "done": row.done,
            "failed": row.failed,
            "an_hour": round(
                row.done / max((row.beat_at - row.started_at) / timedelta(hours=1), 1)
            ),
        }
        for row in rows
    ]
    return {"items": items, "due": queue.due, "oldest": queue.oldest}


def deployments(
    store: Store, actor: Actor, *, limit: int = 50, after: str | None = None, now: datetime
) -> Page:
    """What was deployed, the newest first: `id at in_force_from called_off_at by approved_by note versions`.

    `versions` [{agreement key name version running more}] are those that it brought, `running` the instances in each;
    `more`: no more than `COUNTED` are counted, and there are others.
    """
    _must_operate(actor)
    approver = person.alias("approver")
    asked = (
        select(
            deployment.c.id, deployment.c.at, deployment.c.note, person.c.name.label("by"),
            approver.c.name.label("approver"), deployment.c.called_off_at, BEGINS.label("in_force_from"),
        )
        .outerjoin(person, person.c.id == deployment.c.person_id)
        .outerjoin(approver, approver.c.id == deployment.c.approved_by)
    )  # fmt: skip
    with store.read() as db:
        rows = list(db.execute(_NEWEST.page(asked, after, limit)))
        shown = [row.id for row in rows[:limit]]
        brought = db.execute(
            select(
                pathway.c.id, pathway.c.deployment_id, pathway.c.agreement, pathway.c.key, pathway.c.name,
                pathway.c.version,
            )
            .where(pathway.c.deployment_id.in_(shown))
            .order_by(pathway.c.agreement, pathway.c.name, pathway.c.key)
        ).all()  # fmt: skip
        counted = db.execute(_going([each.id for each in brought]))
        running: dict[int, int] = {row[0]: row[1] for row in counted}
    items = [
        {
            "id": row.id,
            "at": row.at,
            "in_force_from": row.in_force_from,
            "called_off_at": row.called_off_at,
            "by": row.by,
            "approved_by": row.approver,
            "note": row.note,
            "versions": [
                {
                    "agreement": each.agreement,
                    "key": each.key,
                    "name": each.name,
                    "version": each.version,
                    "running": min(running[each.id], COUNTED),
                    "more": running[each.id] > COUNTED,
                }
                for each in brought
                if each.deployment_id == row.id
            ],
        }
        for row in rows[:limit]
    ]
    return Page(items, _NEWEST.following(rows, limit))


def _going(versions: list[int]) -> Select[Any]:
    """How many instances of each version have not ended, one more than are counted at most."""
    some = (
        select(instance.c.id)
        .where(
            instance.c.pathway_id == pathway.c.id,
            instance.c.status.in_(("running", "waiting", "suspended", "incident")),
        )
        .limit(COUNTED + 1)
        .correlate(pathway)
        .subquery()
    )
    number = select(func.count()).select_from(some).scalar_subquery()
    return select(pathway.c.id, number).where(pathway.c.id.in_(versions))


def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")
