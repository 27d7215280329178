"""What an instance was before a person completed a task of it, so that he can take that back for a minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("instance", sa.Column("before", sa.JSON(none_as_null=True), nullable=True))
