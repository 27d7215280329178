"""`stafet batch`: one act on a whole group, done by the workers; how far it is; taking it back.

stafet batch begin suspend --ids 7,9 --reason "Fejl i formularen" --by drift --dry-run
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from engine import actions, queries
from engine.actions.chosen import CHOSEN
from engine.actions.many import BEGUN
from engine.logins import actor
from engine.model import MACHINE
from engine.stuck import REASONS
from stafet.app import clock
from stafet.commands.typed import moment, pair
from stafet.prepare import opened


@click.group(
    "batch", help="One act on a whole group, what is stuck or chosen, done by the workers."
)
def command() -> None:
    """Begin, report, take back."""


@command.command(
    "begin", help="Do ACT to all that is stuck for CAUSE, or to the instances of --ids."
)
@click.argument("act", type=click.Choice(sorted(BEGUN)))
@click.argument("cause", type=click.Choice(REASONS), required=False)
@click.option(
    "--ids", default="", help="Instances, in place of a cause: 7,9,12; -: from standard input."
)
@click.option("--reason", required=True, help="Why; kept encrypted with each instance.")
@click.option("--by", required=True, help="The operator's login.")
@click.option("--clock", "runs", type=click.Choice(["runs", "stands"]), default="runs")
@click.option("--to", help="Of give: the login of whom the tasks are given to.")
@click.option("--element", help="Of reschedule: where the timers wait.")
@click.option("--source", help="Of move: the element where they stand.")
@click.option("--target", help="Of move and restart: the element to go on from.")
@click.option(
    "--value", "values", multiple=True, help="Of amend: NAME=VALUE, as JSON or else as text."
)
@click.option("--due-at", help="Of reschedule: the moment, 2026-12-01T08:30 in Danish time.")
@click.option("--days", type=int, help="Of reschedule: so many later; earlier with a minus.")
@click.option("--hours", type=int, help="Of reschedule: and so many hours.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of it.")
@click.option("--json", "as_json", is_flag=True, help="Print the rehearsal as JSON, one by one.")
def begin(
    act: str,
    cause: str | None,
    ids: str,
    reason: str,
    by: str,
    runs: Any,
    to: str | None,
    due_at: str | None,
    values: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    **what: Any,
) -> int:
    """Exit 1 where a rehearsal found some that cannot be done."""
    if due_at:
        what["due_at"] = moment(due_at, "--due-at")
    if values:
        what["values"] = dict(map(pair, values))
    how: dict[str, Any] = {"clock": runs, "to": to, "what": what, "ids": _numbers(ids)}
    group = cause or CHOSEN
    with opened() as store:
        now = clock()
        who = actor(store, by, now=now)
        if dry_run:
            seen = actions.outlook(store, who, act, group, reason, **how, now=now)
            _tell(seen, cause, as_json)
            return 1 if seen.impossible else 0
        number = actions.many(store, who, act, group, reason, **how, now=now)
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


# ---- inside ------------------------------------------------------------------------------
def _numbers(text: str) -> list[int]:
    """The numbers in what was typed, or came through a pipe."""
    given = sys.stdin.read() if text == "-" else text
    try:
        return [int(one) for one in given.replace(",", " ").split()]
    except ValueError as exc:
        raise click.BadParameter(
            "Write numbers of instances as 7,9,12.", param_hint="--ids"
        ) from exc


def _tell(seen: actions.Outlook, cause: str | None, as_json: bool) -> None:
    """What a rehearsal found: how many can, and why the others cannot."""
    if as_json:
        click.echo(json.dumps(asdict(seen), ensure_ascii=False, default=datetime.isoformat))
        return
    group = "stuck" if cause else "chosen"
    click.echo(f"{seen.total} {group}; of {seen.looked} tried, {seen.possible} can be done.")
    for code, n in seen.impossible.items():
        click.echo(f"{n:>6}  {code}: {seen.sentences[code]}")
