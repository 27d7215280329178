"""Logging in by an identity provider: there, back again, and out.

The button sends a form (what somebody was writing goes along), the answer is a page that leads on to the provider: a
redirect of a form would need its address, and those it redirects to, in our content security policy.  The way back
must find the cookie that the login began with; each is used once.
"""

from __future__ import annotations

import logging
from typing import cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from engine import logins
from engine.errors import LevelTooLow, ProofRefused, ProviderDown, SecretUnreadable, StafetError
from web import errors, sessions
from web.provider import Provider
from web.words import _

log = logging.getLogger("stafet.web")

#: Followed by the first letters of the state: two logins that begin in one browser do not disturb each other.
COOKIE = "stafet_login_"
_LETTERS = 12
#: Characters that wait here while somebody is at the provider.
MOST_KEPT = 500_000


def add_to(pages: Blueprint) -> None:
    """There, back, out, and the provider's own word that somebody has logged out."""
    pages.add_url_rule("/log-ind/udbyder", "begin_login", _begin, methods=["POST"])
    pages.add_url_rule("/log-ind/svar", "end_login", _come_back)
    pages.add_url_rule("/log-ud", "log_out", _log_out, methods=["POST"])
    pages.add_url_rule("/log-ud/udbyder", "logged_out_there", _logged_out_there, methods=["POST"])


def _log_out() -> AnyResponse:
    """Out here, and on to the provider's own logout where it began this session."""
    secret = request.cookies.get(logins.COOKIE, "")
    address = _way_out(secret)
    logins.log_out(sessions.store(), secret, now=sessions.now())
    g.session = None
    answer: AnyResponse = redirect(url_for("web.log_in"))
    if address:
        answer = _onward(address, _("Du er logget ud af Stafet"))
    answer.delete_cookie(logins.COOKIE)
    return answer


def _way_out(secret: str) -> str:
    if not sessions.house().settings.oidc:
        return ""
    try:
        proof = logins.proof_of(sessions.store(), secret)
        return _provider().logout_address(proof, _ours("web.log_in")) if proof else ""
    except (ProviderDown, SecretUnreadable) as exc:
        log.warning("%s no logout at the provider: %s", g.get("request_id", "-"), exc.code)
        return ""


def _begin() -> AnyResponse | tuple[str, int]:
    provider = _provider()
    goal = sessions.safe(request.form.get("next", ""))
    carried = logins.Carried(goal, sessions.kept())
    if sum(len(text) for _name, text in carried.kept) > MOST_KEPT:
        abort(413)
    try:
        # Before anything is stored: a provider that is down has begun nothing.
        provider.ready()
        begun = logins.begin_request(
            sessions.store(), carried, address=request.remote_addr or "", now=sessions.now()
        )
        address = provider.address(begun)
    except StafetError as exc:
        return _refused(exc, carried)
    name = sessions.house().settings.oidc.name
    answer = _onward(address, _("Du sendes videre til %(name)s", name=name))
    sessions.set_cookie(
        answer, COOKIE + begun.state[:_LETTERS], begun.secret, max_age=logins.WITHIN.seconds
    )
    return answer


def _come_back() -> AnyResponse | tuple[str, int]:
    provider, state = _provider(), request.args.get("state", "")
    name, carried = COOKIE + state[:_LETTERS], logins.Carried("", [])
    try:
        secret, where = request.cookies.get(name, ""), request.remote_addr or ""
        begun, carried = logins.take_request(
            sessions.store(), secret, state, address=where, now=sessions.now()
        )
        made = _session(provider, begun)
    except StafetError as exc:
        page, status = _refused(exc, carried)
        refused = make_response(page, status)
        refused.delete_cookie(name)
        return refused
    answer = sessions.go_on(sessions.safe(carried.goal), carried.kept, made)
    answer.delete_cookie(name)
    return answer


def _session(provider: Provider, begun: logins.Begun) -> logins.Session:
    told = sessions.house().settings.oidc
    try:
        answered = provider.claims(begun, request.args, now=sessions.now())
        vouched = told.rules.read(answered.claims)
    except (ProofRefused, LevelTooLow) as exc:
        logins.note_refusal(sessions.store(), exc, now=sessions.now())
        raise
    return logins.log_in_vouched(
        sessions.store(),
        logins.Terms(told.issuer, told.new_people, told.days),
        vouched,
        logins.Proof(answered.sid, answered.id_token),
        now=sessions.now(),
        before=request.cookies.get(logins.COOKIE, ""),
    )


def _logged_out_there() -> Response:
    """OIDC back-channel logout: a program of the provider's asks, so the answer has no words."""
    told = sessions.house().settings.oidc
    provider = _provider()
    try:
        sid, subject, before = provider.ended(
            request.form.get("logout_token", ""), now=sessions.now()
        )
        logins.end_elsewhere(
            sessions.store(),
            told.issuer,
            sid=sid,
            subject=subject,
            before=before,
            now=sessions.now(),
        )
    except ProofRefused:
        return make_response(jsonify(error="invalid_request"), 400)
    return Response(status=200)


def _refused(exc: StafetError, carried: logins.Carried) -> tuple[str, int]:
    """The login page with the reason, from which one begins again."""
    log.warning("%s login refused: %s", g.get("request_id", "-"), exc.code)
    page = sessions.login_page(errors.sentence(exc), next=carried.goal, kept=carried.kept)
    return page, exc.status


def _onward(address: str, title: str) -> Response:
    page = render_template("onward.html", address=address, title=title, here=url_for("web.log_in"))
    return make_response(page)


def _ours(endpoint: str) -> str:
    return f"{sessions.house().settings.url}{url_for(endpoint)}"


def _provider() -> Provider:
    """This process's; 404 where the installation has none."""
    told = sessions.house().settings.oidc
    if told is None:
        abort(404)
    known = current_app.extensions
    if "stafet.provider" not in known:
        made = Provider(told, _ours("web.end_login"), told.rules.levels)
        known.setdefault("stafet.provider", made)
    return cast(Provider, known["stafet.provider"])
