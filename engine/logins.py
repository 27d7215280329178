"""Who is it?  Passwords, web sessions and bearer tokens.

Passwords are argon2id; the secrets of sessions and tokens are kept only as SHA-256.  An attempt to
log in counts as failed from the moment it begins until it has succeeded, in the database, so that
guessing is slow on all servers at once, and in parallel too.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Table,
    delete,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    union_all,
    update,
)

from engine.errors import LoginRefused, NotFound, TooFast
from engine.model import HOUSE, Actor, Lent, Membership, StandIn
from engine.store import Store
from engine.tables import (
    deputy,
    feed,
    loan,
    login_attempt,
    membership,
    person,
    token,
    unit,
    valid_on,
)
from engine.tables import session as session_table

#: The cookie that holds a session's secret, and the header that must repeat its CSRF token.
COOKIE = "stafet_session"
CSRF_HEADER = "X-CSRF-Token"

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=10)
#: Failed attempts within WINDOW.  A ward shares one address, so an address may fail more often.
WINDOW = timedelta(minutes=15)
PER_LOGIN = 10
PER_ADDRESS = 60
#: `seen_at` and `used_at` are written at most this often.
_TOUCH = timedelta(minutes=1)
_HOME = ZoneInfo("Europe/Copenhagen")
_hasher = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Session:
    """A web session.  `secret` goes into the cookie, `csrf` into each form and header."""

    secret: str = field(repr=False)
    csrf: str = field(repr=False)
    actor: Actor


def log_in(store: Store, login: str, password: str, *, address: str, now: datetime) -> Session:
    """A new session; raises `LoginRefused`, or `TooFast` after too many failures."""
    login_subject = _subject(store, "login", login)
    address_subject = _subject(store, "address", address)
    _attempt(store, {login_subject: PER_LOGIN, address_subject: PER_ADDRESS}, now)
    with store.read() as db:
        row = _person(db, login)
    right = _matches(row.password_hash if row else None, password)
    if row is None or not right:
        raise LoginRefused
    found = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), _actor(store, row, now))
    with store.write() as db:
        db.execute(delete(login_attempt).where(login_attempt.c.subject == login_subject))
        _forget_one(db, address_subject)
        db.execute(delete(session_table).where(_ended(now)))
        db.execute(
            insert(session_table).values(
                key=_digest(found.secret),
                person_id=row.id,
                csrf=found.csrf,
                created_at=now,
                seen_at=now,
            )
        )
        store.chains.record(db, now=now, actor=found.actor, what="logged_in")
    return found


def session(store: Store, secret: str, *, now: datetime) -> Session | None:
    """The living session with this secret: used within the hour, begun within ten."""
    key = _digest(secret)
    with store.read() as db:
        row = db.execute(
            select(session_table, person)
            .join(person, person.c.id == session_table.c.person_id)
            .where(session_table.c.key == key, person.c.active, ~_ended(now))
        ).first()
        if row is None:
            return None
        found = Session(secret, row.csrf, _loaded(db, row, now))
    if now - row.seen_at > _TOUCH:
        with store.write() as db:
            db.execute(update(session_table).where(session_table.c.key == key).values(seen_at=now))
    return found


def log_out(store: Store, secret: str, *, now: datetime) -> None:
    """End the session; no harm where there is none."""
    key = _digest(secret)
    ending = session(store, secret, now=now)
    if ending is None:
        return
    with store.write() as db:
        db.execute(delete(session_table).where(session_table.c.key == key))
        store.chains.record(db, now=now, actor=ending.actor, what="logged_out")


def make_token(store: Store, login: str, *, now: datetime, days: int = 30) -> str:
    """A bearer token for this person; it is shown once and kept only as a hash."""
    whom = actor(store, login, now=now)
    text = f"stafet_{secrets.token_urlsafe(32)}"
    with store.write() as db:
        db.execute(
            insert(token).values(
                person_id=whom.id,
                key=_digest(text),
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        store.chains.record(db, now=now, actor=whom, what="token_made", facts={"days": days})
    return text


def bearer(store: Store, text: str, *, now: datetime) -> Actor | None:
    """The person whose valid token this is."""
    return _opened(store, token, text, now, token.c.expires_at > now)


def make_feed(store: Store, whom: Actor, *, now: datetime) -> str:
    """The secret of the address at which a calendar program reads the person's dates; an older one is void."""
    text = secrets.token_urlsafe(32)
    row = {"person_id": whom.id, "key": _digest(text), "made_at": now, "used_at": None}
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
    return _opened(store, feed, text, now)


def actor(store: Store, login: str, *, now: datetime) -> Actor:
    """The person with this login and today's memberships; raises `NotFound`."""
    with store.read() as db:
        row = _person(db, login)
        if row is None:
            raise NotFound("There is no active person with that login.")
        return _loaded(db, row, now)


def _opened(
    store: Store, secret: Table, text: str, now: datetime, *more: ColumnElement[bool]
) -> Actor | None:
    """Whose secret of this table the text is; that it was used is written down now and then."""
    key = _digest(text)
    with store.read() as db:
        row = db.execute(
            select(secret.c.used_at, person)
            .join(person, person.c.id == secret.c.person_id)
            .where(secret.c.key == key, *more, person.c.active)
        ).first()
        if row is None:
            return None
        found = _loaded(db, row, now)
    if row.used_at is None or now - row.used_at > _TOUCH:
        with store.write() as db:
            db.execute(update(secret).where(secret.c.key == key).values(used_at=now))
    return found


