"""`stafet batch`: one act on a whole group of what is stuck, done by the workers; how far it is; taking it back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from engine import actions, queries
from engine.actions.many import BEGUN
from engine.logins import actor
from engine.model import MACHINE
from engine.stuck import REASONS
from stafet.app import clock
from stafet.prepare import opened


@click.group("batch", help="One act on a whole group of what is stuck, done by the workers.")
def command() -> None:
    """Begin, report, take back."""


@command.command("begin", help="Do ACT to all that is stuck for CAUSE.")
@click.argument("act", type=click.Choice(sorted(BEGUN)))
@click.argument("cause", type=click.Choice(REASONS))
@click.option("--reason", required=True, help="Why; kept encrypted with each instance.")
@click.option("--by", required=True, help="The operator's login.")
@click.option("--clock", "runs", type=click.Choice(["runs", "stands"]), default="runs")
@click.option("--to", help="Of give: the login of whom the tasks are given to.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of it.")
def begin(
    act: str, cause: str, reason: str, by: str, runs: Any, to: str | None, dry_run: bool
) -> int:
    """Exit 1 where a rehearsal found some that cannot be done."""
    with opened() as store:
        now = clock()
        who = actor(store, by, now=now)
        if dry_run:
            seen = actions.outlook(store, who, act, cause, reason, clock=runs, to=to, now=now)
            click.echo(f"{seen.total} stuck; of {seen.looked} tried, {seen.possible} can be done.")
            for code, n in seen.impossible.items():
                click.echo(f"{n:>6}  {code}: {seen.sentences[code]}")
            return 1 if seen.impossible else 0
        number = actions.many(store, who, act, cause, reason, clock=runs, to=to, now=now)
        click.echo(f"Batch {number} has begun; `stafet batch show {number}` says how far it is.")
    return 0


@command.command(
    "show", help="How far a batch is, and why some could not be done; without a number: all."
)
@click.argument("number", type=click.IntRange(1), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(number: int | None, as_json: bool) -> int:
    """Exit 1 where some could not be done."""
    with opened() as store:
        now = clock()
        if number is None:
            rows = queries.batches(store, MACHINE, now=now).items
        else:
            rows = [queries.batch_of(store, MACHINE, number, now=now)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=datetime.isoformat))
    for row in () if as_json else rows:
        state = "done" if row["done_at"] else "runs"
        click.echo(
            f"{row['id']:>6}  {row['act']} {row['cause']}: {row['done']} of {row['total']} done,"
            f" {row['impossible']} impossible, {state}"
        )
        for kept in row.get("kept", ()):
            which = "messages" if kept["messages"] else "instances"
            named = f"{which.capitalize()} {', '.join(map(str, kept[which]))}"
            click.echo(f"{kept['count']:>8}  {kept['code']}: {kept['sentence']} {named}")
    return 1 if any(row["impossible"] for row in rows) else 0


@command.command(
    "undo",
    help="Take back a pause of many, or that messages were put aside, where the batch did it.",
)
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why; kept encrypted with each instance.")
@click.option("--by", required=True, help="The operator's login.")
def undo(number: int, reason: str, by: str) -> None:
    """By another batch."""
    with opened() as store:
        now = clock()
        made = actions.many_undo(store, actor(store, by, now=now), number, reason, now=now)
        click.echo(f"Batch {made} takes back batch {number}.")
