"""For operators: what is stuck and why, and what moves it on beside its steps."""

from __future__ import annotations

from typing import Any

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import GiveIn, ReasonIn, StuckListIn
from api.outgoing import Handled, Operated, StuckGroups, StuckList
from engine import actions, queries

bp = blueprint("operations", "What is stuck, and why.", scope="operate")


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


@bp.post(f"/tasks/<{NUMBER}:task_id>/give")
@bp.arguments(GiveIn)
@bp.response(200, Operated)
def give(body: dict[str, Any], task_id: int) -> actions.Operated:
    """Give an open task to somebody who may take it."""
    return actions.give(store(), actor(), task_id, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/remind")
@bp.arguments(ReasonIn)
@bp.response(200, Operated)
def remind(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Remind the units that owe the running deadlines."""
    return actions.remind(store(), actor(), instance_id, **body, now=now())


@bp.post(f"/messages/<{NUMBER}:message_id>/deliver")
@bp.arguments(ReasonIn)
@bp.response(200, Handled)
def deliver(body: dict[str, Any], message_id: int) -> actions.Handled:
    """Deliver a message that nobody waited for when it came."""
    return actions.deliver(store(), actor(), message_id, **body, now=now())


@bp.post(f"/messages/<{NUMBER}:message_id>/discard")
@bp.arguments(ReasonIn)
@bp.response(200, Handled)
def discard(body: dict[str, Any], message_id: int) -> actions.Handled:
    """Put a message aside that nobody waits for."""
    return actions.discard(store(), actor(), message_id, **body, now=now())
