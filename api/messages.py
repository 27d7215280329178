"""Messages from outside: what happened elsewhere and a pathway may wait for."""

from __future__ import annotations

from typing import Any

from api.blueprint import blueprint
from api.caller import actor, now, store
from api.incoming import MessageIn
from api.outgoing import Made
from engine import actions

bp = blueprint("messages", "What happened elsewhere, told to the pathways that wait for it.")


@bp.post("/messages")
@bp.arguments(MessageIn)
@bp.response(201, Made)
def send(body: dict[str, Any]) -> dict[str, Any]:
    """Tell a case's pathways that something happened."""
    number = actions.send(
        store(), actor(), body["name"], body["case"], body["data"], body.get("id"), now=now()
    )
    return {"id": number}
