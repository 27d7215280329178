"""Cases that are about nobody: an inquiry without a name, and the agreement itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table(
        "case",
        # SQLite makes the table anew, and would forget this.
        table_kwargs={"sqlite_autoincrement": True},
    ) as table:
        table.add_column(
            sa.Column("subject", sa.String(length=12), nullable=False, server_default="citizen")
        )
        table.alter_column("citizen_id", nullable=True)
        table.create_check_constraint(
            op.f("ck_case_subject"), "subject IN ('citizen', 'anonymous', 'agreement')"
        )
        table.create_check_constraint(
            op.f("ck_case_about"), "(subject = 'citizen') = (citizen_id IS NOT NULL)"
        )
    with op.batch_alter_table("erasure", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("citizen_id", nullable=True)
