"""Causes that an operator keeps silent for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "silence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("lifted_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_silence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence")),
        sa.UniqueConstraint("cause", "at", name=op.f("uq_silence_cause_at")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_silence_until", "silence", ["until"])
