"""Who calls, and when: a bearer token, or the web session with its CSRF token."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Protocol, cast

from flask import current_app, g, request

from engine import logins
from engine.errors import Forbidden, NotLoggedIn
from engine.model import Actor
from engine.store import Store


class Alerting(Protocol):
    """Who is told of alerts (`channels/where.py`)."""

    def receivers(self, mark: Callable[[str, str], bytes]) -> dict[tuple[str, str], str]:
        """Who that is, by channel and mark."""


class Settings(Protocol):
    """What the installation was told, as far as the API asks."""

    glass_hours: int
    url: str
    alerts: Alerting


class House(Protocol):
    """What the app lends a view (`stafet/app.py`)."""

    store: Store
    now: Callable[[], datetime]
    settings: Settings


class CsrfMissing(Forbidden):
    """The page's protection token is missing or old. Load the page again."""

    code = "csrf_missing"


class TokenRefused(NotLoggedIn):
    """The bearer token is not valid, or no longer."""

    code = "token_refused"


def store() -> Store:
    """The store of this server."""
    return _house().store


def now() -> datetime:
    """The moment of this request: one for all that it does."""
    if "now" not in g:
        g.now = _house().now()
    return cast(datetime, g.now)


def glass_hours() -> int:
    """How long an emergency lasts here."""
    return _house().settings.glass_hours


def outside(path: str) -> str:
    """A page of this site as an address for another program: `STAFET_URL`, else the host that was asked."""
    return (_house().settings.url or request.host_url).rstrip("/") + path


def alerting() -> Alerting:
    """Who is told of alerts here."""
    return _house().settings.alerts


def actor() -> Actor:
    """The person who calls."""
    return cast(Actor, g.actor)


#: Methods that change nothing.
READS = ("GET", "HEAD", "OPTIONS")


def identify(scope: str) -> None:
    """Before each view: settle who calls; raises `NotLoggedIn`, `CsrfMissing` or `ScopeMissing`.

    `scope` is what a token needs for calls that change something; for the others it is `read`.
    """
    header = request.headers.get("Authorization")
    needs = "read" if request.method in READS else scope
    g.actor = _by_session() if header is None else _by_token(header, needs)


def _by_token(header: str, needs: str) -> Actor:
    scheme, _, text = header.partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = logins.bearer(store(), text.strip(), now=now(), needs=needs)
    if found is None:
        raise TokenRefused
    return found


def _by_session() -> Actor:
    secret = request.cookies.get(logins.COOKIE, "")
    session = logins.session(store(), secret, now=now()) if secret else None
    if session is None:
        raise NotLoggedIn
    if request.method not in READS:
        given = request.headers.get(logins.CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), session.csrf.encode()):
            raise CsrfMissing
    return session.actor


def _house() -> House:
    return cast(House, current_app.extensions["stafet"])
