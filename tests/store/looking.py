"""What the audit log says about looks."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from engine.audit import verify
from engine.store import Store
from engine.tables import audit


def looks(store: Store) -> list[dict[str, Any]]:
    """Every look that was noted, in order: what, by whom, of which citizen, case, instance and task, with its facts."""
    assert verify(store).ok
    names = ("what", "person_id", "citizen_id", "case_id", "instance_id", "task_id")
    with store.read() as db:
        rows = db.execute(
            select(audit)
            .where(audit.c.what.startswith("saw_"))
            .order_by(audit.c.chain, audit.c.seq)
        )
        return [
            {**{name: row._mapping[name] for name in names}, "facts": json.loads(row.facts)}
            for row in rows
        ]
