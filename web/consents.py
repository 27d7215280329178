"""Samtykke: taking a consent back for the citizen, for some parties or for all, after seeing what that stops."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.errors import Conflict, Invalid
from web import answering, terms
from web.sessions import actor, now, store
from web.words import _

Answer = Response | tuple[str, int]


def add_to(pages: Blueprint) -> None:
    """One page: the form, the confirmation, the deed."""
    pages.add_url_rule("/sager/<int:case_id>/samtykke", "consent", _show)
    pages.add_url_rule(
        "/sager/<int:case_id>/samtykke", "withdraw_consent", _withdraw, methods=["POST"]
    )


def _show(
    case_id: int,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    sure: bool = False,
) -> tuple[str, int]:
    case = queries.case(store(), actor(), case_id, now=now())
    chosen = [each for each in case["consented"] if each in request.form.getlist("parties")]
    units = {one["party"]: one["unit_name"] for one in case["parties"]}
    page = render_template(
        "consent.html",
        section="cases",
        case=case,
        parties=[(party, units[party]) for party in case["consented"]],
        chosen=chosen,
        whole=set(chosen) == set(case["consented"]),
        held=[
            one
            for one in case["messages"]
            if one["status"] == "refused" and one["to_party"] in chosen
        ],
        givers=terms.givers(),
        by=request.form.get("given_by", ""),
        sure=sure,
        problems=problems or {},
    )
    return page, status


def _withdraw(case_id: int) -> Answer:
    parties, by = request.form.getlist("parties"), request.form.get("given_by", "")
    problems = {}
    if not parties:
        problems["parties"] = _("Vælg mindst én part.")
    if by not in terms.givers():
        problems["given_by"] = _("Vælg, hvem der trækker samtykket tilbage.")
    if problems:
        return _show(case_id, problems, 422)
    if "sure" not in request.form:
        return _show(case_id, sure=True)
    about = () if request.form.get("whole") == "1" else parties
    try:
        actions.withdraw_consent(store(), actor(), case_id, about, by=by, now=now())
    except Invalid as exc:
        return _show(case_id, answering.problems(exc.fields), exc.status)
    except Conflict as exc:
        return _show(case_id, {"": _(exc.sentence)}, exc.status)
    return redirect(url_for("web.case", case_id=case_id, gjort=1, _anchor="consents"))
