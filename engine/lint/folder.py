"""From paths to diagrams with what lies round them: agreement, clauses, forms, decisions, other pathways."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from engine import decisions
from engine.agreement import Agreement
from engine.errors import StafetError
from engine.lint.notes import Note, Say
from engine.lint.sheet import Around
from engine.model import Finding, Json
from engine.scenario import load

SHARED = "faelles"
ENDINGS = (".bpmn", ".bpmn20.xml", ".bpmn.xml")


def diagrams(path: Path) -> Iterator[tuple[str, bytes, Around]]:
    """Every diagram at or under a path, with its name, its bytes and its surroundings."""
    for file in _files(path, *ENDINGS) if path.is_dir() else [path]:
        if path.is_file() and not file.name.endswith((*ENDINGS, ".xml")):
            continue
        yield str(file), file.read_bytes(), around(file)


def others(path: Path, say: Say) -> list[Finding]:
    """Findings in what stands beside the diagrams: settings, forms, decisions, scenarios."""
    found = []
    for file in _files(path, "agreement.toml", ".form", ".dmn", ".yaml"):
        if problem := _problem(file):
            note = Note("", "Filen kan ikke læses: {fejl}", "", {"fejl": problem})
            found.append(note.finding(str(file), "unreadable", say))
    return found


def around(file: Path) -> Around:
    """What lies round one diagram file, as far as it can be read."""
    home = file.resolve().parent
    root = home.parent.parent
    shared = home.parent.name == SHARED
    if not shared and not (home.parent / "agreement.toml").exists():
        return Around()
    names = sorted(p.parent.name for p in root.glob("*/agreement.toml"))
    agreements = tuple(
        a for n in (names if shared else [home.parent.name]) if (a := _agreement(root / n))
    )
    own = _forms(home / "forms")
    named, inputs = _decided(home)
    return Around(
        agreements=agreements,
        clauses=_clauses(root, names if shared else [home.parent.name, *names]),
        forms={**_forms(root / SHARED / "forms"), **own},
        own_forms=frozenset(own),
        decisions=named,
        decision_inputs=inputs,
        pathways=_pathways(root, None if shared else home.parent.name),
        key=f"{home.parent.name}-{home.name}",
    )


def _files(path: Path, *endings: str) -> list[Path]:
    if path.is_file():
        return [path] if path.name.endswith(endings) else []
    return sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(endings))


def _agreement(folder: Path) -> Agreement | None:
    try:
        return Agreement.from_toml(
            tomllib.loads((folder / "agreement.toml").read_text(encoding="utf-8")), folder.name
        )
    except (OSError, ValueError, StafetError):
        return None  # said by `others`


def _clauses(root: Path, names: list[str]) -> frozenset[str] | None:
    found: set[str] = set()
    for name in names:
        file = root / name / "clauses.yaml"
        if file.exists() and isinstance(rows := _yaml(file), Mapping):
            found |= {
                str(row.get("id")) for row in rows.get("punkter", ()) if isinstance(row, Mapping)
            }
    return frozenset(found) or None


def _forms(folder: Path) -> dict[str, Json]:
    found = {}
    for file in sorted(folder.glob("*.form")):
        try:
            schema = json.loads(file.read_text(encoding="utf-8"))
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
            model = decisions.load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, StafetError):
            continue  # said by `others`
        named |= set(model.names)
        inputs |= {name for decision in model.names for name in model.inputs(decision)}
    return frozenset(named), frozenset(inputs)


def _pathways(root: Path, agreement: str | None) -> frozenset[str]:
    """Keys and slugs that can be called or told from an agreement (None: from a shared part)."""
    found: set[str] = set()
    for diagram in root.glob("*/*/*.bpmn"):
        home, slug = diagram.parent.parent.name, diagram.stem
        found.add(f"{home}-{slug}")
        if agreement is None or home in (agreement, SHARED):
            found.add(slug)
    return frozenset(found)


def _problem(file: Path) -> str:
    """Why a file cannot be used; '' where it can."""
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".form":
            if not isinstance(json.loads(text), dict):
                return "not a JSON object"
        elif file.suffix == ".dmn":
            decisions.load(text)
        elif file.suffix == ".toml":
            Agreement.from_toml(tomllib.loads(text), file.parent.name)
        elif file.parent.name == "scenarios":
            load(text)
        elif file.name == "clauses.yaml" and not isinstance(_yaml(file), Mapping):
            return "not a list of clauses"
    except StafetError as exc:
        return exc.sentence
    except (OSError, ValueError, RecursionError, yaml.YAMLError, etree.LxmlError) as exc:
        return " ".join(str(exc).split())[:200]
    return ""


def _yaml(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None
