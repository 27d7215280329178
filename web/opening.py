"""A new case: which agreement, whom it is about, whether the agreement takes them, and who the parties are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, admission, queries
from engine.bpmn.shapes import SUBJECTS
from engine.errors import CprInvalid, Invalid, UnknownAgreement
from web import answering, terms
from web.errors import sentence
from web.sessions import actor, now, safe, store
from web.words import _

Row = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """The form, and what it sends."""
    pages.add_url_rule("/sager/ny", "new_case", _new)
    pages.add_url_rule("/sager/ny", "open_case", _open, methods=["POST"])


def _new() -> str:
    chosen = request.args.get("aftale")
    typed = {"om": request.args["om"]} if "om" in request.args else {}
    return _new_page(chosen, typed, {}) if chosen else _choose_agreement()


def _choose_agreement() -> str:
    known = queries.agreements(store(), actor(), now=now())
    if len(known) == 1:
        return _new_page(known[0]["slug"], {}, {})
    return render_template("case_new.html", section="cases", agreements=known, agreement=None)


def _open() -> Response | str | tuple[str, int]:
    agreement, typed = request.form.get("aftale", ""), request.form.to_dict()
    if request.form.get("do") == "vis":
        return _new_page(agreement, typed, {})
    parties = {
        name.removeprefix("party:"): unit
        for name, unit in typed.items()
        if name.startswith("party:") and unit
    }
    about = _about(typed)
    problems = _missing(typed, parties, about)
    if problems:
        return _new_page(agreement, typed, problems), Invalid.status
    if about != "citizen":
        return _open_about(agreement, about, typed, parties)
    cpr, name, basis = typed["cpr"], typed["name"], answering.typed(_questions(agreement))
    try:
        opened = actions.take_in(
            store(), actor(), agreement, cpr, name, parties, basis, mark=answering.mark(), now=now()
        )
    except CprInvalid as exc:
        return _new_page(agreement, typed, {"cpr": sentence(exc)}), exc.status
    except Invalid as exc:
        fits = exc.facts.get("fits", ())
        found = _gate(exc) or {"parter": sentence(exc)}
        return _new_page(agreement, typed, found, fits), exc.status  # type: ignore[arg-type]
    return redirect(safe(_onward(opened)))


def _open_about(
    agreement: str, about: str, typed: dict[str, str], parties: dict[str, str]
) -> Response | tuple[str, int]:
    """A case that is about nobody."""
    try:
        mark = answering.mark()
        number = actions.open_about(
            store(), actor(), agreement, about, parties, mark=mark, now=now()
        )
    except Invalid as exc:
        return _new_page(agreement, typed, {"parter": sentence(exc)}), exc.status
    return redirect(url_for("web.case", case_id=number))


def _about(typed: Mapping[str, str]) -> str:
    """Whom the case is about, as it is kept; what is not known is a citizen."""
    return SUBJECTS.get(typed.get("om", ""), "citizen")


def _onward(opened: actions.Opened) -> str:
    """The new case, or the start of the pathway that fits, where it may be started."""
    ends = f"-{opened.pathway}"
    offered = queries.actions(store(), actor(), opened.id, now=now()) if opened.pathway else []
    begins = [one for one in offered if one["instance"] is None and one["id"].endswith(ends)]
    if len(begins) == 1:
        return url_for("web.act", case_id=opened.id, action=begins[0]["id"])
    return url_for("web.case", case_id=opened.id)


def _gate(exc: Invalid) -> dict[str, str]:
    """What the agreement's gate says, by the place on the page; nothing where something else is wrong."""
    about = {"citizen.cpr": "cpr", "basis": "grundlag"}
    return {
        about.get(field) or f"basis.{field.removeprefix('basis.')}": text
        for field, text in answering.problems(exc.fields).items()
        if field == "citizen.cpr" or field.partition(".")[0] == "basis"
    }


def _missing(typed: Mapping[str, str], parties: Mapping[str, str], about: str) -> dict[str, str]:
    found = {}
    if about == "citizen" and not typed.get("cpr", "").strip():
        found["cpr"] = _("Skriv borgerens CPR-nummer")
    if about == "citizen" and not typed.get("name", "").strip():
        found["name"] = _("Skriv borgerens navn")
    if not parties:
        found["parter"] = _("Vælg mindst én part")
    return found


def _questions(slug: str) -> Row | None:
    """What the agreement asks of the citizen before it takes the case."""
    newest = queries.pathways(store(), actor(), slug, now=now())
    if not newest:
        raise UnknownAgreement
    walked = queries.pathway(store(), actor(), newest[0]["id"], now=now())
    return admission.form(walked.source.settings)


def _new_page(
    slug: str, typed: Mapping[str, str], problems: Mapping[str, str], fits: Collection[str] = ()
) -> str:
    known = {one["slug"]: one for one in queries.agreements(store(), actor(), now=now())}
    if slug not in known:
        raise UnknownAgreement
    agreement = known[slug]
    about, subjects = _about(typed), queries.subjects(store(), actor(), slug, now=now())
    if about not in subjects:
        about = "citizen"
    parties, others = _parties(agreement, typed, standing=about != "anonymous")
    form = _questions(slug) if about == "citizen" else None
    asked = {k.removeprefix("basis."): v for k, v in problems.items() if k.startswith("basis.")}
    shown = answering.fields(form, answering.typed(form), {}, asked) if form else ()
    places = {f"basis.{one.key}": one.id for one in shown}
    return render_template(
        "case_new.html",
        section="cases",
        agreement=agreement,
        about=about,
        subjects=terms.subjects(subjects),
        subject_words=terms.subject_words(short=True),
        parties=parties,
        others=others,
        typed=typed,
        once=answering.mark(),
        questions=shown,
        problems={places.get(key, key): text for key, text in problems.items()},
        fits=[one for name, one in known.items() if name in fits],
    )


def _parties(
    agreement: Row, typed: Mapping[str, str], *, standing: bool
) -> tuple[list[Row], list[Row]]:
    """Each party with the units that can be it: those of every case or of the reader, and the others."""
    able: dict[str, list[Row]] = {}
    for unit in queries.units(store(), actor(), agreement["slug"], None, now=now()):
        for each in unit["parties"]:
            able.setdefault(each["party"], []).append(unit)
    usual = _standing(agreement["slug"]) if standing else set()
    first: list[Row] = []
    others: list[Row] = []
    for party in agreement["parties"]:
        units = able.get(party["name"], [])
        expected = party["name"] in usual or (not usual and _mine(units))
        chosen = typed.get(f"party:{party['name']}", "")
        if typed.keys() <= {"om"} and expected and len(units) == 1:
            chosen = units[0]["name"]
        one = {**party, "units": units, "chosen": chosen, "field": f"party:{party['name']}"}
        if units:
            (first if expected or chosen else others).append(one)
    return first, others


def _mine(units: list[Row]) -> bool:
    return any(unit["id"] in actor().units for unit in units)


def _standing(slug: str) -> set[str]:
    """The parties that the agreement puts on every case."""
    newest = queries.pathways(store(), actor(), slug, now=now())[0]
    walked = queries.pathway(store(), actor(), newest["id"], now=now())
    return {one.name for one in walked.plan.agreement.parties.values() if one.standing}
