"""For operators: what is stuck and why, and what moves it on beside its steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import DeliverIn, GiveIn, PaceIn, ReasonIn, SeenIn, StuckListIn
from api.outgoing import Handled, Operated, PaceOut, StuckGroups, StuckList
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


@bp.get("/processes/<string:key>/pace")
@bp.arguments(PaceIn, location="query")
@bp.response(200, PaceOut)
def pace(query: dict[str, Any], key: str) -> dict[str, Any]:
    """Count how often and how long instances are at each element of a process, of one version or two."""
    days = query.pop("days", None)
    since = now() - timedelta(days=days) if days else None
    found = queries.heat(store(), actor(), key, **query, since=since, now=now())
    return {name: found[name] for name in ("key", "name", "agreement", "sides", "items")}


@bp.post(f"/tasks/<{NUMBER}:task_id>/give")
@bp.arguments(GiveIn)
@bp.response(200, Operated)
def give(body: dict[str, Any], task_id: int) -> actions.Operated:
    """Give an open task to somebody who may take it."""
    return actions.give(store(), actor(), task_id, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/remind")
@bp.arguments(SeenIn)
@bp.response(200, Operated)
def remind(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Remind the units that owe the running deadlines."""
    return actions.remind(store(), actor(), instance_id, **body, now=now())


@bp.post(f"/messages/<{NUMBER}:message_id>/deliver")
@bp.arguments(DeliverIn)
@bp.response(200, Handled)
def deliver(body: dict[str, Any], message_id: int) -> actions.Handled:
    """Deliver a message that nobody waited for when it came, to who waits now or to one that is chosen."""
    return actions.deliver(store(), actor(), message_id, **body, now=now())


@bp.post(f"/messages/<{NUMBER}:message_id>/discard")
@bp.arguments(ReasonIn)
@bp.response(200, Handled)
def discard(body: dict[str, Any], message_id: int) -> actions.Handled:
    """Put a message aside that nobody waits for."""
    return actions.discard(store(), actor(), message_id, **body, now=now())


@bp.post(f"/messages/<{NUMBER}:message_id>/put-back")
@bp.arguments(ReasonIn)
@bp.response(200, Handled)
def put_back(body: dict[str, Any], message_id: int) -> actions.Handled:
    """Take back that a message was put aside: it waits again."""
    return actions.put_back(store(), actor(), message_id, **body, now=now())
