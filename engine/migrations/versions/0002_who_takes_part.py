"""Who takes part in which instance; when a party joined its case; where a basis was noted.

What is known of the past is taken from tasks, deadlines, messages that were delivered, and what people did.
Whoever may only report an event in an instance takes part from its next step on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FILL = """
INSERT INTO instance_party (instance_id, party, case_id, since)
SELECT instance_id, party, case_id, MIN(since) FROM (
    SELECT instance_id, party, case_id, opened_at AS since FROM task
    UNION ALL SELECT instance_id, party, case_id, started_at FROM deadline
    UNION ALL SELECT instance_id, party, case_id, at FROM history WHERE person_id IS NOT NULL
    UNION ALL SELECT instance_id, from_party, case_id, sent_at FROM message WHERE from_unit_id IS NOT NULL
    UNION ALL SELECT instance_id, to_party, case_id, received_at FROM message WHERE received_at IS NOT NULL
) AS known
WHERE instance_id IS NOT NULL AND party IS NOT NULL AND party <> ''
GROUP BY instance_id, party, case_id
"""
_JOINED = """
UPDATE case_party SET joined_at = (SELECT opened_at FROM "case" WHERE "case".id = case_party.case_id)
"""
#: A step writes all that it changes with the same moment.
_NOTED = """
UPDATE consent SET instance_id = (
    SELECT MIN(instance_id) FROM history
    WHERE history.case_id = consent.case_id AND history.at = consent.given_at
)
"""


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "instance_party",
        sa.Column("instance_id", _ID, nullable=False),
        sa.Column("party", sa.String(length=120), nullable=False),
        sa.Column("case_id", _ID, nullable=False),
        sa.Column("since", engine.tables.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_instance_party_case_id")),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_instance_party_instance_id")
        ),
        sa.PrimaryKeyConstraint("instance_id", "party", name=op.f("pk_instance_party")),
    )
    op.create_index("ix_instance_party_case", "instance_party", ["case_id", "party"], unique=False)
    op.add_column("case_party", sa.Column("joined_at", engine.tables.Moment(timezone=True)))
    # In one clause, which SQLite takes without copying the table.
    number = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE consent ADD COLUMN instance_id {number}"
        " CONSTRAINT fk_consent_instance_id REFERENCES instance (id)"
    )
    op.execute(_FILL)
    op.execute(_JOINED)
    op.execute(_NOTED)
