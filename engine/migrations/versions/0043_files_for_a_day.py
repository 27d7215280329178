"""The folders that came with a version for a day to come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step; what waits already has its files among the kept."""
    op.add_column("deployment", sa.Column("came", sa.JSON(none_as_null=True), nullable=True))
