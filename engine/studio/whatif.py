"""What if: the same made-up citizens walk two versions of a pathway, and what came of it stands side by side.

Both versions meet the same people with the same habits (`engine/simulate/load.py`), so what differs is the drawing.
Nothing is kept: the same question gives the same answer again.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from threading import Lock

from engine import access
from engine.calendar import COPENHAGEN
from engine.errors import Invalid
from engine.model import Actor, Json
from engine.simulate import Table
from engine.simulate.load import Load, lived, scenarios
from engine.store import Store
from engine.studio.drawn import Drawn, drawn
from engine.studio.shelf import parties

#: Somebody waits for the answer: no more citizens than this, and no more begun once so much was done in all.
MAX_CASES, MOST_ACTS = 300, 6_000
WEEKS = 53
_MOST = 16
_kept: OrderedDict[tuple[str, str, str, Load], WhatIf] = OrderedDict()
_lock = Lock()


class LoadTooLarge(Invalid):
    """Between 1 and 300 citizens can be played."""

    code = "load_too_large"


@dataclass(slots=True)
class Side:
    """What one version gave.  `deadlines` by clause and status, `weeks` by role: tasks begun in each week."""

    name: str
    version: int | None
    tasks: int = 0
    acts: int = 0
    reminders: int = 0
    messages: int = 0
    ended: int = 0
    days: float = 0.0
    deadlines: dict[str, Counter[str]] = field(default_factory=dict)
    weeks: dict[str, list[int]] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> Counter[str]:
        """All deadlines by status."""
        return sum(self.deadlines.values(), Counter())

    @property
    def mean_days(self) -> float | None:
        """How many days a walk took that came to its end."""
        return round(self.days / self.ended, 1) if self.ended else None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Both sides.  `cases` is how many citizens were played; fewer than were asked for where they gave much work."""

    load: Load
    cases: int
    old: Side
    new: Side

    @property
    def clauses(self) -> list[str]:
        """The clauses whose deadlines either side had, by name."""
        return sorted(self.old.deadlines.keys() | self.new.deadlines.keys())

    @property
    def roles(self) -> list[str]:
        """The roles that either side gave tasks, those with most first."""
        both = self.old.weeks.keys() | self.new.weeks.keys()
        work = {
            role: sum(self.old.weeks.get(role, ())) + sum(self.new.weeks.get(role, ()))
            for role in both
        }
        return sorted(both, key=lambda role: (-work[role], role))


def share(row: Mapping[str, int]) -> float | None:
    """Kept in time, of those that came to be kept or not; None where none did."""
    lost = row.get("late", 0) + row.get("overdue", 0)
    met = row.get("met", 0)
    return met / (met + lost) if met + lost else None


def compare(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    load: Load,
    *,
    old: int | None = None,
    new: int | None = None,
    now: datetime,
) -> WhatIf:
    """Play the load against two versions (None as `old`: what is in force; as `new`: what is drawn now).

    Raises `LoadTooLarge`, `NotFound`, `DiagramInvalid` where one of them cannot be run.
    """
    access.design(actor)
    if not 1 <= load.cases <= MAX_CASES:
        raise LoadTooLarge
    with store.read() as db:
        was = drawn(db, agreement, now, key=key, version=old, drafts=False)
        will = drawn(db, agreement, now, key=key, version=new)
        units = parties(db, agreement, now)
    asked = (was.digest, will.digest, key, load)
    with _lock:
        if asked in _kept:
            return _kept[asked]
    found = _compared(was, will, agreement, key, load, units, (old, new))
    with _lock:
        _kept[asked] = found
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found


def _compared(
    was: Drawn,
    will: Drawn,
    agreement: str,
    key: str,
    load: Load,
    units: Mapping[str, str],
    versions: tuple[int | None, int | None],
) -> WhatIf:
    sides = [
        Side(one.pathway(key).name, number)
        for one, number in zip((was, will), versions, strict=True)
    ]
    until = datetime.combine(load.begins + timedelta(days=load.days), time(0), COPENHAGEN)
    cases = 0
    for luck, scenario in scenarios(load, agreement, key):
        if sum(side.acts for side in sides) > MOST_ACTS:
            break
        for side, found in zip(sides, (was, will), strict=True):
            table, acts = lived(scenario, luck, found.shelf.find, units, until)
            _add(side, table, len(acts), load.begins)
        cases += 1
    return WhatIf(load, cases, *sides)


def _add(side: Side, table: Table, acts: int, begins: date) -> None:
    side.acts += acts
    facts = table.facts()
    for row in facts["deadlines"]:
        side.deadlines.setdefault(row["clause"] or row["element"], Counter())[row["status"]] += 1
    for row in facts["tasks"]:
        _count(side, row, begins)
    side.tasks += len(facts["tasks"])
    side.reminders += len(facts["reminders"])
    side.messages += len(facts["messages"])
    first = table.walks[0]
    side.ends[first.step.end_state or ""] += 1
    if first.ended_at is not None:
        side.ended += 1
        side.days += (first.ended_at - table.scenario.start) / timedelta(days=1)


def _count(side: Side, row: Json, begins: date) -> None:
    week = (datetime.fromisoformat(row["opened_at"]).date() - begins).days // 7
    counts = side.weeks.setdefault(row["role"] or row["party"], [0] * WEEKS)
    if 0 <= week < WEEKS:
        counts[week] += 1
