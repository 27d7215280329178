"""A plan, an agreement or minutes: what is in force, who has answered, what it says, what was changed; and as PDF."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

import paper
from engine import queries
from web import frist
from web.sessions import actor, now, store
from web.words import _, ngettext

Row = Mapping[str, Any]


def add_to(pages: Blueprint) -> None:
    """The document and its PDF."""
    pages.add_url_rule("/dokumenter/<int:document_id>", "document", _show)
    pages.add_url_rule("/dokumenter/<int:document_id>/udgave/<int:number>.pdf", "printed", _print)


def told(document: Row) -> dict[str, Any]:
    """A document with the words that the pages have for it: `chip`, `standing`, `count`, `waiting`."""
    coming = document["coming"]
    return {
        **document,
        "chip": chip(document, document["minutes"]),
        "standing": standing(document, document["minutes"], now()),
        "count": _count(document["answers"]),
        "replies": [(one, reply(one, now())) for one in document["answers"]],
        "coming_text": _coming(coming, now()) if coming else "",
    }


def chip(version: Row, minutes: bool) -> frist.Chip:
    """How a version stands, as shape and word."""
    words = {
        "udkast": ("none", _("Udkast")),
        "afventer": ("open", _("Afventer svar")),
        "afslaaet": ("late", _("Ikke accepteret")),
        "i_kraft": ("met", _("Sendt") if minutes else _("I kraft")),
        "udloebet": ("late", _("Udløbet")),
        "erstattet": ("cancelled", _("Erstattet")),
        "bortfaldet": ("cancelled", _("Bortfaldet")),
        "afloest": ("cancelled", _("Afløst")),
    }
    return frist.Chip(*words[version["status"]])


def standing(version: Row, minutes: bool, now: datetime) -> str:
    """The same as a sentence with its dates."""
    status, ended = version["status"], version["ended_at"] and _day(version["ended_at"], now)
    if status == "bortfaldet":
        if version["reason"]:
            return _(
                "Bortfaldt %(day)s: %(reason)s.", day=ended, reason=version["reason"].rstrip(".")
            )
        return _("Bortfaldt %(day)s.", day=ended)
    if status == "i_kraft" and minutes:
        return _("Sendt %(day)s.", day=_day(version["valid_from"], now))
    if status in ("i_kraft", "udloebet"):
        return _in_force(version, status, now)
    return {
        "udkast": _("Skrevet %(day)s og ikke sendt til andre.", day=_day(version["made_at"], now)),
        "afventer": _("Sendt og ikke i kraft endnu: parterne skal svare."),
        "afslaaet": _("Sendt og ikke i kraft: ikke alle har accepteret."),
        "erstattet": _("En nyere udgave kom %(day)s.", day=ended),
        "afloest": _("Et nyt dokument kom i stedet %(day)s.", day=ended),
    }[status]


def reply(one: Row, now: datetime) -> frist.Chip:
    """What a party answered, or that it has not."""
    if one["answer"] is None:
        if one["sent_at"] is None:
            return frist.Chip("paused", _("Holdt tilbage: samtykke mangler"))
        sent = _day(one["sent_at"], now)
        if one["asked"]:
            return frist.Chip("open", _("Svar mangler, sendt %(day)s", day=sent))
        return frist.Chip("none", _("Sendt %(day)s", day=sent))
    how = {
        "mundtligt": _("mundtligt"),
        "papir": _("på papir"),
        "telefon": _("i telefonen"),
    }.get(one["manner"])
    when = _day(one["answered_at"], now) + (f", {how}" if how else "")
    if one["answer"]:
        return frist.Chip("met", _("Accepteret %(when)s", when=when))
    return frist.Chip("late", _("Ikke accepteret %(when)s", when=when))


# ---- pages -------------------------------------------------------------------------------
def _show(document_id: int) -> str:
    found = queries.document(store(), actor(), document_id, now=now())
    number = request.args.get("udgave", type=int) or found["version"]
    version = next((each for each in found["history"] if each["number"] == number), None)
    if version is None:
        abort(404)
    minutes = found["minutes"]
    older = [each["number"] for each in found["history"] if each["number"] < number]
    return render_template(
        "document.html",
        section="cases",
        document=told(found),
        version={
            **version,
            "chip": chip(version, minutes),
            "standing": standing(version, minutes, now()),
            "replies": [(one, reply(one, now())) for one in version["answers"]],
        },
        versions=[(each, chip(each, minutes)) for each in found["history"]],
        before=older[0] if older else None,
        side_by_side=bool(version["compared"]) and "sammenlign" in request.args,
        changes=sum(f["changed"] for g in version["compared"] or () for f in g["fields"]),
    )


def _print(document_id: int, number: int) -> Response:
    found = queries.printed(store(), actor(), document_id, number, now=now())
    answer = Response(paper.pdf(found, now()), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{paper.file_name(found)}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


# ---- small words -------------------------------------------------------------------------
def _in_force(version: Row, status: str, now: datetime) -> str:
    begins, ends = _day(version["valid_from"], now), version["valid_to"]
    if status == "udloebet":
        return _("Gjaldt fra %(day)s og udløb %(end)s.", day=begins, end=_day(ends, now))
    if ends is None:
        return _("Gælder fra %(day)s, uden slutdato.", day=begins)
    return _("Gælder fra %(day)s til og med %(end)s.", day=begins, end=_day(ends, now))


def _count(answers: list[Row]) -> str:
    asked = [one for one in answers if one["asked"]]
    done = sum(one["answer"] is True for one in asked)
    if not asked:
        return ""
    return ngettext(
        "%(done)s af %(num)s har accepteret", "%(done)s af %(num)s har accepteret", len(asked), done=done
    )  # fmt: skip


def _coming(version: Row, now: datetime) -> str:
    missing = [one["party"] for one in version["answers"] if one["asked"] and one["answer"] is None]
    if missing:
        return _(
            "Udgave %(number)s venter på svar fra %(parties)s.",
            number=version["number"], parties=", ".join(missing),
        )  # fmt: skip
    return _("Udgave %(number)s er skrevet og ikke i kraft endnu.", number=version["number"])


def _day(at: datetime, now: datetime) -> str:
    return frist.day(at, now)
