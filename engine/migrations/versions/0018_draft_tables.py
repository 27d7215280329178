"""A draft holds the decision tables that were changed, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column(
        "draft",
        sa.Column("decisions", sa.JSON(none_as_null=True), server_default="{}", nullable=False),
    )
