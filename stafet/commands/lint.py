"""`stafet lint`: what is wrong with diagrams, forms and decisions, and what to do about it.

`--deployed` asks the database instead: which versions keep in clear what people write; they came before the rule.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from engine.lint import lint
from engine.model import MACHINE, Finding, Json
from stafet.settings import from_env
from stafet.words import say

_MARKS = {
    "da": {"error": "FEJL", "warning": "obs ", "info": "    "},
    "en": {"error": "ERROR", "warning": "note ", "info": "     "},
}
_VERSIONS = {
    "da": ("{agreement}/{key}, version {version}: {instances} forløb", ", i kraft"),
    "en": ("{agreement}/{key}, version {version}: {instances} instances", ", in force"),
}
_NOTHING = {"da": "Ingen fund.", "en": "Nothing found."}


@click.command(
    "lint", help="Say what is wrong with diagrams (files or folders), forms and decisions."
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--deployed",
    is_flag=True,
    help="Of deployed versions: which keep in clear what people write in words of their own.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--messages", is_flag=True, help="Also list each pathway's own message names.")
@click.option(
    "--language", type=click.Choice(["da", "en"]), default="da", show_default=True,
    help="The language of the sentences.",
)  # fmt: skip
def command(
    paths: tuple[Path, ...], deployed: bool, as_json: bool, messages: bool, language: str
) -> int:
    """Print every finding; exit 1 when one of them is an error."""
    if deployed == bool(paths):
        raise click.UsageError("Name files or folders, or say --deployed.")
    if deployed:
        return _deployed(as_json, language)
    found = list(lint(*paths, say=say(language), listing=messages))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            click.echo(_line(finding, _MARKS[language][finding.severity]))
        if not found:
            click.echo(_NOTHING[language])
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _deployed(as_json: bool, language: str) -> int:
    # The rest of the command is of files, and loads neither web nor database.
    from engine import queries  # noqa: PLC0415
    from stafet.app import clock, open_store  # noqa: PLC0415
    from stafet.prepare import ready_schema  # noqa: PLC0415

    settings = from_env()
    with closing(open_store(settings)) as store:
        ready_schema(settings, store)
        found = queries.unsealed(store, MACHINE, now=clock(), say=say(language))
    if as_json:
        rows = [{**one, "findings": [asdict(each) for each in one["findings"]]} for one in found]
        click.echo(json.dumps(rows, ensure_ascii=False))
    for one in () if as_json else found:
        for finding in one["findings"]:
            click.echo(f"{_version(one, language)}\n{_line(finding, _MARKS[language]['error'])}")
    if not found and not as_json:
        click.echo(_NOTHING[language])
    return 1 if found else 0


def _version(one: Json, language: str) -> str:
    said = _VERSIONS[language]
    return said[0].format(**one) + (said[1] if one["in_force"] else "")


def _line(finding: Finding, mark: str) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    hint = f"\n       {finding.hint}" if finding.hint else ""
    return f"{mark} {place}  {finding.message}  [{finding.rule}]{hint}"
