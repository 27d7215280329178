"""Driftsoverblik: what is stuck by cause, why, and what moves it on.  For operators; nobody's name stands here.

One cause has an address of its own.  An act is chosen, told as what would change (a dry run), and then done; one that
asks for nothing but a reason is told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, actions, queries
from engine.errors import Forbidden, NotFound, StafetError
from engine.model import Actor
from web import causes, terms
from web.errors import sentence, told
from web.sessions import actor, now, store
from web.words import _, ngettext

Json = dict[str, Any]
_NOW = timedelta(0)
#: Acts that ask for a choice first.
_CHOOSING = ("give", "move", "amend", "suspend")
#: Causes of a group that are listed beside the one that is looked at; events of its instance.
LISTED, EVENTS = 50, 5


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
    asked = _asked(found)
    try:
        done = _ACTS[asked["act"]](me, found, asked, request.form.get("do") != "do")
    except StafetError as exc:
        # Where only the reason is wrong, what would change still stands.
        seen = _rehearsed(me, found, asked)[0] if set(exc.fields) == {"reason"} else None
        return _again(me, found, asked, exc, seen), exc.status
    if request.form.get("do") == "do":
        actions.watch(store(), now=now(), every=_NOW)
        return redirect(url_for("web.operations", aarsag=found["reason"], gjort=asked["act"]))
    return _again(me, found, asked, None, done)


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
    walk = _walk(me, cause)
    more = _of(me, cause, walk)
    if asked is None:
        asked = _asked(cause)
        if cause and asked["act"] not in _CHOOSING:
            done, refused = _rehearsed(me, cause, asked)
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
        button=causes.act(asked["act"])[2] if cause else "",
        asked=asked,
        problems={name: _(said) for name, said in refused.fields.items()} if refused else {},
        refused=sentence(refused) if refused and not refused.fields else "",
        preview=_preview(done, more["people"]) if done is not None else None,
        choosing=_CHOOSING,
        told=told,
        title_of=causes.title,
        why=causes.why,
        otherwise=causes.otherwise,
        **more,
    )


def _group(group: Json) -> Json:
    """A cause with its heading, and what can be done to all of it."""
    first = causes.many(causes.MANY[group["reason"]][0])[0] if group["instances"] else ""
    return {**group, "title": causes.title(group["reason"]), "all": first}


def _rehearsed(me: Actor, cause: Json, asked: Json) -> tuple[Any, StafetError | None]:
    """What the act would change, before anybody has said why; or what stands in its way."""
    try:
        return _ACTS[asked["act"]](me, cause, {**asked, "reason": "–"}, True), None
    except StafetError as exc:
        return None, exc


def _walk(me: Actor, cause: Json | None) -> Json | None:
    """The instance with its tasks, deadlines, and the last that happened."""
    if cause is None or cause["instance"] is None:
        return None
    found = queries.instance(store(), me, cause["instance"], now=now())
    drawn = queries.diagram(store(), me, cause["instance"], now=now())
    lines = [
        {**row, "text": terms.happening(row)}
        for row in queries.history(store(), me, cause["instance"], now=now())
    ]
    told = [line for line in lines if line["text"]]
    return {
        **found,
        "text": [terms.drawn(element) for element in drawn["elements"]],
        "elements": drawn["elements"],
        "events": told[-EVENTS:][::-1],
    }


def _of(me: Actor, cause: Json | None, walk: Json | None) -> Json:
    """What the acts can be about: tasks, people, steps."""
    if cause is None:
        return {"tasks": [], "people": [], "steps": [], "acts": []}
    tasks = walk["tasks"] if walk else []
    number = _task(cause, tasks)
    people = queries.able(store(), me, number, now=now()) if number else []
    steps = [
        one
        for one in (walk["elements"] if walk else [])
        if one["kind"] in ("userTask", "manualTask", "task", "sendTask", "callActivity")
    ]
    return {
        "tasks": tasks,
        "people": people,
        "steps": steps,
        "acts": [
            (name, *causes.act(name)) for name in causes.offered({**cause, "gives": bool(people)})
        ],
    }


def _task(cause: Mapping[str, Any], tasks: list[Json]) -> int | None:
    """The task that the cause is about."""
    if cause["ref"].startswith("task:"):
        return int(cause["ref"][5:])
    same = [one["id"] for one in tasks if one["element"] == cause["element"]]
    return same[0] if same else tasks[0]["id"] if len(tasks) == 1 else None


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


# ---- acts --------------------------------------------------------------------------------
def _asked(cause: Json | None) -> Json:
    """What the form says; the likeliest act where it says nothing."""
    given = request.form or request.args
    allowed = causes.offered(cause) if cause else ("retry",)
    name = given.get("handling", "")
    return {
        "act": name if name in allowed else allowed[0],
        "reason": given.get("reason", ""),
        "to": given.get("to", ""),
        "source": given.get("source", ""),
        "target": given.get("target", ""),
        "clock": "stands" if given.get("clock") == "stands" else "runs",
        "name": given.get("name", ""),
        "value": given.get("value", ""),
    }


def _retry(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.retry(store(), me, cause["instance"], asked["reason"], dry_run=dry, now=now())


def _remind(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.remind(store(), me, cause["instance"], asked["reason"], dry_run=dry, now=now())


def _resume(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.resume(store(), me, cause["instance"], asked["reason"], dry_run=dry, now=now())


def _cancel(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.cancel(store(), me, cause["instance"], asked["reason"], dry_run=dry, now=now())


def _suspend(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.suspend(
        store(), me, cause["instance"], asked["reason"], clock=asked["clock"], dry_run=dry, now=now()
    )  # fmt: skip


def _give(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    tasks = queries.instance(store(), me, cause["instance"], now=now())["tasks"]
    number = _task(cause, tasks)
    if number is None:
        raise NotFound
    return actions.give(store(), me, number, asked["to"], asked["reason"], dry_run=dry, now=now())


def _move(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    walk = queries.instance(store(), me, cause["instance"], now=now())
    number = _task(cause, walk["tasks"])
    source = number or cause["element"] or next(iter(walk["tokens"]), "")
    return actions.move(
        store(), me, cause["instance"], source, asked["target"], asked["reason"], dry_run=dry, now=now()
    )  # fmt: skip


def _amend(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    values = {asked["name"].strip(): _value(asked["value"])}
    return actions.amend(
        store(), me, cause["instance"], values, asked["reason"], dry_run=dry, now=now()
    )


def _value(text: str) -> Any:
    """What was typed, as the diagram reads it: a number, ja or nej, else text."""
    plain = text.strip()
    if plain.lower() in ("ja", "nej", "true", "false"):
        return plain.lower() in ("ja", "true")
    try:
        return int(plain) if plain.lstrip("-").isdecimal() else float(plain.replace(",", "."))
    except ValueError:
        return plain or None


def _deliver(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.deliver(store(), me, _letter(cause), asked["reason"], dry_run=dry, now=now())


def _discard(me: Actor, cause: Json, asked: Json, dry: bool) -> Any:
    return actions.discard(store(), me, _letter(cause), asked["reason"], dry_run=dry, now=now())


def _letter(cause: Json) -> int:
    return int(cause["ref"].removeprefix("message:"))


_ACTS: Mapping[str, Callable[[Actor, Json, Json, bool], Any]] = {
    "retry": _retry, "remind": _remind, "resume": _resume, "cancel": _cancel, "suspend": _suspend, "give": _give,
    "move": _move, "amend": _amend, "deliver": _deliver, "discard": _discard,
}  # fmt: skip


# ---- what would change -------------------------------------------------------------------
def _preview(done: Any, people: list[Json]) -> list[tuple[str, list[str]]]:
    """Tasks, deadlines, messages and timers, always all four."""
    called = {one["login"]: one["name"] for one in people}
    if isinstance(done, actions.Handled):
        heard = ngettext("%(num)s forløb hører den", "%(num)s forløb hører den", len(done.heard_by))
        aside = _("Lægges til side og bliver på sagen")
        return [(_("Besked"), [aside if done.discarded else heard])]
    changes = done.changes
    tasks = [
        *(_("Åbnes: %(name)s (%(party)s)", name=t["name"], party=t["party"]) for t in changes["tasks_opened"]),
        *(_("Lukkes: %(name)s (%(party)s)", name=t["name"], party=t["party"]) for t in changes["tasks_closed"]),
        *(_("Gives til %(to)s: %(name)s", to=called[t["to"]], name=t["name"]) for t in changes.get("given", ())),
    ]  # fmt: skip
    dates = [
        *(_deadline(row) for row in changes["deadlines"]),
        *(
            _("%(party)s mindes om %(clause)s", party=row["party"], clause=row["clause"])
            for row in changes.get("reminded", ())
        ),
    ]
    nothing = _("Ingen ændres")
    return [
        (_("Opgaver"), tasks or [nothing]),
        (_("Frister"), dates or [nothing]),
        (_("Beskeder"), [it["title"] for it in changes["messages"]] or [_("Ingen sendes")]),
        (_("Tidspunkter"), [_timer(row) for row in changes["timers"]] or [nothing]),
    ]


def _deadline(row: Json) -> str:
    of = {"party": row["party"], "clause": row["clause"]}
    if row["status"] == "cancelled":
        return _("Bortfalder: %(party)s, %(clause)s", **of)
    return _("Løber: %(party)s, %(clause)s", **of)


def _timer(row: Json) -> str:
    name = row["element"] or ""
    if row["due_at"] is None:
        return _("Bortfalder: %(name)s", name=name)
    return _("Sættes: %(name)s", name=name)
