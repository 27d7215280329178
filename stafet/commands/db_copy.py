"""`stafet db copy SOURCE_URL`: everything of one database into the empty one that DATABASE_URL names."""

from __future__ import annotations

import json
import logging
import os
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine.copying import copy
from engine.errors import SettingInvalid
from stafet.app import open_store
from stafet.settings import Settings, from_env


@click.command(
    "copy", help="Copy everything from SOURCE_URL into the empty database of DATABASE_URL."
)
@click.argument("source_url")
@click.option("--json", "as_json", is_flag=True, help="Print rows by table as JSON.")
def copy_all(source_url: str, as_json: bool) -> None:
    """Both with the same keys; servers of both must be stopped.  All or nothing."""
    # The driver's own word on a row that does not fit would stand beside our sentence.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    settings = from_env()
    origin = _origin(source_url, settings)
    with closing(open_store(origin)) as source, closing(open_store(settings)) as target:
        copied = copy(source, target)
    if as_json:
        click.echo(json.dumps(asdict(copied)))
    else:
        rows = sum(copied.rows.values())
        click.echo(
            f"Copied {rows} rows of {len(copied.rows)} tables and compared each with the source."
            f" The audit chain is whole: {copied.entries} entries."
        )


def _origin(url: str, settings: Settings) -> Settings:
    """The settings of the source: its address, our keys.  A file that is not there is not made."""
    given = {**os.environ, "DATABASE_URL": url or "nothing", "STAFET_KEYS": settings.keys}
    try:
        address = from_env(given).database_url
        file = make_url(address).database or ""
    except (SettingInvalid, ArgumentError) as exc:
        raise click.BadParameter(
            "it must begin with sqlite:/// or postgresql://.", param_hint="SOURCE_URL"
        ) from exc
    if address.startswith("sqlite") and not Path(file).is_file():
        raise click.BadParameter(f"there is no file {file}.", param_hint="SOURCE_URL")
    return replace(settings, database_url=address)
