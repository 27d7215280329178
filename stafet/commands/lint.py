"""`stafet lint`: what is wrong with diagrams, forms and decisions, and what to do about it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from babel.messages.pofile import read_po

from engine.imports.notes import Say
from engine.lint import lint
from engine.model import Finding
from stafet.settings import ROOT

_MARKS = {
    "da": {"error": "FEJL", "warning": "obs ", "info": "    "},
    "en": {"error": "ERROR", "warning": "note ", "info": "     "},
}
_TRANSLATIONS = ROOT / "web" / "translations"
_NOTHING = {"da": "Ingen fund.", "en": "Nothing found."}


@click.command(
    "lint", help="Say what is wrong with diagrams (files or folders), forms and decisions."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--messages", is_flag=True, help="Also list each pathway's own message names.")
@click.option(
    "--language", type=click.Choice(["da", "en"]), default="da", show_default=True,
    help="The language of the sentences.",
)  # fmt: skip
def command(paths: tuple[Path, ...], as_json: bool, messages: bool, language: str) -> int:
    """Print every finding; exit 1 when one of them is an error."""
    found = list(lint(*paths, say=_say(language), listing=messages))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            click.echo(_line(finding, _MARKS[language][finding.severity]))
        if not found:
            click.echo(_NOTHING[language])
    return 1 if any(finding.severity == "error" for finding in found) else 0


def _say(language: str) -> Say:
    """Danish is what the rules say; another language is looked up."""
    if language == "da":
        return str
    # The catalogue itself, so that a command line need not load the web to speak.
    with (_TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        words = read_po(file, locale=language)

    def say(text: str) -> str:
        known = words.get(text)
        return str(known.string) if known is not None and known.string else text

    return say


def _line(finding: Finding, mark: str) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    hint = f"\n       {finding.hint}" if finding.hint else ""
    return f"{mark} {place}  {finding.message}  [{finding.rule}]{hint}"
