"""Valid answers for a demo task: what the story says, and samples for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

import forms
from engine.actions.answers import context, evaluate
from engine.model import Json
from engine.store import Store
from engine.tables import case_party, instance, task


def answers(
    store: Store, db: Connection, task_id: int, given: Mapping[str, Any], now: datetime
) -> Json:
    """The task's form filled in; what a gateway or table decides on is never made up."""
    row = db.execute(
        select(task.c.form, task.c.data, task.c.case_id, instance.c.pathway_id)
        .join(instance)
        .where(task.c.id == task_id)
    ).one()
    if row.form is None:
        return dict(given)
    pathway = store.pathway(db, row.pathway_id)
    parties = db.scalars(
        select(case_party.c.party).where(case_party.c.case_id == row.case_id)
    ).all()
    sample = forms.sample(
        pathway.forms[row.form],
        now=now,
        context=context({**row.data, **given}, parties, now),
        feel=evaluate,
        leave=pathway.decides | frozenset(given),
    )
    return {**sample, **given}
