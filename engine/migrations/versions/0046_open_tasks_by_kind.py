"""Open tasks found by agreement, by pathway and by party, however few of a unit's they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_OPEN = sa.text("status = 'open'")
#: What each task of before is of.
FILL = (
    'UPDATE task SET agreement = (SELECT agreement FROM "case" WHERE "case".id = task.case_id),'
    " pathway_key = (SELECT pathway.key FROM instance JOIN pathway ON pathway.id = instance.pathway_id"
    " WHERE instance.id = task.instance_id)"
)


def upgrade() -> None:
    """Take the step; each task there is learns which agreement and pathway it is of."""
    for name, longest in (("agreement", 60), ("pathway_key", 120)):
        column = sa.Column(name, sa.String(longest), nullable=False, server_default="")
        op.add_column("task", column)
    op.execute(FILL)
    for name in ("agreement", "pathway_key", "party"):
        op.create_index(
            f"ix_task_by_{name}",
            "task",
            ["unit_id", "status", name, "due_at", "id"],
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )
