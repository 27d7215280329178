"""Web sessions: the secret is the browser's, its SHA-256 and the ends are the database's."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from engine.logins.loading import loaded
from engine.model import Actor
from engine.store import Store
from engine.tables import person
from engine.tables import session as session_table

#: The cookie that holds a session's secret, and the header that must repeat its CSRF token.
COOKIE = "stafet_session"
CSRF_HEADER = "X-CSRF-Token"

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=10)
#: `seen_at` is written at most this often.
_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A web session.  `secret` goes into the cookie, `csrf` into each form and header."""

    secret: str = field(repr=False)
    csrf: str = field(repr=False)
    actor: Actor


def session(store: Store, secret: str, *, now: datetime) -> Session | None:
    """The living session with this secret: used within the hour, begun within ten."""
    key = digest(secret)
    with store.read() as db:
        row = db.execute(
            select(session_table, person)
            .join(person, person.c.id == session_table.c.person_id)
            .where(session_table.c.key == key, person.c.active, ~ended(now))
        ).first()
        if row is None:
            return None
        found = Session(secret, row.csrf, loaded(db, row, now))
    if now - row.seen_at > _TOUCH:
        with store.write() as db:
            db.execute(update(session_table).where(session_table.c.key == key).values(seen_at=now))
    return found


def log_out(store: Store, secret: str, *, now: datetime) -> None:
    """End the session; no harm where there is none."""
    key = digest(secret)
    ending = session(store, secret, now=now)
    if ending is None:
        return
    with store.write() as db:
        db.execute(delete(session_table).where(session_table.c.key == key))
        store.chains.record(db, now=now, actor=ending.actor, what="logged_out")


def begin(
    store: Store,
    db: Connection,
    whom: Actor,
    *,
    now: datetime,
    before: str = "",
    by: Mapping[str, str] | None = None,
) -> Session:
    """A new session within the caller's transaction; the browser's session from `before` ends."""
    found = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), whom)
    db.execute(delete(session_table).where(or_(ended(now), session_table.c.key == digest(before))))
    db.execute(
        insert(session_table).values(
            key=digest(found.secret),
            person_id=whom.id,
            csrf=found.csrf,
            created_at=now,
            seen_at=now,
        )
    )
    store.chains.record(db, now=now, actor=whom, what="logged_in", facts=by)
    return found


def ended(now: datetime) -> ColumnElement[bool]:
    """Which sessions were not used for an hour, or began ten hours ago."""
    return or_(session_table.c.seen_at <= now - IDLE, session_table.c.created_at <= now - LONGEST)


def digest(text: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(text.encode(errors="replace")).digest()
