"""Instances: one citizen's walk along one version of a pathway."""

from __future__ import annotations

from typing import Any

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import InstanceListIn
from api.outgoing import Diagram, Instance, InstanceList, Timeline
from engine import queries

bp = blueprint("instances", "One citizen's walk along one version of a pathway.")


@bp.get("/instances")
@bp.arguments(InstanceListIn, location="query")
@bp.response(200, InstanceList)
def find(query: dict[str, Any]) -> queries.Page:
    """List the instances that you may see."""
    return queries.instances(store(), actor(), queries.InstanceFilter(**query), now=now())


@bp.get(f"/instances/<{NUMBER}:instance_id>")
@bp.response(200, Instance)
def show(instance_id: int) -> dict[str, Any]:
    """Show an instance with its open tasks and deadlines."""
    return queries.instance(store(), actor(), instance_id, now=now())


@bp.get(f"/instances/<{NUMBER}:instance_id>/history")
@bp.response(200, Timeline)
def history(instance_id: int) -> dict[str, Any]:
    """List what happened on an instance."""
    return {"items": queries.history(store(), actor(), instance_id, now=now()), "next": None}


@bp.get(f"/instances/<{NUMBER}:instance_id>/diagram")
@bp.response(200, Diagram)
def diagram(instance_id: int) -> dict[str, Any]:
    """Show the diagram, where it stands, and the same as text."""
    return queries.diagram(store(), actor(), instance_id, now=now())
