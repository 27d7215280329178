"""The instances that go on, in order: what is silent among them is found in one pass (`engine/stuck/look.py`)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    going = sa.text("status IN ('running', 'waiting')")
    op.create_index(
        "ix_instance_going", "instance", ["id"], sqlite_where=going, postgresql_where=going
    )
