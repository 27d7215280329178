"""Everything in one sealed file while the servers serve, and back into an empty database of either kind.

    backed_up = backup(store, path, now=now)     # Saved(rows={"person": 15, …}, entries=1234)
    restored = restore(store, path, now=now)

A backup is one state of the database: a reader's snapshot that no writer waits for.  It holds rows, not pages, so what
was written from SQLite is read into PostgreSQL as well.  Sealed values are in it as they are, and all of it is sealed
once more (`engine/sealedfile.py`).  A restore is one transaction: every row with its number, the numbers that come
next, each table compared with what was written, and the audit chain computed again; where anything differs, nothing is
kept.  Sessions and half logins stay behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Date, Table, insert, update
from sqlalchemy.exc import DataError

from engine import audit, migrations
from engine.copying import (
    Inside,
    alone,
    last_number,
    number_on,
    own_keys,
    refuse_full,
    rows_of,
)
from engine.errors import Conflict
from engine.model import MACHINE
from engine.sealedfile import BackupUnreadable, reading, writing
from engine.store import Store
from engine.tables import metadata

#: Who is logged in, who tried, which workers live: true of one moment and of no other.
LEFT_OUT = ("session", "login_attempt", "login_request", "worker")
TABLES = [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


@dataclass(frozen=True, slots=True)
class Saved:
    """Rows by table, and the entries of the audit chain."""

    rows: dict[str, int]
    entries: int


def backup(store: Store, path: Path, *, now: datetime) -> Saved:
    """Write the file; raises `Conflict` where it is there already, or where the audit chain is broken."""
    with store.write() as db:
        store.chains.record(db, now=now, actor=MACHINE, what="backed_up")
    with _snapshot(store) as db:
        verdict = audit.verify(Inside(store.keyring, db))
        if not verdict.ok:
            raise Conflict(
                f"The audit chain is broken: {verdict.first_broken}. Nothing was written."
            )
        header = {"at": now.isoformat(), "schema": migrations.steps(db)}
        with writing(path, store.keyring, header) as write:
            sums: dict[str, list[Any]] = {}
            for table in TABLES:
                count = _Count()
                for rows in rows_of(db, table):
                    values = [list(row.values()) for row in rows]
                    count.add(values)
                    _put(write, {"table": str(table.name), "rows": values})
                sums[str(table.name)] = [count.rows, count.sum, _given(db, table)]
            _put(write, {"sums": sums, "entries": verdict.entries})
    return Saved({name: rows for name, (rows, *_) in sums.items()}, verdict.entries)


def restore(store: Store, path: Path, *, now: datetime) -> Saved:
    """Read the file into an empty database, all or nothing."""
    header, pieces = reading(path, store.keyring)
    store.claim_server()
    with store.read() as db:
        refuse_full(db)
    store.upgrade()
    with store.write() as db:
        alone(db, "EXCLUSIVE")
        refuse_full(db)
        if header.get("schema") != migrations.steps(db):
            raise Conflict(
                "The backup was made by another version of Stafet. Restore it with that version, then upgrade."
            )
        told = _fill(db, _values(pieces))
        verdict = audit.verify(Inside(store.keyring, db))
        if not verdict.ok or verdict.entries != told["entries"]:
            raise Conflict("The audit chain of the backup does not fit. Nothing was restored.")
    with store.write() as db:
        facts = {"of": header["at"]}
        store.chains.record(db, now=now, actor=MACHINE, what="restored", facts=facts)
    return Saved({name: rows for name, (rows, *_) in told["sums"].items()}, verdict.entries)


@contextmanager
def _snapshot(store: Store) -> Iterator[Connection]:
    """One state for all tables: on SQLite every reader has it, PostgreSQL must be asked."""
    with store.read() as db:
        if store.sqlite:
            db.begin()
        else:
            db = db.execution_options(isolation_level="REPEATABLE READ")
        yield db


# ---- values in a row -----------------------------------------------------------------------
def _put(write: Any, value: dict[str, Any]) -> None:
    data = msgspec.msgpack.encode(value)
    write(len(data).to_bytes(4, "big") + data)


def _values(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= 4 and len(held) >= (end := 4 + int.from_bytes(held[:4], "big")):
            yield msgspec.msgpack.decode(bytes(held[4:end]))
            del held[:end]
    if held:
        raise BackupUnreadable


class _Count:
    """How many rows, and a sum over their contents that does not depend on their order."""

    def __init__(self) -> None:
        self.rows, self._sum = 0, 0

    def add(self, rows: list[list[Any]]) -> None:
        for row in rows:
            digest = hashlib.sha256(repr(row).encode()).digest()
            self._sum = (self._sum + int.from_bytes(digest, "big")) % 2**256
        self.rows += len(rows)

    @property
    def sum(self) -> bytes:
        return self._sum.to_bytes(32, "big")


def _given(db: Connection, table: Table) -> int:
    return last_number(db, table) if table.autoincrement_column is not None else 0


# ---- back into a database ------------------------------------------------------------------
def _fill(db: Connection, values: Iterator[dict[str, Any]]) -> dict[str, Any]:
    """Every row; the file's last value, which says what there must be."""
    known = {table.name: table for table in TABLES}
    pointing: list[tuple[Table, str, int, int]] = []
    for value in values:
        if "sums" in value:
            break
        _insert(db, known[value["table"]], value["rows"], pointing)
    else:
        raise BackupUnreadable
    for table, column, number, target in pointing:
        db.execute(update(table).where(table.c.id == number).values({column: target}))
    for name, (rows, sum_, given) in value["sums"].items():
        count = _Count()
        for part in rows_of(db, known[name]):
            count.add([list(row.values()) for row in part])
        if (count.rows, count.sum) != (rows, sum_):
            raise Conflict(f"The table {name} differs from the backup. Nothing was restored.")
        number_on(db, known[name], given)
    return value


def _insert(db: Connection, table: Table, rows: list[list[Any]], pointing: list[Any]) -> None:
    own = {column.name for column in own_keys(table)}
    columns = [(column.name, isinstance(column.type, Date)) for column in table.columns]
    ready = []
    for row in rows:
        made: dict[str, Any] = {}
        for (name, is_day), value in zip(columns, row, strict=True):
            # Rows of the same table may come later, so what points at them is filled at the end.
            made[name] = date.fromisoformat(value) if is_day and value else value
            if name in own and value is not None:
                pointing.append((table, name, made["id"], value))
                made[name] = None
        ready.append(made)
    try:
        db.execute(insert(table), ready)
    except DataError as exc:
        raise Conflict(
            f"This database cannot hold a row of {table.name}. Nothing was restored."
        ) from exc
