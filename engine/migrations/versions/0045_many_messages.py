"""One act on many messages, which are an item of a batch as instances are; who dealt with a message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    with op.batch_alter_table("batch_item", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("message_id", sa.BigInteger(), nullable=True))
        table.alter_column("instance_id", existing_type=sa.BigInteger(), nullable=True)
        table.create_foreign_key(
            op.f("fk_batch_item_message_id"), "message", ["message_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_batch_item_one"), "(instance_id IS NULL) <> (message_id IS NULL)"
        )
    names = ["batch_id", "message_id"]
    op.create_index("uq_batch_item_message", "batch_item", names, unique=True)
    # SQLite adds a column that refers to another table only in its own words.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE message ADD COLUMN handled_by {kind}"
        " CONSTRAINT fk_message_handled_by REFERENCES person (id)"
    )
