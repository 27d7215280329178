"""`stafet erase`: what is past its term goes, or one case by order; without `--yes` it only says what would go."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict

import click

from engine import actions
from engine.actions.erasing import BECAUSE
from engine.model import MACHINE
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command(
    "erase",
    help="Say what is past its term (docs/agreements.md); with --yes erase it. It cannot be brought back.",
)
@click.option("--case", "case_id", type=click.IntRange(1), help="This one, before its term.")
@click.option("--because", type=click.Choice(BECAUSE[1:]), help="The order behind --case.")
@click.option("--yes", is_flag=True, help="Erase; without it nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="Print facts instead of lines.")
def command(case_id: int | None, because: str | None, yes: bool, as_json: bool) -> None:
    """Case by case, each in one transaction; cut off, it goes on when it is begun again."""
    if (case_id is None) != (because is None):
        raise click.UsageError("--case and --because go together.")
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        if case_id is None or because is None:
            gone = actions.erase_due(store, dry_run=not yes, now=clock())
        else:
            gone = actions.erase(store, MACHINE, case_id, because, dry_run=not yes, now=clock())
    if as_json:
        click.echo(json.dumps({"dry_run": not yes, "items": [asdict(each) for each in gone]}))
        return
    for each in gone:
        of = f"case {each.case}" if each.case else f"citizen {each.citizen}"
        rows = ", ".join(f"{count} {name}" for name, count in each.rows.items())
        click.echo(f"{of:<14}{each.kind:<11}{each.because:<11}{rows}")
    if not gone:
        click.echo("Nothing is past its term.")
    elif yes:
        click.echo("Erased. Older backups still hold it: docs/operators.md says what to do.")
    else:
        click.echo("Nothing was changed. Add --yes to erase this.")
