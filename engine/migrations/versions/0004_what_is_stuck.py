"""What is stuck, as the last look found it, and the indexes that a look reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)
#: Rows that may say that something is wrong: index, table, column, which.
_OPEN = (
    ("ix_incident_open", "incident", "instance_id", "resolved_at IS NULL"),
    ("ix_deadline_running", "deadline", "overdue_at", "met_at IS NULL AND cancelled_at IS NULL"),
    ("ix_message_unmatched", "message", "sent_at", "status = 'unmatched'"),
)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "stuck",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("instance_id", _ID, nullable=True),
        sa.Column("element", sa.String(length=120), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("ref", sa.String(length=160), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_stuck_case_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_stuck_instance_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_stuck_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stuck")),
        sa.UniqueConstraint("key", name=op.f("uq_stuck_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_stuck_instance_id"), "stuck", ["instance_id"], unique=False)
    op.create_index("ix_stuck_list", "stuck", ["reason", "due_at", "id"], unique=False)
    op.create_table(
        "look",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("alive", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_soon", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_look")),
    )
    for name, table, column, which in _OPEN:
        op.create_index(
            name, table, [column], sqlite_where=sa.text(which), postgresql_where=sa.text(which)
        )
