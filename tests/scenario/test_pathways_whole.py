"""Midtjylland's pathways hold every step, field, deadline and end state of `../shared/agreements/pathways.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import pathway
from engine.deploy import read
from engine.model import Json, Source

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "agreements" / "pathways.yaml"
DRAWN = [
    "planrunde", "risikoliste-optagelse", "risikovurdering", "risikoliste-gennemgang", "retspsyk-team", "fast-kontakt",
    "kriminalforsorgstilsyn", "uenighed",
]  # fmt: skip
#: The monthly meeting in Aarhus is a record of the same element's deadline, chosen when it begins (agreement.toml).
CHOSEN = {"risikoliste-gennemgang": {"MIDT-3-4"}}

pytestmark = pytest.mark.skipif(
    not SHARED.exists(),
    reason="left out: the list of pathways is not beside the project (../shared)",
)


@cache
def listed() -> dict[str, Json]:
    """What is to be there, by slug."""
    rows = yaml.safe_load(SHARED.read_text(encoding="utf-8"))["pathways"]
    return {row["slug"]: row for row in rows}


@cache
def sources() -> dict[str, Source]:
    """Midtjylland's versions, by slug."""
    found = [s for s in read(ROOT / "processes") if s.agreement == "midtjylland"]
    return {s.key.removeprefix("midtjylland-").removeprefix("faelles-"): s for s in found}


def keys(components: list[Any]) -> Iterator[str]:
    """The names that a form's fields give."""
    for each in components:
        yield from (each[name] for name in ("key", "path") if each.get(name))
        yield from keys(each.get("components", []))


def ours(clauses: list[str]) -> set[str]:
    """Those of the clauses that are Midtjylland's."""
    return {clause for clause in clauses if clause.startswith("MIDT-")}


@pytest.mark.parametrize("slug", DRAWN)
def test_a_pathway_is_whole(slug: str) -> None:
    row, source = listed()[slug], sources()[slug]
    way = pathway.compile(source)
    elements = way.elements.values()
    asked = {key for form in source.forms.values() for key in keys(form["components"])}
    carried = {clause for element in elements for clause in element.clauses}
    due = {element.frist_klausul for element in elements if element.frist} | CHOSEN.get(slug, set())
    steps = row["steps"]
    assert {field for step in steps for field in step["form_fields"]} <= asked
    assert ours([c for step in steps for c in step["clauses"]] + row["other_clauses"]) <= carried
    assert ours([deadline["clause"] for deadline in row["deadlines"]]) <= due
    assert set(row["end_states"]) <= set(way.end_states)
