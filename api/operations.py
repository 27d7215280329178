"""For operators: what is stuck, and why."""

from __future__ import annotations

from typing import Any

from api.blueprint import blueprint
from api.caller import actor, now, store
from api.incoming import StuckListIn
from api.outgoing import StuckGroups, StuckList
from engine import actions, queries

bp = blueprint("operations", "What is stuck, and why.")


@bp.get("/stuck")
@bp.arguments(StuckListIn, location="query")
@bp.response(200, StuckList)
def find(query: dict[str, Any]) -> queries.Page:
    """List what nothing will move in time unless somebody acts."""
    wanted = queries.StuckFilter(**query)
    actions.watch(store(), now=now())
    return queries.causes(store(), actor(), wanted, now=now())


@bp.get("/stuck/groups")
@bp.response(200, StuckGroups)
def groups() -> dict[str, Any]:
    """Count what is stuck by reason, with the legal dates that are at risk."""
    actions.watch(store(), now=now())
    return {
        "items": queries.groups(store(), actor(), now=now()),
        **queries.looked_at(store(), actor(), now=now()),
    }
