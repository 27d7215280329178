"""The schema's steps, one file each under `versions/`; run by `Store.upgrade` in one transaction.

A new step: `stafet db revision "what it does"` writes the difference between `engine/tables.py` and the
database at hand; read it, mend it, commit it.  A step that has been released is never changed.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

#: Any number; two servers that start at once on one PostgreSQL wait for each other on it.
_LOCK = 7_823_338


def steps(db: Connection) -> list[str]:
    """The last steps that this database has taken."""
    return sorted(MigrationContext.configure(db).get_current_heads())


def is_current(db: Connection) -> bool:
    """Whether every step has been taken."""
    heads = set(ScriptDirectory.from_config(_config()).get_heads())
    return set(MigrationContext.configure(db).get_current_heads()) == heads


def upgrade(db: Connection) -> None:
    """Take the steps that are missing, inside the caller's transaction."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
    command.upgrade(_config(db), "head")


def revise(db: Connection, message: str) -> Path:
    """Write a new step from the difference between the tables and this database; its file."""
    made = command.revision(_config(db), message, autogenerate=True)
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


def _config(db: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    return config
