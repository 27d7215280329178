"""Fravær: who does one's work while one is away, and what waits for whoever stands in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.calendar import COPENHAGEN
from engine.errors import Invalid
from web.sessions import actor, now, store
from web.words import _

Json = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """One page, and ending what stands on it."""
    pages.add_url_rule("/fravaer", "absence", _show)
    pages.add_url_rule("/fravaer", "appoint", _appoint, methods=["POST"])
    pages.add_url_rule("/fravaer/<int:deputy_id>/slut", "call_off", _call_off, methods=["POST"])


def stands_in(task: Json) -> Any:
    """For whom the person may take over this task; None where he stands in for nobody who has it."""
    return next(
        (
            it
            for it in actor().stands_in
            if it.login == task["assignee"] and it.unit == task["unit"]
        ),
        None,
    )


def _show(problems: Mapping[str, str] | None = None, status: int = 200) -> tuple[str, int]:
    today = now().astimezone(COPENHAGEN).date()
    page = render_template(
        "absence.html",
        section="inbox",
        deputies=queries.deputies(store(), actor(), now=now()),
        known=queries.who_may_stand_in(store(), actor(), now=now()),
        typed=request.form,
        first=today.isoformat(),
        last=(today + timedelta(days=7)).isoformat(),
        problems=problems or {},
    )
    return page, status


def _appoint() -> Response | tuple[str, int]:
    typed = request.form
    try:
        actions.appoint(
            store(),
            actor(),
            typed.get("deputy", ""),
            _day(typed.get("since", "")),
            _day(typed.get("until", "")),
            of=typed.get("of", ""),
            power=typed.get("power") == "1",
            now=now(),
        )
    except Invalid as exc:
        return _show({key: _(text) for key, text in exc.fields.items()}, exc.status)
    return redirect(url_for("web.absence", gjort="navngivet"))


def _call_off(deputy_id: int) -> Response:
    actions.call_off(store(), actor(), deputy_id, now=now())
    return redirect(url_for("web.absence", gjort="slut"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
