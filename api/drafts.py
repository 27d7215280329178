"""For designers and who approves: a pathway as it is drawn, what it changes, and what becomes of it.

The acts are those of the page Studie, with its rules: a draft is put into force by somebody else than who drew it.
Each act says which save it is about, so that nothing is decided about a drawing that nobody looked at.
"""

from __future__ import annotations

from typing import Any

from api.blueprint import blueprint
from api.caller import actor, now, store
from api.designing import DraftIn, ForDayIn, MeantIn, RestoreIn, SendBackIn, SubmitIn, TickIn
from api.errors import said
from api.outgoing import (
    ChangeList,
    DeployedOut,
    DraftList,
    DraftOut,
    SavedOut,
    WorklistOut,
    deployed,
)
from engine import studio
from engine.errors import NotFound

bp = blueprint("drafts", "Draw pathways, and put what was drawn into force.", scope="design")
_DRAFT = "/drafts/<string:agreement>/<string:key>"


@bp.get("/drafts")
@bp.response(200, DraftList)
def every() -> dict[str, Any]:
    """List all drafts, the newest save first."""
    return {"items": studio.drafts(store(), actor(), now=now()), "next": None}


@bp.get(_DRAFT)
@bp.response(200, DraftOut)
def draft(agreement: str, key: str) -> dict[str, Any]:
    """Show a pathway's draft, or what is in force as version 0."""
    return studio.draft_of(store(), actor(), agreement, key, now=now())


@bp.put(_DRAFT)
@bp.arguments(DraftIn)
@bp.response(200, SavedOut)
def save(body: dict[str, Any], agreement: str, key: str) -> dict[str, Any]:
    """Save a draft over the save that it was drawn from; 409 with what differs where somebody was first."""
    number = studio.save(store(), actor(), agreement, key, **body, now=now())
    return {"version": number, "saved_at": now()}


@bp.get(f"{_DRAFT}/diff")
@bp.response(200, ChangeList)
def diff(agreement: str, key: str) -> dict[str, Any]:
    """List what a draft changes in the version that is in force when it will be."""
    return {"items": studio.changed(store(), actor(), agreement, key, now=now()), "next": None}


@bp.post(f"{_DRAFT}/submit")
@bp.arguments(SubmitIn)
@bp.response(200, DraftOut)
def submit(body: dict[str, Any], agreement: str, key: str) -> dict[str, Any]:
    """Ask somebody else to approve a draft, for a day to come or at once."""
    studio.submit(store(), actor(), agreement, key, **body, say=said, now=now())
    return _now(agreement, key)


@bp.post(f"{_DRAFT}/approve")
@bp.arguments(MeantIn)
@bp.response(200, DeployedOut)
def approve(body: dict[str, Any], agreement: str, key: str) -> dict[str, Any]:
    """Put somebody else's submitted draft into force, at once or from its day; all or nothing."""
    place = (store(), actor(), agreement, key)
    return deployed(studio.approve(*place, **body, say=said, now=now()))


@bp.post(f"{_DRAFT}/send-back")
@bp.arguments(SendBackIn)
@bp.response(204)
def send_back(body: dict[str, Any], agreement: str, key: str) -> None:
    """Say why a submitted draft is not put into force; who drew it goes on."""
    why = body.pop("note")
    studio.send_back(store(), actor(), agreement, key, why, **body, now=now())


@bp.post(f"{_DRAFT}/renew")
@bp.arguments(ForDayIn)
@bp.response(200, DraftOut)
def renew(body: dict[str, Any], agreement: str, key: str) -> dict[str, Any]:
    """Let a draft stand as it is on the version in force now, after `draft_outdated`."""
    studio.renew(store(), actor(), agreement, key, **body, now=now())
    return _now(agreement, key)


@bp.post(f"{_DRAFT}/discard")
@bp.arguments(MeantIn)
@bp.response(204)
def discard(body: dict[str, Any], agreement: str, key: str) -> None:
    """Throw a draft away; what is in force stays."""
    studio.discard(store(), actor(), agreement, key, **body, now=now())


@bp.post("/processes/<string:key>/restore")
@bp.arguments(RestoreIn)
@bp.response(200, DraftOut)
def restore(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Submit an earlier version's text as a draft, for somebody else to approve; what runs stays where it is."""
    agreement = body.pop("agreement")
    studio.restore(store(), actor(), agreement, key, **body, say=said, now=now())
    return _now(agreement, key)


@bp.get(f"{_DRAFT}/worklist")
@bp.response(200, WorklistOut)
def worklist(agreement: str, key: str) -> dict[str, Any]:
    """Show what a diagram from another editor leaves to decide; 404 where the draft was drawn here."""
    return _left(agreement, key)


@bp.post(f"{_DRAFT}/worklist")
@bp.arguments(TickIn)
@bp.response(200, WorklistOut)
def tick(body: dict[str, Any], agreement: str, key: str) -> dict[str, Any]:
    """Tick something of that list as decided, or take the tick off."""
    place = (store(), actor(), agreement, key)
    studio.tick(*place, body["nth"], body["done"], now=now())
    return _left(agreement, key)


def _left(agreement: str, key: str) -> dict[str, Any]:
    found = studio.worklist(store(), actor(), agreement, key, now=now(), say=said)
    if found is None:
        raise NotFound
    return found


def _now(agreement: str, key: str) -> dict[str, Any]:
    """The draft as the act left it."""
    return studio.draft_of(store(), actor(), agreement, key, now=now())
