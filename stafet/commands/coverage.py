"""`stafet coverage`: which clauses the diagrams carry, and which of those a passing scenario walks over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import click

from engine import coverage, simulate
from engine.deploy import read
from engine.errors import ScenarioInvalid
from engine.model import Json, Source
from engine.scenario import Scenario, load
from stafet.demo.units import demo_parties
from stafet.settings import processes_folder


@click.command("coverage", help="Which clauses of the agreements the diagrams carry.")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print every clause with what carries it.")
def command(folder: Path | None, as_json: bool) -> int:
    """Count for each agreement; exit 1 when a scenario fails, for then `tested` counts too little."""
    root = folder or processes_folder()
    sources = read(root)
    clauses = {
        agreement: coverage.listed((root / agreement / "clauses.yaml").read_text(encoding="utf-8"))
        for agreement in sorted({s.agreement for s in sources})
        if (root / agreement / "clauses.yaml").exists()
    }
    visited, failed = _walked(root, sources)
    counted = coverage.coverage(clauses, sources, visited)
    click.echo(json.dumps(counted, ensure_ascii=False) if as_json else _table(counted))
    for title in failed:
        click.echo(f"stafet: the scenario “{title}” fails and is not counted.", err=True)
    return 1 if failed else 0


def _walked(root: Path, sources: list[Source]) -> tuple[dict[str, set[tuple[str, str]]], list[str]]:
    """Where passing scenarios have been, by agreement, and the titles of those that fail."""
    find = simulate.library(sources)
    visited: dict[str, set[tuple[str, str]]] = {}
    failed = []
    for file in sorted(root.glob("*/*/scenarios/*.yaml")):
        for scenario in _scenarios(file):
            played = simulate.play(scenario, find, demo_parties(scenario.agreement))
            if played.ok:
                visited.setdefault(scenario.agreement, set()).update(
                    _places(scenario, played.facts, sources)
                )
            else:
                failed.append(scenario.title)
    return visited, failed


def _scenarios(file: Path) -> list[Scenario]:
    try:
        return load(file.read_text(encoding="utf-8"))
    except ScenarioInvalid as exc:
        raise ScenarioInvalid(f"{file}: {exc.sentence}") from exc


def _places(scenario: Scenario, facts: Json, sources: list[Source]) -> set[tuple[str, str]]:
    """The visited elements with the processes that were played: the named pathway and those of its tasks."""
    names = (
        scenario.pathway,
        f"{scenario.agreement}-{scenario.pathway}",
        f"faelles-{scenario.pathway}",
    )
    played = {s.key for s in sources if s.agreement == scenario.agreement and s.key in names}
    played |= {task["process"] for task in facts["tasks"]}
    return {(process, element) for process in played for element in facts["visited"]}


def _table(counted: Mapping[str, Json]) -> str:
    lines = [f"{'':30}{'executable':>11}{'covered':>9}{'tested':>8}"]
    for agreement, row in counted.items():
        lines.append(f"{agreement:30}{row['executable']:>11}{row['covered']:>9}{row['tested']:>8}")
    return "\n".join(lines)
