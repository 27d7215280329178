"""Which key made an index, so that it can be replaced: of a citizen's number and name, of a person at the provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step; what there is was made by the only key there was."""
    for table in ("citizen", "identity"):
        op.add_column(
            table, sa.Column("index_key", sa.Integer(), server_default="1", nullable=False)
        )
    op.create_index(op.f("ix_citizen_index_key"), "citizen", ["index_key"], unique=False)
