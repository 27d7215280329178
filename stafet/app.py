"""The app factory: one Flask app over one store, with the API, the pages and the two health checks.

`House` is what views may reach (`current_app.extensions["stafet"]`): the store, the settings and the
clock.  The clock is read here and nowhere below.
"""

from __future__ import annotations

import io
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO

from flask import Flask, Request, Response, current_app, g, jsonify, request
from sqlalchemy import func, select
from werkzeug.middleware.proxy_fix import ProxyFix

import api
import web
from engine import measures, sizes
from engine.errors import StafetError
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import worker
from stafet import metrics
from stafet.settings import Settings

log = logging.getLogger("stafet.web")

#: A scheduler that has not beaten for this long is not beating.
BEAT_LOST = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class House:
    """What a view may reach."""

    store: Store
    settings: Settings
    now: Callable[[], datetime]


def clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def open_store(settings: Settings) -> Store:
    """The store of these settings; the schema is not touched."""
    return Store(settings.database_url, Keyring.from_text(settings.keys), demo=settings.demo)


class _Request(Request):
    """A request whose files stay in memory: what staff attach is sealed before it touches a disk."""

    def _get_file_stream(self, *_args: object, **_more: object) -> IO[bytes]:
        return io.BytesIO()


def create(settings: Settings, store: Store, *, now: Callable[[], datetime] = clock) -> Flask:
    """The whole site over an open store."""
    app = Flask("stafet", static_folder=None)
    app.request_class = _Request
    # An address with a slash too many is nobody's; it is not sent on to another one.
    app.url_map.merge_slashes = False
    app.config.update(MAX_CONTENT_LENGTH=sizes.REQUEST, MAX_FORM_PARTS=2000)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["stafet"] = House(store, settings, now)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_name_request)
    app.after_request(_log_request)
    app.teardown_request(_end_request)
    app.add_url_rule("/healthz", "healthz", _healthz)
    app.add_url_rule("/readyz", "readyz", _readyz)
    app.add_url_rule("/metrics", "metrics", _metrics)
    web.register(app)
    api.register(app)
    return app


def _name_request() -> None:
    g.request_id, g.since = secrets.token_hex(8), time.perf_counter()
    g.going = measures.Going("request")
    g.going.begins(
        metrics.known(request.method),
        # Of what the caller sends only this, and only when it has W3C's shape.
        after=request.headers.get("traceparent"),
        method=metrics.known(request.method),
        route=request.url_rule.rule if request.url_rule else "-",
        request=g.request_id,
    )


def _log_request(response: Response) -> Response:
    # The rule, not the path: paths carry ids, and queries could carry a name that somebody typed.
    rule = request.url_rule.rule if request.url_rule else "-"
    seconds = time.perf_counter() - g.get("since", time.perf_counter())
    metrics.requested(rule, request.method, response.status_code, seconds)
    facts = {
        "method": request.method,
        "route": rule,
        "status": response.status_code,
        "ms": round(seconds * 1000),
    }
    log.info(
        "%s %s %s %s",
        g.get("request_id", "-"),
        request.method,
        rule,
        response.status_code,
        extra=facts,
    )
    if "going" in g:
        g.going.says(status=response.status_code)
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    return response


def _end_request(exc: BaseException | None) -> None:
    if "going" in g:
        g.going.ends(exc)


def _healthz() -> Response:
    return jsonify(status="ok")


def _readyz() -> tuple[Response, int]:
    house: House = _house()
    try:
        with house.store.read() as db:
            beat = db.scalar(select(func.max(worker.c.beat_at)))
    except StafetError as exc:
        return jsonify(status="not ready", database=exc.sentence), 503
    alive = beat is not None and house.now() - beat < BEAT_LOST
    body = jsonify(
        status="ready" if alive else "not ready",
        database="ok",
        scheduler="beats" if alive else "lost",
    )
    return body, 200 if alive else 503


def _metrics() -> Response:
    text, kind = metrics.page(_house().store, _house().now)
    return Response(text, content_type=kind)


def _house() -> House:
    found: House = current_app.extensions["stafet"]
    return found
