"""Plays: a designer walks a pathway on a clock of its own, forwards, backwards and along branches.

What is kept is how a play began and what was done in it, step by step, in the words of scenarios; `boards.py` plays it
again over the agreement as it is drawn at that moment.  Nothing of it is real, and nothing real is touched.
`beginning.py` begins one, `acting.py` goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine import access
from engine.errors import Conflict, Invalid, NotFound
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.seals import move_place
from engine.simulate import Table
from engine.store import Store
from engine.studio import boards
from engine.studio.boards import Board, Played, played
from engine.studio.drawn import Drawn, drawn
from engine.studio.shelf import parties
from engine.tables import person, play, play_step

#: More steps than this nobody looks back over.
MAX_STEPS = 3_000
#: So many plays of a pathway are listed.
_LISTED = 50


class PlayTooLong(Invalid):
    """A play has no more than 3,000 steps. Begin a new one."""

    code = "play_too_long"


# ---- reading -----------------------------------------------------------------------------
def plays(store: Store, actor: Actor, agreement: str, key: str, *, now: datetime) -> list[Json]:
    """The plays of a pathway, the newest first: `id title version by made_at steps`."""
    access.design(actor)
    count = select(func.count()).where(play_step.c.play_id == play.c.id).correlate(play)
    asked = (
        select(play, person.c.name.label("by"), count.scalar_subquery().label("steps"))
        .outerjoin(person, person.c.id == play.c.person_id)
        .where(play.c.agreement == agreement, play.c.key == key)
        .order_by(play.c.id.desc())
        .limit(_LISTED)
    )
    names = ("id", "title", "version", "by", "made_at", "steps")
    with store.read() as db:
        return [{name: getattr(row, name) for name in names} for row in db.execute(asked)]


def board(
    store: Store, actor: Actor, play_id: int, step: int | None = None, *, now: datetime
) -> Board:
    """The play at one of its steps (None: where it was looked at last); raises `NotFound`."""
    access.design(actor)
    return found(store, play_id, step, now).board(store)


def ready(
    store: Store,
    actor: Actor,
    agreement: str,
    key: str,
    version: int | None = None,
    *,
    now: datetime,
) -> tuple[Pathway, dict[str, str]]:
    """What a play of this would begin with: the pathway as it is drawn, and a unit for each party.

    Raises `NotFound`, `UnknownAgreement`, and `DiagramInvalid` where it cannot be run as it is drawn.
    """
    access.design(actor)
    with store.read() as db:
        found = drawn(db, agreement, now, key=key, version=version)
        units = parties(db, agreement, now)
    return found.pathway(key), units


# ---- writing -----------------------------------------------------------------------------
def go(store: Store, actor: Actor, play_id: int, step: int, *, now: datetime) -> None:
    """Look at another step of the play, also on another branch; raises `NotFound`."""
    access.design(actor)
    with store.write() as db:
        _play(db, play_id)
        if step and step not in _steps(db, play_id):
            raise NotFound
        db.execute(update(play).where(play.c.id == play_id).values(step=step))


def forget(store: Store, actor: Actor, play_id: int, *, now: datetime) -> None:
    """Delete a play with all its branches."""
    access.design(actor)
    with store.write() as db:
        _play(db, play_id)
        db.execute(delete(play_step).where(play_step.c.play_id == play_id))
        db.execute(delete(play).where(play.c.id == play_id))


# ---- rows --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Kept:
    """A play as it was read: its row, its steps, the step that is meant, and what it is played over."""

    row: Row[Any]
    rows: Mapping[int, Row[Any]]
    step: int
    found: Drawn
    units: Mapping[str, str]

    def board(self, store: Store) -> Board:
        return boards.of(store, self.row, self.rows, self.step, self.found, self.units)

    def do(self, store: Store, table: Table, moves: Sequence[Json]) -> int:
        """Do these after the step; the number of the last.  What was done from there before is another branch."""
        last = max(self.rows, default=0)
        if last + len(moves) > MAX_STEPS:
            raise PlayTooLong
        going, made = table.fork(), []
        for n, move in enumerate(moves, last + 1):
            parent = self.step if n == last + 1 else n - 1
            made.append(as_row(store, self.row.id, n, parent, played(going, move)))
        with store.write() as db:
            if db.scalar(select(func.max(play_step.c.nth)).where(_of(self.row.id))) != (
                last or None
            ):
                raise Conflict
            db.execute(insert(play_step), made)
            db.execute(update(play).where(play.c.id == self.row.id).values(step=last + len(made)))
        path = [*boards.path_to(self.rows, self.step), *(Sealed(m["move"]) for m in made)]
        boards.keep(boards.chain(self.found, self.row, path)[-1], going)
        return last + len(made)


@dataclass(frozen=True, slots=True)
class Sealed:
    move: bytes


def found(
    store: Store, play_id: int, step: int | None, now: datetime, actor: Actor | None = None
) -> Kept:
    if actor is not None:
        access.design(actor)
    with store.read() as db:
        row, rows = _play(db, play_id), _steps(db, play_id)
        at = row.step if step is None else step
        if at not in {0, *rows}:
            raise NotFound
        found = drawn(db, row.agreement, now, key=row.key, version=row.version)
        return Kept(row, rows, at, found, parties(db, row.agreement, now))


def _of(play_id: int) -> Any:
    return play_step.c.play_id == play_id


def _play(db: Connection, play_id: int) -> Row[Any]:
    by = person.c.name.label("by")
    asked = select(play, by).outerjoin(person, person.c.id == play.c.person_id)
    row = db.execute(asked.where(play.c.id == play_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _steps(db: Connection, play_id: int) -> dict[int, Row[Any]]:
    rows = db.execute(select(play_step).where(_of(play_id)).order_by(play_step.c.nth))
    return {row.nth: row for row in rows}


def as_row(store: Store, play_id: int, nth: int, parent: int, done: Played) -> Json:
    sealed = store.keyring.seal_json(done.move, move_place(play_id, nth))
    return {
        "play_id": play_id, "nth": nth, "parent": parent, "at": done.at, "kind": done.kind,
        "name": done.name[:200], "party": done.party[:120], "move": sealed,
    }  # fmt: skip
