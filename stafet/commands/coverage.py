"""`stafet coverage`: what carries each clause, and which clauses the passing scenarios and the rules' probes test.

`--missing` lists, clause by clause, what is lacking; `--agreement` keeps to one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click

from engine import coverage, probes, simulate
from engine.coverage import Clause
from engine.deploy import SHARED, read
from engine.errors import ScenarioInvalid
from engine.model import Json, Source
from engine.scenario import Scenario, load
from engine.walked import Walked
from stafet.app import clock
from stafet.demo.units import demo_parties
from stafet.settings import processes_folder

#: The scenarios of a file, each with how it went.
Plays = Callable[[Path], Iterable[tuple[Scenario, simulate.Played]]]


@click.command("coverage", help="Which clauses of the agreements the diagrams carry.")
@click.argument(
    "folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--agreement", help="Only this agreement.")
@click.option("--missing", is_flag=True, help="List what is lacking, clause by clause.")
@click.option("--page", "as_page", is_flag=True, help="Print docs/coverage.md; nothing is played.")
@click.option(
    "--pathways",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write docs/pathways: a page for each agreement, its diagrams with their clauses.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every clause with what carries it.")
def command(
    folder: Path | None,
    agreement: str | None,
    missing: bool,
    as_page: bool,
    pathways: Path | None,
    as_json: bool,
) -> int:
    """Exit 1 when a scenario fails, for then `tested` counts too little, or when `--missing` finds something."""
    root = folder or processes_folder()
    if as_page:
        click.echo(coverage.page(carried(root)), nl=False)
        return 0
    if pathways is not None:
        for name, text in drawn(root).items():
            (pathways / f"{name}.md").write_text(text, encoding="utf-8")
        return 0
    counted, failed = count(root, agreement)
    if missing:
        counted = {name: _lacking(row) for name, row in counted.items()}
    if as_json:
        click.echo(json.dumps(counted, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(counted) if missing else [_table(counted), *_crowded(counted)]))
    for title in failed:
        click.echo(f"stafet: the scenario “{title}” fails and is not counted.", err=True)
    return 1 if failed or (missing and any(row["clauses"] for row in counted.values())) else 0


def count(
    root: Path, only: str | None = None, plays: Plays | None = None
) -> tuple[Json, list[str]]:
    """CONTRACT's JSON for the agreements under `root`, and the titles of scenarios that fail.

    `plays` gives the scenarios of a file with how they went, for who has played them already.
    """
    sources = read(root)
    clauses = _clauses(root, sources, only)
    if only is not None and only not in clauses:
        raise click.BadParameter(
            f"There is no agreement “{only}” under {root}.", param_hint="--agreement"
        )
    walked, failed = _walked(root, plays or _plays(sources, only))
    named = sorted({c.rule for each in clauses.values() for c in each if c.rule})
    broken = probes.kept(root, named, clock())
    return coverage.coverage(clauses, sources, walked, broken), failed


def carried(root: Path) -> Json:
    """The same without playing anything: nothing counts as tested."""
    sources = read(root)
    return coverage.coverage(_clauses(root, sources, None), sources, {}, {})


def drawn(root: Path) -> dict[str, str]:
    """By agreement, the page of its diagrams with their clauses."""
    sources = read(root)
    clauses = _clauses(root, sources, None)
    return {name: coverage.pathways(name, sources, each) for name, each in clauses.items()}


def _clauses(root: Path, sources: list[Source], only: str | None) -> dict[str, list[Clause]]:
    return {
        name: coverage.listed((root / name / "clauses.yaml").read_text(encoding="utf-8"))
        for name in sorted({s.agreement for s in sources})
        if (root / name / "clauses.yaml").exists() and only in (None, name)
    }


def _walked(root: Path, plays: Plays) -> tuple[dict[str, Walked], list[str]]:
    """What passing scenarios prove, by agreement, and the titles of those that fail."""
    proofs: dict[str, list[Walked]] = {}
    failed = []
    for file in sorted(root.glob("*/*/scenarios/*.yaml")):
        for scenario, played in plays(file):
            if played.ok:
                proofs.setdefault(scenario.agreement, []).append(played.walked)
            else:
                failed.append(scenario.title)
    return {agreement: Walked.all(each) for agreement, each in proofs.items()}, failed


def _plays(sources: list[Source], only: str | None) -> Plays:
    """Plays what the agreement has, and what the shared parts have with any."""
    find = simulate.library(sources)

    def play(file: Path) -> Iterator[tuple[Scenario, simulate.Played]]:
        for scenario in _scenarios(file):
            if only in (None, scenario.agreement) or file.parents[2].name == SHARED:
                yield scenario, simulate.play(scenario, find, demo_parties(scenario.agreement))

    return play


def _scenarios(file: Path) -> list[Scenario]:
    try:
        return load(file.read_text(encoding="utf-8"))
    except ScenarioInvalid as exc:
        raise ScenarioInvalid(f"{file}: {exc.sentence}") from exc


def _lacking(row: Json) -> Json:
    return {**row, "clauses": {k: c for k, c in row["clauses"].items() if c.get("missing")}}


def _lines(counted: Mapping[str, Json]) -> Iterator[str]:
    for agreement, row in counted.items():
        yield f"{agreement}: {row['tested']} of {row['executable']} tested, {row['covered']} covered"
        for name, clause in row["clauses"].items():
            yield f"  {name:14}{clause['kind']:12}{clause['missing']}"


def _table(counted: Mapping[str, Json]) -> str:
    lines = [f"{'':30}{'executable':>11}{'covered':>9}{'tested':>8}"]
    for agreement, row in counted.items():
        lines.append(f"{agreement:30}{row['executable']:>11}{row['covered']:>9}{row['tested']:>8}")
    return "\n".join(lines)


def _crowded(counted: Mapping[str, Json]) -> Iterator[str]:
    for agreement, row in counted.items():
        for it in row["crowded"]:
            why = it["why"] or "no reason is given (stafet:begrundelse)"
            yield f"{agreement}: {it['element']} carries {len(it['clauses'])} clauses: {why}"
