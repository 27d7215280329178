"""`stafet feel EXPR`: the value of an expression, and why something in it is null.

What pathways know besides the standard (`now`, `frist`, `hverdag` …, docs/designers.md) works here, too, on this
machine's clock and the Danish calendar.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from engine import feel
from engine.calendar import COPENHAGEN, DANISH
from engine.host import Host


@click.command(
    "feel", help="Evaluate a FEEL expression; - reads it from standard input.",
    context_settings={"ignore_unknown_options": True},
)  # fmt: skip
@click.argument("expression")
@click.option("--context", metavar="JSON", default="{}", help="Names and their values.")
@click.option("--json", "as_json", is_flag=True, help="Print {value, warnings} as JSON.")
def command(expression: str, context: str, as_json: bool) -> None:
    """Evaluate one expression."""
    if expression == "-":
        expression = _from_stdin()
    names = _object(context, "--context")
    compiled = feel.compile(expression, {*_keys(names, 0)})
    value, warnings = compiled.evaluate_with_warnings(
        {**Host(DANISH, datetime.now(COPENHAGEN)), **names}
    )
    shown = feel.to_json(value)
    if as_json:
        click.echo(json.dumps({"value": shown, "warnings": warnings}))
        return
    click.echo(json.dumps(shown, ensure_ascii=False).encode("utf-8", "replace"))
    for warning in warnings:
        click.echo(f"stafet: {warning}", err=True)


def _from_stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError("Standard input is not UTF-8.") from None


def _object(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise click.UsageError(f"{option} is not JSON.") from None
    if not isinstance(value, dict):
        raise click.UsageError(f"{option} must be a JSON object.")
    return value


def _keys(value: Any, depth: int) -> Iterator[str]:
    """Every name in the context, so that names with spaces are known."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.strip():
                yield key
            yield from _keys(inner, depth + 1) if depth < 20 else ()
    elif isinstance(value, list):
        for inner in value[:100]:
            yield from _keys(inner, depth + 1) if depth < 20 else ()
