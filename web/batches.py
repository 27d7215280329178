"""One act on all that is stuck for a cause: rehearsed, begun with a reason, followed while the workers do it.

The page of a batch brings itself up to date while something is left to do; without scripts it is loaded again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions.hand import must_operate
from engine.actions.many import OF_MESSAGES
from engine.actions.undelivered import MANY as MANY_MESSAGES
from engine.bpmn.operate import Clock
from engine.errors import BatchRuns, Conflict, NotFound, StafetError
from engine.model import Actor
from engine.stuck import REASONS
from web import causes, changes, frist
from web.errors import said, sentence
from web.sessions import actor, now, store
from web.words import _, ngettext

Json = dict[str, Any]
#: Batches on a page of the list.
PAGE = 50


def add_to(pages: Blueprint) -> None:
    """Begin a batch, follow it, take it back; all there were."""
    begin = "/drift/aarsag/<reason>/alle"
    pages.add_url_rule(begin, "batch_for", _ask)
    pages.add_url_rule(begin, "begin_batch", _begin, methods=["POST"])
    pages.add_url_rule("/drift/mange", "batches", _list)
    pages.add_url_rule("/drift/mange/<int:batch_id>", "batch", _show)
    undo = "/drift/mange/<int:batch_id>/fortryd"
    pages.add_url_rule(undo, "undo_batch", _undo, methods=["POST"])


# ---- beginning ---------------------------------------------------------------------------
def _ask(reason: str) -> str:
    return _page(_operator(), reason, _act(reason))


def _begin(reason: str) -> Response | tuple[str, int]:
    me, act = _operator(), _act(reason)
    why = request.form.get("reason", "")
    try:
        number = actions.many(store(), me, act, reason, why, clock=clock(), to=_to(), now=now())
    except StafetError as exc:
        return _page(me, reason, act, exc), exc.status
    return redirect(url_for("web.batch", batch_id=number))


def _operator() -> Actor:
    me = actor()
    must_operate(me)
    return me


def _act(reason: str) -> str:
    """The chosen act; what the group does not allow is not there."""
    if reason not in REASONS:
        raise NotFound
    allowed = causes.MANY[reason]
    chosen = request.values.get("handling", "")
    if chosen and chosen not in allowed:
        raise NotFound
    return chosen or _likeliest(reason)


def _likeliest(reason: str) -> str:
    """The act that the page opens with; a group may hold messages, instances or both."""
    allowed = causes.MANY[reason]
    if reason not in OF_MESSAGES:
        return allowed[0]
    letters = queries.unmatched(store(), actor(), now=now()).items
    if not letters:
        return next(act for act in allowed if act not in OF_MESSAGES[reason])
    heard = any(one["fits"] for letter in letters for one in letter["near"])
    return "deliver" if heard else "discard"


def clock() -> Clock:
    """What becomes of the deadlines of a suspension, as the form says."""
    given = request.values.get("clock", "runs")
    return "stands" if given == "stands" and given in get_args(Clock) else "runs"


def _to() -> str | None:
    """Whom the tasks are given to, where somebody was chosen."""
    return request.values.get("to", "").strip()[:120] or None


def _seen(me: Actor, act: str, reason: str) -> actions.Outlook | None:
    """What it would come to; None until the act knows what it must be told."""
    if act == "give" and not _to():
        return None
    return actions.outlook(store(), me, act, reason, clock=clock(), to=_to(), now=now())


def _takes(one: Json) -> str:
    return ngettext(
        "%(name)s: må tage %(num)s opgave", "%(name)s: må tage %(num)s opgaver", one["can"], name=one["name"]
    )  # fmt: skip


def _stuck(me: Actor, reason: str) -> int:
    found = queries.groups(store(), me, now=now())
    return next((one["instances"] for one in found if one["reason"] == reason), 0)


def _page(me: Actor, reason: str, act: str, refused: StafetError | None = None) -> str:
    actions.watch(store(), now=now())
    seen = _seen(me, act, reason)
    people = queries.able_in(store(), me, reason, now=now()) if act == "give" else []
    total = seen.total if seen else _stuck(me, reason)
    running = queries.batches(store(), me, cause=reason, runs=True, now=now()).items
    same = next((one["id"] for one in running if one["act"] == act), None)
    letters = act in OF_MESSAGES.get(reason, ())
    problems = {name: _(said) for name, said in refused.fields.items()} if refused else {}
    return render_template(
        "batch_begin.html",
        section="operations",
        reason=reason,
        title=causes.title(reason),
        act=act,
        acts=[(name, *causes.many(name)) for name in causes.MANY[reason]],
        button=causes.many_button(act, total),
        people=[(one["login"], _takes(one)) for one in people],
        to=_to() or "",
        total=total,
        clock=clock(),
        why=request.form.get("reason", ""),
        seen=seen,
        possible=possible(seen, letters) if seen else "",
        letters=letters,
        mixed=reason in OF_MESSAGES,
        impossible=kept(seen) if seen else [],
        each=each(seen, {}) if seen and not letters else [],
        running=same,
        problems=problems,
        refused=sentence(refused) if refused and not problems else "",
        emptied=isinstance(refused, Conflict) and not isinstance(refused, BatchRuns),
    )


def possible(seen: actions.Outlook, letters: bool = False) -> str:
    """How many can, in a sentence that says how many were tried."""
    facts = {"possible": seen.possible, "looked": seen.looked}
    if seen.looked == seen.total and letters:
        return ngettext(
            "%(possible)s af %(num)s besked kan.", "%(possible)s af %(num)s beskeder kan.",
            seen.total, **facts,
        )  # fmt: skip
    if letters:
        return ngettext(
            "Prøvet på de første %(looked)s af %(num)s besked: %(possible)s kan.",
            "Prøvet på de første %(looked)s af %(num)s beskeder: %(possible)s kan.",
            seen.total, **facts,
        )  # fmt: skip
    if seen.looked == seen.total:
        return ngettext(
            "%(possible)s af %(num)s forløb kan.", "%(possible)s af %(num)s forløb kan.",
            seen.total, **facts,
        )  # fmt: skip
    return ngettext(
        "Prøvet på de første %(looked)s af %(num)s forløb: %(possible)s kan.",
        "Prøvet på de første %(looked)s af %(num)s forløb: %(possible)s kan.",
        seen.total, **facts,
    )  # fmt: skip


def each(seen: actions.Outlook, names: Mapping[str, str]) -> list[Json]:
    """The rehearsal one by one: what changes in it, or why it stays."""
    return [
        {
            **one,
            "lines": changes.brief(one["changes"], names) if one["changes"] else [],
            "why_not": said(one["code"], one["sentence"]) if one["code"] else "",
        }
        for one in seen.each
    ]


def kept(seen: actions.Outlook) -> list[tuple[int, str]]:
    """How many cannot for each reason, the most frequent first."""
    each = ((count, said(code, seen.sentences[code])) for code, count in seen.impossible.items())
    return sorted(each, key=lambda pair: -pair[0])


# ---- following ---------------------------------------------------------------------------
def _show(batch_id: int) -> str:
    return _followed(actor(), batch_id)


def _undo(batch_id: int) -> Response | tuple[str, int]:
    me = _operator()
    try:
        made = actions.many_undo(store(), me, batch_id, request.form.get("reason", ""), now=now())
    except NotFound:
        raise
    except StafetError as exc:
        return _followed(me, batch_id, exc), exc.status
    return redirect(url_for("web.batch", batch_id=made))


def _followed(me: Actor, batch_id: int, refused: StafetError | None = None) -> str:
    found = queries.batch_of(store(), me, batch_id, now=now())
    told = [{**one, "said": _said(one)} for one in found["kept"]]
    return render_template(
        "batch.html",
        section="operations",
        batch={**found, "kept": told},
        heading=heading(found),
        verdict=_verdict(found),
        told=told_of(found),
        beating=queries.looked_at(store(), me, now=now())["beating"],
        problems={name: _(text) for name, text in refused.fields.items()} if refused else {},
        refused=sentence(refused) if refused and not refused.fields else "",
        why=request.form.get("reason", ""),
    )


def _said(one: Json) -> str:
    told = said(one["code"], one["sentence"])
    return f"{one['element']}: {told}" if one["element"] else told


def told_of(batch: Json) -> list[tuple[str, str]]:
    """What the act was told beside whom it was done to, in words."""
    what, names = batch["told"] or {}, batch["names"]
    lines = []
    if "element" in what:
        lines.append((_("Tidspunktet"), names.get(what["element"], what["element"])))
    for name, label in (("source", _("Fra")), ("target", _("Til trinnet"))):
        if name in what:
            lines.append((label, names.get(what[name], what[name])))
    lines += [
        (_("Rettet"), f"{name}: {changes.shown(value)}") for name, value in batch["values"].items()
    ]
    if "due_at" in what:
        due = datetime.fromisoformat(what["due_at"])
        lines.append((_("Flyttet til"), frist.day_and_clock(due, now())))
    elif "days" in what:
        lines.append((_("Flyttet med"), _shift(what["days"], what["hours"])))
    return lines


def _shift(days: int, hours: int) -> str:
    parts = (
        ngettext("%(num)s dag", "%(num)s dage", days) if days else "",
        ngettext("%(num)s time", "%(num)s timer", hours) if hours else "",
    )
    return " ".join(part for part in parts if part)


def heading(batch: Json) -> str:
    """What was done to whom: `Prøv alle igen: Et trin fejlede`."""
    if goes := batch["goes"]:
        return _(
            "Flyt til udgave %(version)s: %(name)s", version=goes["version"], name=goes["name"]
        )
    return f"{causes.many(batch['act'])[0]}: {causes.title(batch['cause'])}"


def _verdict(batch: Json) -> str:
    facts = {"done": batch["done"], "left": batch["left"], "no": batch["impossible"]}
    if batch["left"]:
        return _("%(done)s gjort, %(no)s kunne ikke, %(left)s venter.", **facts)
    if not batch["impossible"] and batch["act"] in MANY_MESSAGES:
        return ngettext(
            "Færdig: den ene besked er gjort.", "Færdig: alle %(num)s beskeder er gjort.", batch["done"]
        )  # fmt: skip
    if not batch["impossible"]:
        return ngettext(
            "Færdig: det ene forløb er gjort.", "Færdig: alle %(num)s forløb er gjort.", batch["done"]
        )  # fmt: skip
    return ngettext(
        "Færdig: %(done)s gjort, %(num)s kunne ikke.", "Færdig: %(done)s gjort, %(num)s kunne ikke.",
        batch["impossible"], done=batch["done"],
    )  # fmt: skip


def _list() -> str:
    me = actor()
    found = queries.batches(store(), me, limit=PAGE, after=request.args.get("efter"), now=now())
    rows = [{**one, "heading": heading(one), "verdict": _verdict(one)} for one in found.items]
    return render_template("batches.html", section="operations", rows=rows, following=found.next)
