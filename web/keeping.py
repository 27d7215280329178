"""What is half written is kept: by a button, and by the page itself while one types (`web/src/keeping.js`).

The page says with each draft which one it had before it, so a window that was left open does not write over what
was written in another.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import jsonify, request
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.errors import NotLoggedIn, StafetError
from web import answering, frist
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]
#: The hidden field with the moment of the draft that the page shows; "" where it shows none.
SHOWN = "kladde"


def keep(task: Json, typed: Json) -> None:
    """A draft is its writer's own, so writing one takes the task; raises `DraftNewer`."""
    if task["assignee"] is None:
        actions.claim(store(), actor(), task["id"], now=now())
    if SHOWN not in request.form:
        actions.draft(store(), actor(), task["id"], typed, now=now())
        return
    after = _moment(request.form[SHOWN])
    actions.draft(store(), actor(), task["id"], typed, after=after, now=now())


def kept(task_id: int) -> Response | tuple[Response, int]:
    """The page's own keeping: `said`, a sentence to show, and `kladde`, what the next one names.

    `mine` says that the writer has the task now.
    """
    try:
        task = queries.asked(store(), actor(), task_id, now=now())
        keep(task, answering.typed(task["form"]))
    except NotLoggedIn:
        raise
    except StafetError as exc:
        return jsonify(said=sentence(exc)), exc.status
    said = _("Kladde gemt %(when)s. Kun du kan se den.", when=frist.day_and_clock(now(), now()))
    mine = _("Opgaven er din.") if task["assignee"] is None else None
    return jsonify(said=said, kladde=now().isoformat(), mine=mine)


def is_older(task: Json) -> bool:
    """Whether the page that was sent shows an older draft than there is."""
    return SHOWN in request.form and _moment(request.form[SHOWN]) != task["draft_at"]


def when(task: Json) -> str:
    """The moment of the draft that is shown, for the hidden field."""
    return task["draft_at"].isoformat() if task["draft_at"] else ""


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
