"""Operators' lists along an index: instances by what moved last, those of a pathway by what began last, timers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.drop_index("ix_instance_pathway_id", "instance")
    op.drop_index("ix_instance_status", "instance")
    op.create_index("ix_instance_moved", "instance", ["moved_at", "id"])
    op.create_index("ix_instance_status", "instance", ["status", "moved_at", "id"])
    op.create_index("ix_instance_pathway", "instance", ["pathway_id", "status", "moved_at", "id"])
    op.create_index("ix_instance_began", "instance", ["pathway_id", "started_at", "id"])
    timers = sa.text("kind = 'timer'")
    op.create_index(
        "ix_job_timer", "job", ["due_at", "id"], sqlite_where=timers, postgresql_where=timers
    )
