"""Valid answers for a demo task: what the story says, and samples for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

import forms
from engine import feel
from engine.model import Json
from engine.store import Store
from engine.tables import instance, task


def answers(store: Store, db: Connection, task_id: int, given: Mapping[str, Any], now: datetime) -> Json:
    """The task's form filled in; what a gateway or table decides on is never made up."""
    row = db.execute(
        select(task.c.form, task.c.data, instance.c.pathway_id).join(instance).where(task.c.id == task_id)
    ).one()
    if row.form is None:
        return dict(given)
    pathway = store.pathway(db, row.pathway_id)
    context = {**row.data, **given, "now": now}
    leave = pathway.decides | frozenset(given)
    return {**forms.sample(pathway.forms[row.form], now=now, context=context, feel=_evaluate, leave=leave), **given}


def _evaluate(text: str, context: Mapping[str, Any]) -> Any:
    return feel.compile(text).evaluate(context)
