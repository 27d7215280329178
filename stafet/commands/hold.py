"""`stafet hold list|set|lift`: a case kept from erasure while a complaint or a claim is pending."""

from __future__ import annotations

import json
import sys
from datetime import datetime, time, timedelta

import click

from engine import actions, queries
from engine.calendar import COPENHAGEN
from engine.model import MACHINE
from stafet.app import clock
from stafet.prepare import opened


@click.group("hold", help="Keep cases from erasure while a complaint or a claim is pending.")
def command() -> None:
    """Group of the hold commands."""


@command.command("list", help="What is held of a case, and how long it is kept else.")
@click.argument("case_id", metavar="CASE", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True, help="Print facts instead of lines.")
def list_(case_id: int, as_json: bool) -> None:
    """The reasons are shown; looking is in the log."""
    with opened() as store:
        found = queries.holds(store, MACHINE, case_id, now=clock())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=datetime.isoformat))
        return
    for each in found["items"]:
        of = "all cases of the citizen" if each["whole"] else "this case"
        state = "holds" if each["running"] else "ended"
        who = each["unit_name"] or "command line"
        last = (each["ends_at"] - timedelta(seconds=1)).astimezone(COPENHAGEN)
        click.echo(
            f"hold {each['id']}  {state} until {last:%Y-%m-%d}  {of}  {who}  {each['reason']}"
        )
    if not found["items"]:
        click.echo("Nobody holds it.")


@command.command("set", help="Hold CASE back; the reason is read from standard input.")
@click.argument("case_id", metavar="CASE", type=click.IntRange(1))
@click.option(
    "--until",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day, at most five years ahead.",
)
@click.option("--whole", is_flag=True, help="All cases of the citizen.")
def set_(case_id: int, until: datetime, whole: bool) -> None:
    """The reason is no argument: everybody on the machine can read those."""
    reason = sys.stdin.readline().strip()
    end = datetime.combine(until.date() + timedelta(days=1), time(0), COPENHAGEN)
    with opened() as store:
        number = actions.hold_back(store, MACHINE, case_id, reason, end, whole=whole, now=clock())
    click.echo(f"Hold {number} is set.")


@command.command("lift", help="End HOLD now.")
@click.argument("hold_id", metavar="HOLD", type=click.IntRange(1))
def lift(hold_id: int) -> None:
    """Whoever set it."""
    with opened() as store:
        actions.lift(store, MACHINE, hold_id, now=clock())
    click.echo(f"Hold {hold_id} is lifted.")
