"""Alerts: what operators were told of, whether it got there, and what was over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from engine import access
from engine.errors import Forbidden
from engine.model import Actor, Json
from engine.seals import silence_place
from engine.store import Store
from engine.tables import alert, outbox, person, silence

#: Alerts that are over and listed.
LISTED = 20


def alerts(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`{open, ended}`, the newest first: `{id cause since told_at gone_at ended_at letters}`, and `silences`.

    `silences` {cause: {until by reason}} are those that hold.

    `letters`, the newest first: `{channel to kind status at error}`; `to` is the mark that the settings know, `at` when
    it was sent or given up, else when it was written.
    """
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")
    running = select(alert).where(alert.c.ended_at.is_(None)).order_by(alert.c.id.desc())
    over = (
        select(alert)
        .where(alert.c.ended_at.is_not(None))
        .order_by(alert.c.ended_at.desc(), alert.c.id.desc())
        .limit(LISTED)
    )
    with store.read() as db:
        rows = {"open": db.execute(running).all(), "ended": db.execute(over).all()}
        numbers = [row.id for each in rows.values() for row in each]
        told = select(outbox).where(outbox.c.alert_id.in_(numbers)).order_by(outbox.c.id.desc())
        letters: dict[int, list[Json]] = {}
        for one in db.execute(told):
            letters.setdefault(one.alert_id, []).append({
                "channel": one.channel, "to": one.facts["to"], "kind": one.kind, "status": one.status,
                "at": one.ended_at or one.made_at, "error": one.error,
            })  # fmt: skip
        held = (
            select(silence, person.c.name.label("by"))
            .join(person, person.c.id == silence.c.person_id)
            .where(silence.c.lifted_at.is_(None), silence.c.until > now)
            .order_by(silence.c.id)
        )
        silences = {
            row.cause: {
                "until": row.until,
                "by": row.by,
                "reason": store.keyring.open(row.reason, silence_place(row.cause, row.at)),
            }
            for row in db.execute(held)
        }
    shown = ("id", "cause", "since", "told_at", "gone_at", "ended_at")
    found: Json = {
        kind: [
            {**{name: getattr(row, name) for name in shown}, "letters": letters.get(row.id, [])}
            for row in each
        ]
        for kind, each in rows.items()
    }
    return found | {"silences": silences}
