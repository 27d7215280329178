"""Logging in, the session's cookie, the CSRF token of each form and the language.

The cookie holds only the session's secret (`engine.logins`).  Before anybody is logged in, the token of the
login form stands in a cookie of its own and must be repeated by the form.  What somebody was writing when the
session ended goes through the login with them (`log_in_again`), so nothing is typed twice.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from engine import access, logins
from engine.errors import Forbidden, LocalLoginsOff, LoginRefused, NotLoggedIn, TooFast
from engine.model import Actor
from engine.store import Store
from web.words import _

VISITOR = "stafet_besoeg"
LANGUAGE = "stafet_sprog"
LANGUAGES = {"da": "Dansk", "en": "English"}

#: Forms that one writes in, by endpoint; what was typed in them survives a login.
LONG_FORMS = (
    "web.complete", "web.start", "web.act", "web.open_case",
    "web.comment", "web.answer", "web.delegate", "web.bulk", "web.keep_filter",
)  # fmt: skip
#: Forms that one sends before one has logged in, and what no form sends: it proves itself by its signature.
FOR_VISITORS = ("web.log_in", "web.begin_login", "web.choose_language")
NO_FORMS = ("web.logged_out_there",)
#: Put before the names of their fields on the way through the login form.
_KEPT = "kept:"


class FormTooOld(Forbidden):
    """This form has been open for too long. Go back, reload the page and try again."""

    code = "form_too_old"


def house() -> Any:
    """The store, the settings and the clock (`stafet.app.House`)."""
    return current_app.extensions["stafet"]


def store() -> Store:
    """The open store."""
    found: Store = house().store
    return found


def now() -> datetime:
    """One moment for the whole request."""
    if "now" not in g:
        g.now = house().now()
    moment: datetime = g.now
    return moment


def session() -> logins.Session | None:
    """The living session of this request, looked up once."""
    if "session" not in g:
        secret = request.cookies.get(logins.COOKIE, "")
        g.session = logins.session(store(), secret, now=now()) if secret else None
    found: logins.Session | None = g.session
    return found


def actor() -> Actor:
    """Who is logged in; raises `NotLoggedIn`, which sends the browser to the login page."""
    found = session()
    if found is None:
        raise NotLoggedIn
    return found.actor


def is_staff(who: Actor) -> bool:
    """Whether the person can have tasks and cases, and does not only draw or run pathways."""
    return any(m.role not in (access.DESIGNER, access.OPERATOR) for m in who.memberships)


def language() -> str:
    """The language that was chosen, else the person's own, else Danish."""
    chosen = request.cookies.get(LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    found = session() if request.blueprint == "web" else None
    return found.actor.language if found else "da"


def csrf_token() -> str:
    """What a form on this page must send back."""
    found = session()
    if found:
        return found.csrf
    if "visitor" not in g:
        g.visitor = request.cookies.get(VISITOR) or secrets.token_urlsafe(24)
    token: str = g.visitor
    return token


def check_csrf() -> None:
    """Refuse a form that this site did not make; runs before each view."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.endpoint in NO_FORMS:
        return
    found = session()
    right = found.csrf if found else request.cookies.get(VISITOR, "")
    sent = request.form.get("csrf", "")
    if not found and request.endpoint not in FOR_VISITORS:
        raise NotLoggedIn
    if not right or not hmac.compare_digest(sent.encode(), right.encode()):
        raise FormTooOld


def remember_visitor(answer: Response) -> Response:
    """Set the login form's cookie where a page asked for its token."""
    if "visitor" in g and request.cookies.get(VISITOR) != g.visitor:
        set_cookie(answer, VISITOR, g.visitor)
    return answer


def set_cookie(answer: AnyResponse, name: str, value: str, **more: Any) -> None:
    """A cookie that scripts cannot read and other sites cannot send."""
    secure = house().settings.secure_cookies
    answer.set_cookie(name, value, httponly=True, samesite="Lax", secure=secure, path="/", **more)


def add_to(pages: Blueprint) -> None:
    """Login, the choice of language, and for whom the pages are made."""
    pages.add_url_rule("/log-ind", "log_in", _log_in, methods=["GET", "POST"])
    pages.add_url_rule("/tilgaengelighed", "accessibility", _accessibility)
    pages.add_url_rule("/sprog", "choose_language", _choose_language, methods=["POST"])


def _log_in() -> str | AnyResponse | tuple[str, int]:
    if request.method == "GET":
        return redirect(url_for("web.inbox")) if session() else login_page()
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        if not house().settings.local_logins:
            raise LocalLoginsOff
        had = request.cookies.get(logins.COOKIE, "")
        where = request.remote_addr or ""
        made = logins.log_in(store(), login, password, address=where, now=now(), before=had)
    except LocalLoginsOff as exc:
        return login_page(_("Her logger man ikke ind med adgangskode.")), exc.status
    except (LoginRefused, TooFast) as exc:
        problem = _("Brugernavn eller adgangskode er forkert. Prøv igen.")
        if isinstance(exc, TooFast):
            problem = _("Der er prøvet for mange gange. Vent et kvarter, og prøv så igen.")
        return login_page(problem, login=login), exc.status
    return go_on(safe(request.form.get("next", "")), kept(), made)


def stood() -> str:
    """Where somebody whose session has ended stood: a page, for a button cannot be pressed again after login."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came = urlsplit(request.referrer or "")
    pages = current_app.create_url_adapter(request)
    assert pages is not None
    if came.netloc == request.host and pages.test(came.path, "GET"):
        return f"{came.path}?{came.query}".rstrip("?")
    path = request.path
    while path and not pages.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"


def log_in_again() -> tuple[str, int]:
    """The login page for somebody whose session ended before a form was sent; it carries what was typed."""
    typed = [
        (f"{_KEPT}{name}", text)
        for name, text in request.form.items(multi=True)
        if name not in ("csrf", "do")
    ]
    return render_template("login.html", next=request.path, kept=typed), NotLoggedIn.status


def kept() -> list[tuple[str, str]]:
    """What somebody was writing when the session ended, as the login form carries it."""
    return [(name, text) for name, text in request.form.items(multi=True) if name.startswith(_KEPT)]


def go_on(goal: str, carried: list[tuple[str, str]], made: logins.Session) -> AnyResponse:
    """In: where one wanted to go, or a button that leads back to the form as it was; nothing is sent before it is
    looked at again."""
    answer: AnyResponse = redirect(safe(goal))
    if carried:
        g.session = made
        typed = [(name.removeprefix(_KEPT), text) for name, text in carried]
        answer = make_response(render_template("kept.html", goal=goal, typed=typed))
    set_cookie(answer, logins.COOKIE, made.secret)
    answer.delete_cookie(VISITOR)
    return answer


def login_page(problem: str = "", **more: Any) -> str:
    """The page that one logs in from; `problem`: why that did not go."""
    goal = request.values.get("next", "")
    told = {"next": safe(goal) if goal else "", "kept": kept(), "problem": problem, **more}
    # Whatever address it answers at, the way round to another language leads to the login page itself.
    return render_template("login.html", here=url_for("web.log_in"), **told)


def _accessibility() -> str:
    return render_template("accessibility.html", section="")


def _choose_language() -> AnyResponse:
    chosen = request.form.get("language", "")
    answer = redirect(safe(request.form.get("next", "")))
    if chosen in LANGUAGES:
        set_cookie(answer, LANGUAGE, chosen, max_age=365 * 24 * 3600)
    return answer


def outside(path: str) -> str:
    """A path of this site as an address for another program: `STAFET_URL`, whatever the request says of its host.

    Only where nobody set it, on the machine that one tries Stafet on, the request's own host stands for it.
    """
    return (house().settings.url or request.host_url).rstrip("/") + path


def safe(goal: str) -> str:
    """Only a path of this site: a login must not be a springboard to another."""
    parts = urlsplit(goal.replace("\\", "/"))
    own = goal.startswith("/") and not goal.replace("\\", "/").startswith("//")
    return goal if own and not parts.scheme and not parts.netloc else url_for("web.inbox")
