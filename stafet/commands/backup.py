"""`stafet backup FILE`: everything, encrypted, while the servers serve."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from engine.backup import backup
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command("backup", help="Write everything into FILE, encrypted; servers may go on serving.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print rows by table as JSON.")
def command(file: Path, as_json: bool) -> None:
    """The file is readable by its owner only, and useless without the keys."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        saved = backup(store, file, now=clock())
    if as_json:
        click.echo(json.dumps(asdict(saved)))
    else:
        rows = sum(saved.rows.values())
        click.echo(
            f"Wrote {rows} rows to {file}, encrypted: {saved.entries} entries of the audit log."
        )
