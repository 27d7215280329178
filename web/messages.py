"""A message to my unit: what it says, and that I have opened it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from web import meetings
from web.sessions import actor, now, store


def add_to(pages: Blueprint) -> None:
    """Messages and reminders."""
    pages.add_url_rule("/beskeder/<int:message_id>", "message", _show)
    pages.add_url_rule("/beskeder/<int:message_id>", "open_message", _open, methods=["POST"])
    pages.add_url_rule("/paamindelser/<int:notice_id>", "read_notice", _read, methods=["POST"])


def _show(message_id: int) -> str:
    found = queries.message(store(), actor(), message_id, now=now())
    meeting = meetings.invited_by(found)
    return render_template("message.html", section="inbox", message=found, meeting=meeting)


def _open(message_id: int) -> Response:
    actions.open_message(store(), actor(), message_id, now=now())
    return redirect(url_for("web.message", message_id=message_id))


def _read(notice_id: int) -> Response:
    actions.read_notice(store(), actor(), notice_id, now=now())
    return redirect(url_for("web.inbox"))
