"""From paths to diagrams with what lies round them: agreement, clauses, forms, decisions, other pathways.

A `Folders` reads every file once, however many diagrams ask for it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from engine import decisions
from engine.agreement import Agreement
from engine.bpmn.drawing import MAX_BYTES as DIAGRAM_BYTES
from engine.errors import StafetError
from engine.imports import intake
from engine.imports.notes import Note
from engine.lint import told
from engine.lint.sheet import Around, Told
from engine.model import Json

SHARED = "faelles"
ENDINGS = (".bpmn", ".bpmn20.xml", ".bpmn.xml")
#: Forms, settings and lists are small; what is larger is something else.
MAX_BYTES = 5_000_000
_BESIDE = ("agreement.toml", ".form", ".dmn", ".yaml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Folders:
    """What lies under some paths, each file read once."""

    def __init__(self) -> None:
        self.agreement = cache(_agreement)
        self.clauses = cache(_clauses)
        self.forms = cache(_forms)
        self.decided = cache(_decided)
        self.told = cache(_told)
        self.around = cache(self._around)

    def _around(self, home: Path) -> Around:
        """What lies round the diagrams of one folder, as far as it can be read."""
        root = home.parent.parent
        shared = home.parent.name == SHARED
        if not shared and not (home.parent / "agreement.toml").exists():
            return Around()
        everybody = sorted(p.parent.name for p in root.glob("*/agreement.toml"))
        mine = everybody if shared else [home.parent.name]
        own = self.forms(home / "forms")
        named, inputs = self.decided(home)
        others = self.told(root)
        clauses = [
            self.clauses(root / n / "clauses.yaml") for n in dict.fromkeys((*mine, *everybody))
        ]
        return Around(
            agreements=tuple(a for n in mine if (a := self.agreement(root / n))),
            clauses=frozenset().union(*clauses) or None,
            forms={**self.forms(root / SHARED / "forms"), **own},
            own_forms=frozenset(own),
            decisions=named,
            decision_inputs=inputs,
            pathways=frozenset(_reachable(others, None if shared else home.parent.name)),
            key=f"{home.parent.name}-{home.name}",
            slug=home.name,
            others=others,
        )


def diagrams(path: Path, folders: Folders) -> Iterator[tuple[str, bytes | Note, Around]]:
    """Every diagram at or under a path, with its name, its bytes (or why they are not read) and its surroundings."""
    for file in _files(path, *ENDINGS) if path.is_dir() else [path]:
        if path.is_file() and file.name.endswith(_BESIDE):
            continue
        yield str(file), _bytes(file, DIAGRAM_BYTES), folders.around(file.resolve().parent)


def others(path: Path) -> Iterator[tuple[str, Note]]:
    """What cannot be read of what stands beside the diagrams: settings, forms, decisions, scenarios."""
    for file in _files(path, *_BESIDE):
        if (note := _problem(file)) is not None:
            yield str(file), note


def _files(path: Path, *endings: str) -> list[Path]:
    if path.is_file():
        return [path] if path.name.endswith(endings) else []
    return sorted(p for p in path.rglob("*") if p.name.endswith(endings) and p.is_file())


def _bytes(file: Path, most: int) -> bytes | Note:
    try:
        # The size is asked for first: a file that is too large is never taken into memory.
        return intake.too_large(most) if file.stat().st_size > most else file.read_bytes()
    except OSError as exc:
        return _unread(exc.strerror or "?")


def _agreement(folder: Path) -> Agreement | None:
    try:
        return Agreement.from_toml(tomllib.loads(_text(folder / "agreement.toml")), folder.name)
    except (OSError, ValueError, StafetError):
        return None  # said by `others`


def _clauses(file: Path) -> frozenset[str]:
    rows = _yaml(file).get("punkter", ()) if file.exists() else ()
    return frozenset(str(row.get("id")) for row in rows if isinstance(row, Mapping))


def _forms(folder: Path) -> dict[str, Json]:
    found = {}
    for file in sorted(folder.glob("*.form")):
        try:
            schema = json.loads(_text(file))
        except (OSError, ValueError, RecursionError):
            continue  # said by `others`
        if isinstance(schema, dict):
            found[file.stem] = schema
    return found


def _decided(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the decisions beside a diagram, and of what they read."""
    named: set[str] = set()
    inputs: set[str] = set()
    for file in sorted(folder.glob("*.dmn")):
        try:
            model = decisions.load(_text(file))
        except (OSError, ValueError, StafetError):
            continue  # said by `others`
        named |= set(model.names)
        inputs |= {name for decision in model.names for name in model.inputs(decision)}
    return frozenset(named), frozenset(inputs)


def _told(root: Path) -> tuple[Told, ...]:
    """What each diagram under the agreements tells and asks of the others."""
    found = []
    for file in sorted(root.glob("*/*/*.bpmn")):
        data = _bytes(file, DIAGRAM_BYTES)
        if isinstance(data, bytes):
            home, forms = file.parent.parent.name, _forms(file.parent / "forms")
            found.append(told.told(home, file.stem, data, forms))
    return tuple(found)


def _reachable(others: tuple[Told, ...], agreement: str | None) -> Iterator[str]:
    """Keys and slugs that can be called or told from an agreement (None: from a shared part)."""
    for other in others:
        yield other.key
        if agreement is None or other.home in (agreement, SHARED):
            yield other.slug


def _problem(file: Path) -> Note | None:
    """Why a file cannot be used; None where it can."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return intake.too_large(MAX_BYTES)
        return _wrong(file, _text(file))
    except StafetError as exc:
        return _unread(exc.sentence)
    except UnicodeDecodeError:
        return Note(
            "", "Filen er ikke skrevet i det tegnsæt, som den selv siger.", "Gem den som UTF-8."
        )
    except RecursionError:
        return Note(
            "", "Filen har lister inden i hinanden i alt for mange lag.", "Er det den rigtige fil?"
        )
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as exc:
        return _broken(exc)
    except (OSError, ValueError, etree.LxmlError):
        return _unread("?")


def _wrong(file: Path, text: str) -> Note | None:
    if file.suffix == ".form":
        if not isinstance(json.loads(text), dict):
            return Note(
                "", "Formularen er ikke et JSON-objekt.", "Gem den igen fra formularværktøjet."
            )
    elif file.suffix == ".dmn":
        if isinstance(why := intake.parse(text), Note):
            return why
        decisions.load(text)
    elif file.suffix == ".toml":
        Agreement.from_toml(tomllib.loads(text), file.parent.name)
    elif file.parent.name == "scenarios":
        told.scenario(text)
    elif file.name == "clauses.yaml" and not isinstance(yaml.load(text, _LOADER), Mapping):
        return Note(
            "",
            "Filen er ikke en liste over punkter.",
            "Begynd den med punkter: og skriv hvert punkt som - id: …",
        )
    return None


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


def _unread(why: str) -> Note:
    return Note(
        "", "Filen kan ikke bruges: {fejl}", "Ret den i det værktøj, den er lavet i.", {"fejl": why}
    )


def _text(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError
    return file.read_text(encoding="utf-8")


def _yaml(file: Path) -> Mapping[str, Any]:
    try:
        found = yaml.load(_text(file), _LOADER)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, Mapping) else {}
