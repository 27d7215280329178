"""Cases: one citizen under one agreement, or nobody."""

from __future__ import annotations

from typing import Any

from api.blueprint import NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import ActionIn, CaseIn, InstanceIn, WithdrawalIn
from api.outgoing import Actions, Case, Made, Moved, Started, Timeline
from api.pointing import told, warnings
from engine import actions, queries

bp = blueprint(
    "cases", "One citizen under one agreement, or nobody, and the parties that share the work."
)


@bp.post("/cases")
@bp.arguments(CaseIn)
@bp.response(201, Made)
def open_case(body: dict[str, Any]) -> dict[str, Any]:
    """Open a case about a citizen, about somebody without a name, or about the agreement itself."""
    if body["subject"] != "citizen":
        about = (body["agreement"], body["subject"], body["parties"])
        return {"id": actions.open_about(store(), actor(), *about, now=now())}
    citizen = body["citizen"]
    opened = actions.take_in(
        store(),
        actor(),
        body["agreement"],
        citizen["cpr"],
        citizen["name"],
        body["parties"],
        body["basis"],
        now=now(),
    )
    return {"id": opened.id}


@bp.get(f"/cases/<{NUMBER}:case_id>")
@bp.response(200, Case)
def show(case_id: int) -> dict[str, Any]:
    """Show a case: parties, instances, messages, deadlines and who holds the baton."""
    return queries.case(store(), actor(), case_id, now=now())


@bp.get(f"/cases/<{NUMBER}:case_id>/timeline")
@bp.response(200, Timeline)
def timeline(case_id: int) -> dict[str, Any]:
    """List what happened on a case."""
    return {"items": queries.timeline(store(), actor(), case_id, now=now()), "next": None}


@bp.get(f"/cases/<{NUMBER}:case_id>/actions")
@bp.response(200, Actions)
def open_actions(case_id: int) -> dict[str, Any]:
    """List what you may start or report on a case now."""
    return {"items": queries.actions(store(), actor(), case_id, now=now()), "next": None}


@bp.post(f"/cases/<{NUMBER}:case_id>/actions")
@bp.arguments(ActionIn)
@bp.response(200, Moved)
def act(body: dict[str, Any], case_id: int) -> dict[str, Any]:
    """Start or report something on a case."""
    moved = actions.act(store(), actor(), case_id, body["action"], body["data"], now=now())
    return told(moved, body["data"])


@bp.post(f"/cases/<{NUMBER}:case_id>/consents/withdraw")
@bp.arguments(WithdrawalIn)
@bp.response(204)
def withdraw_consent(body: dict[str, Any], case_id: int) -> None:
    """Note that the citizen takes a consent back, for some parties or for all."""
    actions.withdraw_consent(
        store(), actor(), case_id, body["parties"], by=body["given_by"], now=now()
    )


@bp.post(f"/cases/<{NUMBER}:case_id>/instances")
@bp.arguments(InstanceIn)
@bp.response(201, Started)
def start(body: dict[str, Any], case_id: int) -> dict[str, Any]:
    """Start a pathway on a case."""
    moved = actions.start(store(), actor(), case_id, body["pathway"], body["data"], now=now())
    return {
        "id": moved.instance["id"],
        "tasks": moved.tasks,
        "warnings": warnings(body["data"], "data"),
    }
