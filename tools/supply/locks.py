"""What is locked: the packages of requirements/*.txt and of every package-lock.json, with their hashes."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==([^\s;]+)\s*(?:;\s*(.*?))?\s*\\?$")
_HASH = re.compile(r"--hash=(sha256):([0-9a-f]{64})")
Json = dict[str, Any]


class LockUnreadable(Exception):
    """A lock file holds a line that is no pinned package with hashes."""


@dataclass(frozen=True, slots=True, order=True)
class Locked:
    """One package of one lock file; `hashes` are (algorithm, hex), `licence` and `url` what the lock itself says."""

    kind: str  # pypi or npm
    name: str
    version: str
    lock: str
    hashes: tuple[tuple[str, str], ...]
    licence: str = ""
    url: str = ""
    dev: bool = False


def everything(root: Path = ROOT) -> list[Locked]:
    """Every package of every lock file, in order; a package that stands in two files comes twice."""
    found = [one for path in python_files(root) for one in python(path, root)]
    return sorted(found + [one for path in npm_files(root) for one in npm(path, root)])


def python_files(root: Path = ROOT) -> list[Path]:
    """The hashed requirements."""
    return sorted((root / "requirements").glob("*.txt"))


def npm_files(root: Path = ROOT) -> list[Path]:
    """Every package-lock.json that is ours."""
    deep = ("*/package-lock.json", "*/*/package-lock.json", "*/*/*/package-lock.json")
    found = [path for pattern in deep for path in root.glob(pattern)]
    return sorted(path for path in found if not {"node_modules", ".venv"} & set(path.parts))


def python(path: Path, root: Path = ROOT) -> Iterator[Locked]:
    """The packages of a hashed requirements file; raises `LockUnreadable`."""
    lock = str(path.relative_to(root))
    blocks: list[tuple[str, str, list[tuple[str, str]]]] = []
    for line in path.read_text().splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if pinned := _PINNED.match(text):
            name = re.sub(r"[-_.]+", "-", pinned[1]).lower()
            blocks.append((name, pinned[2], []))
        elif (given := _HASH.match(text)) and blocks:
            blocks[-1][2].append((given[1], given[2]))
        else:
            raise LockUnreadable(f"{lock}: {text}")
    for name, version, hashes in blocks:
        if not hashes:
            raise LockUnreadable(f"{lock}: {name} has no hash")
        yield Locked("pypi", name, version, lock, tuple(sorted(hashes)))


def npm(path: Path, root: Path = ROOT) -> Iterator[Locked]:
    """The packages of a package-lock.json; raises `LockUnreadable`."""
    lock = str(path.relative_to(root))
    known = set()
    for place, facts in json.loads(path.read_text())["packages"].items():
        if not place:
            continue
        name = facts.get("name") or place.rpartition("node_modules/")[2]
        if not facts.get("integrity"):
            raise LockUnreadable(f"{lock}: {name} has no hash")
        one = Locked(
            "npm", name, facts["version"], lock, tuple(_integrity(facts["integrity"])),
            facts.get("license", ""), facts.get("resolved") or _address(name, facts["version"]), bool(facts.get("dev")),
        )  # fmt: skip
        if (one.name, one.version) not in known:
            known.add((one.name, one.version))
            yield one


def _address(name: str, version: str) -> str:
    return f"https://registry.npmjs.org/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def _integrity(text: str) -> Iterator[tuple[str, str]]:
    for each in text.split():
        algorithm, _, digest = each.partition("-")
        yield algorithm, b64decode(digest).hex()
