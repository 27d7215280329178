"""What designers draw before it is in force, the clauses that they choose from, and who approved a deployment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "clause",
        sa.Column("agreement", sa.String(length=60), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("section", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("agreement", "id", name=op.f("pk_clause")),
    )
    op.create_table(
        "draft",
        sa.Column("id", _ID, nullable=False),
        sa.Column("agreement", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("bpmn", sa.Text(), nullable=False),
        sa.Column("forms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("saved_by", _ID, nullable=True),
        sa.Column("saved_at", _MOMENT, nullable=False),
        sa.Column("submitted_by", _ID, nullable=True),
        sa.Column("submitted_at", _MOMENT, nullable=True),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("answer", sa.String(length=500), server_default="", nullable=False),
        sa.CheckConstraint("status IN ('editing', 'submitted')", name=op.f("ck_draft_status")),
        sa.CheckConstraint(
            "(status = 'submitted') = (submitted_at IS NOT NULL)", name=op.f("ck_draft_submitted")
        ),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_draft_saved_by")),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name=op.f("fk_draft_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("agreement", "key", name=op.f("uq_draft_agreement")),
        sqlite_autoincrement=True,
    )
    op.add_column("deployment", sa.Column("approved_by", _ID, nullable=True))
