"""Why a step failed, as a template and what fills it: said in the reader's language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.add_column("incident", sa.Column("template", sa.String(length=500)))
    op.add_column("incident", sa.Column("facts", sa.JSON()))
