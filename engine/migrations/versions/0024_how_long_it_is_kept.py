"""What is held back from erasure, and what was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)
_HOLD = (
    ("citizen_id", "citizen"), ("case_id", "case"), ("unit_id", "unit"), ("set_by", "person"), ("lifted_by", "person"),
)  # fmt: skip


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "hold",
        sa.Column("id", _ID, nullable=False),
        sa.Column("citizen_id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("set_by", _ID, nullable=True),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("lifted_at", _MOMENT, nullable=True),
        sa.Column("lifted_by", _ID, nullable=True),
        sa.CheckConstraint("ends_at > set_at", name=op.f("ck_hold_validity")),
        *(
            sa.ForeignKeyConstraint([name], [f"{to}.id"], name=op.f(f"fk_hold_{name}"))
            for name, to in _HOLD
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("citizen_id", "set_at", name=op.f("uq_hold_citizen_id_set_at")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hold_citizen_id"), "hold", ["citizen_id"])
    op.create_index(op.f("ix_hold_case_id"), "hold", ["case_id"])
    op.create_table(
        "erasure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("citizen_id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("agreement", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("because", sa.String(length=20), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("last_entry_at", _MOMENT, nullable=False),
        sa.Column("rows", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_erasure_citizen_id"), "erasure", ["citizen_id"])
    op.create_index(op.f("ix_erasure_case_id"), "erasure", ["case_id"])
