"""The mark of the form that something was opened, started or reported with: the same form, sent again, does it once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_MARKED = sa.text("mark IS NOT NULL")


def upgrade() -> None:
    """Take the step."""
    for table in ("case", "history"):
        op.add_column(table, sa.Column("mark", sa.String(40), nullable=True))
        op.create_index(
            f"ix_{table}_mark", table, ["mark"], sqlite_where=_MARKED, postgresql_where=_MARKED
        )
