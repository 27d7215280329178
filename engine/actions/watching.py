"""Keep the table of what is stuck: look at everything, write down what is new, take away what has gone by itself.

Any process may look; one at a time does, and none more often than asked.  The look itself reads and holds nobody up, so
a slow one may end after one that began later: what it saw is older, and is let go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store import Store
from engine.stuck import Cause, causes, census, due_soon
from engine.tables import look, stuck

#: A look is as old as this at most while anybody works or asks.
EVERY = timedelta(seconds=3)
#: A look that was kept and is more than this ahead was kept by a clock that has been set back since.
_AHEAD = timedelta(minutes=1)
#: All instances are counted as often while they are few; where they are many, that is work, and it may be older.
FEW, SELDOM = 20_000, timedelta(minutes=1)
_COLUMNS = (
    "reason", "case_id", "instance_id", "element", "since", "due_at", "unit_id", "act", "ref", "detail",
)  # fmt: skip


def watch(store: Store, *, now: datetime, every: timedelta = EVERY) -> bool:
    """Look again where the last look is older than `every` (`timedelta(0)`: in any case); whether this one did."""
    with store.write() as db:
        mine = claimed(db, "stuck", now, every)
        many = (db.scalar(select(look.c.alive).where(look.c.name == "census")) or 0) > FEW
        counts = mine and claimed(db, "census", now, SELDOM if many else every)
    if not mine:
        return False
    with store.read() as db:
        found = {cause.key[:200]: cause for cause in causes(db, now)}
        soon = due_soon(db, now)
        statuses = census(db) if counts else {}
    with store.write() as db:
        if not _newest(db, now):
            return True
        _keep(db, found, now)
        db.execute(update(look).where(look.c.name == "stuck").values(due_soon=soon))
        if counts:
            counted = {"alive": sum(statuses.values()), "statuses": statuses}
            db.execute(update(look).where(look.c.name == "census").values(**counted))
    return True


def claimed(db: Connection, name: str, now: datetime, every: timedelta) -> bool:
    """Whether this look is ours; the first one ever makes the row."""
    made = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(look)
    first = made.values(name=name, at=now).on_conflict_do_nothing().returning(look.c.name)
    if db.execute(first).first():
        return True
    mine = update(look).where(look.c.name == name, look.c.at <= now - every).values(at=now)
    # A clock that was set back must not stop the looking.
    ahead = update(look).where(look.c.name == name, look.c.at > now + max(every, EVERY))
    return any(db.execute(each).rowcount for each in (mine, ahead.values(at=now)))


def _newest(db: Connection, now: datetime) -> bool:
    """Whether no look that began later has been kept; this one is from now on."""
    made = (postgresql if db.dialect.name == "postgresql" else sqlite).insert(look)
    fresh = or_(look.c.at <= now, look.c.at > now + _AHEAD)
    kept = made.values(name="kept", at=now).on_conflict_do_update(
        index_elements=[look.c.name], set_={"at": now}, where=fresh
    )
    return db.execute(kept.returning(look.c.name)).first() is not None


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
