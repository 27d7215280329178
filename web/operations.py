"""Driftsoverblik: what is stuck by cause, why, and what moves it on.

For operators; nobody's name stands here.  One cause has an address of its own.  An act is chosen,
told as what would change (a dry run), and then done; one that asks for nothing but a reason is told at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, actions, queries
from engine.actions.many import OF_MESSAGES
from engine.errors import Forbidden, InstanceMoved, NotFound, StafetError
from engine.model import Actor
from web import acts, causes, walks
from web.errors import told
from web.sessions import actor, now, store
from web.words import _, ngettext

Json = dict[str, Any]
_NOW = timedelta(0)
#: Causes of a group that are listed beside the one that is looked at.
LISTED = 50


def add_to(pages: Blueprint) -> None:
    """The overview, and one cause with its acts."""
    pages.add_url_rule("/drift", "operations", _overview)
    pages.add_url_rule("/drift/<int:cause_id>", "stuck", _cause)
    pages.add_url_rule("/drift/<int:cause_id>", "operate", _operate, methods=["POST"])


def _overview() -> str:
    me = _operator()
    actions.watch(store(), now=now())
    reason = request.args.get("aarsag", "")
    groups = queries.groups(store(), me, now=now())
    chosen = reason if reason in {g["reason"] for g in groups} else _first(groups)
    listed = _listed(me, chosen)
    return _page(me, groups, listed, listed[0] if listed else None)


def _cause(cause_id: int) -> str:
    me = _operator()
    actions.watch(store(), now=now())
    found = _found(me, cause_id)
    groups = queries.groups(store(), me, now=now())
    listed = _listed(me, found["reason"] if found else "")
    return _page(me, groups, listed, found, gone=found is None)


def _operate(cause_id: int) -> Response | str | tuple[str, int]:
    """Say what would change; or do it, where that has been seen."""
    me = _operator()
    found = _found(me, cause_id)
    if found is None:
        return redirect(url_for("web.stuck", cause_id=cause_id))
    wanted = acts.asked(causes.offered(found))
    try:
        done = acts.do(me, found, wanted, dry=not acts.does())
    except StafetError as exc:
        # Where only the reason is wrong, what would change still stands; after a move it is told anew.
        only = set(exc.fields) == {"reason"} or isinstance(exc, InstanceMoved)
        seen = acts.rehearsed(me, found, wanted)[0] if only else None
        return _again(me, found, wanted, exc, seen), exc.status
    if acts.does():
        actions.watch(store(), now=now(), every=_NOW)
        back = {"aarsag": found["reason"], "gjort": wanted["act"], "forloeb": found["instance"]}
        return redirect(url_for("web.operations", **back, **acts.undoing(me, done, wanted)))
    return _again(me, found, wanted, None, done)


# ---- the page ----------------------------------------------------------------------------
def _operator() -> Actor:
    me = actor()
    if not access.may_operate(me):
        raise Forbidden("Only operators may see what is stuck.")
    return me


def _first(groups: list[Json]) -> str:
    return groups[0]["reason"] if groups else ""


def _listed(me: Actor, reason: str) -> list[Json]:
    if not reason:
        return []
    wanted = queries.StuckFilter(reason=reason, limit=LISTED)
    return queries.causes(store(), me, wanted, now=now()).items


def _found(me: Actor, cause_id: int) -> Json | None:
    try:
        return queries.cause(store(), me, cause_id, now=now())
    except NotFound:
        return None


def _again(
    me: Actor, found: Json, asked: Json, refused: StafetError | None, done: Any = None
) -> str:
    groups = queries.groups(store(), me, now=now())
    listed = _listed(me, found["reason"])
    return _page(me, groups, listed, found, asked, refused, done)


def _page(
    me: Actor,
    groups: list[Json],
    listed: list[Json],
    cause: Json | None,
    asked: Json | None = None,
    refused: StafetError | None = None,
    done: Any = None,
    *,
    gone: bool = False,
) -> str:
    state = queries.looked_at(store(), me, now=now())
    walk = walks.whole(me, cause["instance"]) if cause and cause["instance"] else None
    cause = cause and {**cause, "letter": acts.letter_of(me, cause)}
    acting: Json = {}
    if cause:
        fitting = _of_cause(me, cause, walk)
        if asked is None:
            asked = acts.asked(fitting)
            if acts.begins_rehearsed(asked, cause["letter"]):
                done, refused = acts.rehearsed(me, cause, asked)
        acting = walks.acting(me, cause, walk, fitting, asked, refused, done)
        acting["form_to"] = url_for("web.operate", cause_id=cause["id"])
        acting["here"] = ("web.stuck", {"cause_id": cause["id"]})
    place = [one["id"] for one in listed]
    nth = place.index(cause["id"]) if cause and cause["id"] in place else None
    return render_template(
        "operations.html",
        section="operations",
        state=state,
        verdict=_verdict(groups, state),
        groups=[_group(group) for group in groups],
        waiting=max(state["alive"] - sum(group["instances"] for group in groups), 0),
        gone=gone,
        cause=cause,
        walk=walk,
        nth=nth,
        following=place[nth + 1] if nth is not None and nth + 1 < len(place) else None,
        listed=listed,
        told=told,
        title_of=causes.title,
        why=causes.why,
        otherwise=causes.otherwise,
        **acting,
    )


def _group(group: Json) -> Json:
    """A cause with its heading, and what can be done to all of it."""
    first = causes.many(causes.MANY[group["reason"]][0])[0] if group["instances"] else ""
    if group["reason"] in OF_MESSAGES:
        first = _("Alle i gruppen")
    return {**group, "title": causes.title(group["reason"]), "all": first}


def _of_cause(me: Actor, cause: Json, walk: Json | None) -> tuple[str, ...]:
    """The acts for a cause; only a task that somebody may take is given."""
    number = acts.task_of(cause, {}, walk["tasks"] if walk else [])
    gives = bool(number and queries.able(store(), me, number, now=now()))
    fits = acts.of_letter(cause["letter"]) if cause["letter"] else ()
    return causes.offered({**cause, "gives": gives, "fits": fits})


def _verdict(groups: list[Json], state: Json) -> str:
    stuck = sum(group["instances"] for group in groups)
    over = sum(group["instances"] for group in groups if group["reason"] == "overdue")
    if not groups:
        return _("Ingen forløb sidder fast. Alle venter på noget, der har en dato.")
    first = ngettext(
        "%(num)s af %(all)s forløb sidder fast", "%(num)s af %(all)s forløb sidder fast", stuck,
        all=state["alive"],
    )  # fmt: skip
    if not over:
        return first + "."
    return first + ngettext(
        ", og %(num)s af dem har overskredet en frist i aftalen.",
        ", og %(num)s af dem har overskredet en frist i aftalen.",
        over,
    )
