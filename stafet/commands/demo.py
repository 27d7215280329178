"""`stafet demo`: fill an empty database with made-up people, units and cases."""

from __future__ import annotations

import json

import click

from engine.errors import Conflict
from stafet.app import clock, open_store
from stafet.demo.crowd import multiply
from stafet.demo.faults import ordinary, seed
from stafet.demo.filling import fill
from stafet.demo.people import LOGINS, PASSWORD
from stafet.demo.year import year
from stafet.prepare import deploy_all, ready_schema
from stafet.settings import from_env


@click.command("demo", help="Fill an empty database with made-up people, units and cases.")
@click.option("--faults", is_flag=True, help="Add a stuck case for each reason there is.")
@click.option(
    "--year", "whole_year", is_flag=True, help="Add a region's year: 100 made-up citizens."
)
@click.option(
    "--waiting",
    type=click.IntRange(0, 1_000_000),
    default=0,
    help="Add so many cases that only wait.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the logins as JSON.")
def command(faults: bool, whole_year: bool, waiting: int, as_json: bool) -> None:
    """Prepare the schema and deploy the agreements where needed, then add the demo.

    Exit 1 where there are people already, unless only stuck or waiting cases or a year were asked for.
    """
    settings = from_env(demo=True)
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        deploy_all(settings, store, now=clock())
        cases = fill(store, now=clock())
        if waiting:
            multiply(store, ordinary(store, now=clock()), waiting - 1)
        lived = year(store, now=clock()) if whole_year else 0
        stuck = seed(store, now=clock()) if faults else {}
    finally:
        store.close()
    if not cases and not faults and not waiting and not whole_year:
        raise Conflict("The database already has people; the demo goes only into an empty one.")
    if as_json:
        facts = {
            "cases": cases,
            "year": lived,
            "password": PASSWORD,
            "logins": [person.login for person in LOGINS],
            "stuck": stuck,
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for reason, instances in stuck.items():
        click.echo(f"{reason}: instance {', '.join(map(str, instances))}")
    if lived:
        click.echo(f"A region's year: {lived} made-up citizens.")
    if cases:
        click.echo(
            f"{cases} made-up cases. Log in as {', '.join(p.login for p in LOGINS)}; password {PASSWORD}."
        )
