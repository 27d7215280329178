"""`stafet restore FILE`: a backup into the empty database that DATABASE_URL names."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from engine.backup import restore
from stafet.app import clock, open_store
from stafet.settings import from_env


@click.command("restore", help="Read a backup into the empty database of DATABASE_URL.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print rows by table as JSON.")
def command(file: Path, as_json: bool) -> None:
    """With the keys that the backup was made with; all or nothing, and compared row by row."""
    # The driver's own word on a row that does not fit would stand beside our sentence.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    with closing(open_store(from_env())) as store:
        saved = restore(store, file, now=clock())
    if as_json:
        click.echo(json.dumps(asdict(saved)))
    else:
        rows = sum(saved.rows.values())
        click.echo(
            f"Restored {rows} rows of {len(saved.rows)} tables and compared each table."
            f" The audit chain is whole: {saved.entries} entries."
        )
