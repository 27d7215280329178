"""The board of a kept play: played from its beginning, or from the nearest board that this process still has.

Boards are kept by what they are made of: the agreement as it is drawn, the beginning, each step.  So a step costs a
step; another process, a server that starts again, or a drawing that was changed plays once from the beginning.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import Row

from engine.calendar import local
from engine.errors import StafetError
from engine.model import Action, Json, Task
from engine.pathway import Pathway
from engine.scenario import move_of, read
from engine.seals import beginning_place, move_place
from engine.simulate import Table
from engine.store import Store
from engine.studio.drawn import Drawn

#: Boards that were looked at lately, in this process.
_MOST = 250
#: On a long way every so many boards is kept, and the last ones.
_EVERY, _LAST = 25, 3
_boards: OrderedDict[str, Table] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Done:
    """One step of a play: `kind` as in scenarios, `name` of the element; `others` are branches beside it."""

    nth: int
    parent: int
    at: datetime
    kind: str
    name: str
    party: str
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """A play where it is looked at.  `table` is shared: fork it before anything moves.

    `steps` lead from the beginning to here, `ahead` are those that were done from here.  `before` is the board one step
    earlier.  Where a step cannot be played any more, `stopped` says why and `stopped_at` which (0: it cannot begin),
    and the table stands before it.
    """

    id: int
    agreement: str
    key: str
    version: int | None
    title: str
    by: str | None
    made_at: datetime
    step: int
    steps: tuple[Done, ...]
    ahead: tuple[Done, ...]
    table: Table | None
    before: Table | None
    stopped: StafetError | None
    stopped_at: int
    drawn: Drawn
    beginning: Json
    #: The steps of a scenario that lead here.
    moves: tuple[Json, ...]

    @property
    def pathway(self) -> Pathway:
        """The pathway that is played, as it is drawn; raises `DiagramInvalid`."""
        return self.drawn.pathway(self.key)


@dataclass(frozen=True, slots=True)
class Played:
    """One step that was played: as it is kept, when it was, and what to call it."""

    move: Json
    at: datetime
    kind: str
    name: str
    party: str


def begun(beginning: Json, found: Drawn, units: Mapping[str, str]) -> Table:
    """The board at its beginning; raises `UnknownPathway`, `DiagramInvalid`, `MoveImpossible`, …"""
    scenario = read(beginning)
    table = Table(scenario, found.shelf.find, {**units, **scenario.parties})
    table.begin()
    return table


def played(table: Table, document: Json) -> Played:
    """Do one step of a scenario on this board, and say what it was."""
    move = move_of(document)
    table.pass_time(move.at)
    name, party = named(table, document)
    table.move(move)
    return Played({**document, "at": local(move.at)}, table.now, move.kind, name, party)


def named(table: Table, document: Json) -> tuple[str, str]:
    """What a step is called, and whose it is, on the board before it."""
    move = move_of(document)
    if move.kind == "message":
        return move.name, ""
    every: list[Task | Action] = [it for _, it in table.open()] + [it for _, it in table.actions()]
    meant = move.select.get("element", move.select.get("id"))
    for it in every if move.kind != "until" else ():
        clause, party = move.select.get("clause"), move.select.get("party", it.party)
        if party == it.party and (meant == what(it)["element"] or clause in it.clauses):
            return it.name, it.party
    return str(meant or move.select.get("clause", "")), str(move.select.get("party", ""))


def what(it: Task | Action) -> Json:
    """A scenario's words for a task or an action."""
    element = it.element if isinstance(it, Task) else it.id
    return {"element": element, "process": it.process, "party": it.party}


# ---- from what is kept -------------------------------------------------------------------
def of(
    store: Store,
    row: Row[Any],
    rows: Mapping[int, Row[Any]],
    step: int,
    found: Drawn,
    units: Mapping[str, str],
) -> Board:
    """The board of a kept play at one of its steps; never raises for what cannot be played any more."""
    path = path_to(rows, step)
    place = beginning_place(row.agreement, row.key, row.made_at)
    beginning = store.keyring.open_json(row.beginning, place)
    moves = tuple(store.keyring.open_json(r.move, move_place(row.id, r.nth)) for r in path)
    way = _Way(chain(found, row, path))
    table, stopped, stopped_at = None, None, 0
    try:
        at, table = way.nearest() or (0, way.keep(0, begun(beginning, found, units)))
        for n in range(at, len(path)):
            stopped_at = path[n].nth
            going = table.fork()
            played(going, moves[n])
            table = way.keep(n + 1, going)
    except StafetError as exc:
        stopped = exc
    return Board(
        row.id, row.agreement, row.key, row.version, row.title, row.by, row.made_at, step,
        tuple(_done(each, rows) for each in path),
        tuple(_done(each, rows) for each in rows.values() if each.parent == step),
        table, way.before(), stopped, stopped_at, found, beginning, moves,
    )  # fmt: skip


class _Way:
    """The boards along one way, of which this process may still have some."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._seen: dict[int, Table] = {}

    def nearest(self) -> tuple[int, Table] | None:
        for n in range(len(self.names) - 1, -1, -1):
            if (found := kept(self.names[n])) is not None:
                return n, found
        return None

    def keep(self, n: int, table: Table) -> Table:
        self._seen[n] = table
        if n % _EVERY == 0 or n >= len(self.names) - _LAST:
            keep(self.names[n], table)
        return table

    def before(self) -> Table | None:
        """The board one step earlier."""
        n = len(self.names) - 2
        return self._seen.get(n) or (kept(self.names[n]) if n >= 0 else None)


def chain(found: Drawn, row: Row[Any], path: Sequence[Any]) -> list[str]:
    """A name for the board at the beginning and after each step: what is sealed is never the same twice."""
    names = [hashlib.sha256(found.digest.encode() + row.beginning).hexdigest()]
    for each in path:
        names.append(hashlib.sha256(names[-1].encode() + each.move).hexdigest())
    return names


def kept(name: str) -> Table | None:
    """The board of that name, where this process still has it."""
    with _lock:
        found = _boards.get(name)
        if found is not None:
            _boards.move_to_end(name)
        return found


def keep(name: str, table: Table) -> None:
    """Have this board at hand for a while."""
    with _lock:
        _boards[name] = table
        _boards.move_to_end(name)
        while len(_boards) > _MOST:
            _boards.popitem(last=False)


def forget_all() -> None:
    """Have none at hand, as in a process that has just begun."""
    with _lock:
        _boards.clear()


def path_to(rows: Mapping[int, Row[Any]], step: int) -> list[Row[Any]]:
    """The steps from the beginning to this one."""
    path = []
    while step:
        path.append(rows[step])
        step = rows[step].parent
    return path[::-1]


def _done(row: Row[Any], rows: Mapping[int, Row[Any]]) -> Done:
    others = tuple(n for n, each in rows.items() if each.parent == row.parent and n != row.nth)
    return Done(row.nth, row.parent, row.at, row.kind, row.name, row.party, others)
