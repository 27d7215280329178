"""What nobody has taken, found by the roles it is for, however few of a unit's it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_FREE = sa.text("status = 'open' AND assignee_id IS NULL")


def upgrade() -> None:
    """Take the step."""
    op.create_index(
        "ix_task_takeable",
        "task",
        ["unit_id", "status", "assignee_id", sa.text("(CAST(roles AS TEXT))"), "due_at", "id"],
        sqlite_where=_FREE,
        postgresql_where=_FREE,
    )
