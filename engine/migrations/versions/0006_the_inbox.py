"""Filters that people keep, how tasks changed hands, and the indexes that lead to a page among a million tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNCLAIMED = sa.text("status = 'open' AND assignee_id IS NULL")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "saved_filter",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("wanted", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", engine.tables.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_filter_person_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_saved_filter_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint("person_id", "made_at", name=op.f("uq_saved_filter_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_filter_person_id"), "saved_filter", ["person_id"])
    op.create_index(op.f("ix_saved_filter_unit_id"), "saved_filter", ["unit_id"])
    op.create_table(
        "handover",
        sa.Column("id", _ID, nullable=False),
        sa.Column("task_id", _ID, nullable=False),
        sa.Column("at", engine.tables.Moment(timezone=True), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=True),
        sa.Column("to_id", _ID, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("undone_at", engine.tables.Moment(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{column}_id"], [f"{to}.id"], name=op.f(f"fk_handover_{column}_id")
            )
            for column, to in (
                ("task", "task"),
                ("person", "person"),
                ("from", "person"),
                ("to", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_handover_task_id"), "handover", ["task_id"])
    op.drop_index("ix_task_mine", "task")
    op.create_index("ix_task_mine", "task", ["assignee_id", "status", "due_at", "id"])
    op.create_index(
        "ix_task_unclaimed",
        "task",
        ["unit_id", "due_at", "id"],
        sqlite_where=_UNCLAIMED,
        postgresql_where=_UNCLAIMED,
    )
