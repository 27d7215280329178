"""How a play begins: the plays of a pathway, and a new one from any step with any data, or from a scenario."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import yaml
from flask import (
    Blueprint,
    abort,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from engine.bpmn.shapes import SUBJECTS, about, usual
from engine.calendar import COPENHAGEN, local
from engine.errors import DiagramInvalid, FormInvalid, Invalid, StafetError
from engine.pathway import Pathway
from engine.studio import beginning, clock, draft_of, lint, plays, trials
from web import answering, terms
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]
BASE = "/studie/<agreement>/<key>/afspil"
#: What a field for names with values may hold.
_LONGEST = 20_000
#: So much of what is wrong is told at once; the drawing tells the rest.
_WRONG = 3


def add_to(pages: Blueprint) -> None:
    """The plays of a pathway."""
    pages.add_url_rule(BASE, "plays", _plays, methods=["GET", "POST"])


def _plays(agreement: str, key: str) -> AnyResponse | str | tuple[str, int]:
    if request.method == "GET":
        return _page(agreement, key, {}, {})
    if request.form.get("do") == "scenarie":
        return _replayed(agreement, key)
    typed = dict(request.form.items())
    try:
        walked, _units = plays.ready(store(), actor(), agreement, key, version(), now=now())
    except Invalid:
        return _page(agreement, key, typed, {}), 422
    answers = answering.typed(_start_form(walked, typed.get("_fra", "")))
    if answering.redraws():
        return _page(agreement, key, typed, {}, answers)
    document, problems = _beginning(typed, answers)
    if len(walked.about) > 1:
        document["subject"] = _subject(walked, typed)
        if typed.get("_om") and SUBJECTS.get(typed["_om"]) not in walked.about:
            problems["_om"] = _("Vælg, hvem sagen handler om.")
    if problems:
        return _page(agreement, key, typed, problems, answers), 422
    title = typed.get("_titel", "").strip()
    place = (store(), actor(), agreement, key)
    try:
        number = beginning.begin(*place, document, version=version(), title=title, now=now())
    except FormInvalid as exc:
        return _page(agreement, key, typed, exc.fields, answers), 422
    except Invalid as exc:
        where = "_data" if isinstance(exc, beginning.NameUnknown) else "_fra"
        return _page(agreement, key, typed, {where: sentence(exc)}, answers), 422
    return redirect(url_for("web.play", agreement=agreement, key=key, play=number))


def _beginning(typed: Mapping[str, str], answers: Json) -> tuple[Json, dict[str, str]]:
    """What was typed as a scenario without steps, and what is wrong with it."""
    problems = {}
    start = None
    with contextlib.suppress(Invalid):
        start = clock.dated(typed.get("_start", ""))
    if start is None:
        problems["_start"] = _("Skriv en dato, fx 24.12.2026 kl. 10.00.")
    more = names(typed.get("_data", ""))
    if more is None:
        problems["_data"] = _("Skriv ét navn og én værdi på hver linje, fx indkaldt: 2026-12-01.")
    document: Json = {
        "start": local(start) if start else "",
        "data": {**(more or {}), **answers},
    }
    if typed.get("_fra"):
        document["from"] = typed["_fra"]
    if typed.get("_samtykke") == "nej":
        document["consent"] = "none"
    if asked := request.form.getlist("_spurgt"):
        document["asked"] = asked
    return document, problems


def _subject(walked: Pathway, typed: Mapping[str, str]) -> str:
    """Whom the play's case is about: what was chosen, where the pathway runs on such a case."""
    chosen = SUBJECTS.get(typed.get("_om", ""), "")
    return chosen if chosen in walked.about else usual(walked.about)


def _replayed(agreement: str, key: str) -> AnyResponse:
    name, nth = request.form.get("navn", ""), request.form.get("nr", "0")
    if not nth.isdecimal():
        abort(400)
    scenario = trials.scenario_of(store(), actor(), agreement, key, name, int(nth[:4]), now=now())
    number = beginning.replay(
        store(), actor(), agreement, key, scenario, version=version(), now=now()
    )
    return redirect(url_for("web.play", agreement=agreement, key=key, play=number))


def _page(
    agreement: str,
    key: str,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    answers: Mapping[str, Any] | None = None,
) -> str:
    draft = draft_of(store(), actor(), agreement, key, now=now())
    found = plays.plays(store(), actor(), agreement, key, now=now())
    broken, walked = "", None
    shown: tuple[Any, ...] = ()
    units: dict[str, str] = {}
    try:
        walked, units = plays.ready(store(), actor(), agreement, key, version(), now=now())
        form = _start_form(walked, typed.get("_fra", ""))
        given = {"sagens_parter": list(units), "adspurgte": list(units)}
        if form:
            shown = answering.fields(
                form, answers or {}, {**given, **about(_subject(walked, typed))}, problems
            )
    except Invalid as exc:
        broken = why(agreement, key, exc)
    start = typed.get("_start") or f"{now().astimezone(COPENHAGEN):%d.%m.%Y kl. %H.%M}"
    return render_template(
        "plays.html",
        section="studio",
        draft=draft,
        found=found,
        broken=broken,
        shown=shown,
        typed={**typed, "_start": start},
        asked=request.form.getlist("_spurgt"),
        problems=answering.problems(problems),
        starts=_starts(walked) if walked else [],
        names=_readable(walked) if walked else [],
        parties=sorted(units),
        subjects=terms.subjects(walked.about if walked else ()),
        subject_words=terms.subject_words(),
        about=_subject(walked, typed) if walked else "",
        live=True,
    )


def why(agreement: str, key: str, exc: StafetError) -> str:
    """Why a drawing cannot be played: what is wrong with which element, in the language of the page."""
    if isinstance(exc, DiagramInvalid) and version() is None:
        draft = draft_of(store(), actor(), agreement, key, now=now())
        bpmn: str = draft["bpmn"]
        found = lint(store(), actor(), bpmn, agreement=agreement, key=key, now=now(), say=_)
        if wrong := [each.message for each in found if each.severity == "error"]:
            return " ".join(wrong[:_WRONG])
    return sentence(exc)


def version() -> int | None:
    """The deployed version that the request asks for; None: the agreement as it is drawn."""
    text = request.values.get("_udgave", "")
    return int(text[:9]) if text.isdecimal() else None


def _start_form(walked: Pathway, begins: str) -> Json | None:
    start = next((it for it in walked.start_actions if begins in ("", it.id)), None)
    form = walked.forms.get(start.form or "") if start else None
    return dict(form) if form else None


def _starts(walked: Pathway) -> list[tuple[str, str]]:
    """Where a play may begin: the start events, then every step that a token can stand on."""
    first = [(it.id, it.name or it.id) for it in walked.start_actions]
    begun = {key for key, _name in first}
    steps = [
        (node.id, f"{node.name or node.id}{f' ({node.lane})' if node.lane else ''}")
        for node in walked.nodes.values()
        if node.id not in begun and node.kind.endswith(("Task", "task", "callActivity", "CatchEvent", "subProcess"))
    ]  # fmt: skip
    return [*first, *sorted(steps, key=lambda each: each[1])]


def _readable(walked: Pathway) -> list[str]:
    return sorted(walked.reads() - {"adspurgte", "sagens_parter"})


def names(text: str) -> Json | None:
    """Names with values, a line each; None where that cannot be read."""
    if len(text) > _LONGEST:
        return None
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        return None
    plain: Json = _plain(found)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
