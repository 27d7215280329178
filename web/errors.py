"""Every "no" as a page: one sentence, and the way on.

The same handler serves all pages; addresses under `/api` are answered by `api/` and never come here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from engine import errors, sizes
from engine.errors import NotFound, NotLoggedIn, StafetError, filled
from web import sessions
from web.words import _

log = logging.getLogger("stafet.web")


def add_to(app: Flask, pages: Blueprint) -> None:
    """Answer errors of the pages, and addresses that nobody has."""
    pages.register_error_handler(StafetError, _refused)
    pages.register_error_handler(HTTPException, _http)
    pages.register_error_handler(Exception, _unforeseen)
    # By number too: an address that nobody has belongs to no blueprint.
    for code in (404, 405, 413):
        app.register_error_handler(code, _http)


def sentence(exc: StafetError) -> str:
    """What the person reads, in the language of the page.

    A sentence that was made for the occasion may have no translation; then its class's own is shown.
    """
    found = _(exc.template)
    if found != exc.template or g.get("language") == "en":
        return filled(found, exc.facts)
    general = (type(exc).__doc__ or "").strip().splitlines()[0]
    return _(general)


def said(code: str, text: str) -> str:
    """A sentence that was written down, in the language of the page: its own, else that of its code."""
    found = _(text)
    if found != text:
        return found
    general = [
        (kind.__doc__ or "").strip().splitlines()[0]
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, StafetError) and kind.code == code
    ]
    return _(general[0]) if general else text


def told(incident: Mapping[str, Any]) -> str:
    """Why a step failed, in the language of the page."""
    template = incident["template"] or incident["sentence"]
    return filled(_(template), incident["facts"] or {})


def page(status: int, title: str, message: str) -> tuple[str, int]:
    """The one error page."""
    return render_template(
        "error.html",
        status=status,
        title=title,
        message=message,
        again=_again(status),
        task=_task(status),
    ), status


def _task(status: int) -> int | None:
    """The task that a file was too large for."""
    return (request.view_args or {}).get("task_id") if status == 413 else None


def _again(status: int) -> list[tuple[str, str]]:
    """What was typed in a long form that could not be stored: it can be sent again with one press."""
    if status < 500 or request.method != "POST" or request.endpoint not in sessions.LONG_FORMS:
        return []
    return [(name, text) for name, text in request.form.items(multi=True) if name != "csrf"]


def _titles() -> dict[int, str]:
    return {
        400: _("Det kunne vi ikke læse"),
        403: _("Det må du ikke her"),
        404: _("Her er ikke noget"),
        405: _("Her er ikke noget"),
        409: _("En anden kom først"),
        413: _("Det fylder for meget"),
        422: _("Det kan ikke bruges, som det er"),
        429: _("Vent lidt"),
        503: _("Stafet kan ikke gemme lige nu"),
    }


def _messages() -> dict[int, str]:
    return {
        400: _("Siden fik noget, den ikke kan læse. Gå tilbage, og prøv igen."),
        404: _("Adressen findes ikke, eller du har ikke adgang til det, der ligger her."),
        405: _("Adressen findes ikke, eller du har ikke adgang til det, der ligger her."),
        413: _(
            "Det, du sendte, fylder mere end %(most)s MB. Gør det mindre, og send igen. Intet er ændret.",
            most=sizes.megabytes(request.max_content_length or sizes.REQUEST),
        ),
        429: _("Der er prøvet for mange gange. Vent lidt, og prøv så igen."),
    }


def _refused(exc: StafetError) -> tuple[str, int] | Response:
    if isinstance(exc, NotLoggedIn):
        if request.method == "POST" and request.endpoint in sessions.LONG_FORMS:
            return sessions.log_in_again()
        return redirect(url_for("web.log_in", next=sessions.stood()))
    if exc.status >= 500:
        # The code, never the sentence: it may repeat what somebody wrote.
        log.error("%s %s", g.get("request_id", "-"), exc.code)
    title = _titles().get(exc.status, _("Det gik ikke"))
    # What is not there and what is not yours read alike.
    told = _messages()[404] if isinstance(exc, NotFound) else sentence(exc)
    return page(exc.status, title, told)


def _http(exc: HTTPException) -> Any:
    status = exc.code or 500
    if status < 400:
        return exc
    general = _("Det gik ikke. Gå tilbage, og prøv igen.")
    return page(status, _titles().get(status, _("Det gik ikke")), _messages().get(status, general))


def _unforeseen(exc: Exception) -> tuple[str, int]:
    log.exception("%s a page failed", g.get("request_id", "-"))
    told = _("Stafet har noteret fejlen. Intet er ændret. Prøv igen om lidt.")
    return page(500, _("Der gik noget galt"), told)
