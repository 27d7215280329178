"""`stafet decide FILE.dmn DECISION --input JSON`: ask one decision, or one for each line of standard input."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from engine import decisions, feel
from engine.calendar import COPENHAGEN, DANISH
from engine.decisions import Decided, Decisions
from engine.errors import DecisionInvalid, StafetError
from engine.host import Host

#: Files beside a model are looked at for its imports, but not more than these.
_MOST_SIBLINGS = 100


@click.command(
    "decide",
    help="Ask a decision of FILE; “stafet decide -” reads lines of JSON {dmn, decision, input}.",
)
@click.argument("file", metavar="FILE")
@click.argument("decision", required=False)
@click.option("--input", "given", metavar="JSON", default="{}", help="The inputs by their names.")
@click.option("--json", "as_json", is_flag=True, help="Print {value, rules, errors} as JSON.")
def command(file: str, decision: str | None, given: str, as_json: bool) -> int:
    """Answer one question, or go on through all lines."""
    if file == "-":
        for line in sys.stdin.buffer:
            if line.strip():
                click.echo(json.dumps(_answer_line(line)))
        return 0
    loaded = _load(file)
    if decision is None:
        raise click.UsageError(f"Say which decision: {', '.join(loaded.names) or 'there is none'}.")
    try:
        inputs = json.loads(given)
    except (ValueError, RecursionError):
        raise click.UsageError("--input is not JSON.") from None
    decided = loaded.decide(decision, {**_host(), **_inputs(inputs)})
    _print(decided, as_json=as_json)
    return 1 if decided.errors else 0


def _print(decided: Decided, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_shown(decided)))
        return
    value = json.dumps(feel.to_json(decided.value), ensure_ascii=False)
    click.echo(value.encode("utf-8", "replace"))
    for sentence in (*decided.errors, *decided.warnings):
        click.echo(f"stafet: {sentence}", err=True)


def _shown(decided: Decided) -> dict[str, Any]:
    return {
        "value": feel.to_json(decided.value),
        "rules": list(decided.rules),
        "errors": list(decided.errors),
        "warnings": list(decided.warnings),
    }


def _answer_line(line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        if not isinstance(asked, dict):
            raise DecisionInvalid("A line is a JSON object {dmn, decision, input}.")
        for key in ("dmn", "decision"):
            if not isinstance(asked.get(key), str):
                raise DecisionInvalid(f"“{key}” is missing.")
        loaded = _load(asked["dmn"])
        inputs = _inputs(asked.get("input") or {})
        return _shown(loaded.decide(asked["decision"], {**_host(), **inputs}))
    except StafetError as exc:
        return _failed(exc.sentence, exc.code)
    except (ValueError, RecursionError):
        return _failed("The line is not JSON.", "invalid")


def _failed(sentence: str, code: str) -> dict[str, Any]:
    return {"value": None, "rules": [], "errors": [sentence], "error": sentence, "code": code}


def _host() -> Host:
    """What pathways know besides the standard, on this machine's clock and the Danish calendar."""
    return Host(DANISH, datetime.now(COPENHAGEN))


def _inputs(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DecisionInvalid("The inputs are a JSON object with their names.")
    return value


@lru_cache(maxsize=64)
def _load(file: str) -> Decisions:
    """A model from its path (or its XML), with what it imports from beside it."""
    if file.lstrip().startswith("<"):
        return decisions.load(file)
    path = Path(file)
    data = _bytes(path)
    if b"import" not in data:
        return decisions.load(data)
    siblings = sorted(p for p in path.parent.glob("*.dmn") if p.name != path.name)
    return decisions.load(data, [_bytes(p) for p in siblings[:_MOST_SIBLINGS]])


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > decisions.MAX_BYTES:
            raise DecisionInvalid("The file is too large for a decision model.")
        return path.read_bytes()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "it has no such name"
        raise DecisionInvalid(f"{path} cannot be read: {reason}.") from None
