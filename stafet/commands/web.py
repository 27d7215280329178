"""`stafet web`: pages and API without the timers, beside `stafet worker`."""

from __future__ import annotations

import click

from engine.errors import SettingInvalid
from stafet import server
from stafet.app import open_store
from stafet.prepare import greet, ready_schema
from stafet.settings import from_env


@click.command("web", help="Web and API only; the timers run in `stafet worker`.")
def command() -> None:
    """Serve until stopped; several processes need PostgreSQL."""
    settings = from_env()
    if settings.embedded:
        raise SettingInvalid(
            "SQLite serves one process: use `stafet serve`, or set DATABASE_URL to PostgreSQL."
        )
    server.begin(settings, "web")
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        server.web(settings, store, announce=lambda url: greet(settings, url))
    finally:
        store.close()
