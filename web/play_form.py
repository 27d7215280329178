"""A task or an event in a play: the form as staff get it, answered as somebody of the play."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import (
    Blueprint,
    redirect,
    render_template,
    request,
    url_for,
)

from engine.errors import FormInvalid, Invalid
from engine.studio import acting
from engine.studio.boards import Board
from web import answering, frist, playing, relay
from web.clauses import clauses
from web.counted import counted
from web.errors import sentence
from web.play import board
from web.sessions import actor, now, store

Json = dict[str, Any]
_STEP = "/studie/<agreement>/<key>/afspil/<int:play>/<int:step>"


def add_to(pages: Blueprint) -> None:
    """Both kinds of forms."""
    both = ["GET", "POST"]
    pages.add_url_rule(f"{_STEP}/opgave/<int:walk>/<ref>", "play_task", _task, methods=both)
    pages.add_url_rule(f"{_STEP}/handling/<int:walk>/<event>", "play_act", _act, methods=both)


def _task(agreement: str, key: str, play: int, step: int, walk: int, ref: str) -> Any:
    here = board(agreement, key, play, step)
    if here.table is None or here.stopped:
        return redirect(url_for("web.play", agreement=agreement, key=key, play=play))
    task = acting.task_on(here.table, walk, ref)
    form = here.table.walks[walk].source.forms.get(task.form or "")

    def send(answers: Json) -> None:
        acting.complete(store(), actor(), play, step, walk, ref, answers, now=now())

    return _form_page(here, walk, task, form, task.data, send)


def _act(agreement: str, key: str, play: int, step: int, walk: int, event: str) -> Any:
    here = board(agreement, key, play, step)
    if here.table is None or here.stopped:
        return redirect(url_for("web.play", agreement=agreement, key=key, play=play))
    it = acting.action_on(here.table, walk, event)
    form = here.table.walks[walk].source.forms.get(it.form or "")

    def send(answers: Json) -> None:
        acting.report(store(), actor(), play, step, walk, event, answers, now=now())

    return _form_page(here, walk, it, form, {}, send)


def _form_page(
    here: Board, walk: int, it: Any, form: Json | None, known: Json, send: Callable[[Json], None]
) -> Any:
    """The form as staff get it, answered as somebody of the play."""
    table = here.table
    assert table is not None
    context = table.seen(known)
    if request.method == "GET":
        return _shown(here, walk, it, form, dict(known), {}, context)
    typed = answering.typed(form)
    if request.form.get("do") == "eksempel" and form is not None and it.form:
        made = {**table.sample(table.walks[walk], it.form, {}, known), **_given(typed)}
        return _shown(here, walk, it, form, {**known, **made}, {}, context)
    more = not answering.redraws() and answering.unseen(form, typed, context)
    if more or answering.redraws():
        return _shown(here, walk, it, form, {**known, **typed}, {}, context, more=more)
    try:
        send(typed)
    except FormInvalid as exc:
        return _shown(here, walk, it, form, typed, exc.fields, context), exc.status
    except Invalid as exc:
        return _shown(here, walk, it, form, typed, {"": sentence(exc)}, context), exc.status
    return redirect(url_for("web.play", agreement=here.agreement, key=here.key, play=here.id))


def _given(typed: Json) -> Json:
    return {name: value for name, value in typed.items() if value not in (None, "", [], False)}


def _shown(
    here: Board,
    walk: int,
    it: Any,
    form: Json | None,
    values: Json,
    problems: Mapping[str, str],
    context: Json,
    *,
    more: bool = False,
) -> str:
    table = here.table
    assert table is not None
    found = table.walks[walk]
    shown = answering.fields(form, values, context, problems) if form else ()
    ref = getattr(it, "ref", None)
    row = playing.dated(table, walk, it) if ref else None
    element = it.element if ref else it.id
    return render_template(
        "play_form.html",
        section="studio",
        play=here,
        it=it,
        is_task=bool(ref),
        unit=playing.unit(table, it.party),
        roles=", ".join(found.pathway.plan.agreement.roles(it.lane)),
        walk=found,
        shown=[one for one in shown if one.kind != "shown"],
        known=[one for one in shown if one.kind == "shown" and one.value],
        clauses=clauses(here.agreement, it.clauses),
        more=more,
        live=answering.live(form),
        form=form,
        problems=answering.problems(problems),
        deadline=row,
        counted=row and counted(row, found.pathway.plan.agreement.calendar, table.now),
        following=relay.following(found.pathway, [(it.process, element)], table.parties),
        clock=f"{frist.day(table.now, table.now, year=True)} {frist.clock(table.now)}",
        **playing.words(table),
    )  # fmt: skip
