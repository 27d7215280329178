"""Every scenario under `processes/`, played once for all the tests that ask how it went."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from engine import simulate
from engine.deploy import read
from engine.model import Source
from engine.scenario import Scenario, load
from stafet.demo.units import demo_parties

ROOT = Path(__file__).resolve().parents[2]


@cache
def everything() -> list[Source]:
    """Every pathway of the project, read once."""
    return read(ROOT / "processes")


@cache
def sources() -> simulate.Library:
    """The same, to be found by agreement and name."""
    return simulate.library(everything())


def played(scenario: Scenario) -> simulate.Played:
    """One scenario, with the demo's units as parties."""
    return simulate.play(scenario, sources(), demo_parties(scenario.agreement))


@cache
def outcomes(file: Path) -> list[tuple[Scenario, simulate.Played]]:
    """The scenarios of one file, each with how it went."""
    return [(each, played(each)) for each in load(file.read_text(encoding="utf-8"))]
