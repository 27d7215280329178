"""How a rule speaks: a `Note` about a node or a flow, with what a designer knows it by."""

from __future__ import annotations

from engine.imports.notes import Note, Say, Severity, Word
from engine.lint.sheet import Arrow, Item

__all__ = ["Note", "Say", "Severity", "Word", "of"]


def of(
    item: Item | Arrow,
    message: str,
    hint: str = "",
    severity: Severity = "error",
    **facts: str | Note,
) -> Note:
    """A note about a node or a flow; `{navn}` is what a designer knows it by."""
    return Note(item.id, message, hint, {"navn": item.shown, **facts}, item.line or None, severity)
