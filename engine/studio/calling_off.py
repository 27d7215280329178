"""What was deployed for a day to come: the list of it, and one called off before its day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from engine import access
from engine.errors import Conflict, Forbidden, NotFound
from engine.model import Actor, Json
from engine.store import Store
from engine.studio.kept import reader, units
from engine.tables import deployment, pathway, person
from engine.versions import coming as rows_to_come
from engine.versions import to_come


class BegunAlready(Conflict):
    """This is in force already. Bring an earlier version back instead."""

    code = "begun_already"


class CalledOffAlready(Conflict):
    """This has been called off already."""

    code = "called_off_already"


def coming(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """What is deployed for a day to come, the soonest first, each with all that it brings:

    `id at begins_at by approved_by note may_call_off`, `versions` [{agreement key name version}], none where only
    texts and clauses wait.
    """
    approver = person.alias("approver")
    asked = (
        select(
            deployment.c.id, deployment.c.at, deployment.c.begins_at, deployment.c.note, deployment.c.came,
            person.c.name.label("by"), approver.c.name.label("approved_by"),
        )
        .outerjoin(person, person.c.id == deployment.c.person_id)
        .outerjoin(approver, approver.c.id == deployment.c.approved_by)
        .where(to_come(now))
        .order_by(deployment.c.begins_at, deployment.c.id)
    )  # fmt: skip
    with store.read() as db:
        reader(db, actor)
        brought = rows_to_come(db, now)
        found = []
        for row in db.execute(asked).all():
            mine = [one for one in brought if one.deployment_id == row.id]
            names = {one.agreement for one in mine} or _homes(row.came)
            told = {name: value for name, value in row._mapping.items() if name != "came"}
            found.append(
                {
                    **told,
                    "may_call_off": _may(db, actor, names),
                    "versions": [
                        {name: one._mapping[name] for name in ("agreement", "key", "name", "version")}
                        for one in mine
                    ],
                }
            )  # fmt: skip
    return found


def call_off(store: Store, actor: Actor, number: int, *, now: datetime) -> None:
    """Call a whole deployment off before its day; today's versions stay in force.

    For designers, and leaders of a party of every agreement that it is for.  Raises `NotFound`, `BegunAlready`,
    `CalledOffAlready`.
    """
    with store.write() as db:
        brought = select(pathway.c.agreement).where(pathway.c.deployment_id == number).distinct()
        there = db.execute(select(deployment.c.came).where(deployment.c.id == number)).one_or_none()
        if there is None:
            raise NotFound
        names = set(db.scalars(brought)) or _homes(there.came)
        if not _may(db, actor, names):
            raise Forbidden
        done = {"called_off_at": now, "called_off_by": actor.id or None, "came": None}
        mine = deployment.c.id == number
        if not db.execute(update(deployment).where(mine, to_come(now)).values(**done)).rowcount:
            off = db.scalar(select(deployment.c.called_off_at).where(mine))
            raise CalledOffAlready if off else BegunAlready
        facts = {"deployment": number, "agreements": len(names)}
        store.chains.record(db, now=now, actor=actor, what="deployment_called_off", facts=facts)


# ---- inside ------------------------------------------------------------------------------
def _homes(came: Mapping[str, object] | None) -> set[str]:
    """The agreements that files came for; a shared part's is nobody's, so that a designer decides."""
    return {place.partition("/")[0] for place in came or {}}


def _may(db: Connection, actor: Actor, agreements: Collection[str]) -> bool:
    """A machine, a designer, or a leader of the agreements: whoever could have put it into force."""
    if not actor.id or access.may_deploy(actor):
        return True
    led = {m.unit for m in actor.memberships if m.role == access.LEADER}
    return bool(agreements) and all(led & units(db, name) for name in agreements)
