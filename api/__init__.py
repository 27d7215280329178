"""The HTTP API: JSON under `/api/v1`, described at `/api/openapi.json`, pages at `/api/docs`.

A view unpacks the request, calls one action or one query of the engine, and packs the answer.  Who
calls is settled in `caller.py`, what a body may contain in `bodies.py`, how a "no" looks in
`errors.py`, what goes in and out in `shapes.py`.
"""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from api import (
    alerts,
    audit,
    batches,
    beside,
    cases,
    designs,
    directory,
    docs,
    documents,
    drafts,
    errors,
    instances,
    keeping,
    lending,
    meetings,
    messages,
    operations,
    reports,
    rooms,
    tasks,
)
from api.outgoing import Error
from engine.logins import COOKIE, CSRF_HEADER

BLUEPRINTS = (
    cases.bp, documents.bp, meetings.bp, tasks.bp, beside.bp, instances.bp, messages.bp, operations.bp, batches.bp,
    alerts.bp, rooms.bp, directory.bp, audit.bp, designs.bp, drafts.bp, reports.bp, lending.bp, keeping.bp,
)  # fmt: skip

_ABOUT = """\
Log in with `Authorization: Bearer …` (`stafet token USER` prints a token; `--scope` says whether it may
`read`, `write`, `operate` or `design`), or use the web session and
repeat its CSRF token in `X-CSRF-Token` for everything that changes something. Moments are RFC 3339
with offset, in Danish time. Lists are `{items, next}`: give `next` back as `after` to read on.
"""


def register(app: Flask) -> None:
    """Put the API, its description and its pages on the app."""
    app.config.update(
        API_TITLE="Stafet",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    described = _Api(
        app,
        spec_kwargs={
            "info": {"description": _ABOUT},
            "servers": [{"url": "/"}],
            "security": [{"bearer": []}, {"session": [], "csrf": []}],
        },
    )
    for name, scheme in _SCHEMES.items():
        described.spec.components.security_scheme(name, scheme)
    for blueprint in BLUEPRINTS:
        described.register_blueprint(blueprint, url_prefix="/api/v1")
    errors.watch_unknown_paths(app)
    docs.register(app, described.spec)


class _Api(Api):  # type: ignore[misc]
    """flask-smorest without its app-wide error handler: pages have errors of their own."""

    ERROR_SCHEMA = Error

    def _register_error_handlers(self) -> None:
        pass


_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
}
