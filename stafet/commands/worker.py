"""`stafet worker`: timers, jobs and reminders without the web, beside `stafet web`."""

from __future__ import annotations

import click

from engine.errors import SettingInvalid
from stafet import server
from stafet.app import open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command("worker", help="Timers, jobs and reminders only, beside `stafet web`.")
def command() -> None:
    """Work until stopped; several processes need PostgreSQL."""
    settings = from_env()
    if settings.embedded:
        raise SettingInvalid(
            "SQLite serves one process: use `stafet serve`, or set DATABASE_URL to PostgreSQL."
        )
    server.begin(settings, "worker")
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        server.worker(settings, store)
    finally:
        store.close()
