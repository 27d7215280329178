"""Which question a comment answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step."""
    asked = sa.ForeignKey("comment.id", name=op.f("fk_comment_answers_id"))
    op.add_column(
        "comment", sa.Column("answers_id", _ID, asked, nullable=True), inline_references=True
    )
    _index("ix_comment_heard", ["person_id", "answered_at"], "answered_at IS NOT NULL")
    _index("ix_comment_answer", ["answers_id"], "answers_id IS NOT NULL", unique=True)


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    some = sa.text(where)
    op.create_index(
        name, "comment", columns, unique=unique, sqlite_where=some, postgresql_where=some
    )
