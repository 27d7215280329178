"""`stafet alert`: what operators were told that it is stuck; with `--test`, whether they can be told at all.

`silence` tells nothing of a cause for a while, `sound` ends that.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from engine import actions, queries
from engine.calendar import COPENHAGEN
from engine.logins import actor
from engine.model import MACHINE
from engine.stuck import REASONS
from stafet.app import clock, open_store
from stafet.commands.typed import moment
from stafet.outside import Post
from stafet.prepare import opened, ready_schema
from stafet.settings import from_env


@click.group(
    "alert",
    invoke_without_command=True,
    help="Which alerts are open, and who was told; with --test: try each receiver of alerts now.",
)
@click.option("--test", "test", is_flag=True, help="Send a letter of proof to every receiver.")
@click.option("--ended", is_flag=True, help="Also the last that are over.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def command(context: click.Context, test: bool, ended: bool, as_json: bool) -> int:
    """Exit 1 where an alert is open, or a receiver was not reached."""
    return 0 if context.invoked_subcommand else _shown(test, ended, as_json)


@command.command("silence", help="Tell nothing of CAUSE until a moment, at most 14 days from now.")
@click.argument("cause", type=click.Choice(REASONS))
@click.option("--until", required=True, help="The moment, 2026-12-01T08:30, in Danish time.")
@click.option("--reason", required=True, help="Why; kept encrypted.")
@click.option("--by", required=True, help="The operator's login.")
def silence(cause: str, until: str, reason: str, by: str) -> None:
    """In place of a silence that it has."""
    last = moment(until, "--until")
    with opened() as store:
        now = clock()
        actions.silence(store, actor(store, by, now=now), cause, last, reason, now=now)
    click.echo(f"{cause} is silenced until {_at(last)}.")


@command.command("sound", help="End the silence of CAUSE.")
@click.argument("cause", type=click.Choice(REASONS))
@click.option("--by", required=True, help="The operator's login.")
def sound(cause: str, by: str) -> None:
    """Refused where it has none."""
    with opened() as store:
        now = clock()
        actions.sound(store, actor(store, by, now=now), cause, now=now)
    click.echo(f"{cause} is silenced no more.")


def _shown(test: bool, ended: bool, as_json: bool) -> int:
    settings = from_env()
    store, now = open_store(settings), clock()
    try:
        ready_schema(settings, store)
        post = Post(settings, store, clock)
        if test:
            return _proved(post.prove(), as_json)
        everything = queries.alerts(store, MACHINE, now=now)
        found, silences = everything["open"], everything["silences"]
        over = everything["ended"] if ended else []
        names = post.receivers
    finally:
        store.close()
    for one in (*found, *over):
        for letter in one["letters"]:
            letter["to"] = names.get(letter["to"], letter["to"])
    if as_json:
        click.echo(json.dumps([*found, *over], default=datetime.isoformat))
        return 1 if found else 0
    for cause, held in silences.items():
        click.echo(f"{cause:<14}silenced until {_at(held['until'])} by {held['by']}")
    for one in (*found, *over):
        click.echo(f"{one['cause']:<14}since {_at(one['since'])}  {_told(one)}")
        for letter in one["letters"]:
            click.echo(
                f"    {letter['kind']:<10}{letter['status']:<9}{_at(letter['at'])}  {letter['to']}"
            )
    if not found:
        click.echo("No alert is open." if names else "No alert is open, and nobody would be told.")
    return 1 if found else 0


def _proved(found: list[tuple[str, str]], as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps([{"to": to, "error": why or None} for to, why in found]))
    for to, why in () if as_json else found:
        click.echo(f"{to}: {'not sent, ' + why if why else 'sent'}")
    if not found:
        click.echo(
            "Nobody is told of alerts: set STAFET_ALERT_MAIL or STAFET_ALERT_HOOK.", err=True
        )
    return 1 if not found or any(why for _to, why in found) else 0


def _told(one: dict[str, Any]) -> str:
    if one["ended_at"]:
        return f"over {_at(one['ended_at'])}"
    if one["gone_at"]:
        return f"gone since {_at(one['gone_at'])}"
    return f"told {_at(one['told_at'])}" if one["told_at"] else "not told yet"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"
