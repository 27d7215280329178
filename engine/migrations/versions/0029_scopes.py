"""What a token of the API is for; those that are there keep everything."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    all_of_them = "read write operate design"
    op.add_column(
        "token",
        sa.Column("scope", sa.String(length=60), server_default=all_of_them, nullable=False),
    )
