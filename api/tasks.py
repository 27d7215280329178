"""Tasks: what waits for a person."""

from __future__ import annotations

from typing import Any

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import AnswersIn, DelegateIn, HalfIn, TaskListIn
from api.outgoing import Moved, Task, TaskList
from api.pointing import told
from engine import actions, queries

bp = blueprint("tasks", "What waits for a person, with the legal date by which it is to be done.")


@bp.get("/tasks")
@bp.arguments(TaskListIn, location="query")
@bp.response(200, TaskList)
def inbox(query: dict[str, Any]) -> queries.Page:
    """List the tasks that you may see."""
    return queries.inbox(store(), actor(), queries.TaskFilter(**query), now=now())


@bp.get(f"/tasks/<{NUMBER}:task_id>")
@bp.response(200, Task)
def show(task_id: int) -> dict[str, Any]:
    """Show a task with its form."""
    return _shown(task_id)


@bp.post(f"/tasks/<{NUMBER}:task_id>/claim")
@bp.response(200, Task)
def claim(task_id: int) -> dict[str, Any]:
    """Take a task."""
    actions.claim(store(), actor(), task_id, now=now())
    return _shown(task_id)


@bp.post(f"/tasks/<{NUMBER}:task_id>/unclaim")
@bp.response(200, Task)
def unclaim(task_id: int) -> dict[str, Any]:
    """Give a task back to the unit."""
    actions.unclaim(store(), actor(), task_id, now=now())
    return _shown(task_id)


@bp.post(f"/tasks/<{NUMBER}:task_id>/delegate")
@bp.arguments(DelegateIn)
@bp.response(200, Task)
def delegate(body: dict[str, Any], task_id: int) -> dict[str, Any]:
    """Give a task to a colleague."""
    actions.delegate(store(), actor(), task_id, body["to"], note=body["note"], now=now())
    return _shown(task_id)


@bp.post(f"/tasks/<{NUMBER}:task_id>/draft")
@bp.arguments(HalfIn)
@bp.response(204)
def draft(body: dict[str, Any], task_id: int) -> None:
    """Keep half-filled answers; nothing is checked yet."""
    after = body.get("after", "any")
    actions.draft(store(), actor(), task_id, body["data"], after=after, now=now())


@bp.post(f"/tasks/<{NUMBER}:task_id>/complete")
@bp.arguments(AnswersIn)
@bp.response(200, Moved)
def complete(body: dict[str, Any], task_id: int) -> dict[str, Any]:
    """Complete a task; the tasks that this opens can be read at once."""
    moved = actions.complete(store(), actor(), task_id, body["data"], now=now())
    return told(moved, body["data"])


@bp.post(f"/tasks/<{NUMBER}:task_id>/reopen")
@bp.response(200, Task)
def reopen(task_id: int) -> dict[str, Any]:
    """Take back that you completed a task, within a minute, where nothing has left; the answers are its draft."""
    actions.reopen(store(), actor(), task_id, now=now())
    return _shown(task_id)


def _shown(task_id: int) -> dict[str, Any]:
    """The task; `data` with what was kept half written, as the form would show it."""
    found = queries.task(store(), actor(), task_id, now=now())
    kept = found["draft_at"]
    mark = kept.isoformat() if kept is not None else None
    return {**found, "data": {**found["data"], **(found["draft"] or {})}, "draft_mark": mark}
