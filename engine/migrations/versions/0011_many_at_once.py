"""One act of an operator on many instances, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)
_WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "batch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("clock", sa.String(length=12), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("undoes_id", _ID, nullable=True),
        sa.Column("done_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_batch_person_id")),
        sa.ForeignKeyConstraint(["undoes_id"], ["batch.id"], name=op.f("fk_batch_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_batch_undoes_id")),
        sa.UniqueConstraint("person_id", "at", name=op.f("uq_batch_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "batch_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("instance_id", _ID, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=60), server_default="", nullable=False),
        sa.Column("sentence", sa.String(length=500), server_default="", nullable=False),
        sa.Column("at", _MOMENT, nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'done', 'impossible')", name=op.f("ck_batch_item_status")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_item_batch_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_batch_item_instance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_item")),
        sa.UniqueConstraint("batch_id", "instance_id", name=op.f("uq_batch_item_batch_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_batch_item_report", "batch_item", ["batch_id", "status"])
    op.create_index(
        "ix_batch_item_waiting",
        "batch_item",
        ["id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
