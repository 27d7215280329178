"""`stafet migrate AGREEMENT/PATHWAY`: move its running instances to another version, or say why they cannot."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from engine import actions
from engine.logins import actor
from engine.migrate import SOFT
from engine.model import MACHINE
from engine.store import Store
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command("migrate", help="Move a pathway's running instances to another version of it.")
@click.argument("pathway", metavar="AGREEMENT/PATHWAY")
@click.option("--reason", required=True, help="Why; kept encrypted with each instance.")
@click.option("--to", "version", type=click.IntRange(1), help="Left out: the newest version.")
@click.option("--from", "old", type=click.IntRange(1), help="Only those that run in this version.")
@click.option("--accept", multiple=True, type=click.Choice(sorted(SOFT)), help="What may be.")
@click.option("--by", help="The operator's login; left out, Stafet itself stands in the log.")
@click.option("--dry-run", is_flag=True, help="Only say which could move.")
@click.option("--batch", "limit", type=click.IntRange(1), default=200, help="So many at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(pathway: str, by: str | None, as_json: bool, **how: Any) -> int:
    """Exit 1 where some must stay; running it again goes on with those that have not moved."""
    agreement, slash, name = pathway.partition("/")
    if not (agreement and slash and name):
        raise click.UsageError("Name an agreement and a pathway, such as midtjylland/planrunde.")
    settings = from_env()
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        report = _run(store, by, agreement, name, how)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(asdict(report), ensure_ascii=False))
    else:
        _tell(report)
    return 1 if report.stays else 0


def _run(
    store: Store, by: str | None, agreement: str, name: str, how: dict[str, Any]
) -> actions.Report:
    """Batch after batch, each at its own moment."""

    def batch(after: int) -> actions.Report:
        now = clock()
        who = MACHINE if by is None else actor(store, by, now=now)
        return actions.migrate_some(store, who, agreement, name, after=after, now=now, **how)

    report = batch(0)
    while report.next is not None:
        report = report.then(batch(report.next))
    return report


def _tell(report: actions.Report) -> None:
    done = "could move" if report.dry_run else "moved"
    where = f"{report.agreement}/{report.pathway} version {report.version}"
    click.echo(f"{report.moved} instances {done} to {where}; {report.stays} stay where they are.")
    for row in report.kept:
        at = f"{row['process']}#{row['element']}: " if row["element"] else ""
        numbers = ", ".join(map(str, row["instances"][:10]))
        more = ", …" if len(row["instances"]) > 10 else ""
        click.echo(
            f"  {len(row['instances'])} × {row['why']} {at}{row['sentence']} ({numbers}{more})"
        )
    click.echo(f"Now {report.there} run in that version, {report.left} in others.")
