"""`stafet lint`: what is wrong with diagrams, forms and decisions, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from engine.lint import lint
from engine.model import Finding

_MARKS = {"error": "FEJL", "warning": "obs ", "info": "    "}


@click.command(
    "lint", help="Say what is wrong with diagrams (files or folders), forms and decisions."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Print every finding; exit 1 when one of them is an error."""
    found = lint(*paths)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            click.echo(_line(finding))
        if not found:
            click.echo("Ingen fund.")
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    hint = f"\n       {finding.hint}" if finding.hint else ""
    return f"{_MARKS[finding.severity]} {place}  {finding.message}  [{finding.rule}]{hint}"
