"""What a monitor reads off the tables: counts and ages, of everything and nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from engine import access
from engine.errors import Forbidden
from engine.model import Actor, Json
from engine.store import Store
from engine.stuck import REASONS
from engine.stuck.causes import SILENT
from engine.tables import alert, job, look, message, stuck, worker
from engine.tables import outbox as outgoing


def gauges(store: Store, actor: Actor, *, now: datetime) -> Json:
    """`{looked_at, stuck, instances, due_soon, queue, outbox, leaving, alerts, alert_letters, workers}`.

    `stuck` {reason: count} and `instances` {status: count} as the last look found them; `queue` {kind: {due, oldest}}
    of jobs that are due; `outbox` {waiting, oldest} of messages on their way to a pathway; `leaving`
    {channel: {waiting, oldest, given_up}} of mails and calls on their way out of the house; `alerts` {cause: 1 or 0},
    whether one is open; `alert_letters` {(channel, status): count} of those of the last 90 days; `workers`
    {beating, beat_at, done, failed}.  `oldest` and `beat_at` are moments, None where there is none.
    """
    if not access.may_operate(actor):
        raise Forbidden("Only operators may see what is stuck.")
    due = (
        select(job.c.kind, func.count().label("due"), func.min(job.c.due_at).label("oldest"))
        .where(job.c.due_at <= now)
        .group_by(job.c.kind)
    )
    letters = (
        select(func.count().label("waiting"), func.min(message.c.sent_at).label("oldest"))
        .select_from(job)
        .join(message, message.c.key == job.c.data["message"].as_string())
        .where(job.c.kind == "deliver")
    )
    by_reason = select(stuck.c.reason, func.count().label("n")).group_by(stuck.c.reason)
    out = (
        select(
            outgoing.c.channel,
            outgoing.c.status,
            func.count().label("n"),
            func.min(outgoing.c.made_at).label("oldest"),
        )
        .where(outgoing.c.status.in_(("waiting", "given_up")))
        .group_by(outgoing.c.channel, outgoing.c.status)
    )
    letters_of = (
        select(outgoing.c.channel, outgoing.c.status, func.count().label("n"))
        .where(outgoing.c.alert_id.is_not(None))
        .group_by(outgoing.c.channel, outgoing.c.status)
    )
    with store.read() as db:
        opened = set(db.scalars(select(alert.c.cause).where(alert.c.ended_at.is_(None))))
        told = {(row.channel, row.status): row.n for row in db.execute(letters_of)}
        looks = {row.name: row for row in db.execute(select(look))}
        found = {row.reason: row.n for row in db.execute(by_reason)}
        queue = {row.kind: {"due": row.due, "oldest": row.oldest} for row in db.execute(due)}
        post = db.execute(letters).one()
        beats = db.execute(select(worker)).all()
        leaves = {(row.channel, row.status): row for row in db.execute(out)}
    return {
        "looked_at": looks["stuck"].at if "stuck" in looks else None,
        "stuck": {reason: found.get(reason, 0) for reason in REASONS},
        "instances": dict((looks["census"].statuses if "census" in looks else None) or {}),
        "due_soon": looks["stuck"].due_soon if "stuck" in looks else 0,
        "queue": queue,
        "outbox": {"waiting": post.waiting, "oldest": post.oldest},
        "leaving": {channel: _leaving(leaves, channel) for channel in ("mail", "webhook")},
        "alerts": {reason: int(reason in opened) for reason in REASONS},
        "alert_letters": {
            (channel, status): told.get((channel, status), 0)
            for channel in ("mail", "webhook")
            for status in ("waiting", "sent", "dropped", "given_up")
        },
        "workers": {
            "beating": sum(row.beat_at >= now - SILENT for row in beats),
            "beat_at": max((row.beat_at for row in beats), default=None),
            "done": sum(row.done for row in beats),
            "failed": sum(row.failed for row in beats),
        },
    }


def _leaving(rows: dict[tuple[str, str], Row[Any]], channel: str) -> Json:
    waits, lost = rows.get((channel, "waiting")), rows.get((channel, "given_up"))
    return {
        "waiting": waits.n if waits else 0,
        "oldest": waits.oldest if waits else None,
        "given_up": lost.n if lost else 0,
    }


def age(moment: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 where there is no such moment, or a clock is ahead."""
    return max((now - moment) / timedelta(seconds=1), 0.0) if moment else 0.0
