"""What is counted over all instances, apart from the look; indexes by which the look finds its rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OPEN = "status = 'open'"
_PARTIAL: tuple[tuple[str, str, list[Any], str], ...] = (
    ("ix_task_kinds", "task", ["unit_id", sa.text("(CAST(roles AS TEXT))")], _OPEN),
    ("ix_task_held", "task", ["assignee_id", "unit_id"], f"{_OPEN} AND assignee_id IS NOT NULL"),
    ("ix_task_untaken", "task", ["opened_at"], f"{_OPEN} AND assignee_id IS NULL AND due_at IS NULL"),
    ("ix_job_failed", "job", ["attempts"], "error IS NOT NULL"),
    ("ix_job_deliver", "job", ["due_at"], "kind = 'deliver'"),
)  # fmt: skip


def upgrade() -> None:
    """Take the step."""
    op.add_column("look", sa.Column("statuses", sa.JSON(), nullable=True))
    for name, table, columns, which in _PARTIAL:
        where = sa.text(which)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
