"""Play a scenario through the same step as production, on a virtual clock, without a database.

`play(scenario, library, demo_parties)` gives `Played`: what happened as JSON (CONTRACT.md), and the
problems: a step that found no task, form data that were refused, or an expectation that did not hold.
Timers due at or before a step's moment fire first, in order.  Messages to other pathways start or tell
them inside the same play, so a citizen's year over several pathways is one scenario.

    table.py     the board: walks, clock, verbs; can be forked at any moment, which is how the studio plays
    records.py   what has been written down of it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import StafetError
from engine.model import Json, Source
from engine.scenario import Scenario, judge
from engine.simulate.table import Coming, Library, Table, Walk
from engine.walked import Walked

__all__ = ["Coming", "Library", "Played", "Table", "Walk", "library", "play"]


def library(sources: list[Source]) -> Library:
    """A library over a folder's sources: `planrunde` is the agreement's own, else the shared part."""
    index = {(s.agreement, s.key): s for s in sources}

    def find(agreement: str, name: str) -> Source | None:
        keys = (name, f"{agreement}-{name}", f"faelles-{name}")
        return next((index[agreement, k] for k in keys if (agreement, k) in index), None)

    return find


@dataclass(frozen=True, slots=True)
class Played:
    """What a play gave: `facts` is CONTRACT's JSON for one scenario, `walked` what it proves if it passes."""

    facts: Json
    walked: Walked

    @property
    def ok(self) -> bool:
        """Whether everything that the scenario expects came true."""
        return bool(self.facts["ok"])

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that did not."""
        return list(self.facts["problems"])


def play(scenario: Scenario, sources: Library, demo_parties: Mapping[str, str]) -> Played:
    """Play one scenario to its last step.  Never raises for what the scenario or diagram does wrong."""
    table = Table(scenario, sources, {**demo_parties, **scenario.parties})
    try:
        table.begin()
        for number, move in enumerate(scenario.moves, 1):
            table.pass_time(move.at)
            table.move(move, number)
    except StafetError as exc:
        table.problems.append(told(exc))
    facts = table.facts()
    problems = table.problems + (judge(scenario, facts) if not table.problems else [])
    return Played({**facts, "ok": not problems, "problems": problems}, table.walked(facts))


def told(exc: StafetError) -> str:
    """Why something could not be played: the sentence, and one for each field."""
    fields = "; ".join(f"{name}: {text}" for name, text in exc.fields.items())
    return f"{exc.sentence} {fields}".strip()
