"""Why an operator tried again what was given up, or put it aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("outbox", sa.Column("note", sa.LargeBinary(), nullable=True))
