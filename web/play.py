"""The studio's Play: a pathway as it is drawn, walked on a clock of its own.

    /studie/<agreement>/<key>/afspil            the plays of a pathway, and how a new one begins (play_begin.py)
    /studie/<agreement>/<key>/afspil/<play>     the board: clock, diagram, tasks, deadlines, messages, steps
    …/<step>/opgave/…  …/<step>/handling/…      one task or event, answered as a role of the play (play_form.py)
    …/scenarie.yaml                             the play as a scenario file

Every button names the step that its page showed: what is done from an earlier one is a branch of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from engine.calendar import DANISH
from engine.errors import Invalid, NotFound, StafetError
from engine.studio import acting, beginning, clock, plays, recording
from engine.studio.boards import Board
from web import frist, playing
from web.errors import sentence
from web.play_begin import BASE, names, why
from web.sessions import actor, language, now, safe, store

Json = dict[str, Any]
_ONE = f"{BASE}/<int:play>"


def add_to(pages: Blueprint) -> None:
    """One play: its board, its drawings, its file."""
    pages.add_url_rule(_ONE, "play", _play, methods=["GET", "POST"])
    pages.add_url_rule(f"{_ONE}/diagram", "play_diagram", _diagram)
    pages.add_url_rule(f"{_ONE}/scenarie.yaml", "play_file", _file)


def _play(agreement: str, key: str, play: int) -> AnyResponse | str | tuple[str, int]:
    if request.method == "POST":
        return _done(agreement, key, play)
    return _board_page(board(agreement, key, play, request.args.get("trin", type=int)))


def board(agreement: str, key: str, play: int, step: int | None = None) -> Board:
    """The play, where it belongs to this pathway; raises `NotFound`."""
    found = plays.board(store(), actor(), play, step, now=now())
    if (found.agreement, found.key) != (agreement, key):
        raise NotFound
    return found


def _done(agreement: str, key: str, play: int) -> AnyResponse | tuple[str, int]:
    """A button on the board."""
    do, step = request.form.get("do", ""), request.form.get("trin", type=int)
    here = board(agreement, key, play, step)
    acts: dict[str, Callable[[], str | None]] = {
        "vent": lambda: _waited(here, request.form.get("tid", "")),
        "naeste": lambda: _to_next(here),
        "gaa": lambda: _went(here),
        "besked": lambda: _heard(here),
        "spol": lambda: _forwarded(here),
        "gem": lambda: _kept(here),
        "slet": lambda: _forgotten(here),
    }
    if do not in acts:
        abort(400)
    try:
        goal = acts[do]()
    except Invalid as exc:
        said = (
            next(iter(exc.fields.values()), "") if isinstance(exc, recording.ScenarioFails) else ""
        )
        return _board_page(here, problem=f"{sentence(exc)} {said}".strip(), of=do), exc.status
    return redirect(safe(goal or url_for("web.play", agreement=agreement, key=key, play=play)))


def _waited(here: Board, text: str) -> None:
    since = here.table.now if here.table else now()
    try:
        calendar = here.pathway.plan.agreement.calendar
    except StafetError:
        calendar = DANISH
    _wait(here, clock.moment(text, since, calendar))


def _to_next(here: Board) -> None:
    at = playing.next_moment(here.table) if here.table else None
    if at is None or here.table is None:
        raise acting.NothingHappens
    # What is due already, and only waits for the clock to be looked at, happens in the next second.
    _wait(here, max(at, here.table.now + (timedelta(seconds=1))))


def _wait(here: Board, until: datetime) -> None:
    acting.wait(store(), actor(), here.id, here.step, until, now=now())


def _went(here: Board) -> None:
    plays.go(store(), actor(), here.id, request.form.get("til", 0, type=int), now=now())


def _heard(here: Board) -> None:
    data = names(request.form.get("_data", ""))
    if data is None:
        raise beginning.NamesUnreadable
    name = request.form.get("navn", "")
    acting.tell(store(), actor(), here.id, here.step, name, data, now=now())


def _forwarded(here: Board) -> None:
    element = request.form.get("element", "")
    acting.forward(store(), actor(), here.id, here.step, element, now=now())


def _kept(here: Board) -> str:
    title = request.form.get("titel", "").strip()
    if not title:
        raise recording.TitleMissing
    name = recording.keep(store(), actor(), here.id, here.step, title, now=now())
    return url_for("web.trials", agreement=here.agreement, key=here.key, gemt=name)


def _forgotten(here: Board) -> str:
    plays.forget(store(), actor(), here.id, now=now())
    return url_for("web.plays", agreement=here.agreement, key=here.key)


def _board_page(here: Board, *, problem: str = "", of: str = "") -> str:
    seen = playing.seen(here, language())
    name = here.key
    with contextlib.suppress(StafetError):
        name = here.pathway.name
    return render_template(
        "play.html",
        section="studio",
        play=here,
        seen=seen,
        name=name,
        problem=problem,
        of=of,
        typed=request.form,
        stopped=why(here.agreement, here.key, here.stopped) if here.stopped else "",
        shown=_chosen(seen, here.key),
        steps_to=_elements(here),
        **(playing.words(here.table) if here.table else {}),
    )  # fmt: skip


def _chosen(seen: Json, key: str) -> str:
    """Which drawing is shown: `<walk>.<process>`, the one that was asked for, else where somebody has a task."""
    known = [f"{w['n']}.{part['key']}" for w in seen.get("walks", ()) for part in w["parts"]]
    asked = request.args.get("vis", "")
    waiting = [f"{task['n']}.{task['process']}" for task in seen.get("tasks", ())]
    return next((each for each in (asked, *waiting) if each in known), f"0.{key}")


def _elements(here: Board) -> list[tuple[str, str]]:
    """The tasks that one can wind forward to."""
    try:
        found = here.pathway.elements.values()
    except StafetError:
        return []
    tasks = [(each.id, each.name or each.id) for each in found if each.kind == "userTask"]
    return sorted(tasks, key=lambda each: each[1])


def _diagram(agreement: str, key: str, play: int) -> Response:
    """A drawing of one of the walks, with where it stands, what it passed, and its deadlines."""
    here = board(agreement, key, play, request.args.get("trin", type=int))
    walk, part = request.args.get("forloeb", 0, type=int), request.args.get("part", key)
    if here.table is None or not 0 <= walk < len(here.table.walks):
        source = here.drawn.shelf.sources[key]
        return jsonify(bpmn=source.bpmn, tokens=[], done=[], due={}, links={})
    table, found = here.table, here.table.walks[walk]
    source = found.source
    bpmn = source.bpmn if part == source.key else source.parts.get(part, source.bpmn)
    open_ = [(n, t) for n, t in table.open() if n == walk and t.process == part]
    place: Json = {"agreement": agreement, "key": key, "play": play, "step": here.step}
    links = {
        task.element: url_for("web.play_task", **place, walk=n, ref=task.ref)
        for n, task in reversed(open_)
    }
    dues = {t.element: playing.dated(table, n, t) for n, t in reversed(open_)}
    return jsonify(
        bpmn=bpmn,
        tokens=list(found.step.tokens),
        done=[e for n, process, e in table.records.passed if n == walk and process == part],
        due={e: frist.due(datetime.fromisoformat(d["due_at"]), table.now) for e, d in dues.items() if d},
        links=links,
    )  # fmt: skip


def _file(agreement: str, key: str, play: int) -> Response:
    here = board(agreement, key, play, request.args.get("trin", type=int))
    title = request.args.get("titel", "").strip() or here.title or here.pathway.name
    text = recording.as_yaml(recording.recorded(here, title))
    answer = Response(text, mimetype="application/yaml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{recording.named(title)}.yaml"'
    return answer
