"""How much lies on a sheet: about 25 elements; more than that is said, with the reason, in the pathway's README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from engine.bpmn.shapes import NODES

ROOT = Path(__file__).resolve().parents[2] / "processes"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
#: As docs/drawing.md has it.
USUAL, MOST = 25, 30
_SAID = re.compile(r"^\*\*Størrelse\*\*: (\d+) elementer.*\. .{20,}$", re.MULTILINE)


def _count(file: Path) -> int:
    found = etree.parse(file).iter(*(f"{BPMN}{kind}" for kind in NODES))
    return sum(1 for _ in found)


SHEETS = {file: _count(file) for file in sorted(ROOT.rglob("*.bpmn"))}


def test_no_sheet_holds_more_than_the_bar() -> None:
    assert {file.stem: n for file, n in SHEETS.items() if n > MOST} == {}


@pytest.mark.parametrize("file", [f for f, n in SHEETS.items() if n > USUAL], ids=lambda f: f.stem)
def test_a_full_sheet_says_how_full_and_why(file: Path) -> None:
    said = _SAID.search((file.parent / "README.md").read_text(encoding="utf-8"))
    assert said is not None, f"{SHEETS[file]} elements and no reason in the README"
    assert int(said[1]) == SHEETS[file]


@pytest.mark.parametrize("file", [f for f, n in SHEETS.items() if n <= USUAL], ids=lambda f: f.stem)
def test_no_other_sheet_excuses_itself(file: Path) -> None:
    assert "**Størrelse**" not in (file.parent / "README.md").read_text(encoding="utf-8")
