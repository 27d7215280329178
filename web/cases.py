"""Cases: find one, see one, and start or report something on it.

A search is a POST and its words never stand in an address: they are names and CPR numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask import Response as Json
from werkzeug.wrappers import Response

from engine import access, actions, queries
from engine.errors import FormInvalid, NotFound, PartyMissing
from web import answering, documents, holding, meetings, relay, sending, tasks, terms, timeline
from web.clauses import clauses
from web.errors import sentence
from web.sessions import actor, now, store
from web.words import _, ngettext

PAGE = 50
Row = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """Cases and what can be done on them."""
    pages.add_url_rule("/sager", "cases", _list, methods=["GET", "POST"])
    pages.add_url_rule("/sager/<int:case_id>", "case", _show)
    pages.add_url_rule(
        "/sager/<int:case_id>/handling/<action>", "act", _act, methods=["GET", "POST"]
    )
    pages.add_url_rule("/forloeb-i-sagen/<int:instance_id>/diagram", "diagram", _diagram)


# ---- many --------------------------------------------------------------------------------
def _list() -> str:
    q = request.form.get("q", "").strip()
    after = request.args.get("efter")
    found = queries.cases(store(), actor(), q or None, limit=PAGE, after=after, now=now())
    return render_template(
        "cases.html",
        section="cases",
        q=q,
        found=[{**one, "holders": _holders(one["baton"])} for one in found.items],
        agreements=len({one["agreement"] for one in found.items}),
        following=found.next,
        verdict=_verdict(found.items, q, bool(after or found.next)),
    )


def _holders(batons: list[Row]) -> list[str]:
    return list(dict.fromkeys(f"{one['unit_name']}: {one['name']}" for one in batons))


def _verdict(found: list[Row], q: str, partly: bool) -> str:
    over = sum(one["status"] == "overdue" for one in found)
    if q:
        return ngettext("%(num)s sag passer.", "%(num)s sager passer.", len(found)) if found else ""
    if not found:
        return ""
    late = ngettext(
        "I %(num)s sag er en frist overskredet.", "I %(num)s sager er en frist overskredet.", over
    )
    if partly:
        return late if over else _("Sagerne med den nærmeste frist står øverst.")
    all_ = ngettext(
        "Din enhed er part i %(num)s sag.", "Dine enheder er part i %(num)s sager.", len(found)
    )
    return f"{all_} {late}" if over else f"{all_} " + _("Ingen frister er overskredet.")


# ---- one ---------------------------------------------------------------------------------
def _show(case_id: int) -> str:
    case = queries.case(store(), actor(), case_id, now=now())
    met = meetings.of_case(case)
    # What a meeting agreed stands with the meeting, not as a pathway beside the others.
    elsewhere = {each["instance"] for one in met for each in one["agreed"]}
    walks = [_walk(walk, case) for walk in case["instances"] if walk["id"] not in elsewhere]
    return render_template(
        "case.html",
        section="cases",
        case=case,
        leads=any(one["unit"] in access.leads(actor()) for one in case["parties"]),
        answers=holding.answers(case),
        walks=walks,
        coming=relay.merged(one for walk in walks for one in walk["coming"]),
        offers=_offers(case),
        timeline=timeline.of_case(case),
        beside=queries.beside_all(store(), actor(), case_id, most=tasks.newest()),
        theirs=any(one["unit"] in actor().units for one in case["parties"]),
        filesize=terms.size,
        meetings=met,
        may_reopen=_may_reopen(request.args.get("faerdig", type=int)),
        documents=[documents.told(one) for one in case["documents"]],
        consents=[(one["in_force"], terms.consent(one, now())) for one in case["consents"]],
    )


def _may_reopen(task_id: int | None) -> bool:
    return task_id is not None and queries.may_reopen(store(), actor(), task_id, now=now())


def _walk(walk: Row, case: Row) -> Row:
    walked = queries.pathway(store(), actor(), walk["pathway_id"], now=now())
    units = _units(case)
    ended = walk["status"] in ("completed", "cancelled")
    end = walked.elements.get(walk["end_state"] or "")
    earlier, steps = relay.folded(relay.steps(walked, walk, units, now()))
    return {
        **walk,
        "ended": ended,
        "standing": terms.standing(walk, now()),
        "stuck": terms.stuck(walk["status"]),
        "end": end.name if end else "",
        "earlier": earlier,
        "steps": steps,
        "coming": [] if ended else relay.following(walked, relay.waiting(walk), units),
        "text": [terms.drawn(element) for element in walk["elements"]],
    }


def _offers(case: Row) -> list[tuple[str, list[Row]]]:
    """What may be started and reported now, each with what happens first."""
    found = queries.actions(store(), actor(), case["id"], now=now())
    told = [{**one, "note": _consequence(one, _units(case))} for one in found]
    groups = [
        (_("Start"), [one for one in told if one["instance"] is None]),
        (_("Registrér"), [one for one in told if one["instance"] is not None]),
    ]
    return [(title, rows) for title, rows in groups if rows]


def _consequence(offer: Row, units: Mapping[str, str]) -> str:
    names = list(dict.fromkeys(one.name for one in _after(offer, units)))
    first = _("Først: %(task)s", task=_(" eller ").join(names[:2])) if names else ""
    if offer["instance"] is None:
        return first
    inside = _("I forløbet %(name)s", name=offer["pathway_name"])
    return f"{inside}. {first}" if first else inside


def _after(offer: Row, units: Mapping[str, str]) -> list[relay.Next]:
    """Who gets the baton when this is started or reported."""
    walked = queries.pathway(store(), actor(), offer["pathway_id"], now=now())
    process = walked.elements[offer["element"]].process
    return relay.following(walked, [(process, offer["element"])], units)


def _units(case: Row) -> dict[str, str]:
    return {one["party"]: one["unit_name"] for one in case["parties"]}


def _diagram(instance_id: int) -> Json:
    found = queries.diagram(store(), actor(), instance_id, now=now())
    return jsonify(bpmn=found["bpmn"], tokens=found["tokens"], done=found["done"])


# ---- something happens -------------------------------------------------------------------
def _act(case_id: int, action: str) -> Response | str | tuple[str, int]:
    mark = answering.mark()
    if done := _done(case_id, mark):
        return done
    case = queries.case(store(), actor(), case_id, now=now())
    try:
        offer = _offer(case_id, action)
    except NotFound:
        # Where a pathway runs once, what was pressed twice is no longer offered.
        if done := _done(case_id, mark):
            return done
        raise
    if request.method == "GET":
        return _act_page(case, offer, {}, {})
    context = answering.about_case(case)
    typed = answering.typed(offer["form"])
    more = not answering.redraws() and answering.unseen(offer["form"], typed, context)
    if more or answering.redraws():
        return _act_page(case, offer, typed, {}, more=more)
    texts = answering.free_texts(offer["form"], typed, context)
    numbers = [] if request.form.get("cpr") == "seen" else sending.labels_with_cpr(texts)
    try:
        answering.check(offer["form"], typed, context)
        if numbers:
            return _act_page(case, offer, typed, {}, numbers=numbers)
        actions.act_once(store(), actor(), case_id, action, typed, mark, now=now())
    except (FormInvalid, PartyMissing) as exc:
        problems = exc.fields if isinstance(exc, FormInvalid) else {"": sentence(exc)}
        return _act_page(case, offer, typed, problems), exc.status
    return redirect(url_for("web.case", case_id=case_id, gjort=1))


def _done(case_id: int, mark: str) -> Response | None:
    """The way to what this form, pressed before, has begun or told."""
    before = (
        actions.done_with(store(), actor(), case_id, mark) if request.method == "POST" else None
    )
    if before is None:
        return None
    return redirect(url_for("web.case", case_id=case_id, gjort=1, _anchor=f"walk-{before}"))


def _offer(case_id: int, action: str) -> Row:
    for one in queries.actions(store(), actor(), case_id, now=now()):
        if one["id"] == action:
            found: Row = one
            return found
    raise NotFound


def _act_page(
    case: Row,
    offer: Row,
    values: Row,
    problems: Mapping[str, str],
    *,
    more: bool = False,
    numbers: Sequence[str] = (),
) -> str:
    context = answering.about_case(case)
    form = offer["form"]
    return render_template(
        "act.html",
        section="cases",
        case=case,
        offer=offer,
        shown=answering.fields(form, values, context, problems) if form else (),
        more=more,
        numbers=numbers,
        warns=sending.warning(),
        once=answering.mark(),
        live=answering.live(form),
        problems=answering.problems(problems),
        following=_after(offer, _units(case)),
        clauses=clauses(case["agreement"], offer["clauses"]),
    )
