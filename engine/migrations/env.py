"""Alembic's way in: the connection and the transaction are the caller's (`engine/migrations/__init__.py`)."""

from __future__ import annotations

from alembic import context

from engine.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it; making one needs no copy.
    render_as_batch=context.config.attributes["connection"].dialect.name == "sqlite"
    and context.config.attributes.get("batch", True),
    compare_type=True,
)
context.run_migrations()
