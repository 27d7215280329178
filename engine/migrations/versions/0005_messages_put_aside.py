"""Messages that an operator delivered by hand or put aside, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("message", sa.Column("handled_at", engine.tables.Moment(timezone=True)))
    op.add_column("message", sa.Column("note", sa.LargeBinary()))
