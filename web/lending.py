"""Særlig adgang and nødadgang: a leader lends a case, somebody opens one in an emergency, leaders look at who did.

Whom an emergency is about is sent in a POST and never stands in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, actions, queries
from engine.actions.glass import NobodyFound
from engine.calendar import COPENHAGEN
from engine.errors import Forbidden, Invalid, TooFast
from engine.model import Actor
from web import answering, sending
from web.errors import sentence
from web.sessions import actor, house, now, store
from web.words import _

Answer = Response | str | tuple[str, int]


def add_to(pages: Blueprint) -> None:
    """Lending, emergencies, and looking at them."""
    pages.add_url_rule("/sager/<int:case_id>/adgang", "loans", _loans)
    pages.add_url_rule("/sager/<int:case_id>/adgang", "lend", _lend, methods=["POST"])
    pages.add_url_rule(
        "/sager/<int:case_id>/adgang/<int:loan_id>/luk", "withdraw", _withdraw, methods=["POST"]
    )
    pages.add_url_rule("/noedadgang", "glass", _glass)
    pages.add_url_rule("/noedadgang", "break_glass", _break, methods=["POST"])
    pages.add_url_rule("/noedadgang/gennemsyn", "emergencies", _emergencies)
    pages.add_url_rule("/noedadgang/gennemsyn/<int:review_id>", "review", _review, methods=["POST"])


def waiting() -> int:
    """How many emergencies the person must look at."""
    return queries.waiting(store(), actor(), now=now())


# ---- lending -----------------------------------------------------------------------------
def _leads(case: Mapping[str, Any]) -> bool:
    led = access.leads(actor())
    return any(one["unit"] in led for one in case["parties"])


def _loans(
    case_id: int, problems: Mapping[str, str] | None = None, status: int = 200
) -> tuple[str, int]:
    case = queries.case(store(), actor(), case_id, now=now())
    if not _leads(case):
        raise Forbidden("Only a leader of a party of the case may lend access to it.")
    page = render_template(
        "loans.html",
        section="cases",
        case=case,
        loans=queries.loans(store(), actor(), case_id, now=now()),
        typed=request.form,
        tomorrow=(now().astimezone(COPENHAGEN).date() + timedelta(days=1)).isoformat(),
        problems=problems or {},
        **sending.beside(request.form.get("reason", "")),
    )
    return page, status


def _lend(case_id: int) -> Answer:
    typed = request.form
    if told := sending.pointed_out(typed.get("reason", "")):
        return _loans(case_id, {"reason": told}, Invalid.status)
    try:
        actions.lend(
            store(),
            actor(),
            case_id,
            typed.get("to", "").strip(),
            typed.get("reason", ""),
            end_of(typed.get("until", "")),
            instance_id=int(typed["instance"]) if typed.get("instance", "").isdecimal() else None,
            now=now(),
        )
    except Invalid as exc:
        return _loans(case_id, answering.problems(exc.fields), exc.status)
    return redirect(url_for("web.loans", case_id=case_id, gjort=1))


def end_of(text: str) -> datetime:
    """The end of that day in Denmark; what is no day ends before it begins, and is refused as that."""
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=1), time(0), COPENHAGEN)
    except (ValueError, OverflowError):
        return now()


def _withdraw(case_id: int, loan_id: int) -> Response:
    actions.withdraw(store(), actor(), loan_id, case_id=case_id, now=now())
    return redirect(url_for("web.loans", case_id=case_id))


# ---- emergencies -------------------------------------------------------------------------
def _treating() -> Actor:
    me = actor()
    if not access.may_break_glass(me):
        raise Forbidden("Only who works with citizens may open a case in an emergency.")
    return me


def _glass(problems: Mapping[str, str] | None = None, status: int = 200) -> tuple[str, int]:
    _treating()
    page = render_template(
        "glass.html",
        section="glass",
        hours=house().settings.glass_hours,
        typed=request.form,
        problems=problems or {},
        **sending.beside(request.form.get("reason", "")),
    )
    return page, status


def _break() -> Answer:
    me = _treating()
    if told := sending.pointed_out(request.form.get("reason", "")):
        return _glass({"reason": told}, Invalid.status)
    whom = request.form.get("citizen", "").strip()
    if not whom:
        return _glass({"citizen": _("Skriv borgerens CPR-nummer eller hele navn")}, 422)
    try:
        found = actions.break_glass(
            store(),
            me,
            whom,
            request.form.get("reason", ""),
            hours=house().settings.glass_hours,
            now=now(),
        )
    except Invalid as exc:
        return _glass(answering.problems(exc.fields), exc.status)
    except (NobodyFound, TooFast) as exc:
        return _glass({"citizen": sentence(exc)}, exc.status)
    if len(found) > 1:
        return redirect(url_for("web.cases"))
    return redirect(url_for("web.case", case_id=found[0]))


def _emergencies(wrong: int = 0, problem: str = "", status: int = 200) -> tuple[str, int]:
    page = render_template(
        "emergencies.html",
        section="emergencies",
        found=queries.emergencies(store(), actor(), now=now()),
        me=actor().login,
        wrong=wrong,
        problem=problem,
        typed=request.form.get("note", ""),
        **sending.beside(request.form.get("note", "")),
    )
    return page, status


def _review(review_id: int) -> Answer:
    if told := sending.pointed_out(request.form.get("note", "")):
        return _emergencies(review_id, told, Invalid.status)
    try:
        actions.reviewed(store(), actor(), review_id, request.form.get("note", ""), now=now())
    except Invalid as exc:
        said = answering.problems(exc.fields).get("reason", sentence(exc))
        return _emergencies(review_id, said, exc.status)
    return redirect(url_for("web.emergencies", gjort=1))
