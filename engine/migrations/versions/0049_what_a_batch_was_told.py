"""What an act on many was told beside its reason: to whom the tasks are given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("batch", sa.Column("given", sa.JSON(none_as_null=True), nullable=True))
