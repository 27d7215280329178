"""`stafet demo`: fill an empty database with made-up people, units and cases."""

from __future__ import annotations

import json

import click

from engine.errors import Conflict
from stafet.app import clock, open_store
from stafet.demo.filling import fill
from stafet.demo.people import LOGINS, PASSWORD
from stafet.prepare import deploy_all, ready_schema
from stafet.settings import from_env


@click.command("demo", help="Fill an empty database with made-up people, units and cases.")
@click.option("--json", "as_json", is_flag=True, help="Print the logins as JSON.")
def command(as_json: bool) -> None:
    """Prepare the schema and deploy the agreements where needed, then add the demo; exit 1 where there are people."""
    settings = from_env(demo=True)
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        deploy_all(settings, store, now=clock())
        cases = fill(store, now=clock())
    finally:
        store.close()
    if not cases:
        raise Conflict("The database already has people; the demo goes only into an empty one.")
    if as_json:
        facts = {
            "cases": cases,
            "password": PASSWORD,
            "logins": [person.login for person in LOGINS],
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        click.echo(
            f"{cases} made-up cases. Log in as {', '.join(p.login for p in LOGINS)}; password {PASSWORD}."
        )
