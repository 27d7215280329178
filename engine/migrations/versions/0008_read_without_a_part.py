"""Reading a case without a part in it: lent by a leader, or taken in an emergency that units must look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "loan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("instance_id", _ID, nullable=True),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("lender_id", _ID, nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("begins_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by", _ID, nullable=True),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("ck_loan_validity")),
        sa.CheckConstraint(
            "unit_id IS NOT NULL OR person_id = lender_id", name=op.f("ck_loan_emergency")
        ),
        *_to("loan", case_id="case", instance_id="instance", unit_id="unit"),
        *_to("loan", person_id="person", lender_id="person", withdrawn_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_loan_case_id"), "loan", ["case_id"])
    op.create_index(op.f("ix_loan_person_id"), "loan", ["person_id"])
    op.create_table(
        "review",
        sa.Column("id", _ID, nullable=False),
        sa.Column("loan_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("reviewed_at", _MOMENT, nullable=True),
        sa.Column("reviewed_by", _ID, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (note IS NULL)", name=op.f("ck_review_reviewed_has_note")
        ),
        *_to("review", loan_id="loan", unit_id="unit", reviewed_by="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("loan_id", "unit_id", name=op.f("uq_review_loan_id_unit_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_review_unit_id"), "review", ["unit_id"])
    op.create_table(
        "glass_try",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        *_to("glass_try", person_id="person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glass_try")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_glass_try_person_id"), "glass_try", ["person_id"])


def _to(table: str, **others: str) -> list[sa.ForeignKeyConstraint]:
    """Its columns that name a row of another table."""
    return [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
        for column, other in others.items()
    ]
