"""What an act on many did to each instance, so that it can be taken back where it still stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("batch_item", sa.Column("was", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("batch_item", sa.Column("version", sa.Integer(), nullable=True))
