"""Several tasks at once: take them, hand them to a colleague; and undo, for a minute, who has what.

Each task is an act of its own.  Where a colleague was first, or the person may not, the others are done all the same,
and the page says how many were not.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import actions
from engine.errors import Conflict, Invalid, StafetError
from web import answering, filters, inbox, sending
from web.errors import sentence
from web.inbox import PAGE as MOST
from web.sessions import actor, now, safe, store
from web.words import _


def add_to(pages: Blueprint) -> None:
    """Acts on what is ticked, and their undoing."""
    pages.add_url_rule("/opgaver/flere", "bulk", _several, methods=["POST"])
    pages.add_url_rule("/opgaver/fortryd", "undo", _undo, methods=["POST"])


def _several() -> Response | str | tuple[str, int]:
    wanted = list(dict.fromkeys(inbox.numbers(",".join(request.form.getlist("opgave")))))[:MOST]
    what, to, note = (request.form.get(key, "") for key in ("do", "to", "note"))
    back = request.form.get("next", "")
    if answering.redraws():
        return _again("overdrag", wanted, {})
    if what not in ("tag", "overdrag"):
        raise Invalid("Choose the tasks first.")
    if problems := _problems(what, wanted, to, note):
        return _again(what, wanted, problems), 422

    def act(number: int) -> None:
        if what == "tag":
            actions.claim(store(), actor(), number, now=now())
        else:
            actions.delegate(store(), actor(), number, to, note=note, now=now())

    try:
        return _answer(what, wanted, act, back)
    except Invalid as exc:
        known = {
            "to": _("Vælg den kollega, der skal have opgaverne."),
            "note": _("Beskeden er for lang."),
        }
        told = {key: known.get(key) or _(text) for key, text in exc.fields.items()}
        return _again(what, wanted, told), exc.status
    except Conflict as exc:
        return _again(what, wanted, {"": sentence(exc)}), exc.status


def _problems(what: str, wanted: list[int], to: str, note: str) -> dict[str, str]:
    """What is missing before anything is done, by field."""
    if not wanted:
        return {"": _("Sæt kryds ved de opgaver, det gælder.")}
    if what == "tag":
        return {}
    told = {
        "to": "" if to else _("Vælg den kollega, der skal have opgaverne."),
        "note": sending.pointed_out(note),
    }
    return {key: text for key, text in told.items() if text}


def _again(what: str, wanted: list[int], problems: dict[str, str]) -> str:
    """The list as it was, with what was ticked and typed."""
    heading = {
        "tag": _("Ingen opgaver er taget"),
        "overdrag": _("Ingen opgaver er overdraget"),
    }
    typed = {key: request.form.get(key, "") for key in ("to", "note")}
    seen = "note" if "note" in problems or request.form.get("cpr") == "seen" else ""
    again = inbox.Again(heading[what], problems, typed, seen, frozenset(wanted))
    asked = parse_qsl(urlsplit(request.form.get("next", "")).query)
    return inbox.draw(
        filters.chosen(actor(), dict(asked)),
        q=request.form.get("q", "").strip(),
        after=request.form.get("efter"),
        again=again,
    )


def _undo() -> Response:
    wanted = inbox.numbers(",".join(request.form.getlist("opgave")))[:MOST]
    if not wanted:
        raise Invalid("Choose the tasks first.")

    def act(number: int) -> None:
        actions.undo(store(), actor(), number, now=now())

    return _answer("fortrudt", wanted, act, request.form.get("next", ""))


def _answer(what: str, wanted: list[int], act: Callable[[int], None], back: str) -> Response:
    """Do each; back to the list that says what was done.  Where nothing could be done, the first "no" is the answer."""
    done, refused = [], []
    for number in wanted:
        try:
            act(number)
            done.append(number)
        except StafetError as exc:
            refused.append(exc)
    if not done:
        raise refused[0]
    told = {"gjort": what, "numre": ",".join(map(str, done)), "ikke": str(len(refused))}
    path, _dash, query = safe(back).partition("?")
    kept = "&".join(
        part for part in query.split("&") if part and part.split("=")[0] not in (*told, "efter")
    )
    more = "&".join(f"{key}={value}" for key, value in told.items())
    goal = path if path == url_for("web.inbox") else url_for("web.inbox")
    return redirect(safe(f"{goal}?{kept}&{more}" if kept else f"{goal}?{more}"))
