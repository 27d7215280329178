"""What stands beside diagrams, each file read once: settings, clauses, forms, decisions.

`Files.read(path)` gives what the file holds, or the `Note` that says why it cannot be used; no message of a library
reaches a reader.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from engine import decisions, sizes
from engine.agreement import Agreement
from engine.errors import StafetError
from engine.imports import intake
from engine.imports.notes import Note

#: Forms, settings and lists are small; what is larger is something else.
MAX_BYTES = sizes.FILE
BESIDE = ("agreement.toml", "clauses.yaml", ".form", ".dmn")
# libyaml where PyYAML was built with it: some ten times as fast, and the same language.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Files:
    """Reads and remembers."""

    def __init__(self) -> None:
        self.read = cache(_read)

    def every(self, folder: Path, ending: str) -> Iterator[tuple[Path, Any]]:
        """The files of a folder that could be read, with what they hold."""
        for file in sorted(folder.glob(f"*{ending}")):
            if not isinstance(found := self.read(file), Note):
                yield file, found


def size(file: Path, most: int) -> Note | None:
    """Why a file is not taken into memory; asked before anything is read."""
    try:
        return intake.too_large(most) if file.stat().st_size > most else None
    except OSError:
        return _unopened()


def _read(file: Path) -> Any:
    """A form's dict, a `Decisions`, an `Agreement` or the clauses' ids; or a `Note`."""
    if (note := size(file, MAX_BYTES)) is not None:
        return note
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return Note(
            "", "Filen er ikke skrevet i det tegnsæt, som den selv siger.", "Gem den som UTF-8."
        )
    except OSError:
        return _unopened()
    found = held(file.suffix, text)
    return (
        settled(found, file.parent.name)
        if file.suffix == ".toml" and not isinstance(found, Note)
        else found
    )


def held(suffix: str, text: str) -> Any:
    """What a text of such a file holds (settings as they are parsed); or the `Note` that says why not."""
    try:
        return _held(suffix, text)
    except StafetError as exc:
        return _unread(exc.sentence)
    except RecursionError:
        return Note(
            "", "Filen har lister inden i hinanden i alt for mange lag.", "Er det den rigtige fil?"
        )
    except (ValueError, yaml.YAMLError) as exc:
        return _broken(exc)


def settled(settings: Any, slug: str) -> Agreement | Note:
    """The agreement of parsed settings."""
    try:
        return Agreement.from_toml(settings, slug)
    except StafetError as exc:
        return _unread(exc.sentence)


def _held(suffix: str, text: str) -> Any:
    if suffix == ".form":
        found = json.loads(text)
        if isinstance(found, dict):
            return found
        return Note("", "Formularen er ikke et JSON-objekt.", "Gem den igen fra formularværktøjet.")
    if suffix == ".dmn":
        root = intake.parse(text)
        return root if isinstance(root, Note) else decisions.load(text)
    return tomllib.loads(text) if suffix == ".toml" else _clauses(text)


def _clauses(text: str) -> frozenset[str] | Note:
    """The ids of a list of clauses; read as events, for nothing else of the list is asked for."""
    ids: set[str] = set()
    is_id = is_list = False
    for event in yaml.parse(text, Loader=_LOADER):
        is_list = is_list or (isinstance(event, yaml.ScalarEvent) and event.value == "punkter")
        if is_id and isinstance(event, yaml.ScalarEvent):
            ids.add(event.value)
        is_id = isinstance(event, yaml.ScalarEvent) and event.value == "id"
    if is_list:
        return frozenset(ids)
    return Note(
        "",
        "Filen er ikke en liste over punkter.",
        "Begynd den med punkter: og skriv hvert punkt som - id: …",
    )


def _broken(exc: Exception) -> Note:
    """Which line of a file cannot be read; the library's own words stay out."""
    mark = getattr(exc, "problem_mark", None)
    line = getattr(exc, "lineno", None) or (mark.line + 1 if mark is not None else None)
    return Note(
        "",
        "Linje {linje} i filen kan ikke læses.",
        "Se efter et tegn for meget eller for lidt, fx et komma eller et anførselstegn.",
        {"linje": str(line or "?")},
        line,
    )


def _unopened() -> Note:
    return Note("", "Filen kan ikke åbnes.", "Er det den rigtige fil, og må du læse den?")


def _unread(why: str) -> Note:
    return Note(
        "", "Filen kan ikke bruges: {fejl}", "Ret den i det værktøj, den er lavet i.", {"fejl": why}
    )
