"""A deployment for a day to come, and the day that a draft is meant for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step; what was deployed before began when it was made."""
    for name in ("begins_at", "called_off_at"):
        op.add_column("deployment", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "deployment",
        sa.Column(
            "called_off_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
    )
    op.add_column("draft", sa.Column("begins_on", sa.Date(), nullable=True))
