"""Instances: one citizen's walk along one version of a pathway."""

from __future__ import annotations

from typing import Any

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.errors import said
from api.incoming import (
    AmendIn,
    InstanceListIn,
    MigrateIn,
    MoveIn,
    RescheduleIn,
    RestartIn,
    SeenIn,
    SkipIn,
    SuspendIn,
)
from api.outgoing import Diagram, Instance, InstanceList, Migrated, Operated, Timeline
from engine import actions, queries
from engine.errors import Invalid

bp = blueprint("instances", "One citizen's walk along one version of a pathway.", scope="operate")


@bp.get("/instances")
@bp.arguments(InstanceListIn, location="query")
@bp.response(200, InstanceList)
def find(query: dict[str, Any]) -> queries.Page:
    """List the instances that you may see."""
    if query.get("stuck") is not None or query.get("reason") is not None:
        actions.watch(store(), now=now())
    found = queries.instances(store(), actor(), queries.InstanceFilter(**query), now=now())
    return queries.Page([_told(row) for row in found.items], found.next)


@bp.get(f"/instances/<{NUMBER}:instance_id>")
@bp.response(200, Instance)
def show(instance_id: int) -> dict[str, Any]:
    """Show an instance with its open tasks and deadlines."""
    return _told(queries.instance(store(), actor(), instance_id, now=now()))


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Why its step failed, in the caller's language."""
    why = row["incident"]
    if why is None:
        return row
    sentence = said(why["template"] or why["sentence"], why["facts"])
    kept = {name: why[name] for name in ("code", "element", "at")}
    return {**row, "incident": {**kept, "sentence": sentence}}


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


# ---- for operators -----------------------------------------------------------------------
@bp.post(f"/instances/<{NUMBER}:instance_id>/retry")
@bp.arguments(SeenIn)
@bp.response(200, Operated)
def retry(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Try again what failed."""
    return actions.retry(store(), actor(), instance_id, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/suspend")
@bp.arguments(SuspendIn)
@bp.response(200, Operated)
def suspend(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Suspend an instance: nothing happens until it is resumed."""
    return actions.suspend(store(), actor(), instance_id, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/resume")
@bp.arguments(SeenIn)
@bp.response(200, Operated)
def resume(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Resume a suspended instance."""
    return actions.resume(store(), actor(), instance_id, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/cancel")
@bp.arguments(SeenIn)
@bp.response(200, Operated)
def cancel(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """End an instance where it stands."""
    return actions.cancel(store(), actor(), instance_id, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/move")
@bp.arguments(MoveIn)
@bp.response(200, Operated)
def move(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Move a token to another element."""
    source, target = _source(body), body.pop("to")
    return actions.move(store(), actor(), instance_id, source, target, **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/skip")
@bp.arguments(SkipIn)
@bp.response(200, Operated)
def skip(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Let a token go past its element, without doing it."""
    return actions.skip(store(), actor(), instance_id, _source(body), **body, now=now())


@bp.post(f"/instances/<{NUMBER}:instance_id>/restart")
@bp.arguments(RestartIn)
@bp.response(200, Operated)
def restart(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Call off all that stands, and go on from one element."""
    return actions.restart(store(), actor(), instance_id, body.pop("to"), **body, now=now())


def _source(body: dict[str, Any]) -> str | int:
    """Which token: an open task's, or that on an element."""
    element, task = body.pop("source", None), body.pop("task", None)
    source: str | int | None = task if task is not None else element
    if source is None:
        raise Invalid(fields={"from": "Missing data for required field."})
    return source


@bp.post(f"/instances/<{NUMBER}:instance_id>/migrate")
@bp.arguments(MigrateIn)
@bp.response(200, Migrated)
def migrate(body: dict[str, Any], instance_id: int) -> dict[str, Any]:
    """Move an instance to another version of its pathway."""
    values = body.pop("data")
    found = actions.migrate(store(), actor(), instance_id, **body, values=values, now=now())
    return {
        "version": found.version,
        "can": found.done is not None,
        "reasons": [{**each, "sentence": said(each["sentence"])} for each in found.reasons],
        "asks": found.asks,
        "instance": found.done and found.done.instance,
        "changes": found.done and found.done.changes,
        "dry_run": body["dry_run"],
    }


@bp.post(f"/instances/<{NUMBER}:instance_id>/data")
@bp.arguments(AmendIn)
@bp.response(200, Operated)
def amend(body: dict[str, Any], instance_id: int) -> actions.Operated:
    """Correct values that the pathway decides by."""
    values = body.pop("data")
    return actions.amend(store(), actor(), instance_id, values, **body, now=now())


@bp.post(f"/timers/<{NUMBER}:timer_id>/reschedule")
@bp.arguments(RescheduleIn)
@bp.response(200, Operated)
def reschedule(body: dict[str, Any], timer_id: int) -> actions.Operated:
    """Let a timer fire at another moment."""
    due_at = body.pop("due_at")
    return actions.reschedule(store(), actor(), timer_id, due_at, **body, now=now())
