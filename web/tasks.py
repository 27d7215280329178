"""One task: its form, the clause behind it, how its date was counted, and who gets the baton then.

Everything typed survives: a refused form comes back filled in and is kept as a draft; where a colleague was
first, the page says so and shows what was typed.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import forms
from engine import actions, queries
from engine.errors import Conflict, FormInvalid, Invalid
from web import counted
from web.errors import sentence
from web.sessions import actor, now, store


def add_to(pages: Blueprint) -> None:
    """The task's page and its buttons."""
    pages.add_url_rule("/opgaver/<int:task_id>", "task", _show)
    pages.add_url_rule("/opgaver/<int:task_id>", "complete", _answer, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/tag", "claim", _claim, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/giv-tilbage", "unclaim", _unclaim, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/overdrag", "delegate", _delegate, methods=["POST"])


def _show(task_id: int) -> str:
    task = queries.task(store(), actor(), task_id, now=now())
    return _page(task, {**task["data"], **(task.get("draft") or {})}, {})


def _answer(task_id: int) -> Response | tuple[str, int]:
    task = queries.task(store(), actor(), task_id, now=now())
    typed = forms.from_post(task["form"], request.form) if task["form"] else {}
    try:
        if request.form.get("do") == "draft":
            actions.draft(store(), actor(), task_id, typed, now=now())
            return redirect(url_for("web.task", task_id=task_id, gemt=1))
        actions.complete(store(), actor(), task_id, typed, now=now())
    except FormInvalid as exc:
        actions.draft(store(), actor(), task_id, typed, now=now())
        return _page(task, typed, exc.fields), exc.status
    except Conflict as exc:
        return _lost(task, typed, exc), exc.status
    return redirect(url_for("web.case", case_id=task["case"], faerdig=task_id))


def _claim(task_id: int) -> Response:
    actions.claim(store(), actor(), task_id, now=now())
    return redirect(url_for("web.task", task_id=task_id))


def _unclaim(task_id: int) -> Response:
    actions.unclaim(store(), actor(), task_id, now=now())
    return redirect(url_for("web.inbox"))


def _delegate(task_id: int) -> Response:
    actions.delegate(store(), actor(), task_id, request.form.get("to", ""), now=now())
    return redirect(url_for("web.task", task_id=task_id, overdraget=1))
