"""`stafet mail`: what is to leave the house and has not, and trying again what was given up."""

from __future__ import annotations

import json
from datetime import datetime

import click

from engine import actions, queries
from engine.logins import actor
from engine.model import MACHINE
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command(
    "mail",
    help="What waits in the outbox, and what was given up; with --again: try that once more.",
)
@click.option("--again", is_flag=True, help="Try again what was given up.")
@click.option("--by", help="The operator's login, with --again.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(again: bool, by: str | None, as_json: bool) -> int:
    """Exit 1 where something was given up."""
    if again and not by:
        raise click.UsageError("--again needs --by: the operator's login.")
    settings = from_env()
    store, now = open_store(settings), clock()
    try:
        ready_schema(settings, store)
        if again and by:
            many = actions.send_again(store, actor(store, by, now=now), now=now)
            click.echo(f"{many} are tried again.", err=as_json)
        found = queries.leaving(store, MACHINE, now=now)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(found, default=datetime.isoformat))
    else:
        for channel, waits in found["waiting"].items():
            click.echo(f"{channel}: {waits['count']} waiting since {_at(waits['oldest'])}")
        for row in found["rows"]:
            click.echo(
                f"{row['id']:<8}{row['channel']:<9}{row['kind']:<12}given up {_at(row['ended_at'])}"
                f" after {row['attempts']} tries: {row['error']}"
            )
        if not found["waiting"] and not found["rows"]:
            click.echo("Nothing waits.")
    return 1 if found["given_up"] else 0


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
