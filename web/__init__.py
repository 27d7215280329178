"""Pages for staff: Flask views, Jinja templates on dkfds, Danish first.

`register(app)` adds everything.  A view asks `engine.queries`, calls one of `engine.actions`, and renders a page that
works without JavaScript; what was typed survives errors, lost races, full disks and ended sessions.

    inbox.py filters.py kept.py bulk.py      what waits for me, how I look at it, several tasks at once
    tasks.py messages.py                     one task, what was told to my unit
    opening.py cases.py pathways.py          a new case, the cases, the pathways in use
    mailing.py                               how one is told by mail
    lending.py holding.py                    cases that are lent, emergencies; how long a case is kept
    consents.py                              a consent taken back
    operations.py causes.py                  what is stuck, why, and what moves it on
    walks.py acts.py changes.py              one instance as operators see it, and what they do to it
    found.py letters.py listing.py outgoing.py  lists for operators
    alarms.py                                who is told of it, and a cause that is silenced
    batches.py                               one act on all that is stuck for a cause
    chosen.py                                one act on the instances that were chosen in the list
    reports.py                               which deadlines were kept
    meetings.py                              meetings, and their files for a calendar
    documents.py                             plans and minutes: versions side by side, answers, PDF
    dates.py                                 every date one owes: list, month, feed
    absence.py                               who stands in for whom
    beside.py keeping.py sending.py          comments and files, drafts, what leaves with a task
    studio.py                                pathways as they are drawn, and what a colleague approves
    worklist.py                              what another editor's diagram leaves to decide
    editors.py editor_words.py               their forms and tables, and what is read while one types
    play.py play_begin.py play_form.py playing.py  a pathway walked on a clock of its own, its forms, its words
    heat.py                                  how often and how long one is at each step
    trials.py whatif.py                      all its scenarios over the drawing; two versions under the same load
    relay.py onward.py                       who has the baton, and who gets it then
    frist.py counted.py terms.py clauses.py  words for time, for how it was counted, for codes, for the agreement
    answering.py                             a form on a page
    oidc.py provider.py published.py         logging in by an identity provider, and out
    tokens.py                                programs that act as oneself
    sessions.py errors.py words.py           who is here, every "no" as a page, the language
    assets.py catalogue.py                   built files, both catalogues
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from flask_babel import Babel

import forms
from engine import access, queries
from web import (
    absence,
    alarms,
    approving,
    assets,
    batches,
    beside,
    bulk,
    cases,
    chosen,
    compared,
    consents,
    counted,
    dates,
    documents,
    editors,
    errors,
    folders,
    found,
    frist,
    heat,
    holding,
    inbox,
    kept,
    lending,
    letters,
    listing,
    mailing,
    meetings,
    messages,
    moving,
    oidc,
    opening,
    operations,
    outgoing,
    pathways,
    play,
    play_begin,
    play_form,
    reports,
    restoring,
    sending,
    sessions,
    studio,
    tasks,
    terms,
    tokens,
    trials,
    walks,
    whatif,
    worklist,
)
from web.headers import CSP, HTTPS_ONLY
from web.words import _


def register(app: Flask) -> None:
    """Add the pages, their language and their headers to the app."""
    translations = str(Path(__file__).parent / "translations")
    Babel(
        app,
        default_locale="da",
        default_timezone="Europe/Copenhagen",
        default_translation_directories=translations,
        locale_selector=_language,
    )
    pages = Blueprint("web", __name__, template_folder="templates")
    pages.add_url_rule("/static/<path:filename>", "static", assets.send)
    pages.before_request(beside.make_room)
    pages.before_request(sessions.check_csrf)
    pages.after_request(sessions.remember_visitor)
    pages.after_app_request(_headers)
    for room in (
        sessions,
        oidc,
        tokens,
        inbox,
        kept,
        bulk,
        tasks,
        absence,
        dates,
        beside,
        messages,
        meetings,
        opening,
        cases,
        consents,
        documents,
        pathways,
        compared,
        heat,
        restoring,
        moving,
        operations,
        alarms,
        found,
        letters,
        listing,
        outgoing,
        walks,
        batches,
        chosen,
        studio,
        approving,
        folders,
        worklist,
        editors,
        play_begin,
        play,
        play_form,
        trials,
        whatif,
        reports,
        lending,
        mailing,
        holding,
    ):
        room.add_to(pages)
    errors.add_to(app, pages)
    app.register_blueprint(pages)
    app.context_processor(_words)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _language() -> str:
    if "language" not in g:
        g.language = sessions.language()
    chosen: str = g.language
    return chosen


def _headers(answer: Response) -> Response:
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    if sessions.house().settings.secure_cookies:
        answer.headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
    if answer.mimetype == "text/html":
        answer.headers.setdefault("Content-Security-Policy", CSP)
    if request.endpoint != "web.static":
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _words() -> dict[str, Any]:
    if request.path.startswith("/api/"):
        return {}  # the API's own pages have no session
    now = sessions.now()
    return {
        "asset": assets.asset,
        "csrf_token": sessions.csrf_token,
        "session": sessions.session(),
        "is_staff": sessions.is_staff,
        "cpr_warning": sending.warning,
        "settings": sessions.house().settings,
        "request_id": g.get("request_id", ""),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
        "menu": _menu,
        "emergencies_waiting": lending.waiting,
        "waiting": inbox.waiting,
        "questions_waiting": inbox.asked,
        "demo_people": _demo_people,
        "language": _language(),
        "languages": sessions.LANGUAGES,
        "now": now,
        "anchor": forms.anchor,
        "weekdays": frist.weekdays,
        "moment": frist.moment,
        "counts_from": lambda deadline: counted.sentence(deadline, now),
        "days_of": lambda deadline: counted.line(deadline, now),
        "chip": lambda deadline: frist.chip(deadline, now),
        "day": lambda when, **more: frist.day(_when(when), now, **more),
        "at": lambda when: frist.day_and_clock(_moment(when), now),
        "due": lambda when: frist.due(_moment(when), now),
        "whom": terms.whom,
        "clock": lambda when: frist.clock(_moment(when)),
    }


def _menu() -> list[tuple[str, str, str]]:
    """Only pages that hold something for whoever is logged in."""
    who = sessions.session()
    work = [("inbox", "web.inbox", _("Mine opgaver")), ("cases", "web.cases", _("Sager"))]
    house = who is not None and access.may_operate(who.actor)
    reads = who is not None and access.may_report(who.actor)
    return [
        *([("operations", "web.operations", _("Driftsoverblik"))] if house else ()),
        *(work if who and sessions.is_staff(who.actor) else ()),
        *([("report", "web.deadline_report", _("Fristrapport"))] if reads else ()),
        ("pathways", "web.pathways", _("Forløb")),
        *([("studio", "web.studio", _("Studie"))] if who and studio.may_look(who.actor) else ()),
        *(
            [("emergencies", "web.emergencies", _("Gennemsyn"))]
            if who and queries.may_inspect(who.actor)
            else ()
        ),
        *(
            [("glass", "web.glass", _("Nødadgang"))]
            if who and access.may_break_glass(who.actor)
            else ()
        ),
    ]


def _demo_people() -> list[tuple[str, str]]:
    return [
        ("sygeplejerske", _("Sygeplejerske")),
        ("laege", _("Overlæge")),
        ("kommune", _("Myndighedsrådgiver i kommunen")),
        ("kriminalforsorg", _("Tilsynsførende i Kriminalforsorgen")),
        ("egenlaege", _("Praktiserende læge")),
        ("leder", _("Leder")),
        ("designer", _("Procesdesigner")),
        ("drift", _("Driftsansvarlig")),
    ]


def _when(when: str | datetime | date) -> datetime | date:
    return when if isinstance(when, date) and not isinstance(when, datetime) else _moment(when)


def _moment(when: Any) -> datetime:
    found = frist.moment(when)
    if found is None:
        raise ValueError("a page asked for the words of no moment")
    return found
