"""`stafet token USER`: a bearer token for the API."""

from __future__ import annotations

import click

from engine.logins import make_token
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command("token", help="Print a bearer token for a person; it is shown only here.")
@click.argument("user")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 366))
def command(user: str, days: int) -> None:
    """Make a token and print it alone on a line."""
    settings = from_env()
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        click.echo(make_token(store, user, now=clock(), days=days))
    finally:
        store.close()
