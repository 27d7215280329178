"""A person's dates as a calendar program fetches them, and a unit's open dates in order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "feed",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feed_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_feed")),
        sa.UniqueConstraint("key", name=op.f("uq_feed_key")),
    )
    going = sa.text("met_at IS NULL AND cancelled_at IS NULL")
    op.create_index(
        "ix_deadline_ours",
        "deadline",
        ["unit_id", "due_at"],
        sqlite_where=going,
        postgresql_where=going,
    )
