"""What is deployed, beside what `../shared/agreements/pathways.yaml` says is to be there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.deploy import read
from engine.model import Json, Source

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "agreements" / "pathways.yaml"
#: For tests that read the list.
listed_beside = pytest.mark.skipif(
    not SHARED.exists(),
    reason="left out: the list of pathways is not beside the project (../shared)",
)


@cache
def listed() -> dict[str, Json]:
    """What is to be there, by slug."""
    rows = yaml.safe_load(SHARED.read_text(encoding="utf-8"))["pathways"]
    return {row["slug"]: row for row in rows}


@cache
def sources() -> dict[tuple[str, str], Source]:
    """The deployed pathways by agreement and slug, its own before a shared part's."""
    found = sorted(read(ROOT / "processes"), key=lambda s: not s.key.startswith("faelles-"))
    return {
        (s.agreement, s.key.removeprefix("faelles-").removeprefix(f"{s.agreement}-")): s
        for s in found
    }


def keys(components: list[Any]) -> Iterator[str]:
    """The names that a form's fields give."""
    for each in components:
        yield from (each[name] for name in ("key", "path") if each.get(name))
        yield from keys(each.get("components", []))
