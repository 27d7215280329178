"""What nobody has taken, along an index that SQLite chooses too: it counts the equal columns, not the rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_UNCLAIMED = sa.text("status = 'open' AND assignee_id IS NULL")


def upgrade() -> None:
    """Take the step."""
    op.drop_index("ix_task_unclaimed", "task")
    op.create_index(
        "ix_task_unclaimed",
        "task",
        ["unit_id", "status", "assignee_id", "due_at", "id"],
        sqlite_where=_UNCLAIMED,
        postgresql_where=_UNCLAIMED,
    )
