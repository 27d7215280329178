"""What a diagram from another editor leaves to decide: a list with ticks, without scripts."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for

from engine import access, studio
from engine.errors import NotFound, StafetError
from web.compared_words import property_of
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _

_PAGE = "/studie/<agreement>/<key>/afklaring"


def add_to(pages: Blueprint) -> None:
    """The list, and a tick."""
    pages.add_url_rule(_PAGE, "worklist", _show)
    pages.add_url_rule(_PAGE, "tick", _tick, methods=["POST"])


def _show(agreement: str, key: str) -> str:
    return _page(agreement, key)


def _page(agreement: str, key: str, *, problem: str = "") -> str:
    found = studio.worklist(store(), actor(), agreement, key, now=now(), say=_)
    if found is None:
        raise NotFound
    for one in found["items"]:
        one["hint"] = _in_words(one["hint"])
    draft = studio.draft_of(store(), actor(), agreement, key, now=now())
    return render_template(
        "worklist.html", section="studio", draft=draft, work=found, problem=problem,
        may=access.may_deploy(actor()),
    )  # fmt: skip


def _in_words(hint: str) -> str:
    """What a diagram's file calls an attribute is a field of the panel here."""
    return re.sub(r"stafet:\w+", lambda found: f"»{property_of(found[0])}«", hint)


def _tick(agreement: str, key: str) -> Any:
    nth, do = request.form.get("punkt", ""), request.form.get("do", "")
    if do not in ("afklaret", "fortryd") or not (nth.isascii() and nth.isdigit() and len(nth) < 6):
        abort(400)
    try:
        studio.tick(store(), actor(), agreement, key, int(nth), do == "afklaret", now=now())
    except StafetError as exc:
        if exc.status in (403, 404):
            raise
        return _page(agreement, key, problem=sentence(exc)), exc.status
    return redirect(url_for("web.worklist", agreement=agreement, key=key, _anchor=f"punkt-{nth}"))
