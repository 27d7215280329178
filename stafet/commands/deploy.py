"""`stafet deploy PATH…`: lint, then deploy a folder of diagrams, forms and decisions as one version, all or nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from engine import studio
from engine.deploy import Deployed, deploy
from engine.errors import DeployRefused
from engine.model import MACHINE
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env
from stafet.words import english


@click.command("deploy", help="Lint, then deploy folders of agreements; each is all or nothing.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--note", default="", help="Why, for those who look at the versions later.")
@click.option(
    "--from",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="In force from 00:00 Danish time of this day; until then new cases begin on today's versions.",
)
@click.option(
    "--call-off",
    "number",
    type=click.IntRange(1, 2**63 - 1),
    help="Call off the deployment of this number before its day.",
)
@click.option("--json", "as_json", is_flag=True, help="Print versions and findings as JSON.")
def command(
    paths: tuple[Path, ...], note: str, day: datetime | None, number: int | None, as_json: bool
) -> int:
    """Exit 1 where nothing was deployed because of findings; what is unchanged keeps its version."""
    if bool(paths) == (number is not None):
        raise click.UsageError("Name a folder to deploy, or the deployment to call off.")
    if number is not None and day is not None:
        raise click.UsageError("A deployment is called off whole; leave out the day.")
    settings = from_env()
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        if number is not None:
            studio.call_off(store, MACHINE, number, now=clock())
            click.echo(
                json.dumps({"called_off": number})
                if as_json
                else f"Deployment {number} is called off."
            )
            return 0
        why, begins_on = note or "stafet deploy", day.date() if day else None
        done = [
            deploy(store, MACHINE, path, why, begins_on=begins_on, say=english, now=clock())
            for path in paths
        ]
    except DeployRefused as exc:
        if not exc.fields:
            raise
        return _refused(exc, as_json)
    finally:
        store.close()
    versions = {
        f"{agreement}/{key}": n for each in done for (agreement, key), n in each.versions.items()
    }
    if as_json:
        findings = [asdict(finding) for each in done for finding in each.findings]
        told = {
            "deployments": [each.id for each in done if each.id],
            "from": _iso(done[0].begins_on),
        }
        click.echo(
            json.dumps({"versions": versions, "findings": findings, **told}, ensure_ascii=False)
        )
        return 0
    for name, version in versions.items():
        click.echo(f"{name}: version {version}")
    for each in done:
        for (agreement, key), (version, later) in each.replaced_on.items():
            click.echo(
                f"stafet: {agreement}/{key} becomes version {version} on {later}, which has not this change.",
                err=True,
            )
    click.echo(_said(done))
    return 0


def _said(done: list[Deployed]) -> str:
    made = [each for each in done if each.id]
    if not made:
        return "Nothing has changed; nothing was deployed."
    number = sum(len(each.versions) for each in made)
    if not made[0].begins_on:
        return f"Deployed {number} pathways."
    named = ", ".join(str(each.id) for each in made)
    if not number:
        return f"Deployed texts and clauses alone, in force from {made[0].begins_on} (deployment {named})."
    return f"Deployed {number} pathways, in force from {made[0].begins_on} (deployment {named})."


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _refused(exc: DeployRefused, as_json: bool) -> int:
    if as_json:
        click.echo(
            json.dumps(
                {"code": exc.code, "message": exc.sentence, "errors": exc.fields},
                ensure_ascii=False,
            )
        )
    click.echo(f"stafet: {exc.sentence}", err=True)
    for place, sentence in exc.fields.items():
        click.echo(f"  {place}: {sentence}", err=True)
    return 1
