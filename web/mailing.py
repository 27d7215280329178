"""Beskeder på mail: at once, once a day or not; and the address, which counts once its code has been typed here."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.errors import Invalid, TooFast
from web import answering
from web.errors import sentence
from web.sessions import actor, house, now, store
from web.words import _

Answer = Response | tuple[str, int]


def add_to(pages: Blueprint) -> None:
    """One page, the choice, and the code."""
    pages.add_url_rule("/mail", "mail", _show)
    pages.add_url_rule("/mail", "choose_mail", _choose, methods=["POST"])
    pages.add_url_rule("/mail/kode", "confirm_mail", _confirm, methods=["POST"])


def _show(problems: Mapping[str, str] | None = None, status: int = 200) -> tuple[str, int]:
    chosen = queries.mail_choice_of(store(), actor(), now=now())
    page = render_template(
        "mail.html",
        section="mail",
        chosen=chosen,
        sends=house().settings.mail is not None,
        ways=_ways(),
        typed=request.form,
        problems=problems or {},
    )
    return page, status


def _ways() -> list[tuple[str, str, str]]:
    at_once = _("En mail, når der kommer en opgave, eller en frist er nær eller overskredet.")
    daily = _("En mail kl. 7 på hverdage med, hvor mange opgaver der venter.")
    return [
        ("at_once", _("Med det samme"), at_once),
        ("daily", _("Én gang om dagen"), daily),
        ("none", _("Slet ikke"), _("Du ser det hele i Stafet.")),
    ]


def _choose() -> Answer:
    typed = request.form
    how, address = typed.get("how", ""), typed.get("address", "")
    try:
        asks = actions.choose(store(), actor(), how, address, now=now())
    except Invalid as exc:
        return _show(answering.problems(exc.fields), exc.status)
    except TooFast as exc:
        return _show({"address": sentence(exc)}, exc.status)
    return redirect(url_for("web.mail", gjort="kode" if asks else "gemt"))


def _confirm() -> Answer:
    try:
        actions.confirm(store(), actor(), request.form.get("code", ""), now=now())
    except Invalid as exc:
        return _show(answering.problems(exc.fields), exc.status)
    return redirect(url_for("web.mail", gjort="bekraeftet"))
