"""`stafet bench NAME`: the project's benchmarks, each with its baseline in the same run.

A benchmark is a module in `bench/` with `run() -> dict`: figures are ratios, with what they were
measured against beside them.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

import click

from stafet.settings import ROOT


def names() -> list[str]:
    """The benchmarks of this checkout, by name."""
    return sorted(p.stem for p in (ROOT / "bench").glob("*.py") if not p.stem.startswith("_"))


@click.command("bench", help="Run one of the project's benchmarks.")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Say which there are.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def command(name: str | None, listed: bool, as_json: bool) -> int:
    """Run one benchmark and print its figures; exit 1 where one of them is over its limit."""
    if listed or name is None:
        click.echo("\n".join(names()))
        return 0
    if name not in names():
        raise click.UsageError(f"There is no benchmark “{name}”. There are: {', '.join(names())}.")
    sys.path.insert(0, str(ROOT))
    # One of the files of bench/, see above.
    # nosemgrep: code-from-data
    figures = importlib.import_module(f"bench.{name}").run()
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    else:
        for key, value in figures.items():
            click.echo(f"{key}: {value}")
    return 1 if _fell_short(figures) else 0


def _fell_short(figures: Any) -> bool:
    """Whether an `ok` anywhere in the figures is false."""
    if not isinstance(figures, dict):
        return False
    return figures.get("ok") is False or any(_fell_short(value) for value in figures.values())
