"""Beside a task: what colleagues say and ask, and files.  Read and written by the unit that has the task."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from marshmallow import Schema, fields

from api.blueprint import BYTES, NUMBER, blueprint
from api.caller import actor, now, store
from api.incoming import ListIn, _text
from api.outgoing import Made, Shown, _id, _maybe_text, _moment, _page, _warnings
from api.outgoing import _text as _shown_text
from api.pointing import warnings
from engine import actions, queries
from engine.actions import beside

bp = blueprint(
    "beside", "What colleagues say and ask beside a task, and files; it stays in the unit."
)
_SEALED = {"description": "Kept encrypted; it is not the task's answer and is sent to nobody."}
#: How a file comes in, and what goes out.
_FILE = {"type": "object", "required": ["file"], "properties": {
    "file": BYTES | {"description": "PDF, PNG or JPEG by what is in it, at most 10 MB."},
    "looked": {"type": "string", "enum": ["1"],
        "description": "Of a picture: you looked, and it shows nobody else's CPR number."},
}}  # fmt: skip
_KINDS = {kind: {"schema": BYTES} for kind in beside.BEGINS.values()}


class CommentIn(Schema):
    """What you say, and whom you ask."""

    text = _text(beside.LONGEST, required=True, metadata=_SEALED)
    to = _text(80, metadata={"description": "A colleague's login: it is a question to them."})


class AnswerIn(Schema):
    """The answer to a question."""

    text = _text(beside.LONGEST, required=True, metadata=_SEALED)


class Said(Made):
    """What was said."""

    warnings = _warnings()


class Answer(Shown):
    """What was answered."""

    id = _id()
    at = _moment()
    by = _shown_text()
    text = _shown_text()


class Comment(Shown):
    """What somebody said about a task, or asked a colleague."""

    id = _id()
    task = _id()
    at = _moment()
    by = _shown_text()
    to = _maybe_text(metadata={"description": "Who is asked; null: nobody."})
    text = _shown_text()
    answered = fields.Boolean(required=True)
    may_answer = fields.Boolean(
        required=True, metadata={"description": "Whether it waits for you."}
    )
    answer = fields.Nested(Answer, required=True, allow_none=True)


class Question(Shown):
    """What a colleague asked you and has not heard about."""

    id = _id()
    task = _id()
    name = _shown_text(metadata={"description": "The task's."})
    by = _shown_text()
    at = _moment()


class Attachment(Shown):
    """A file beside a task."""

    id = _id()
    task = _id()
    at = _moment()
    by = _shown_text()
    name = _shown_text()
    kind = _shown_text(metadata={"description": "The media type, as its first bytes say."})
    size = fields.Integer(required=True, metadata={"description": "Bytes."})
    mine = fields.Boolean(required=True, metadata={"description": "Whether you put it there."})


CommentList, QuestionList, AttachmentList = _page(Comment), _page(Question), _page(Attachment)


@bp.before_request
def make_room() -> None:
    """A file may be larger than other requests; runs before the form is read."""
    if request.endpoint == f"{bp.name}.attach":
        request.max_content_length = beside.REQUEST


@bp.get(f"/tasks/<{NUMBER}:task_id>/comments")
@bp.arguments(ListIn, location="query")
@bp.response(200, CommentList)
def comments(query: dict[str, Any], task_id: int) -> queries.Page:
    """List what was said about a task, the oldest first; an answer stands in its question."""
    _look(task_id)
    return queries.comments(store(), actor(), task_id, **query)


@bp.post(f"/tasks/<{NUMBER}:task_id>/comments")
@bp.arguments(CommentIn)
@bp.response(201, Said)
def comment(body: dict[str, Any], task_id: int) -> dict[str, Any]:
    """Say something about a task, or ask a colleague; the same again within a minute is said once."""
    to = body.get("to", "")
    number = actions.comment_on(store(), actor(), task_id, body["text"], to=to, now=now())
    return {"id": number, "warnings": warnings({"text": body["text"]})}


@bp.get("/questions")
@bp.response(200, QuestionList)
def questions() -> dict[str, Any]:
    """List the questions that wait for your answer, the oldest 20, without their words."""
    return {"items": queries.questions(store(), actor(), now=now()), "next": None}


@bp.post(f"/questions/<{NUMBER}:question_id>/answer")
@bp.arguments(AnswerIn)
@bp.response(204)
def answer(body: dict[str, Any], question_id: int) -> None:
    """Answer what you were asked, or who you stand in for; who asked is told by mail."""
    actions.answer(store(), actor(), question_id, body["text"], now=now())


@bp.get(f"/tasks/<{NUMBER}:task_id>/attachments")
@bp.arguments(ListIn, location="query")
@bp.response(200, AttachmentList)
def attachments(query: dict[str, Any], task_id: int) -> queries.Page:
    """List the files beside a task, the oldest first."""
    _look(task_id)
    return queries.attachments(store(), actor(), task_id, **query)


@bp.post(f"/tasks/<{NUMBER}:task_id>/attachments")
@bp.doc(requestBody={"required": True, "content": {"multipart/form-data": {"schema": _FILE}}})
@bp.response(201, Made)
def attach(task_id: int) -> dict[str, Any]:
    """Put a file beside an open task; the same again within a minute is put there once."""
    sent, looked = request.files.get("file"), request.form.get("looked") == "1"
    name, data = (sent.filename or "", sent.read()) if sent else ("", b"")
    number = actions.attach(store(), actor(), task_id, name, data, looked=looked, now=now())
    return {"id": number}


@bp.get(f"/attachments/<{NUMBER}:attachment_id>")
@bp.response(200, BYTES, content_type=next(iter(_KINDS)))
@bp.doc(responses={200: {"content": _KINDS}})
def attachment(attachment_id: int) -> Response:
    """Get a file; the look is noted."""
    found = queries.attached(store(), actor(), attachment_id, now=now())
    made = Response(found["content"], mimetype=found["kind"])
    made.headers.set("Content-Disposition", "attachment", filename=found["name"])
    made.headers["Cache-Control"] = "no-store"
    return made


@bp.post(f"/attachments/<{NUMBER}:attachment_id>/remove")
@bp.response(204)
def detach(attachment_id: int) -> None:
    """Remove a file that you put beside a task, while the task is open."""
    actions.detach(store(), actor(), attachment_id, now=now())


def _look(task_id: int) -> None:
    # The look at the task covers what stands beside it.
    queries.task(store(), actor(), task_id, now=now())
