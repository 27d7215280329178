"""How the files of a draft that came as a folder were written, kept until it is approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("draft", sa.Column("came", sa.JSON(none_as_null=True)))
