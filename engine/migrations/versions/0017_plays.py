"""The designers' tests, and their plays: how each began and what was done in it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0017"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "scenario",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_by", _ID, nullable=True),
        sa.Column("saved_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_scenario_saved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("key", "name", name=op.f("uq_scenario_key_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "play",
        sa.Column("id", _ID, nullable=False),
        sa.Column("agreement", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("beginning", sa.LargeBinary(), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_play_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_play_place", "play", ["agreement", "key"])
    op.create_table(
        "play_step",
        sa.Column("play_id", _ID, nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("party", sa.String(length=120), server_default="", nullable=False),
        sa.Column("move", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["play_id"], ["play.id"], name=op.f("fk_play_step_play_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("play_id", "nth", name=op.f("pk_play_step")),
    )
