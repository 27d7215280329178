"""`stafet simulate`: play scenario files on a virtual clock; no database needed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from engine import simulate
from engine.deploy import read
from engine.errors import ScenarioInvalid
from engine.model import Json
from engine.scenario import Scenario, load
from stafet.demo.units import demo_parties
from stafet.settings import processes_folder


@click.command("simulate", help="Play scenarios (YAML files, folders, or - for standard input).")
@click.argument("paths", nargs=-1, required=True)
@click.option("--processes", type=click.Path(file_okay=False, path_type=Path), default=None)
@click.option("--json", "as_json", is_flag=True, help="Print everything that happened as JSON.")
def command(paths: tuple[str, ...], processes: Path | None, as_json: bool) -> int:
    """Play each scenario; exit 1 when one of them did not come true."""
    folder = processes or processes_folder()
    scenarios = [s for path in paths for s in _read(path)]
    sources = simulate.library(read(folder))
    played = [simulate.play(s, sources, demo_parties(s.agreement)) for s in scenarios]
    if as_json:
        facts = [p.facts for p in played]
        click.echo(json.dumps(facts, ensure_ascii=False))
    else:
        for result in played:
            click.echo(_line(result.facts))
    return 0 if all(p.ok for p in played) else 1


def _read(path: str) -> Iterator[Scenario]:
    if path == "-":
        yield from load(sys.stdin.read())
        return
    place = Path(path)
    files = (
        sorted(place.rglob("scenarios/*.yaml")) or sorted(place.glob("*.yaml"))
        if place.is_dir()
        else [place]
    )
    if not files:
        raise ScenarioInvalid(f"There is no scenario under {path}.")
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as exc:
            raise ScenarioInvalid(f"{file} is not UTF-8 text.") from exc
        try:
            yield from load(text)
        except ScenarioInvalid as exc:
            raise ScenarioInvalid(f"{file}: {exc.sentence}") from exc


def _line(facts: Json) -> str:
    mark = "ok  " if facts["ok"] else "FEJL"
    lines = [f"{mark} {facts['title']}  →  {facts['end_state'] or facts['status']}"]
    lines += [
        f"       {d['clause']} {d['party']}: {d['due_at']} {d['status']}"
        for d in facts["deadlines"]
    ]
    lines += [f"     ! {problem}" for problem in facts["problems"]]
    return "\n".join(lines)
