"""`stafet deploy PATH…`: lint, then deploy a folder of diagrams, forms and decisions as one version, all or nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from engine.deploy import deploy
from engine.errors import DeployRefused
from engine.model import MACHINE
from stafet.app import clock, open_store
from stafet.prepare import ready_schema
from stafet.settings import from_env


@click.command("deploy", help="Lint, then deploy folders of agreements; each is all or nothing.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--note", default="", help="Why, for those who look at the versions later.")
@click.option("--json", "as_json", is_flag=True, help="Print versions and findings as JSON.")
def command(paths: tuple[Path, ...], note: str, as_json: bool) -> int:
    """Exit 1 where nothing was deployed because of findings; what is unchanged keeps its version."""
    settings = from_env()
    store = open_store(settings)
    try:
        ready_schema(settings, store)
        done = [
            deploy(store, MACHINE, path, note or "stafet deploy", now=clock()) for path in paths
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
        click.echo(json.dumps({"versions": versions, "findings": findings}, ensure_ascii=False))
    else:
        for name, number in versions.items():
            click.echo(f"{name}: version {number}")
        click.echo(
            f"Deployed {len(versions)} pathways."
            if versions
            else "Nothing has changed; nothing was deployed."
        )
    return 0


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
