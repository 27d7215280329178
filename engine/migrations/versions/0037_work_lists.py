"""What a diagram from another editor leaves to decide, on its draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("draft", sa.Column("work", sa.JSON(none_as_null=True)))
