"""The files of `processes/` as they were deployed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "kept_file",
        sa.Column("path", sa.String(300), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
