"""What a database says when it cannot, as one of our sentences."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy.exc import DBAPIError

from engine.errors import (
    Conflict,
    DatabaseReadOnly,
    DiskFull,
    Invalid,
    NotFound,
    StafetError,
    Unavailable,
)

_SQLITE: dict[int, type[StafetError]] = {
    sqlite3.SQLITE_READONLY: DatabaseReadOnly,
    sqlite3.SQLITE_FULL: DiskFull,
    sqlite3.SQLITE_BUSY: Unavailable,
    sqlite3.SQLITE_LOCKED: Unavailable,
    sqlite3.SQLITE_IOERR: Unavailable,
    sqlite3.SQLITE_CANTOPEN: Unavailable,
}
#: SQLSTATE, or the class that its first two characters name.
_POSTGRES: dict[str, type[StafetError]] = {
    "40001": Conflict,
    "40P01": Conflict,
    "55P03": Conflict,
    "25006": DatabaseReadOnly,
    "53100": DiskFull,
    "53": Unavailable,
    "57": Unavailable,
    "58": Unavailable,
    "08": Unavailable,
}
_NOT_A_DATABASE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


#: What a driver raises by itself (engine/prepared.py), and what SQLAlchemy makes of it.
RAISED = (DBAPIError, sqlite3.Error, psycopg.Error, OverflowError)
Raised = DBAPIError | sqlite3.Error | psycopg.Error | OverflowError


def translate(exc: Raised) -> StafetError | None:
    """The error to raise instead; None for a mistake of ours, which must not be dressed up."""
    if isinstance(exc, OverflowError):
        # A number beyond what SQLite counts to is no row's; PostgreSQL finds none by it. Other overflows are ours.
        return NotFound() if "SQLite INTEGER" in str(exc) else None
    error = exc.orig if isinstance(exc, DBAPIError) else exc
    if isinstance(error, sqlite3.IntegrityError | psycopg.IntegrityError):
        return _broken_rule(error)
    if isinstance(error, sqlite3.DataError | psycopg.DataError):
        return Invalid("A value is too long or too large to be stored.")
    if isinstance(error, sqlite3.Error):
        return _sqlite(error)
    return _postgres(error, getattr(exc, "connection_invalidated", False))


def _broken_rule(error: BaseException) -> StafetError | None:
    # Somebody else's row was first, or a row went away that this one points to.
    code = getattr(error, "sqlite_errorcode", None)
    lost = (
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
    )
    state = getattr(error, "sqlstate", None)
    return Conflict() if code in lost or state in ("23505", "23503") else None


def _sqlite(error: sqlite3.Error) -> StafetError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _NOT_A_DATABASE:
        return Unavailable("The database file cannot be read. An operator must restore a backup.")
    found = _SQLITE.get(code)
    return found() if found else None


def _postgres(error: BaseException | None, gone: bool) -> StafetError | None:
    state = getattr(error, "sqlstate", None) or ""
    found = _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if found is None and (gone or not state):
        # The connection itself is gone or was never made: the server sent no code.
        found = Unavailable
    return found() if found else None
