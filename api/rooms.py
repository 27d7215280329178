"""Lists for operators: messages that nobody waits for, those on their way, workers, deployments."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.blueprint import blueprint
from api.caller import actor, now, store
from api.incoming import ListIn, OutboxListIn, UnmatchedListIn
from api.outgoing import Shown, _id, _maybe_moment, _maybe_text, _moment, _page, _rows, _text
from engine import queries

bp = blueprint("rooms", "What operators look through.")


class UnmatchedMessage(Shown):
    """A message that no pathway waited for."""

    id = _id()
    name = _text()
    title = _text()
    case = fields.Integer(required=True, allow_none=True)
    instance = fields.Integer(
        required=True, allow_none=True, metadata={"description": "The sender; null: from outside."}
    )
    from_party = _text()
    from_unit_name = _maybe_text()
    to_party = _maybe_text()
    to_pathway = _maybe_text()
    sent_at = _moment()
    near = _rows("Who waits on the case: `{instance, pathway_name, awaits, fits}`")


class Outgoing(Shown):
    """A message on its way to a pathway."""

    id = _id()
    message = _id()
    name = _text()
    title = _text()
    case = fields.Integer(required=True, allow_none=True)
    to_pathway = _maybe_text()
    instance = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Whom it is told to."}
    )
    sent_at = _moment()
    due_at = _moment(metadata={"description": "When it is tried next."})
    attempts = fields.Integer(required=True)
    error = _maybe_text(metadata={"description": "Why the last try failed, as a code."})


class Worker(Shown):
    """A process that does what is due."""

    name = _text()
    started_at = _moment()
    beat_at = _moment()
    beating = fields.Boolean(required=True)
    ended_at = _maybe_moment(metadata={"description": "It stopped because it was told to."})
    done = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    an_hour = fields.Integer(required=True, metadata={"description": "Jobs done, on average."})


class Workers(Shown):
    """The workers of the last day, and the jobs that are due."""

    items = fields.List(fields.Nested(Worker), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Always null."})
    due = fields.Integer(required=True)
    oldest = _maybe_moment()


class Deployment(Shown):
    """Who put what into force."""

    id = _id()
    at = _moment()
    in_force_from = _moment()
    called_off_at = _maybe_moment()
    by = _maybe_text()
    approved_by = _maybe_text()
    note = _text()
    versions = _rows(
        "`{agreement, key, name, version, running, more}`; `more`: there are others than those counted"
    )


UnmatchedMessageList, OutgoingList = _page(UnmatchedMessage), _page(Outgoing)
DeploymentList = _page(Deployment)


@bp.get("/messages/unmatched")
@bp.arguments(UnmatchedListIn, location="query")
@bp.response(200, UnmatchedMessageList)
def unmatched(query: dict[str, Any]) -> queries.Page:
    """List messages that nobody waits for, the oldest first."""
    return queries.unmatched(store(), actor(), **query, now=now())


@bp.get("/outbox")
@bp.arguments(OutboxListIn, location="query")
@bp.response(200, OutgoingList)
def outbox(query: dict[str, Any]) -> queries.Page:
    """List messages on their way to a pathway."""
    return queries.outbox(store(), actor(), **query, now=now())


@bp.get("/workers")
@bp.response(200, Workers)
def workers() -> dict[str, Any]:
    """List who works, and how much is due."""
    return {**queries.workers(store(), actor(), now=now()), "next": None}


@bp.get("/deployments")
@bp.arguments(ListIn, location="query")
@bp.response(200, DeploymentList)
def deployments(query: dict[str, Any]) -> queries.Page:
    """List what was deployed, the newest first."""
    return queries.deployments(store(), actor(), **query, now=now())
