"""Who saw or changed what of a citizen."""

from __future__ import annotations

from typing import Any

from api.blueprint import blueprint
from api.caller import actor, now, store
from api.incoming import AuditIn
from api.outgoing import LookList
from engine import queries

bp = blueprint("audit", "Who saw or changed what of a citizen: for the citizen's right of access.")


@bp.get("/audit")
@bp.arguments(AuditIn, location="query")
@bp.response(200, LookList)
def seen(query: dict[str, Any]) -> queries.Page:
    """List who saw or changed what of a citizen, newest first."""
    return queries.seen(
        store(),
        actor(),
        citizen_id=query.get("citizen"),
        case_id=query.get("case"),
        after=query.get("after"),
        limit=query["limit"],
        now=now(),
    )
