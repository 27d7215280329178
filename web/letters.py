"""Messages that no pathway waits for: the list, and one with its near misses, delivered or put aside by an operator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.errors import StafetError
from engine.model import Actor
from web import acts, frist
from web.listing import PAGE, after, joined, operator, page
from web.sessions import now, store
from web.walks import acting
from web.words import _, ngettext

Json = dict[str, Any]


def add_to(pages: Blueprint) -> None:
    """The list, and one message with its acts."""
    pages.add_url_rule("/drift/beskeder", "drift_beskeder", _letters)
    letter = "/drift/beskeder/<int:message_id>"
    pages.add_url_rule(letter, "letter", _letter)
    pages.add_url_rule(letter, "operate_letter", _operate_letter, methods=["POST"])


def _letters() -> str:
    name = request.args.get("navn", "").strip()[:80]
    found = queries.unmatched(
        store(), operator(), name=name or None, limit=PAGE, after=after(), now=now()
    )
    rows = [
        {
            "href": url_for("web.letter", message_id=one["id"]),
            "title": one["title"],
            "note": joined(
                one["name"] if one["name"] != one["title"] else "",
                one["from_unit_name"] or one["from_party"],
                _("sag %(number)s", number=one["case"]) if one["case"] else "",
                ngettext(
                    "%(num)s forløb på sagen venter på noget",
                    "%(num)s forløb på sagen venter på noget",
                    len(one["near"]),
                )
                if one["near"]
                else _("intet på sagen venter"),
            ),
            "aside": frist.day_and_clock(one["sent_at"], now()),
            "mark": "",
        }
        for one in found.items
    ]
    return page(
        "beskeder",
        _("Beskeder, som ingen venter på"),
        _("Den ældste først. Åbn en for at aflevere den eller lægge den til side."),
        rows,
        found.next,
        filters=[{"name": "navn", "label": _("Beskedens navn"), "kind": "text", "value": name}],
        chosen={"navn": name} if name else {},
        empty=(
            _("Alle beskeder er afleveret"),
            _("Kommer der en besked, som intet forløb venter på, står den her."),
        ),
    )


def _letter(message_id: int) -> str:
    return _letter_page(operator(), message_id)


def _operate_letter(message_id: int) -> Response | str | tuple[str, int]:
    me = operator()
    wanted = acts.asked(("deliver", "discard"))
    try:
        done = acts.do(me, _subject(message_id), wanted, dry=not acts.does())
    except StafetError as exc:
        if exc.status == 404 or (exc.status == 409 and exc.code == "conflict"):
            return redirect(url_for("web.drift_beskeder", vaek=1))
        return _letter_page(me, message_id, wanted, exc), exc.status
    if acts.does():
        actions.watch(store(), now=now())
        return redirect(url_for("web.drift_beskeder", gjort=wanted["act"]))
    return _letter_page(me, message_id, wanted, None, done)


def _subject(message_id: int) -> Json:
    return {"instance": None, "ref": f"message:{message_id}", "element": ""}


def _letter_page(
    me: Actor,
    message_id: int,
    wanted: Json | None = None,
    refused: StafetError | None = None,
    done: Any = None,
) -> str:
    found = queries.unmatched_one(store(), me, message_id, now=now())
    fits = any(one["fits"] for one in found["near"])
    fitting = ("deliver", "discard") if fits else ("discard",)
    subject = _subject(message_id)
    if wanted is None:
        wanted = acts.asked(fitting)
    if done is None and (refused is None or set(refused.fields) == {"reason"}):
        done, other = acts.rehearsed(me, subject, wanted)
        refused = refused or other
    return render_template(
        "letter.html",
        section="operations",
        letter=found,
        form_to=url_for("web.operate_letter", message_id=message_id),
        here=("web.letter", {"message_id": message_id}),
        **acting(me, subject, None, fitting, wanted, refused, done),
    )
