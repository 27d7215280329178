"""A worker that stopped in order is not one that fell silent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column(
        "worker", sa.Column("ended_at", engine.tables.Moment(timezone=True), nullable=True)
    )
