"""Who works, and what was deployed: for operators."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select

from engine import access
from engine.errors import Forbidden
from engine.model import Actor, Json
from engine.queries.paging import Order, Page
from engine.store import Store
from engine.stuck.causes import SILENT
from engine.tables import deployment, instance, job, pathway, person, worker

_NEWEST = Order("at", deployment.c.at, deployment.c.id, down=True)


def workers(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`{items, due, oldest}`: each worker of the last day, and how many jobs are due, since when.

    Each is `name started_at beat_at beating done failed an_hour`: jobs since it started, and on average an hour.
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
            "beating": row.beat_at >= now - SILENT,
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
    """What was deployed, the newest first: `id at by approved_by note versions`.

    `versions` [{agreement key name version running}] are those that it brought, `running` the instances in each.
    """
    _must_operate(actor)
    approver = person.alias("approver")
    asked = (
        select(
            deployment.c.id, deployment.c.at, deployment.c.note, person.c.name.label("by"),
            approver.c.name.label("approver"),
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
        running = {
            row.pathway_id: row.n
            for row in db.execute(
                select(instance.c.pathway_id, func.count().label("n"))
                .where(
                    instance.c.pathway_id.in_([each.id for each in brought]),
                    instance.c.status.not_in(("completed", "cancelled")),
                )
                .group_by(instance.c.pathway_id)
            )
        }
    items = [
        {
            "id": row.id,
            "at": row.at,
            "by": row.by,
            "approved_by": row.approver,
            "note": row.note,
            "versions": [
                {
                    "agreement": each.agreement,
                    "key": each.key,
                    "name": each.name,
                    "version": each.version,
                    "running": running.get(each.id, 0),
                }
                for each in brought
                if each.deployment_id == row.id
            ],
        }
        for row in rows[:limit]
    ]
    return Page(items, _NEWEST.following(rows, limit))


def _must_operate(actor: Actor) -> None:
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")
