"""Who an identity provider knows a person as, logins that have begun there, and what it vouched for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "identity",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("subject_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("awaited_until", _MOMENT, nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_identity")),
        sa.UniqueConstraint("subject_index", name=op.f("uq_identity_subject_index")),
    )
    op.create_table(
        "login_request",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("carried", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_request")),
    )
    op.add_column(
        "membership", sa.Column("source", sa.String(length=10), server_default="", nullable=False)
    )
    op.add_column("membership", sa.Column("ended_at", _MOMENT, nullable=True))
    op.add_column("session", sa.Column("sid_index", sa.LargeBinary(length=16), nullable=True))
    op.add_column("session", sa.Column("id_token", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_session_sid_index"), "session", ["sid_index"], unique=False)
