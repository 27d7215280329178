"""Alerts: that something is stuck for a cause, and what operators were told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = engine.tables.Moment(timezone=True)


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "alert",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=True),
        sa.Column("last_at", _MOMENT, nullable=True),
        sa.Column("gone_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sqlite_autoincrement=True,
    )
    open_ = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_alert_open", "alert", ["cause"], unique=True, sqlite_where=open_, postgresql_where=open_
    )
    op.create_index("ix_alert_ended_at", "alert", ["ended_at"])
    # SQLite adds a column that refers to another table only in its own words.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE outbox ADD COLUMN alert_id {kind}"
        " CONSTRAINT fk_outbox_alert_id REFERENCES alert (id)"
    )
    theirs = sa.text("alert_id IS NOT NULL")
    op.create_index(
        "ix_outbox_alert", "outbox", ["alert_id"], sqlite_where=theirs, postgresql_where=theirs
    )
