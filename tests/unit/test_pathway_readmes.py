"""What a pathway's README tells its readers: every deadline of the diagram, and what is local."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2] / "processes"
OURS = "{urn:stafet:bpmn}"
DIAGRAMS = sorted(ROOT.rglob("*.bpmn"))
FOLDERS = sorted(file.parent for file in [*DIAGRAMS, *ROOT.rglob("grundlag/*.dmn")])


def _readme(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def _known_by(element: etree._Element) -> Iterator[str]:
    """How a README can speak of an element's deadline: by its name, its clauses, the parameter."""
    if name := element.get("name"):
        yield name
    for clause in (
        element.get(f"{OURS}fristKlausul") or element.get(f"{OURS}klausul") or ""
    ).split():
        yield clause.partition("-")[2]
    yield from (
        word for word in re.findall(r"[a-z_]+", element.get(f"{OURS}frist")) if len(word) > 6
    )


@pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}"
)
def test_every_pathway_says_what_it_is_for(folder: Path) -> None:
    text = _readme(folder)
    assert text.startswith("# ")
    assert len(text.split()) > 25


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda file: file.stem)
def test_every_deadline_stands_in_the_readme(file: Path) -> None:
    said = _readme(file.parent)
    timed = [each for each in etree.parse(file).iter() if each.get(f"{OURS}frist")]
    unsaid = [each.get("id") for each in timed if not any(word in said for word in _known_by(each))]
    assert unsaid == []


@pytest.mark.parametrize("file", DIAGRAMS, ids=lambda file: file.stem)
def test_what_is_local_is_called_so(file: Path) -> None:
    local = any(each.get(f"{OURS}lokal") == "true" for each in etree.parse(file).iter())
    assert not local or "lokal" in _readme(file.parent).lower()
