"""Messages that no pathway waits for: the list, and one with its near misses.

An operator delivers it, puts it aside, or takes that back; what was done with it stays to be read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import actions, queries
from engine.actions.messages import UNKNOWN
from engine.actions.undelivered import MANY
from engine.errors import MessageHandled, StafetError
from engine.model import Actor
from web import acts, frist
from web.listing import PAGE, after, joined, operator, page
from web.sessions import now, store
from web.walks import acting
from web.words import _, ngettext

Json = dict[str, Any]
_ALL = tuple(MANY)


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
            "title": _called(one),
            "note": joined(
                one["name"] if one["name"] not in (one["title"], UNKNOWN) else "",
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
    fitting = acts.of_letter(queries.unmatched_one(store(), me, message_id, now=now()))
    wanted = acts.asked(fitting or _ALL)
    if wanted["act"] != request.form.get("handling", wanted["act"]):
        # Somebody has dealt with it since the page was shown: it is told, and nothing is done.
        return _letter_page(me, message_id, None, MessageHandled()), MessageHandled.status
    try:
        done = acts.do(me, _subject(message_id), wanted, dry=not acts.does())
    except StafetError as exc:
        return _letter_page(me, message_id, wanted, exc), exc.status
    if acts.does():
        actions.watch(store(), now=now(), every=timedelta(0))
        back = {"message_id": message_id, "gjort": wanted["act"]}
        return redirect(url_for("web.letter", **back, **acts.undoing(me, done, wanted)))
    return _letter_page(me, message_id, wanted, None, done)


def _called(one: Json) -> str:
    """A name that no diagram of the agreement knows may say something of a citizen: it is sealed and not shown."""
    return (
        _("Besked med et navn, som intet diagram kender")
        if one["name"] == UNKNOWN
        else one["title"]
    )


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
    fitting = acts.of_letter(found)
    subject = {**_subject(message_id), "letter": found}
    if wanted is None or wanted["act"] not in fitting:
        wanted = acts.asked(fitting)
    only = refused is None or set(refused.fields) == {"reason"}
    if fitting and done is None and only and acts.begins_rehearsed(wanted, found):
        done, other = acts.rehearsed(me, subject, wanted)
        refused = refused or other
    return render_template(
        "letter.html",
        section="operations",
        letter={**found, "title": _called(found), "unknown": found["name"] == UNKNOWN},
        form_to=url_for("web.operate_letter", message_id=message_id),
        here=("web.letter", {"message_id": message_id}),
        **acting(me, subject, None, fitting, wanted, refused, done),
    )
