"""Secrets that are a person's without a login: bearer tokens of the API, addresses of calendar programs."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, insert, select, update

from engine.logins.loading import actor, loaded
from engine.logins.sessions import digest
from engine.model import Actor
from engine.store import Store
from engine.tables import feed, person, token

#: `used_at` is written at most this often.
_TOUCH = timedelta(hours=1)


def make_token(store: Store, login: str, *, now: datetime, days: int = 30) -> str:
    """A bearer token for this person; it is shown once and kept only as a hash."""
    whom = actor(store, login, now=now)
    text = f"stafet_{secrets.token_urlsafe(32)}"
    with store.write() as db:
        db.execute(
            insert(token).values(
                person_id=whom.id,
                key=digest(text),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        store.chains.record(db, now=now, actor=whom, what="token_made", facts={"days": days})
    return text


def bearer(store: Store, text: str, *, now: datetime) -> Actor | None:
    """The person whose valid token this is."""
    return opened(store, token, text, now, token.c.expires_at > now)


def make_feed(store: Store, whom: Actor, *, now: datetime) -> str:
    """The secret of the address at which a calendar program reads the person's dates; an older one is void."""
    text = secrets.token_urlsafe(32)
    row = {"person_id": whom.id, "key": digest(text), "made_at": now, "used_at": None}
    with store.write() as db:
        db.execute(delete(feed).where(feed.c.person_id == whom.id))
        db.execute(insert(feed).values(**row))
        store.chains.record(db, now=now, actor=whom, what="feed_made")
    return text


def drop_feed(store: Store, whom: Actor, *, now: datetime) -> None:
    """The address is void; no harm where there is none."""
    with store.write() as db:
        if db.execute(delete(feed).where(feed.c.person_id == whom.id)).rowcount:
            store.chains.record(db, now=now, actor=whom, what="feed_dropped")


def feed_of(store: Store, whom: Actor) -> datetime | None:
    """When the person's address was made; None where there is none."""
    with store.read() as db:
        return db.scalar(select(feed.c.made_at).where(feed.c.person_id == whom.id))


def fed(store: Store, text: str, *, now: datetime) -> Actor | None:
    """The person whose dates this secret opens; None where nobody's, or where he works here no more."""
    return opened(store, feed, text, now)


def opened(
    store: Store, secret: Table, text: str, now: datetime, *more: ColumnElement[bool]
) -> Actor | None:
    """Whose secret of this table the text is; that it was used is written down now and then."""
    key = digest(text)
    with store.read() as db:
        row = db.execute(
            select(secret.c.used_at, person)
            .join(person, person.c.id == secret.c.person_id)
            .where(secret.c.key == key, *more, person.c.active)
        ).first()
        if row is None:
            return None
        found = loaded(db, row, now)
    if row.used_at is None or now - row.used_at > _TOUCH:
        with store.write() as db:
            db.execute(update(secret).where(secret.c.key == key).values(used_at=now))
    return found
