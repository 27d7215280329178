"""How long a case is kept, what holds it back from erasure, and everything that is held about its citizen."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from api.blueprint import BYTES, NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import _HOME, AskedTruth, Truth, _text
from api.outgoing import Made, Shown, _id, _maybe_moment, _maybe_text, _moment
from api.outgoing import _text as _shown_text
from engine import actions, queries
from engine.actions.hand import LONGEST
from paper import own

bp = blueprint("keeping", "How long a case is kept, holds on it, and the citizen's own data.")


class HoldIn(Schema):
    """Why, and until when."""

    reason = _text(
        LONGEST, required=True, metadata={"description": "Kept encrypted; no CPR number."}
    )
    until = fields.AwareDateTime(format="iso", default_timezone=_HOME, required=True)
    whole = Truth(
        load_default=False, metadata={"description": "All cases of the citizen, not this one."}
    )


class OwnDataIn(Schema):
    """How it is told."""

    names = AskedTruth(
        load_default=True, metadata={"description": "false: nobody of the staff is named."}
    )


class Hold(Shown):
    """A case that is held back from erasure; another unit's without who and why."""

    id = _id()
    unit_name = _maybe_text()
    by = _maybe_text()
    reason = _shown_text()
    whole = fields.Boolean(required=True)
    set_at = _moment()
    ends_at = _moment()
    lifted_at = _maybe_moment()
    lifted_by = _maybe_text()
    running = fields.Boolean(required=True)
    mine = fields.Boolean(required=True)


class Kept(Shown):
    """How long one kind is kept, and why."""

    kind = _shown_text(metadata={"description": "bilag, beskeder, dokumenter, sag or log."})
    due_at = _maybe_moment()
    why = _shown_text(metadata={"description": "not_yet, running, held, no_rule; empty: due."})
    months = fields.Integer(required=True, allow_none=True)
    ground = _maybe_text()


class Holds(Shown):
    """What holds a case, and how long it is kept else."""

    items = fields.List(fields.Nested(Hold), required=True)
    kept = fields.List(fields.Nested(Kept), required=True)


@bp.get(f"/cases/<{NUMBER}:case_id>/holds")
@bp.response(200, Holds)
def holds(case_id: int) -> dict[str, Any]:
    """List what holds a case back from erasure, and how long it is kept."""
    return queries.holds(store(), actor(), case_id, now=now())


@bp.post(f"/cases/<{NUMBER}:case_id>/holds")
@bp.arguments(HoldIn)
@bp.response(201, Made)
def hold_back(body: dict[str, Any], case_id: int) -> dict[str, Any]:
    """Hold a case back from erasure until a moment."""
    number = actions.hold_back(
        store(),
        actor(),
        case_id,
        body["reason"],
        body["until"],
        whole=body["whole"],
        now=now(),
    )
    return {"id": number}


@bp.post(f"/holds/<{NUMBER}:hold_id>/lift")
@bp.response(204)
def lift(hold_id: int) -> None:
    """End a hold of your unit now."""
    actions.lift(store(), actor(), hold_id, now=now())


@bp.get(f"/cases/<{NUMBER}:case_id>/own-data")
@bp.arguments(OwnDataIn, location="query")
@bp.response(200, BYTES, content_type="application/zip")
def own_data(query: dict[str, Any], case_id: int) -> Response:
    """Get everything that your unit holds about the citizen: a zip of PDF, JSON and files."""
    data, files = queries.own_data(
        store(), actor(), case_id=case_id, names=query["names"], now=now()
    )
    return Response(
        own.zipped(data, files, now()),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="indsigt-sag-{case_id}.zip"'},
    )
