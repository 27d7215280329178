"""Filters of the inbox that somebody keeps or shares: keep one, remove one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import actions
from engine.errors import Conflict, Invalid
from web import answering, filters, inbox, sending
from web.errors import sentence
from web.sessions import actor, now, safe, store
from web.words import _


def add_to(pages: Blueprint) -> None:
    """Keep a filter, and remove one."""
    pages.add_url_rule("/filtre", "keep_filter", _keep, methods=["POST"])
    pages.add_url_rule("/filtre/<int:filter_id>/fjern", "drop_filter", _drop, methods=["POST"])


def _keep() -> Response | str | tuple[str, int]:
    me, name = actor(), request.form.get("navn", "")
    picked = filters.chosen(me)
    if answering.redraws():
        return _not_kept(picked, {})
    if told := sending.pointed_out(name):
        return _not_kept(picked, {"navn": told}, seen=True), 422
    unit = picked.get("enhed") or next(iter(map(str, sorted(me.units))), "")
    shared = int(unit) if request.form.get("del") and unit else None
    try:
        actions.keep_filter(store(), me, name, filters.stored(picked), unit=shared, now=now())
    except Invalid as exc:
        return _not_kept(picked, {"navn": _(next(iter(exc.fields.values())))}), exc.status
    except Conflict as exc:
        return _not_kept(picked, {"": sentence(exc)}), exc.status
    where: dict[str, Any] = {**picked, "filter": 1}
    return redirect(url_for("web.inbox", **where))


def _not_kept(picked: dict[str, str], problems: dict[str, str], *, seen: bool = False) -> str:
    typed = {"navn": request.form.get("navn", ""), "del": request.form.get("del")}
    again = inbox.Again(_("Filteret er ikke gemt"), problems, typed, "navn" if seen else "")
    return inbox.draw(picked, again=again)


def _drop(filter_id: int) -> Response:
    actions.drop_filter(store(), actor(), filter_id, now=now())
    return redirect(safe(request.form.get("next", "")))
