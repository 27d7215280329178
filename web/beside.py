"""Beside a task: what colleagues say and ask, and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import actions, queries
from engine.actions import beside
from engine.errors import Conflict, Invalid
from web import answering, sending, tasks
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]
#: The page's names of the fields.
_FIELDS = {"text": "kommentar", "to": "spoerg", "file": "fil", "looked": "set"}


def add_to(pages: Blueprint) -> None:
    """Comments and files; a file has an address of its own and is never shown inside a page."""
    pages.add_url_rule("/opgaver/<int:task_id>/kommentar", "comment", _say, methods=["POST"])
    pages.add_url_rule(
        "/opgaver/<int:task_id>/spoergsmaal/<int:question_id>", "answer", _reply, methods=["POST"]
    )
    pages.add_url_rule("/opgaver/<int:task_id>/bilag", "attach", _attach, methods=["POST"])
    pages.add_url_rule("/bilag/<int:attachment_id>", "attachment", _send)
    pages.add_url_rule("/bilag/<int:attachment_id>/fjern", "detach", _detach, methods=["POST"])


def make_room() -> None:
    """A file may be larger than other requests; runs before the form is read."""
    if request.endpoint == "web.attach":
        request.max_content_length = beside.REQUEST


def _say(task_id: int) -> AnyResponse | str | tuple[str, int]:
    text, to = request.form.get("kommentar", ""), request.form.get("spoerg", "")
    if answering.redraws():
        return tasks.shown_again(task_id, "kommentar", {"kommentar": text, "spoerg": to})
    if told := sending.pointed_out(text):
        typed = {"kommentar": text, "spoerg": to, "cpr": "kommentar"}
        return tasks.beside_refused(task_id, {"kommentar": told}, typed)
    try:
        actions.comment_on(store(), actor(), task_id, text, to=to, now=now())
    except Invalid as exc:
        return tasks.beside_refused(task_id, _problems(exc), {"kommentar": text, "spoerg": to})
    return redirect(url_for("web.task", task_id=task_id, _anchor="comments"))


def _reply(task_id: int, question_id: int) -> AnyResponse | str | tuple[str, int]:
    text, field = request.form.get("svar", ""), f"svar-{question_id}"
    if answering.redraws():
        return tasks.shown_again(task_id, field, {field: text})
    if told := sending.pointed_out(text):
        return tasks.beside_refused(task_id, {field: told}, {field: text, "cpr": field})
    try:
        actions.answer(store(), actor(), question_id, text, task_id=task_id, now=now())
    except Invalid as exc:
        return tasks.beside_refused(task_id, {field: _problems(exc)["kommentar"]}, {field: text})
    except Conflict as exc:
        # Who stands in for him was first: what was written is not lost.
        return tasks.beside_refused(task_id, {"kommentar": sentence(exc)}, {"kommentar": text})
    return redirect(url_for("web.task", task_id=task_id, _anchor="comments"))


def _attach(task_id: int) -> AnyResponse | tuple[str, int]:
    sent, looked = request.files.get("fil"), request.form.get("set") == "1"
    name, data = (sent.filename or "", sent.read()) if sent else ("", b"")
    try:
        actions.attach(store(), actor(), task_id, name, data, looked=looked, now=now())
    except Invalid as exc:
        return tasks.beside_refused(task_id, _problems(exc), {})
    except Conflict as exc:
        return tasks.beside_refused(task_id, {"fil": sentence(exc)}, {})
    return redirect(url_for("web.task", task_id=task_id, _anchor="files"))


def _detach(attachment_id: int) -> AnyResponse:
    task_id = actions.detach(store(), actor(), attachment_id, now=now())
    return redirect(url_for("web.task", task_id=task_id, _anchor="files"))


def _send(attachment_id: int) -> Response:
    found = queries.attached(store(), actor(), attachment_id, now=now())
    answer = Response(found["content"], mimetype=found["kind"])
    answer.headers.set("Content-Disposition", "attachment", filename=found["name"])
    # Should a browser show it all the same, nothing in it runs or loads.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _problems(exc: Invalid) -> Mapping[str, str]:
    return {_FIELDS[key]: _(text) for key, text in exc.fields.items()}
