"""Reading a case without a part in it: lent by a leader, or opened in an emergency that leaders look at."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.blueprint import NUMBER, blueprint
from api.caller import actor, glass_hours, now, store
from api.incoming import _HOME, _number, _text
from api.outgoing import Error, Made, Shown, _id, _maybe_moment, _maybe_text, _moment, _page
from api.outgoing import _text as _shown_text
from engine import actions, queries
from engine.actions.hand import LONGEST

bp = blueprint("lending", "Reading a case without a part in it, with a reason and an end.")
_SEALED = {"description": "Kept encrypted; no CPR number."}


class LoanIn(Schema):
    """To whom, why and until when."""

    to = _text(80, required=True, metadata={"description": "A login."})
    reason = _text(LONGEST, required=True, metadata=_SEALED)
    until = fields.AwareDateTime(format="iso", default_timezone=_HOME, required=True)
    instance = _number(metadata={"description": "Only this one; left out: all that the unit sees."})


class EmergencyIn(Schema):
    """Whom it is about, and why it cannot wait."""

    citizen = _text(200, required=True, metadata={"description": "CPR number or whole name."})
    reason = _text(LONGEST, required=True, metadata=_SEALED)


class ReviewIn(Schema):
    """What came of it."""

    note = _text(LONGEST, required=True, metadata=_SEALED)


class Loan(Shown):
    """A case that is lent."""

    id = _id()
    to = _shown_text()
    by = _shown_text()
    instance = fields.Integer(required=True, allow_none=True)
    reason = _shown_text()
    begins_at = _moment()
    ends_at = _moment()
    withdrawn_at = _maybe_moment()
    running = fields.Boolean(required=True)


class Emergency(Shown):
    """A case that somebody opened in an emergency."""

    id = _id()
    case = _id()
    citizen = _maybe_text(metadata={"description": "Null for who does not see the case."})
    by = _shown_text()
    reason = _maybe_text(metadata={"description": "Null for operators, who see no free text."})
    begins_at = _moment()
    ends_at = _moment()
    looks = fields.Integer(required=True)
    reviewed_at = _maybe_moment()
    note = _maybe_text(metadata={"description": "Null for operators who did not write it."})
    unled = fields.Boolean(
        required=True, metadata={"description": "Nobody in the unit may look at it: operators do."}
    )


class Broken(Shown):
    """The cases that are open now."""

    cases = fields.List(fields.Integer(), required=True)


LoanList, EmergencyList = _page(Loan), _page(Emergency)


@bp.get(f"/cases/<{NUMBER}:case_id>/loans")
@bp.response(200, LoanList)
def loans(case_id: int) -> dict[str, Any]:
    """List what your unit lent of a case."""
    return {"items": queries.loans(store(), actor(), case_id, now=now()), "next": None}


@bp.post(f"/cases/<{NUMBER}:case_id>/loans")
@bp.arguments(LoanIn)
@bp.response(201, Made)
def lend(body: dict[str, Any], case_id: int) -> dict[str, Any]:
    """Let somebody read a case until a moment."""
    number = actions.lend(
        store(),
        actor(),
        case_id,
        body["to"],
        body["reason"],
        body["until"],
        instance_id=body.get("instance"),
        now=now(),
    )
    return {"id": number}


@bp.post(f"/loans/<{NUMBER}:loan_id>/withdraw")
@bp.response(204)
def withdraw(loan_id: int) -> None:
    """Take back what your unit lent."""
    actions.withdraw(store(), actor(), loan_id, now=now())


@bp.get("/emergencies")
@bp.response(200, EmergencyList)
def emergencies() -> dict[str, Any]:
    """List emergencies that your unit must look at, or has; operators those of units where nobody may."""
    return {"items": queries.emergencies(store(), actor(), now=now()), "next": None}


@bp.post("/emergencies")
@bp.arguments(EmergencyIn)
@bp.response(201, Broken)
@bp.alt_response(429, schema=Error, description="Asked too often within the hour.")
def break_glass(body: dict[str, Any]) -> dict[str, Any]:
    """Open a citizen's cases in an emergency, to read for some hours."""
    found = actions.break_glass(
        store(), actor(), body["citizen"], body["reason"], hours=glass_hours(), now=now()
    )
    return {"cases": found}


@bp.post(f"/emergencies/<{NUMBER}:review_id>/review")
@bp.arguments(ReviewIn)
@bp.response(204)
def review(body: dict[str, Any], review_id: int) -> None:
    """Write what came of looking at an emergency."""
    actions.reviewed(store(), actor(), review_id, body["note"], now=now())
