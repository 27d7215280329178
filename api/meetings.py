"""Meetings, read from what was answered: when, who was invited and came, what was agreed and how that goes."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from api.blueprint import NUMBER, TEXT, blueprint
from api.caller import actor, now, outside, store
from api.errors import said
from api.outgoing import Shown, _id, _maybe_moment, _page, _rows, _text, _texts
from engine import queries
from paper import invitation

bp = blueprint("meetings", "Meetings of a case: invitation, attendance, minutes, agreed actions.")


class Meeting(Shown):
    """A meeting; it is called, held and written down by completing its tasks."""

    id = _id()
    kind = _text()
    title = _text()
    instance = _id()
    party = _text(metadata={"description": "Who invites."})
    unit_name = _text()
    at = _maybe_moment(metadata={"description": "Null: not agreed yet."})
    whole_day = fields.Boolean(required=True, metadata={"description": "Only the day is known."})
    length = fields.Integer(required=True, metadata={"description": "Minutes."})
    held = _maybe_moment()
    form = _text()
    place = _text()
    invited = _rows("`{party, unit_name}`")
    chair = _text()
    minute_taker = _text()
    keeper = _text()
    present = _texts(metadata={"description": "The units that came."})
    citizen = fields.Boolean(
        required=True, allow_none=True, metadata={"description": "Whether the citizen was there."}
    )
    absent = _text(metadata={"description": "Who had sent apologies."})
    agreed = _rows("`{text, who, party, unit_name, due, task, instance, status}`")


MeetingList = _page(Meeting)


@bp.get(f"/cases/<{NUMBER}:case_id>/meetings")
@bp.response(200, MeetingList)
def of_case(case_id: int) -> dict[str, Any]:
    """List the meetings of a case that you may see: the next first, then those that are over."""
    # The look at the case covers its meetings.
    queries.case(store(), actor(), case_id, now=now())
    return {"items": queries.meetings(store(), actor(), case_id, now=now()), "next": None}


@bp.get(f"/meetings/<{NUMBER}:meeting_id>")
@bp.response(200, Meeting)
def show(meeting_id: int) -> dict[str, Any]:
    """Show a meeting, with its case: who was invited, who came, what was agreed and how it goes."""
    return queries.meeting(store(), actor(), meeting_id, now=now())


@bp.get(f"/meetings/<{NUMBER}:meeting_id>.ics")
@bp.response(200, TEXT, content_type=invitation.KIND)
def file(meeting_id: int) -> Response:
    """Get a meeting for a calendar program: neither citizen nor place; 404 until its time is agreed."""
    one = queries.meeting(store(), actor(), meeting_id, now=now())
    made = invitation.ics(one, outside(f"/moeder/{meeting_id}"), said, now())
    kind = f"{invitation.KIND}; charset=utf-8"
    return Response(made, content_type=kind, headers=invitation.HEADERS)
