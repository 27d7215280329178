"""Mails and calls that were given up: tried again, or put aside, with a reason.

A reason is what somebody wrote, so it is sealed with the row; the audit entry holds its keyed fingerprint.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update

from engine.actions.hand import must_operate, spoken
from engine.errors import Invalid, NotFound
from engine.model import Actor
from engine.seals import outbox_place
from engine.store import Store
from engine.tables import outbox

#: What a field can be told here; for the catalogue.
FIELDS = {"numbers": "Choose at least one."}
#: Rows in one act.
MOST = 500


def try_again(
    store: Store, actor: Actor, numbers: Collection[int], reason: str, *, now: datetime
) -> int:
    """Send these at the next look, as if for the first time; how many they are.  Raises as `put_aside`."""
    anew = {"status": "waiting", "ended_at": None, "due_at": now, "attempts": 0, "error": None}
    return _deal(store, actor, numbers, reason, "sent_again", anew, now)


def put_aside(
    store: Store, actor: Actor, numbers: Collection[int], reason: str, *, now: datetime
) -> int:
    """Send these no more; how many they are.

    Raises `Invalid` with `numbers` or `reason`, `NotFound` where somebody has dealt with all of them.
    """
    over = {"status": "dropped", "error": "put_aside", "ended_at": now}
    return _deal(store, actor, numbers, reason, "put_aside", over, now)


def _deal(
    store: Store,
    actor: Actor,
    numbers: Collection[int],
    reason: str,
    what: str,
    change: Mapping[str, object],
    now: datetime,
) -> int:
    must_operate(actor)
    plain = spoken(reason)
    if not 0 < len(numbers) <= MOST:
        raise Invalid(fields={"numbers": FIELDS["numbers"]})
    theirs = outbox.c.id.in_(sorted(numbers)), outbox.c.status == "given_up"
    asked = select(outbox.c.id, outbox.c.key).where(*theirs).with_for_update()
    with store.write() as db:
        rows = db.execute(asked.order_by(outbox.c.id)).all()
        if not rows:
            raise NotFound
        for row in rows:
            note = store.keyring.seal(plain, outbox_place(row.key))
            db.execute(update(outbox).where(outbox.c.id == row.id).values(**change, note=note))
        mark = store.keyring.index("operator.reason", plain).hex()
        facts = {"outbox": [row.id for row in rows], "reason": mark}
        store.chains.record(db, now=now, actor=actor, what=what, facts=facts)
    return len(rows)
