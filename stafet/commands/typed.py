"""What one types on a command line: a moment, a value."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from engine.calendar import COPENHAGEN


def moment(text: str, name: str) -> datetime:
    """The moment, in Danish time where it names no other; `name` is that of the argument, for who typed it wrong."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise click.BadParameter("Write a moment as 2026-12-01T08:30.", param_hint=name) from exc
    return found if found.tzinfo else found.replace(tzinfo=COPENHAGEN)


def pair(given: str) -> tuple[str, Any]:
    """The name and the value of NAME=VALUE, which is JSON or else text."""
    name, equals, text = given.partition("=")
    if not (name and equals):
        raise click.UsageError("Write what is corrected as NAME=VALUE.")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text  # 2026-12-01, or a code