def hash_password(password: str) -> str:
    """For `person.password_hash`."""
    return _hasher.hash(password)


def _person(db: Connection, login: str) -> Row[Any] | None:
    known = select(person).where(person.c.login == _storable(login), person.c.active)
    return db.execute(known).first()


def _storable(text: str) -> str:
    # No database takes lone surrogates, and PostgreSQL takes no NUL.
    return text.replace("\0", "?").encode(errors="replace").decode()


def _matches(stored: str | None, password: str) -> bool:
    # An unknown login costs the same time as a known one.
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False
    return stored is not None


_nobodys: list[str] = []


def _nobody() -> str:
    if not _nobodys:
        _nobodys.append(hash_password(secrets.token_urlsafe(16)))
    return _nobodys[0]


def _attempt(store: Store, subjects: Mapping[str, int], now: datetime) -> None:
    """Count one more for each subject; raises `TooFast` where it has reached its most."""
    with store.write() as db:
        db.execute(delete(login_attempt).where(login_attempt.c.at < now - WINDOW))
        rows = db.execute(
            select(login_attempt.c.subject, func.count().label("number"))
            .where(login_attempt.c.subject.in_(subjects))
            .group_by(login_attempt.c.subject)
        )
        counted: dict[str, int] = {row.subject: row.number for row in rows}
        if any(counted.get(subject, 0) >= most for subject, most in subjects.items()):
            raise TooFast
        db.execute(insert(login_attempt), [{"subject": subject, "at": now} for subject in subjects])


def _forget_one(db: Connection, subject: str) -> None:
    newest = select(func.max(login_attempt.c.id)).where(login_attempt.c.subject == subject)
    db.execute(delete(login_attempt).where(login_attempt.c.id == newest.scalar_subquery()))


def _subject(store: Store, kind: str, text: str) -> str:
    # Keyed, for people type passwords and CPR numbers into the login field.
    key: bytes = store.keyring.index(f"login_attempt.{kind}", _storable(text))
    return key.hex()


def _ended(now: datetime) -> ColumnElement[bool]:
    return or_(session_table.c.seen_at <= now - IDLE, session_table.c.created_at <= now - LONGEST)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _actor(store: Store, row: Row[Any], now: datetime) -> Actor:
    with store.read() as db:
        return _loaded(db, row, now)


def _loaded(db: Connection, row: Row[Any], now: datetime) -> Actor:
    """`row` has the person's columns; memberships are those of today in Denmark."""
    person_id, today = row._mapping[person.c.id], now.astimezone(_HOME).date()
    own, lent_by, stands_in = [], [], {}
    for each in db.execute(_memberships(person_id, today)):
        job = Membership(each.unit_id, each.unit_name, each.role)
        if each.deputy is None:
            own.append(job)
            continue
        if each.power and each.role not in HOUSE:
            lent_by.append(job)
        stands_in[each.deputy] = StandIn(
            each.deputy,
            each.person_id,
            each.login,
            each.name,
            each.unit_id,
            each.power,
            each.until,
        )
    return Actor(
        person_id,
        row.login,
        row.name,
        tuple(dict.fromkeys([*own, *lent_by])),
        row.language,
        _lent(db, person_id, now),
        tuple(stands_in.values()),
    )


def _memberships(person_id: int, today: date) -> CompoundSelect[Any]:
    """The person's own, and those of whom he stands in for in a unit that both belong to."""
    valid = valid_on(membership, today)
    mine = membership.alias("mine")
    own = (
        select(
            unit.c.id.label("unit_id"),
            unit.c.name.label("unit_name"),
            membership.c.role,
            null().label("deputy"),
            null().label("person_id"),
            null().label("login"),
            null().label("name"),
            null().label("power"),
            null().label("until"),
        )
        .join(unit, unit.c.id == membership.c.unit_id)
        .where(membership.c.person_id == person_id, valid)
    )
    still = exists().where(
        mine.c.person_id == person_id,
        mine.c.unit_id == deputy.c.unit_id,
        valid_on(mine, today),
    )
    others = (
        select(
            unit.c.id,
            unit.c.name,
            membership.c.role,
            deputy.c.id,
            person.c.id,
            person.c.login,
            person.c.name,
            deputy.c.power,
            deputy.c.valid_to,
        )
        .select_from(deputy)
        .join(
            membership,
            (membership.c.person_id == deputy.c.person_id)
            & (membership.c.unit_id == deputy.c.unit_id),
        )
        .join(unit, unit.c.id == deputy.c.unit_id)
        .join(person, person.c.id == deputy.c.person_id)
        .where(
            deputy.c.deputy_id == person_id,
            valid_on(deputy, today),
            deputy.c.ended_at.is_(None),
            still,
            valid,
        )
    )
    return union_all(own, others).order_by("unit_id", "role")


def _lent(db: Connection, person_id: int, now: datetime) -> tuple[Lent, ...]:
    """What the person may read without a part in it; what is over, or withdrawn, is not there."""
    asked = select(loan.c.id, loan.c.case_id, loan.c.unit_id, loan.c.instance_id, loan.c.ends_at)
    rows = db.execute(
        asked.where(
            loan.c.person_id == person_id,
            loan.c.begins_at <= now,
            loan.c.ends_at > now,
            loan.c.withdrawn_at.is_(None),
        ).order_by(loan.c.id)
    )
    return tuple(Lent(*row) for row in rows)
