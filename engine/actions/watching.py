"""Keep the table of what is stuck: look at everything, write down what is new, take away what has gone by itself.

Any process may look; one at a time does, and none more often than asked.  The look itself reads and holds nobody up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from engine.store import Store
from engine.stuck import Cause, causes, census
from engine.tables import look, stuck

#: A look is as old as this at most while anybody works or asks.
EVERY = timedelta(seconds=3)
_NAME = "stuck"
_COLUMNS = (
    "reason", "case_id", "instance_id", "element", "since", "due_at", "unit_id", "act", "ref", "detail",
)  # fmt: skip


def watch(store: Store, *, now: datetime, every: timedelta = EVERY) -> bool:
    """Look again where the last look is older than `every` (`timedelta(0)`: in any case); whether this one did."""
    with store.write() as db:
        mine = _claimed(db, now, every)
    if not mine:
        return False
    with store.read() as db:
        found = {cause.key[:200]: cause for cause in causes(db, now)}
        counted = census(db, now)
    with store.write() as db:
        _keep(db, found, now)
        db.execute(update(look).where(look.c.name == _NAME).values(**counted))
    return True


def _claimed(db: Connection, now: datetime, every: timedelta) -> bool:
    mine = update(look).where(look.c.name == _NAME, look.c.at <= now - every)
    # A clock that was set back must not stop the looking.
    ahead = update(look).where(look.c.name == _NAME, look.c.at > now + EVERY)
    return any(db.execute(each.values(at=now)).rowcount for each in (mine, ahead))


def _keep(db: Connection, found: dict[str, Cause], now: datetime) -> None:
    known = {row.key: row for row in db.execute(select(stuck))}
    gone = [key for key in known if key not in found]
    for start in range(0, len(gone), 500):
        db.execute(delete(stuck).where(stuck.c.key.in_(gone[start : start + 500])))
    new = [
        {"key": key, "found_at": now, **_row(cause)}
        for key, cause in found.items()
        if key not in known
    ]
    if new:
        db.execute(insert(stuck), new)
    for key, cause in found.items():
        row = _row(cause)
        if key in known and any(getattr(known[key], name) != row[name] for name in _COLUMNS):
            db.execute(update(stuck).where(stuck.c.key == key).values(**row))


def _row(cause: Cause) -> dict[str, Any]:
    row = {name: getattr(cause, name) for name in _COLUMNS}
    return {**row, "detail": cause.detail[:500], "ref": cause.ref[:160]}
