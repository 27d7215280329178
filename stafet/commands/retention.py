"""`stafet retention`: which cases are past the term that their agreement keeps them, and why the others stay."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime
from typing import Any

import click

from engine import queries
from engine.model import MACHINE
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env

_WHY = {
    "": "may be erased",
    "not_yet": "is kept on",
    "running": "a pathway runs",
    "held": "somebody holds it back",
    "no_rule": "no rule: never erased",
}


@click.command("retention", help="Which cases are past their term, and why the others are kept.")
@click.option("--case", "case_id", type=click.IntRange(1), help="Explain this one, kind by kind.")
@click.option("--json", "as_json", is_flag=True, help="Print facts instead of lines.")
def command(case_id: int | None, as_json: bool) -> None:
    """Numbers and rules only; nobody's name is read for it."""
    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        found = queries.retention(store, MACHINE, case_id, now=clock())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=datetime.isoformat))
        return
    for each in found["items"]:
        click.echo(_line(each))
    for each in found["totals"]:
        counts = ", ".join(f"{n} {name}" for name, n in each.items() if name != "agreement" and n)
        click.echo(f"{each['agreement']}: {counts}")
    if not found["items"] and not found["totals"]:
        click.echo("There is no case here.")


def _line(each: dict[str, Any]) -> str:
    until = f"until {each['due_at']:%Y-%m-%d}" if each["due_at"] else "without end"
    ground = f"  ({each['months']} months: {each['ground']})" if each["ground"] else ""
    return f"case {each['case']:<8}{each['kind']:<11}{until}  {_WHY[each['why']]}{ground}"
