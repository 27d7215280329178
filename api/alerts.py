"""Alerts: what operators were told that it is stuck, and causes that they know of and silence for a while."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api.blueprint import blueprint
from api.caller import actor, alerting, now, store
from api.incoming import _HOME, ReasonIn, _one_of
from api.outgoing import Shown, _id, _maybe_moment, _maybe_text, _moment, _text
from engine import actions, queries
from engine.stuck import REASONS

bp = blueprint("alerts", "What operators were told that it is stuck.", scope="operate")


class SilenceIn(ReasonIn):
    """Which cause, until when and why."""

    class Meta:
        """Nothing of a case changes that could be rehearsed."""

        exclude = ("dry_run",)

    cause = _one_of(*REASONS, required=True)
    until = fields.AwareDateTime(
        format="iso",
        default_timezone=_HOME,
        required=True,
        metadata={"description": "At most 14 days from now."},
    )


class Letter(Shown):
    """What went to one receiver."""

    channel = _text()
    to = _maybe_text(metadata={"description": "Null for who stands in the settings no longer."})
    kind = _text()
    status = _text()
    at = _moment()
    error = _maybe_text()


class Alert(Shown):
    """That something is, or was, stuck for a cause."""

    id = _id()
    cause = _text()
    since = _moment()
    told_at = _maybe_moment()
    gone_at = _maybe_moment()
    ended_at = _maybe_moment()
    letters = fields.List(fields.Nested(Letter), required=True)


class Silence(Shown):
    """A cause that nothing is told of."""

    cause = _text()
    until = _moment()
    by = _text()
    reason = _text()


class Receiver(Shown):
    """Who is told, from the settings."""

    channel = _text()
    to = _text()


class Alerts(Shown):
    """What is open, what was over last, what is silenced, and who is told."""

    open = fields.List(fields.Nested(Alert), required=True)
    ended = fields.List(fields.Nested(Alert), required=True)
    silences = fields.List(fields.Nested(Silence), required=True)
    receivers = fields.List(fields.Nested(Receiver), required=True)


@bp.get("/alerts")
@bp.response(200, Alerts)
def show() -> dict[str, Any]:
    """List the alerts that are open and the last that are over, who was told, and the causes that are silenced."""
    found = queries.alerts(store(), actor(), now=now())
    told = alerting().receivers(store().keyring.mark)
    for one in (*found["open"], *found["ended"]):
        for letter in one["letters"]:
            letter["to"] = told.get((letter["channel"], letter["to"]))
    return {
        "open": found["open"],
        "ended": found["ended"],
        "silences": [{"cause": cause, **held} for cause, held in found["silences"].items()],
        "receivers": [{"channel": way, "to": who} for (way, _mark), who in told.items()],
    }


@bp.post("/alerts/silence")
@bp.arguments(SilenceIn)
@bp.response(204)
def silence(body: dict[str, Any]) -> None:
    """Tell nothing of a cause until a moment, in place of a silence that it has."""
    actions.silence(store(), actor(), body["cause"], body["until"], body["reason"], now=now())


@bp.post("/alerts/<string:reason>/sound")
@bp.response(204)
def sound(reason: str) -> None:
    """End the silence of a cause."""
    actions.sound(store(), actor(), reason, now=now())
