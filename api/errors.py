"""Every "no" as `{code, message, errors?}`: the one place where errors become answers of the API.

The sentence is in the language that the request asks for, Danish where it does not say.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping

from flask import Flask, Response, current_app, g, jsonify, request
from flask_babel import force_locale, gettext
from flask_smorest import Blueprint
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import RequestRedirect

from engine import sizes
from engine.deploy import DayPassed
from engine.errors import (
    CprInvalid,
    NotFound,
    PartyMissing,
    StafetError,
    UnknownAgreement,
    UnknownPathway,
    UnknownUnit,
)

log = logging.getLogger("stafet.api")

#: HTTP's own refusals: code and sentence.
HTTP = {
    400: ("bad_request", "The request cannot be read."),
    404: (NotFound.code, (NotFound.__doc__ or "").strip()),
    405: ("method_not_allowed", "That cannot be done at this address."),
    413: ("too_large", "The request is larger than %(most)s MB."),
    415: ("not_json", "Send JSON, with Content-Type: application/json."),
    500: ("failed", "Something went wrong on our side. Nothing was changed; it has been noted."),
}
#: The field of our bodies that an engine's refusal is about.
_FIELDS: dict[type[StafetError], str] = {
    CprInvalid: "citizen.cpr",
    UnknownAgreement: "agreement",
    UnknownPathway: "pathway",
    PartyMissing: "parties",
    UnknownUnit: "parties",
    DayPassed: "from",
}


def answer_in_json(blueprint: Blueprint) -> None:
    """Let all errors of this blueprint's views be answered here."""
    blueprint.register_error_handler(StafetError, _refused)
    blueprint.register_error_handler(Exception, _failed)
    # By number too: Flask asks the app's handlers for a number before a blueprint's general one.
    for code in (*HTTP, 401, 403, 409, 411, 414, 422, 429):
        blueprint.register_error_handler(code, _http)


def watch_unknown_paths(app: Flask) -> None:
    """Answer addresses under `/api` that no view has, which belong to no blueprint."""
    app.before_request(_unknown_path)


def _unknown_path() -> Response | None:
    wrong = request.routing_exception
    if not request.path.startswith("/api/") or not isinstance(wrong, HTTPException):
        return None
    return None if isinstance(wrong, RequestRedirect) else _http(wrong)


def _refused(error: StafetError) -> Response:
    fields = dict(error.fields)
    if not fields and type(error) in _FIELDS:
        fields = {_FIELDS[type(error)]: error.template}
    response = _answer(error.status, error.code, error.template, fields, error.facts)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.status in (429, 503):
        response.headers["Retry-After"] = "60" if error.status == 429 else "5"
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code, sentence = HTTP.get(status, HTTP[400])
    most = sizes.megabytes(request.max_content_length or sizes.REQUEST)
    response = _answer(status, code, sentence, facts={"most": most})
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    if isinstance(error, RequestEntityTooLarge):
        # What was not read must not be taken for the next request.
        response.headers["Connection"] = "close"
    return response


def _failed(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _http(error)
    # Where, and of what kind; never the message, which may repeat what somebody wrote.
    places = [
        f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)
    ]
    kind, request_id = type(error).__name__, g.get("request_id", "-")
    log.error("%s failed with %s at %s", request_id, kind, " < ".join(reversed(places[-6:])))
    return _answer(500, *HTTP[500])


def _answer(
    status: int,
    code: str,
    sentence: str,
    fields: Mapping[str, str] | None = None,
    facts: Mapping[str, object] | None = None,
) -> Response:
    body: dict[str, object] = {"code": code, "message": said(sentence, facts)}
    if fields:
        body["errors"] = {name: said(text, facts) for name, text in fields.items()}
    response = jsonify(body)
    response.status_code = status
    response.headers["Content-Language"] = _language()
    response.vary.add("Accept-Language")
    return response


def said(sentence: str, facts: Mapping[str, object] | None = None) -> str:
    """A sentence of the engine in the language that the request asks for."""
    translated = sentence
    if "babel" in current_app.extensions:
        with force_locale(_language()):
            translated = gettext(sentence)
    try:
        return translated % facts if facts else translated
    except (KeyError, TypeError, ValueError):
        return translated


def _language() -> str:
    # `en-GB` is English: werkzeug's own match would rather take an exact `da` that is wanted less.
    asked = (wanted.partition("-")[0].lower() for wanted in request.accept_languages.values())
    own = str(getattr(g.get("actor"), "language", "da"))
    return next((language for language in asked if language in ("da", "en")), own)
