"""`stafet export FILE`: everything that is held about one citizen, for the right of access (GDPR art. 15)."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

import click

from engine import queries
from engine.model import MACHINE
from paper import own
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command("export", help="Everything about one citizen into FILE (zip: PDF, JSON, files).")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--case", "case_id", type=click.IntRange(1), help="One of the citizen's cases.")
@click.option("--citizen", "by_cpr", is_flag=True, help="Read the CPR number on standard input.")
@click.option("--no-names", is_flag=True, help="Name nobody of the staff.")
def command(file: Path, case_id: int | None, by_cpr: bool, no_names: bool) -> None:
    """All units' part of it.  Read it before it is handed over: free text may speak of others."""
    if (case_id is None) != by_cpr:
        raise click.UsageError("Say --case NUMBER, or --citizen with the CPR number on stdin.")
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        about = queries.citizen_with(store, sys.stdin.readline().strip()) if by_cpr else None
        data, files = queries.own_data(
            store, MACHINE, citizen_id=about, case_id=case_id, names=not no_names, now=clock()
        )
        made = own.zipped(data, files, clock())
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(made)
    click.echo(f"Wrote {len(data['cases'])} cases. Read it before it is handed over.")
