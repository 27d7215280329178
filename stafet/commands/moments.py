"""A moment as one types it on a command line."""

from __future__ import annotations

from datetime import datetime

import click

from engine.calendar import COPENHAGEN


def moment(text: str, name: str) -> datetime:
    """The moment, in Danish time where it names no other; `name` is that of the argument, for who typed it wrong."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as exc:
        raise click.BadParameter("Write a moment as 2026-12-01T08:30.", param_hint=name) from exc
    return found if found.tzinfo else found.replace(tzinfo=COPENHAGEN)
