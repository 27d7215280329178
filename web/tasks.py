"""One task: its form, the clause behind it, how its date was counted, and who gets the baton then.

Everything typed survives: a refused form comes back filled in and is kept as a draft; where a colleague was
first, the page says so and shows what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions import CannotUndo, DraftNewer
from engine.actions.beside import FIELDS, LARGEST
from engine.errors import (
    Conflict,
    FormInvalid,
    InstanceEnded,
    Invalid,
    StepFailed,
    TaskNotOpen,
    TaskTaken,
)
from web import absence, answering, keeping, relay, sending, terms
from web.clauses import clauses
from web.counted import counted
from web.errors import page, sentence
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]
#: So many comments and files are shown at first.
NEWEST = 10
#: Where somebody else was first; other conflicts are nobody's doing.
_RACES = (Conflict, TaskNotOpen, TaskTaken, InstanceEnded)
#: What a file is told before it is sent; by a name of its own, or its key is taken for a sentence.
_TOO_LARGE = FIELDS["large"]


def add_to(pages: Blueprint) -> None:
    """The task's page and its buttons."""
    pages.add_url_rule("/opgaver/<int:task_id>", "task", _show)
    pages.add_url_rule("/opgaver/<int:task_id>", "complete", _answer, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/tag", "claim", _claim, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/giv-tilbage", "unclaim", _unclaim, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/genaabn", "reopen", _reopen, methods=["POST"])
    pages.add_url_rule("/opgaver/<int:task_id>/overdrag", "delegate", _delegate, methods=["POST"])


def _show(task_id: int) -> str:
    task = _task(task_id)
    return _page(task, {**task["data"], **(task["draft"] or {})}, {})


def _answer(task_id: int) -> Response | str | tuple[Response | str, int]:
    if request.form.get("auto"):
        return keeping.kept(task_id)
    task = _task(task_id)
    typed = answering.typed(task["form"])
    try:
        if request.form.get("do") == "draft":
            keeping.keep(task, typed)
            return redirect(url_for("web.task", task_id=task_id, gemt=1))
        waits = task["status"] == "open" and task["assignee"] in (None, actor().login)
        if waits and keeping.is_older(task):
            raise DraftNewer
        more = not answering.redraws() and answering.unseen(task["form"], typed, task["context"])
        if more or answering.redraws() or request.form.get("do") == "change":
            return _page(task, {**task["data"], **typed}, {}, more=more)
        if waits and (first := _to_look_at(task, typed)):
            return first
        actions.complete(store(), actor(), task_id, typed, now=now())
    except DraftNewer as exc:
        return _page(task, {**task["data"], **typed}, {}, newer=True), exc.status
    except FormInvalid as exc:
        keeping.keep(task, typed)
        return _page(_task(task_id), typed, exc.fields), exc.status
    except (Conflict, StepFailed) as exc:
        if isinstance(exc, TaskNotOpen) and _task(task_id)["closed_by_me"]:
            return redirect(url_for("web.task", task_id=task_id, sendt=1))
        return _lost(task, typed, exc), exc.status
    return redirect(url_for("web.case", case_id=task["case"], faerdig=task_id))


def _to_look_at(task: Json, typed: Json) -> str | None:
    walked = queries.pathway(store(), actor(), task["pathway_id"], now=now())
    return sending.looked_at_first(walked, task, typed)


def _claim(task_id: int) -> Response:
    actions.claim(store(), actor(), task_id, now=now())
    return redirect(url_for("web.task", task_id=task_id, taget=1))


def _unclaim(task_id: int) -> Response:
    actions.unclaim(store(), actor(), task_id, now=now())
    return redirect(url_for("web.inbox", vis="alle", gjort="giv", numre=task_id))


def _delegate(task_id: int) -> Response | str | tuple[str, int]:
    to, note = request.form.get("to", ""), request.form.get("note", "")
    if answering.redraws():
        return shown_again(task_id, "note", {"to": to, "note": note})
    if told := sending.pointed_out(note):
        return _not_handed(task_id, {"note": told}, {"to": to, "note": note, "cpr": "note"}), 422
    try:
        actions.delegate(store(), actor(), task_id, to, note=note, now=now())
    except Invalid as exc:
        known = {
            "to": _("Vælg den kollega, der skal have opgaven."),
            "note": _("Beskeden er for lang."),
        }
        problems = {key: known[key] for key in exc.fields}
        return _not_handed(task_id, problems, {"to": to, "note": note}), exc.status
    return redirect(url_for("web.task", task_id=task_id, overdraget=1))


def _not_handed(task_id: int, problems: Mapping[str, str], typed: Json) -> str:
    task = _task(task_id)
    return _page(task, {**task["data"], **(task["draft"] or {})}, problems, said=typed)


def _reopen(task_id: int) -> Response | tuple[str, int]:
    try:
        actions.reopen(store(), actor(), task_id, now=now())
    except CannotUndo as exc:
        return page(exc.status, _("Det kan ikke fortrydes"), sentence(exc))
    return redirect(url_for("web.task", task_id=task_id, genaabnet=1))


def newest() -> int | None:
    """How many comments and files are shown: the newest; all where that was asked for, or something was refused."""
    return None if request.args.get("alt") or request.method == "POST" else NEWEST


def beside_refused(task_id: int, problems: Mapping[str, str], typed: Json) -> tuple[str, int]:
    """The task's page again, where a comment or a file was not taken."""
    task = _task(task_id)
    values = {**task["data"], **(task["draft"] or {})}
    return _page(task, values, {}, beside=problems, said=typed), 422


def shown_again(task_id: int, field: str, typed: Json) -> str:
    """The task's page again, with what was typed beside the task before one had to log in; the focus is there."""
    task = _task(task_id)
    values = {**task["data"], **(task["draft"] or {})}
    return _page(task, values, {}, said={**typed, "at": field})


# ---- inside ------------------------------------------------------------------------------
def _task(task_id: int) -> Json:
    return queries.task(store(), actor(), task_id, now=now())


def _page(
    task: Json,
    values: Json,
    problems: Mapping[str, str],
    *,
    more: bool = False,
    newer: bool = False,
    beside: Mapping[str, str] | None = None,
    said: Json | None = None,
) -> str:
    walked = queries.pathway(store(), actor(), task["pathway_id"], now=now())
    shown = (
        answering.fields(task["form"], values, task["context"], problems) if task["form"] else ()
    )
    calendar = walked.plan.agreement.calendar
    mine = task["assignee"] == actor().login
    return render_template(
        "task.html",
        section="inbox",
        task=task,
        mine=mine,
        instead=absence.stands_in(task),
        may_send=task["may_take"] and (mine or task["assignee"] is None),
        shown=[one for one in shown if one.kind != "shown"],
        known=[one for one in shown if one.kind == "shown" and one.value],
        clauses=clauses(task["agreement"], task["clauses"]),
        more=more,
        newer=newer,
        beside=queries.beside(store(), actor(), task["id"], most=newest(), now=now()),
        beside_problems=beside or {},
        said=said or {},
        largest=LARGEST,
        too_large=_(_TOO_LARGE),
        filesize=terms.size,
        kept=keeping.when(task),
        warns=sending.warning(),
        live=answering.live(task["form"]),
        problems=answering.problems(problems),
        counted=task["deadline"] and counted(task["deadline"], calendar, now()),
        following=relay.following(walked, [(task["process"], task["element"])], {}),
        sends=sending.sends(walked, task, values),
        stuck=terms.stuck(task["instance_status"]),
    )


def _lost(task: Json, typed: Json, exc: Conflict | StepFailed) -> str:
    return render_template(
        "task_lost.html",
        section="inbox",
        task=task,
        title=_("En anden kom først") if type(exc) in _RACES else _("Opgaven er ikke sendt"),
        sentence=sentence(exc),
        typed=answering.written(task["form"], typed, task["context"]),
    )
