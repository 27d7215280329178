"""Who spoke for the citizen when something was said of sharing, and which unit noted it outside a pathway."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step; of what was noted before, nobody knows who said it."""
    with op.batch_alter_table("consent", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.add_column(sa.Column("given_by", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("unit_id", _ID, nullable=True))
        table.create_foreign_key(op.f("fk_consent_unit_id"), "unit", ["unit_id"], ["id"])
        table.create_check_constraint(
            op.f("ck_consent_given_by"),
            "given_by IN ('borger', 'foraeldremyndighed', 'vaerge', 'fuldmaegtig', 'paaroerende')",
        )
