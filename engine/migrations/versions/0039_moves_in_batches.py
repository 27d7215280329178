"""Moves to another version as batches: where to, what may be, and the element that one stops at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("batch", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("pathway_id", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("accept", sa.JSON(none_as_null=True)))
        table.create_foreign_key(op.f("fk_batch_pathway_id"), "pathway", ["pathway_id"], ["id"])
    op.add_column(
        "batch_item", sa.Column("element", sa.String(200), server_default="", nullable=False)
    )
