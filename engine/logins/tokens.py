"""Secrets that are a person's without a login: bearer tokens of the API, addresses of calendar programs."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, insert, select, update

from engine.errors import Invalid, NotFound, ScopeMissing
from engine.logins.loading import actor, loaded
from engine.logins.sessions import digest
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.tables import feed, person, token

#: `used_at` is written at most this often.
_TOUCH = timedelta(hours=1)


#: What a token may be for: to read, to do staff's work, to run pathways, to draw and deploy them.  It never gives more
#: than its person has.
SCOPES = ("read", "write", "operate", "design")


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is good still; `used_at` is right to the hour."""

    id: int
    login: str
    note: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


def make_token(
    store: Store,
    login: str,
    *,
    now: datetime,
    days: int = 30,
    scopes: Sequence[str] = SCOPES,
    note: str = "",
) -> str:
    """A bearer token for this person; it is shown once and kept only as a hash."""
    whom = actor(store, login, now=now)
    asked = [one for one in SCOPES if one in scopes]
    if not asked or set(scopes) - set(SCOPES) or len(note) > 200:
        raise Invalid(
            "A token is for one or more of %(scopes)s, and its note has at most 200 characters.",
            scopes=", ".join(SCOPES),
        )
    text = f"stafet_{secrets.token_urlsafe(32)}"
    row = {
        "person_id": whom.id,
        "key": digest(text),
        "note": note,
        "scope": " ".join(asked),
        "created_at": now,
        "expires_at": now + timedelta(days=days),
    }
    with store.write() as db:
        db.execute(delete(token).where(token.c.expires_at <= now))
        number = db.execute(insert(token).values(row).returning(token.c.id)).scalar_one()
        facts = {"token": number, "days": days, "scope": row["scope"]}
        store.chains.record(db, now=now, actor=whom, what="token_made", facts=facts)
    return text


def bearer(store: Store, text: str, *, now: datetime, needs: str = "") -> Actor | None:
    """The person whose valid token this is; raises `ScopeMissing` where it is not for what is asked of it."""
    found = opened(store, token, text, now, token.c.expires_at > now)
    if found is not None and needs:
        with store.read() as db:
            scope = db.scalar(select(token.c.scope).where(token.c.key == digest(text))) or ""
        if needs not in scope.split():
            raise ScopeMissing(scope=needs)
    return found


def tokens(store: Store, login: str | None, *, now: datetime) -> list[Token]:
    """The tokens of a person, or of all, that are good still; newest first."""
    asked = (
        select(token, person.c.login)
        .join(person, person.c.id == token.c.person_id)
        .where(token.c.expires_at > now, person.c.active)
        .order_by(token.c.id.desc())
    )
    with store.read() as db:
        rows = db.execute(asked if login is None else asked.where(person.c.login == login)).all()
    return [
        Token(
            row.id,
            row.login,
            row.note,
            tuple(row.scope.split()),
            row.created_at,
            row.expires_at,
            row.used_at,
        )
        for row in rows
    ]


def drop_token(store: Store, whom: Actor, token_id: int, *, now: datetime) -> None:
    """The token is void from now on; a person's own, or the machine's to take from anybody; raises `NotFound`."""
    theirs = token.c.id == token_id
    if whom != MACHINE:
        theirs &= token.c.person_id == whom.id
    with store.write() as db:
        if not db.execute(delete(token).where(theirs)).rowcount:
            raise NotFound
        facts = {"token": token_id}
        store.chains.record(db, now=now, actor=whom, what="token_dropped", facts=facts)


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
