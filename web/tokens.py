"""Adgangsnøgler: the programs that may act as oneself through the API, and taking a key back."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import logins
from web.sessions import actor, now, store
from web.words import _


def add_to(pages: Blueprint) -> None:
    """One page, and making void what stands on it."""
    pages.add_url_rule("/noegler", "tokens", _show)
    pages.add_url_rule("/noegler/<int:token_id>/slut", "drop_token", _drop, methods=["POST"])


def _show() -> str:
    return render_template(
        "tokens.html",
        section="",
        tokens=logins.tokens(store(), actor().login, now=now()),
        scopes=_scopes(),
        done=request.args.get("gjort") == "slut",
    )


def _drop(token_id: int) -> Response:
    logins.drop_token(store(), actor(), token_id, now=now())
    return redirect(url_for("web.tokens", gjort="slut"))


def _scopes() -> dict[str, str]:
    return {
        "read": _("læse"),
        "write": _("løse opgaver og skrive i sager"),
        "operate": _("drive forløb"),
        "design": _("tegne og sætte forløb i kraft"),
    }
