"""What Play costs over the engine's raw steps: a citizen's year, played as the studio plays it.

Play: each move is read from its scenario form, done on a fork of the board (so that one can go back), with time
passing, the form checked, and everything recorded.  Raw, in the same run and interleaved: the very steps of the engine
that those moves came to, as text to text and nothing else.  Both take the same number of engine steps, so steps per
second compare.  Beside it: what one press costs through the store, with its commit.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from engine import pathway, simulate
from engine.deploy import deploy, read
from engine.model import MACHINE, Json
from engine.scenario import Scenario
from engine.secrets import Keyring
from engine.simulate import Table
from engine.simulate.load import Act, Load, Luck, lived, scenarios
from engine.store import Store
from engine.studio import acting, beginning, boards, plays
from stafet.demo.units import demo_parties
from stafet.settings import ROOT

AGREEMENT, PATHWAY = "midtjylland", "fast-kontakt"
#: Play's steps per second, of the raw ones.
LIMIT = 0.3
ROUNDS, PRESSES = 5, 40
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def run() -> dict[str, Any]:
    """Steps of a year, microseconds of each, Play ÷ raw in steps per second, and seconds of the year."""
    find = simulate.library(read(ROOT / "processes"))
    scenario, acts = _year(find)
    steps = _steps(scenario, find, acts)
    pairs = []
    for _ in range(ROUNDS):
        played = _timed(lambda: _played(scenario, find, acts))
        raw = _timed(lambda: [step() for step in steps])
        pairs.append((played, raw))
    ratio = statistics.median(raw / played for played, raw in pairs)
    played, raw = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {
        "moves": len(acts),
        "engine_steps": len(steps),
        "play_us_a_step": round(played / len(steps) * 1e6),
        "raw_us_a_step": round(raw / len(steps) * 1e6),
        "play_over_raw_steps_per_second": round(ratio, 3),
        "play_over_raw_least": LIMIT,
        "a_year_seconds": round(played, 2),
        "one_press_through_the_store_ms": round(_press() * 1e3, 1),
        "ok": ratio >= LIMIT,
    }


def _year(find: simulate.Library) -> tuple[Scenario, list[Act]]:
    """The busiest of ten made-up citizens."""
    found = []
    for luck, scenario in scenarios(Load(10, date(2026, 1, 1), 30), AGREEMENT, PATHWAY):
        _, acts = lived(scenario, Luck(luck.seed), find, demo_parties(AGREEMENT), UNTIL)
        found.append((scenario, acts))
    return max(found, key=lambda each: len(each[1]))


def _played(scenario: Scenario, find: simulate.Library, acts: list[Act]) -> Table:
    table = Table(scenario, find, demo_parties(AGREEMENT))
    table.begin()
    for act in acts:
        table = table.fork()
        boards.played(table, act.move)
    return table


def _steps(
    scenario: Scenario, find: simulate.Library, acts: list[Act]
) -> list[Callable[[], object]]:
    """Every step of the engine that the play takes, ready to be taken again by itself."""
    steps: list[Callable[[], object]] = []
    verbs = ("complete", "wake", "act", "deliver", "start")
    real = {name: getattr(pathway, name) for name in verbs}

    def noting(name: str) -> Callable[..., object]:
        def verb(*args: Any, **named: Any) -> object:
            steps.append(lambda: real[name](*args, **named))
            return real[name](*args, **named)

        return verb

    for name in verbs:
        setattr(pathway, name, noting(name))
    try:
        _played(scenario, find, acts)
    finally:
        for name in verbs:
            setattr(pathway, name, real[name])
    return steps


def _press() -> float:
    """Median seconds of a press on the board, half a hundred steps into a play: read, step, seal, one commit."""
    with tempfile.TemporaryDirectory(prefix="stafet-bench-") as folder:
        store = Store(f"sqlite:///{folder}/play.db", Keyring.from_text(Keyring.generate()))
        store.upgrade()
        deploy(store, MACHINE, Path(__file__).parent / "processes", "bench", now=NOW)
        begun: Json = {"start": NOW.isoformat()}
        place = (store, MACHINE, "maaling", "maaling-sloejfe")
        number = beginning.begin(*place, begun, now=NOW)
        seconds = []
        for _ in range(PRESSES):
            here = plays.board(store, MACHINE, number, now=NOW)
            assert here.table is not None
            n, task = next(here.table.open())
            values = {"igen": True, "bemaerkning": "Aftalt på mødet."}
            since = perf_counter()
            acting.complete(store, MACHINE, number, here.step, n, task.ref, values, now=NOW)
            seconds.append(perf_counter() - since)
        store.close()
    return statistics.median(seconds)


def _timed(once: Callable[[], object]) -> float:
    since = perf_counter()
    once()
    return perf_counter() - since
