"""A login that has begun at an identity provider: once, within ten minutes, and only in the browser where it began.

The browser keeps one secret (a cookie); state, nonce and PKCE's verifier are made from it, so none of them is stored.
What the database knows is the secret's SHA-256, and, sealed, where to go on and what somebody was writing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert

from engine.errors import LoginNotBegun
from engine.logins.passwords import attempt, forget_one, subject_of
from engine.logins.sessions import digest
from engine.seals import carried_place
from engine.store import Store
from engine.tables import login_request

#: How long one may take at the identity provider.
WITHIN = timedelta(minutes=10)
#: Logins of one address, a hospital's perhaps, that have begun and not come back within a quarter of an hour.
PER_ADDRESS_BEGUN = 600


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser's secret gives; `state` names the login, `nonce` binds its token, `verifier` its code."""

    secret: str = field(repr=False)

    @property
    def state(self) -> str:
        """What comes back with the browser."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What must stand in the ID token."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What redeems the code."""
        return self._made("verifier")

    def _made(self, what: str) -> str:
        made = hmac.digest(self.secret.encode(errors="replace"), what.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Carried:
    """Where to go after the login, and the fields that somebody had filled in."""

    goal: str
    kept: list[tuple[str, str]]


def begin_request(store: Store, carried: Carried, *, address: str, now: datetime) -> Begun:
    """A login begins; raises `TooFast` where this address begins too many that come to nothing."""
    attempt(store, {subject_of(store, "begun", address): PER_ADDRESS_BEGUN}, now)
    begun = Begun(secrets.token_urlsafe(32))
    key = digest(begun.secret)
    told = {"goal": carried.goal, "kept": carried.kept}
    sealed = store.keyring.seal_json(told, carried_place(key))
    with store.write() as db:
        db.execute(delete(login_request).where(login_request.c.made_at <= now - WITHIN))
        db.execute(insert(login_request).values(key=key, made_at=now, carried=sealed))
    return begun


def take_request(
    store: Store, secret: str, state: str, *, address: str, now: datetime
) -> tuple[Begun, Carried]:
    """The login that has come back, never a second time; raises `LoginNotBegun`."""
    begun, key = Begun(secret), digest(secret)
    if not secret or not hmac.compare_digest(begun.state.encode(), state.encode(errors="replace")):
        raise LoginNotBegun
    with store.write() as db:
        gone = delete(login_request).where(
            login_request.c.key == key, login_request.c.made_at > now - WITHIN
        )
        row = db.execute(gone.returning(login_request.c.carried)).first()
        if row is not None:
            forget_one(db, subject_of(store, "begun", address))
    if row is None:
        raise LoginNotBegun
    told = store.keyring.open_json(bytes(row.carried), carried_place(key))
    return begun, Carried(told["goal"], [(name, text) for name, text in told["kept"]])
