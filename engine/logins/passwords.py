"""Logging in with a password: argon2id, and guessing made slow by a count in the database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select

from engine.errors import LoginRefused, TooFast
from engine.logins.loading import known, load, storable
from engine.logins.sessions import Session, begin
from engine.store import Store
from engine.tables import login_attempt

#: Failed attempts within WINDOW.  A ward shares one address, so an address may fail more often.
WINDOW = timedelta(minutes=15)
PER_LOGIN = 10
PER_ADDRESS = 60
_hasher = PasswordHasher()


def log_in(
    store: Store, login: str, password: str, *, address: str, now: datetime, before: str = ""
) -> Session:
    """A new session, and the end of the one that the browser had `before`; raises `LoginRefused`, or `TooFast`
    after too many failures."""
    login_subject = subject_of(store, "login", login)
    address_subject = subject_of(store, "address", address)
    attempt(store, {login_subject: PER_LOGIN, address_subject: PER_ADDRESS}, now)
    with store.read() as db:
        row = known(db, login)
    right = _matches(row.password_hash if row else None, password)
    if row is None or not right:
        raise LoginRefused
    whom = load(store, row, now)
    with store.write() as db:
        db.execute(delete(login_attempt).where(login_attempt.c.subject == login_subject))
        forget_one(db, address_subject)
        return begin(store, db, whom, now=now, before=before)


def hash_password(password: str) -> str:
    """For `person.password_hash`."""
    return _hasher.hash(password)


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


def attempt(store: Store, subjects: Mapping[str, int], now: datetime) -> None:
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


def forget_one(db: Connection, subject: str) -> None:
    """One fewer: it succeeded."""
    newest = select(func.max(login_attempt.c.id)).where(login_attempt.c.subject == subject)
    db.execute(delete(login_attempt).where(login_attempt.c.id == newest.scalar_subquery()))


def subject_of(store: Store, kind: str, text: str) -> str:
    """What is counted: a login, or an address, without telling which."""
    # Keyed, for people type passwords and CPR numbers into the login field.
    # With the oldest key: while a newer one comes into use, all servers count the same.
    key: bytes = store.keyring.indexes(f"login_attempt.{kind}", storable(text))[-1]
    return key.hex()
