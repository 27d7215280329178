"""One act on all that is stuck for a cause: rehearsed, begun with a reason, followed while the workers do it.

The page of a batch brings itself up to date while something is left to do; without scripts it is loaded again.
"""

from __future__ import annotations

from typing import Any, get_args

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions.hand import must_operate
from engine.bpmn.operate import Clock
from engine.errors import BatchRuns, Conflict, NotFound, StafetError
from engine.model import Actor
from engine.stuck import REASONS
from web import causes
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
        number = actions.many(store(), me, act, reason, why, clock=_clock(), now=now())
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
    chosen = request.values.get("handling", allowed[0])
    if chosen not in allowed:
        raise NotFound
    return chosen


def _clock() -> Clock:
    given = request.values.get("clock", "runs")
    return "stands" if given == "stands" and given in get_args(Clock) else "runs"


def _page(me: Actor, reason: str, act: str, refused: StafetError | None = None) -> str:
    actions.watch(store(), now=now())
    seen = actions.outlook(store(), me, act, reason, clock=_clock(), now=now())
    running = queries.batches(store(), me, cause=reason, runs=True, now=now()).items
    same = next((one["id"] for one in running if one["act"] == act), None)
    problems = {name: _(said) for name, said in refused.fields.items()} if refused else {}
    return render_template(
        "batch_begin.html",
        section="operations",
        reason=reason,
        title=causes.title(reason),
        act=act,
        acts=[(name, *causes.many(name)) for name in causes.MANY[reason]],
        button=causes.many_button(act, seen.total),
        clock=_clock(),
        why=request.form.get("reason", ""),
        seen=seen,
        possible=_possible(seen),
        impossible=_kept(seen),
        running=same,
        problems=problems,
        refused=sentence(refused) if refused and not problems else "",
        emptied=isinstance(refused, Conflict) and not isinstance(refused, BatchRuns),
    )


def _possible(seen: actions.Outlook) -> str:
    """How many can, in a sentence that says how many were tried."""
    if seen.looked == seen.total:
        return ngettext(
            "%(possible)s af %(num)s forløb kan.", "%(possible)s af %(num)s forløb kan.",
            seen.total, possible=seen.possible,
        )  # fmt: skip
    return ngettext(
        "Prøvet på de første %(looked)s af %(num)s forløb: %(possible)s kan.",
        "Prøvet på de første %(looked)s af %(num)s forløb: %(possible)s kan.",
        seen.total, looked=seen.looked, possible=seen.possible,
    )  # fmt: skip


def _kept(seen: actions.Outlook) -> list[tuple[int, str]]:
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
    kept = [{**one, "said": said(one["code"], one["sentence"])} for one in found["kept"]]
    return render_template(
        "batch.html",
        section="operations",
        batch={**found, "kept": kept},
        heading=heading(found),
        verdict=_verdict(found),
        beating=queries.looked_at(store(), me, now=now())["beating"],
        problems={name: _(text) for name, text in refused.fields.items()} if refused else {},
        refused=sentence(refused) if refused and not refused.fields else "",
        why=request.form.get("reason", ""),
    )


def heading(batch: Json) -> str:
    """What was done to whom: `Prøv alle igen: Et trin fejlede`."""
    return f"{causes.many(batch['act'])[0]}: {causes.title(batch['cause'])}"


def _verdict(batch: Json) -> str:
    facts = {"done": batch["done"], "left": batch["left"], "no": batch["impossible"]}
    if batch["left"]:
        return _("%(done)s gjort, %(no)s kunne ikke, %(left)s venter.", **facts)
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
