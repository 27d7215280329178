"""How a person is told by mail; what of the outbox waits, and what was given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from engine import access
from engine.errors import Forbidden
from engine.model import Actor, Json
from engine.seals import address_place
from engine.store import Store
from engine.tables import alert, mail_choice, outbox

#: Rows of what was given up that are listed.
LISTED = 100


def mail_choice_of(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`{how, address, confirmed, failed_at}`; `failed_at`: when the newest mail was given up, else None."""
    newest = (
        select(outbox.c.status, outbox.c.ended_at)
        .where(outbox.c.person_id == actor.id, outbox.c.status.in_(("sent", "given_up")))
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    with store.read() as db:
        row = db.execute(select(mail_choice).where(mail_choice.c.person_id == actor.id)).first()
        last = db.execute(newest).first()
    if row is None:
        return {"how": "none", "address": "", "confirmed": False, "failed_at": None}
    place = address_place(actor.id, row.asked_at) if row.asked_at else ""
    failed = last is not None and last.status == "given_up" and last.ended_at > row.changed_at
    return {
        "how": row.how,
        "address": store.keyring.open(row.address, place) if row.address is not None else "",
        "confirmed": row.confirmed_at is not None,
        "failed_at": last.ended_at if failed and last is not None else None,
    }


def leaving(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`{waiting: {channel: {count, oldest}}, given_up: {channel: count}, rows}`: what is to leave the house.

    `rows` are those given up, newest first: `{id channel kind made_at ended_at attempts error cause}`;
    nobody's address.  `cause` is an alert's.
    """
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is to be sent.")
    waits = (
        select(
            outbox.c.channel, func.count().label("n"), func.min(outbox.c.made_at).label("oldest")
        )
        .where(outbox.c.status == "waiting")
        .group_by(outbox.c.channel)
    )
    over = (
        select(outbox.c.channel, func.count().label("n"))
        .where(outbox.c.status == "given_up")
        .group_by(outbox.c.channel)
    )
    shown = ("id", "channel", "kind", "made_at", "ended_at", "attempts", "error")
    listed = (
        select(*(outbox.c[name] for name in shown), alert.c.cause)
        .outerjoin(alert, alert.c.id == outbox.c.alert_id)
        .where(outbox.c.status == "given_up")
        .order_by(outbox.c.ended_at.desc(), outbox.c.id.desc())
        .limit(LISTED)
    )
    with store.read() as db:
        return {
            "waiting": {r.channel: {"count": r.n, "oldest": r.oldest} for r in db.execute(waits)},
            "given_up": {row.channel: row.n for row in db.execute(over)},
            "rows": [dict(row) for row in db.execute(listed).mappings()],
        }
