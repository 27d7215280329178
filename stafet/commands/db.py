"""`stafet db`: create the schema or bring it up to date (`upgrade`), move everything to another database (`copy`)."""

from __future__ import annotations

import json

import click

from stafet.app import open_store
from stafet.commands.db_copy import copy_all
from stafet.settings import from_env


@click.group("db", help="Create or migrate the schema; copy a database into another.")
def command() -> None:
    """Commands for the database as a whole."""


command.add_command(copy_all)


@command.command("upgrade", help="Create the schema or bring it up to date; safe to run again.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def upgrade(as_json: bool) -> None:
    """Run before the servers of a new version start; data are kept."""
    store = open_store(from_env())
    try:
        was = store.is_current()
        store.upgrade()
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps({"changed": not was}))
    else:
        click.echo("The schema was up to date." if was else "The schema is up to date now.")
