"""The designers' tests as the studio keeps them: one row for each file of `scenarios/`, by process key and name.

A folder that is deployed brings its own; what a designer saved in the studio stays beside them until it is deleted
there, or until a folder brings a file of that name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.tables import person, scenario


def of(db: Connection, keys: Sequence[str]) -> list[Row[Any]]:
    """The files of these pathways, by key and name: `key name text saved_by saved_at by`."""
    asked = (
        select(scenario, person.c.name.label("by"))
        .outerjoin(person, person.c.id == scenario.c.saved_by)
        .where(scenario.c.key.in_(keys))
        .order_by(scenario.c.key, scenario.c.name)
    )
    return list(db.execute(asked))


def keep(
    db: Connection, key: str, name: str, text: str, saved_by: int | None, *, now: datetime
) -> None:
    """Save a file over one of the same name."""
    place = (scenario.c.key == key) & (scenario.c.name == name)
    kept = {"text": text, "saved_by": saved_by, "saved_at": now}
    if not db.execute(update(scenario).where(place).values(**kept)).rowcount:
        db.execute(insert(scenario).values(key=key, name=name, **kept))


def forget(db: Connection, key: str, name: str) -> bool:
    """Delete a file; whether there was one."""
    place = (scenario.c.key == key) & (scenario.c.name == name)
    return bool(db.execute(delete(scenario).where(place)).rowcount)


def take_in(db: Connection, root: Path, keys: frozenset[str], *, now: datetime) -> None:
    """Make what came with folders be what lies under `root`, for these pathways; what designers saved stays."""
    found = {(key, name): text for key, name, text in _files(root) if key in keys}
    rows = db.execute(
        select(scenario.c.key, scenario.c.name, scenario.c.text, scenario.c.saved_by).where(
            scenario.c.key.in_(sorted(keys))
        )
    ).all()
    known = {(row.key, row.name): row for row in rows}
    for place, text in found.items():
        row = known.get(place)
        if row is None or row.text != text:
            keep(db, *place, text, None, now=now)
    for place, row in known.items():
        if place not in found and row.saved_by is None:
            forget(db, *place)


def _files(root: Path) -> Iterator[tuple[str, str, str]]:
    for file in sorted(root.glob("*/*/scenarios/*.yaml")):
        folder, slug = file.parts[-4], file.parts[-3]
        yield (
            f"{folder}-{slug}",
            file.stem[:120],
            file.read_text(encoding="utf-8", errors="replace"),
        )
