"""Opbevaring: how long a case is kept and why, and holding it back.  Indsigt: the citizen's own data, to hand over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, actions, queries
from engine.calendar import COPENHAGEN
from engine.errors import Forbidden, Invalid, NotFound
from paper import own
from web import answering, frist, sending
from web.lending import end_of
from web.sessions import actor, now, store
from web.words import _, ngettext

#: The case first, what hangs on it, and who it is last.
_ORDER = {"sag": 0, "dokumenter": 1, "beskeder": 2, "bilag": 3, "log": 4}
Answer = Response | tuple[str, int]


def add_to(pages: Blueprint) -> None:
    """How long a case is kept; holds."""
    pages.add_url_rule("/sager/<int:case_id>/opbevaring", "holds", _holds)
    pages.add_url_rule("/sager/<int:case_id>/opbevaring", "hold_back", _hold, methods=["POST"])
    pages.add_url_rule(
        "/sager/<int:case_id>/opbevaring/<int:hold_id>/ophaev", "lift", _lift, methods=["POST"]
    )
    pages.add_url_rule("/sager/<int:case_id>/indsigt", "own", _own)
    pages.add_url_rule("/sager/<int:case_id>/indsigt", "own_data", _own_data, methods=["POST"])


def answers(case: Mapping[str, Any]) -> bool:
    """Whether the person answers for a unit that is a party of the case, for its people and its data."""
    mine = access.inspected(actor())
    return any(one["unit"] in mine for one in case["parties"])


def _holds(
    case_id: int, problems: Mapping[str, str] | None = None, status: int = 200
) -> tuple[str, int]:
    found = queries.holds(store(), actor(), case_id, now=now())
    case = queries.case(store(), actor(), case_id, now=now())
    today = now().astimezone(COPENHAGEN).date()
    page = render_template(
        "holds.html",
        section="cases",
        case=case,
        holds=[{**one, "last": one["ends_at"] - timedelta(seconds=1)} for one in found["items"]],
        kept=[_kept(one) for one in sorted(found["kept"], key=lambda one: _ORDER[one["kind"]])],
        typed=request.form,
        tomorrow=(today + timedelta(days=1)).isoformat(),
        latest=(today + timedelta(days=5 * 365)).isoformat(),
        problems=problems or {},
        **sending.beside(request.form.get("reason", "")),
    )
    return page, status


def _kept(one: Mapping[str, Any]) -> dict[str, Any]:
    """What it is, how long, on what ground and how that stands, in words."""
    names = {
        "sag": _("Sagen: svar, opgaver, frister og historik"),
        "dokumenter": _("Planer, aftaler og referater"),
        "beskeder": _("Beskeder"),
        "bilag": _("Filer og kommentarer"),
        "log": _("Borgerens navn og CPR-nummer, så loggen kan læses"),
    }
    until = frist.day(one["due_at"], now()) if one["due_at"] else ""
    standing = {
        "": _("Fristen er gået: kan slettes"),
        "not_yet": _("Gemmes til %(day)s", day=until),
        "running": _("Gemmes: et forløb er i gang"),
        "held": _("Gemmes: sletningen er stoppet"),
        "no_rule": _("Gemmes: aftalen har ingen frist"),
    }[one["why"]]
    return {
        "name": names[one["kind"]],
        "standing": standing,
        "term": _term(one["months"]),
        "ground": one["ground"] or "",
    }


def _term(months: int | None) -> str:
    if not months:
        return ""
    if months % 12 == 0:
        return ngettext(
            "%(num)s år efter den seneste optegnelse",
            "%(num)s år efter den seneste optegnelse",
            months // 12,
        )
    return ngettext(
        "%(num)s måned efter den seneste optegnelse",
        "%(num)s måneder efter den seneste optegnelse",
        months,
    )


def _hold(case_id: int) -> Answer:
    typed = request.form
    if told := sending.pointed_out(typed.get("reason", "")):
        return _holds(case_id, {"reason": told}, Invalid.status)
    try:
        actions.hold_back(
            store(),
            actor(),
            case_id,
            typed.get("reason", ""),
            end_of(typed.get("until", "")),
            whole=typed.get("whole") == "1",
            now=now(),
        )
    except Invalid as exc:
        return _holds(case_id, answering.problems(exc.fields), exc.status)
    return redirect(url_for("web.holds", case_id=case_id, gjort=1))


def _lift(case_id: int, hold_id: int) -> Response:
    actions.lift(store(), actor(), hold_id, case_id=case_id, now=now())
    return redirect(url_for("web.holds", case_id=case_id))


# ---- the citizen's own data --------------------------------------------------------------
def _own(case_id: int) -> str:
    case = queries.case(store(), actor(), case_id, now=now())
    if not answers(case):
        raise Forbidden("Only who looks after data protection in a unit may get a citizen's data.")
    if case["citizen"] is None:
        raise NotFound
    return render_template("own.html", section="cases", case=case)


def _own_data(case_id: int) -> Response:
    data, files = queries.own_data(
        store(), actor(), case_id=case_id, names="uden_navne" not in request.form, now=now()
    )
    return Response(
        own.zipped(data, files, now()),
        mimetype="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="indsigt-sag-{case_id}.zip"',
            "Cache-Control": "no-store",
        },
    )
