"""Plans, agreements and minutes: versions, what the parties answered, how long they are in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "plan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("active_version", sa.Integer(), nullable=True),
        sa.Column("instance_id", _ID, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("copied_from_id", _ID, nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (status IN ('udkast', 'afventer', 'i_kraft'))",
            name=op.f("ck_plan_closed"),
        ),
        sa.CheckConstraint(
            "(status = 'i_kraft') = (active_version IS NOT NULL)", name=op.f("ck_plan_in_force")
        ),
        sa.CheckConstraint(
            "status IN ('udkast', 'afventer', 'i_kraft', 'bortfaldet', 'afloest')",
            name=op.f("ck_plan_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_plan_case_id")),
        sa.ForeignKeyConstraint(
            ["copied_from_id"], ["plan.id"], name=op.f("fk_plan_copied_from_id")
        ),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_plan_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_plan_active",
        "plan",
        ["case_id", "kind", "series"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_plan_case_id"), "plan", ["case_id"], unique=False)

    op.create_table(
        "plan_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("plan_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reused", sa.Boolean(), nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("instance_id", _ID, nullable=False),
        sa.Column("element", sa.String(length=120), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("valid_from", _MOMENT, nullable=True),
        sa.Column("valid_to", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("ended", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "ended IN ('ny_version', 'bortfald', 'afloest')", name=op.f("ck_plan_version_ended")
        ),
        sa.CheckConstraint(
            "(ended IS NULL) = (ended_at IS NULL)", name=op.f("ck_plan_version_ended_has_moment")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_plan_version_validity")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_plan_version_instance_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_plan_version_person_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_version_plan_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_version_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("plan_id", "number", name=op.f("uq_plan_version_plan_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_plan_version_in_force",
        "plan_version",
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("valid_from IS NOT NULL AND ended_at IS NULL"),
        postgresql_where=sa.text("valid_from IS NOT NULL AND ended_at IS NULL"),
    )

    op.create_table(
        "plan_acceptance",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=True),
        sa.Column("basis", sa.String(length=200), server_default="", nullable=False),
        sa.Column("answer", sa.Boolean(), nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("manner", sa.String(length=12), server_default="", nullable=False),
        sa.CheckConstraint(
            "manner IN ('', 'i_stafet', 'mundtligt', 'papir', 'telefon')",
            name=op.f("ck_plan_acceptance_manner"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_plan_acceptance_answer_has_moment"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_plan_acceptance_person_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_plan_acceptance_unit_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_plan_acceptance_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_acceptance")),
        sa.UniqueConstraint(
            "version_id", "party", name=op.f("uq_plan_acceptance_version_id_party")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_plan_acceptance_unit_id"), "plan_acceptance", ["unit_id"], unique=False
    )
