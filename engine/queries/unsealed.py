"""Deployed versions that keep what people write freely in their state, unsealed: deployed before lint refused it."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import exists, func, or_, select

from engine import access, lint
from engine.errors import Forbidden
from engine.imports.notes import Say
from engine.model import Actor, Json, Source
from engine.store import Store
from engine.tables import deployment, instance, pathway
from engine.versions import in_force, to_come


def unsealed(store: Store, actor: Actor, *, now: datetime, say: Say = str) -> list[Json]:
    """`{agreement, key, version, in_force, instances, findings}` of each version that does, the newest first.

    Looked at is what is in force or to come, and what some instance walks or has walked.
    """
    if not access.may_operate(actor):
        raise Forbidden
    now_in_force = pathway.c.id.in_(in_force(now))
    walked = select(func.count()).where(instance.c.pathway_id == pathway.c.id).scalar_subquery()
    asked = (
        select(pathway, now_in_force.label("in_force"), walked.label("instances"))
        .join(deployment, deployment.c.id == pathway.c.deployment_id)
        .where(
            or_(
                now_in_force,
                to_come(now),
                exists().where(instance.c.pathway_id == pathway.c.id),
            )
        )
        .order_by(pathway.c.agreement, pathway.c.key, pathway.c.version.desc())
    )
    with store.read() as db:
        rows = db.execute(asked).all()
    read = [(row, Source(**json.loads(row.source))) for row in rows]
    found = []
    for row, source in read:
        others = [each for one, each in read if one.in_force and one.agreement == row.agreement]
        if findings := lint.in_clear(source, others, say=say):
            told = ("agreement", "key", "version", "in_force", "instances")
            found.append({**{name: getattr(row, name) for name in told}, "findings": findings})
    return found
