"""Several tasks at once: take them, hand them to a colleague; and undo, for a minute, who has what.

Each task is an act of its own.  Where a colleague was first, or the person may not, the others are done all the same,
and the page says how many were not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from engine import actions
from engine.errors import Invalid, StafetError
from web.sessions import actor, now, safe, store
from web.words import ngettext

#: Tasks of one page.
MOST = 50


def add_to(pages: Blueprint) -> None:
    """Acts on what is ticked, and their undoing."""
    pages.add_url_rule("/opgaver/flere", "bulk", _several, methods=["POST"])
    pages.add_url_rule("/opgaver/fortryd", "undo", _undo, methods=["POST"])


def said() -> dict[str, Any] | None:
    """What the page that is shown tells of the act before it: `heading text undo` (numbers of tasks)."""
    what, numbers = request.args.get("gjort", ""), _numbers(request.args.get("numre", ""))
    failed = request.args.get("ikke", "0")
    headings: dict[str, Callable[[int], str]] = {
        "tag": lambda n: ngettext("Du har taget %(num)s opgave", "Du har taget %(num)s opgaver", n),
        "overdrag": lambda n: ngettext(
            "%(num)s opgave er overdraget", "%(num)s opgaver er overdraget", n
        ),
        "giv": lambda n: ngettext(
            "Opgaven er givet tilbage", "%(num)s opgaver er givet tilbage", n
        ),
        "fortrudt": lambda n: ngettext(
            "Det er fortrudt. Opgaven er, hvor den var.",
            "Det er fortrudt. %(num)s opgaver er, hvor de var.",
            n,
        ),
    }
    if what not in headings or not numbers:
        return None
    lost = int(failed) if failed.isdecimal() and len(failed) < 4 else 0
    text = ngettext(
        "%(num)s opgave kunne ikke: en kollega kom først, eller den kræver en anden rolle.",
        "%(num)s opgaver kunne ikke: en kollega kom først, eller de kræver en anden rolle.",
        lost,
    )
    return {
        "heading": headings[what](len(numbers)),
        "text": text if lost else "",
        "undo": [] if what == "fortrudt" else numbers,
    }


def _several() -> Response:
    wanted = list(dict.fromkeys(_numbers(",".join(request.form.getlist("opgave")))))[:MOST]
    what, to = request.form.get("do", ""), request.form.get("to", "")
    back = request.form.get("next", "")
    if not wanted or what not in ("tag", "overdrag"):
        raise Invalid("Choose the tasks first.")
    if what == "overdrag" and not to:
        raise Invalid("Choose the colleague who shall have the tasks.")
    note = request.form.get("note", "")

    def act(number: int) -> None:
        if what == "tag":
            actions.claim(store(), actor(), number, now=now())
        else:
            actions.delegate(store(), actor(), number, to, note=note, now=now())

    return _answer(what, wanted, act, back)


def _undo() -> Response:
    wanted = _numbers(",".join(request.form.getlist("opgave")))[:MOST]
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
    path, _mark, query = safe(back).partition("?")
    kept = "&".join(
        part for part in query.split("&") if part and part.split("=")[0] not in (*told, "efter")
    )
    more = "&".join(f"{key}={value}" for key, value in told.items())
    goal = path if path == url_for("web.inbox") else url_for("web.inbox")
    return redirect(safe(f"{goal}?{kept}&{more}" if kept else f"{goal}?{more}"))


def _numbers(text: str) -> list[int]:
    parts = [part for part in text.split(",") if part.isascii() and part.isdecimal()]
    return [int(part) for part in parts if len(part) < 16][:MOST]
