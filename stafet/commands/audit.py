"""`stafet audit verify`: is the audit chain whole?"""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from engine import audit
from stafet.app import open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.group("audit", help="Check the audit chain.")
def command() -> None:
    """Group of the audit commands."""


@command.command("verify", help="Compute the whole chain again; exit 1 where it does not fit.")
@click.option("--json", "as_json", is_flag=True, help="Print facts instead of a sentence.")
def verify(as_json: bool) -> int:
    """Say whether anything was changed or removed."""
    settings = from_env()
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        verdict = audit.verify(store)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(asdict(verdict)))
    elif verdict.ok:
        click.echo(f"The audit chain is whole: {verdict.entries} entries.")
    else:
        click.echo(f"The audit chain is broken: {verdict.first_broken}.")
    return 0 if verdict.ok else 1
