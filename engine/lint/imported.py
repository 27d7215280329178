"""Rules about files of other tools: what was mapped on the way in, what a person must still decide."""

from __future__ import annotations

from collections.abc import Iterator

from engine.lint.notes import Note
from engine.lint.sheet import Sheet


def mapped(sheet: Sheet) -> Iterator[Note]:
    """What another tool wrote was said in Stafet's words, with the same meaning."""
    yield from (note for note in sheet.notes if note.severity == "info")


def must_decide(sheet: Sheet) -> Iterator[Note]:
    """What another tool left open, or did with a program, needs a person's decision."""
    yield from (note for note in sheet.notes if note.severity == "warning")


def untranslated(sheet: Sheet) -> Iterator[Note]:
    """What another tool wrote can be said in FEEL without guessing."""
    yield from (note for note in sheet.notes if note.severity == "error")
