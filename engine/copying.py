"""A whole database into another, empty one: SQLite to PostgreSQL, and any other way round.

    copied = copy(source, target)     # Copied(rows={"person": 15, …}, entries=1234)

Nobody writes to either while it lasts.  The target gets everything in one transaction: every row with its number,
the numbers that come next, and then each table read back and compared with the source.  Where anything differs,
nothing is kept.  The keys stay the same: what is sealed is copied as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, func, insert, inspect, select, text, update
from sqlalchemy.exc import DataError

from engine import audit
from engine.errors import Conflict
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import metadata

#: Rows in one go.
MANY = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows by table, in the order in which they were copied, and the entries of the audit chain."""

    rows: dict[str, int]
    entries: int


def copy(source: Store, target: Store) -> Copied:
    """Copy everything; raises `Conflict` where the source is in use or unlike, or the target is not empty."""
    source.claim_server()
    if not source.is_current():
        raise Conflict(
            "The source has no schema of this version of Stafet. Run `stafet db upgrade` on it first."
        )
    with source.read() as db:
        _refuse_company(db)
    before = audit.verify(source)
    if not before.ok:
        raise Conflict(
            f"The source's audit chain is broken, or it was written with other keys: {before.first_broken}."
            " Nothing was copied."
        )
    target.claim_server()
    with target.read() as db:
        refuse_full(db)
    target.upgrade()
    # A writer's transaction on both sides: whoever else wants to write waits until this has ended.
    with source.write() as read, target.write() as write:
        alone(read, "SHARE")
        alone(write, "EXCLUSIVE")
        refuse_full(write)
        rows = {table.name: _table(read, write, table) for table in metadata.sorted_tables}
        after = audit.verify(Inside(target.keyring, write))
        if after != before:
            raise Conflict("The audit chain of the copy is another one. Nothing was copied.")
    return Copied(rows, after.entries)


# ---- who else is there -------------------------------------------------------------------
def _refuse_company(db: Connection) -> None:
    """On SQLite the lock file says that a server runs (`Store.claim_server`); PostgreSQL knows its connections."""
    if db.dialect.name != "postgresql":
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"
    )
    if db.scalar(others):
        raise Conflict("The source is in use by other programs. Stop web and workers first.")


def refuse_full(db: Connection) -> None:
    """Empty is a database without tables of ours, or with tables without rows."""
    there = set(inspect(db).get_table_names())
    full = [
        table.name
        for table in metadata.sorted_tables
        if table.name in there and db.execute(select(table).limit(1)).first() is not None
    ]
    if full:
        raise Conflict(f"The target is not empty: there are rows in {', '.join(full)}.")


def alone(db: Connection, mode: str) -> None:
    """Lock all tables for a transaction; raises `Unavailable` where somebody else has one."""
    # On SQLite a writer's transaction is alone already.
    if db.dialect.name == "postgresql":
        names = ", ".join(quoted(db, table) for table in metadata.sorted_tables)
        # The names of our own tables, quoted, and a mode that stands in the code: neither can be a parameter.
        # nosemgrep: sql-put-together
        db.exec_driver_sql(f"LOCK TABLE {names} IN {mode} MODE NOWAIT")


@dataclass(frozen=True, slots=True)
class Inside:
    """What `audit.verify` reads, seen from inside the transaction that writes it."""

    keyring: Keyring
    db: Connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        yield self.db


# ---- one table ---------------------------------------------------------------------------
def _table(read: Connection, write: Connection, table: Table) -> int:
    own = own_keys(table)
    for rows in rows_of(read, table):
        first = [{**row, **dict.fromkeys((c.name for c in own), None)} for row in rows]
        try:
            write.execute(insert(table), first)
        except DataError as exc:
            raise Conflict(
                f"The target cannot hold a row of {table.name}. Nothing was copied."
            ) from exc
    for column in own:
        _point(read, write, table, column)
    if table.autoincrement_column is not None:
        number_on(write, table, last_number(read, table))
    count, sum_ = fingerprint(read, table)
    if fingerprint(write, table) != (count, sum_):
        raise Conflict(f"The copy of {table.name} differs from the source. Nothing was copied.")
    return count


def rows_of(db: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    """All rows, some hundred in one go."""
    found = db.execute(select(table).execution_options(yield_per=MANY))
    for part in found.mappings().partitions():
        yield [dict(row) for row in part]


def own_keys(table: Table) -> list[Column[Any]]:
    """Columns that point at rows of the same table: these may come later, so they are filled at the end."""
    return [c for c in table.columns if any(key.column.table is table for key in c.foreign_keys)]


def _point(read: Connection, write: Connection, table: Table, column: Column[Any]) -> None:
    for number, value in read.execute(select(table.c.id, column).where(column.is_not(None))).all():
        write.execute(update(table).where(table.c.id == number).values({column.name: value}))


def fingerprint(db: Connection, table: Table) -> tuple[int, int]:
    """How many rows, and a sum over their contents that does not depend on their order."""
    count = sum_ = 0
    for rows in rows_of(db, table):
        for row in rows:
            digest = hashlib.sha256(repr(list(row.values())).encode()).digest()
            count, sum_ = count + 1, (sum_ + int.from_bytes(digest, "big")) % 2**256
    return count, sum_


# ---- the numbers that come next ----------------------------------------------------------
def number_on(write: Connection, table: Table, given: int) -> None:
    """Go on where the source stands: a number that was given once stands in the audit chain and never comes again."""
    if table.autoincrement_column is None:
        return
    last = max(given, write.scalar(select(func.max(table.c.id))) or 0)
    if not last:
        return
    if write.dialect.name == "postgresql":
        place = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
        write.execute(place, {"table": quoted(write, table), "last": last})
    else:
        write.execute(
            text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table.name}
        )
        write.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"),
            {"table": table.name, "last": last},
        )


def last_number(db: Connection, table: Table) -> int:
    """The highest number that was ever given, also to a row that is gone; 0 where none was."""
    if db.dialect.name == "postgresql":
        # Null until the first one: last_value alone would not tell 1 given from 1 to come.
        asked = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, 'id'))")
        return int(db.scalar(asked, {"table": quoted(db, table)}) or 0)
    asked = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    return int(db.scalar(asked, {"table": table.name}) or 0)


def quoted(db: Connection, table: Table) -> str:
    """The table's name in SQL."""
    return db.dialect.identifier_preparer.format_table(table)
