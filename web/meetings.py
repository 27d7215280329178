"""Meetings: on the case page, with the invitation, and as a file for a calendar program (`paper/invitation.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import queries
from paper import invitation
from web import frist
from web.sessions import actor, now, outside, store
from web.words import _

Row = Mapping[str, Any]


def add_to(pages: Blueprint) -> None:
    """Where a calendar leads back to, and the file for it."""
    pages.add_url_rule("/moeder/<int:meeting_id>", "meeting", _show)
    pages.add_url_rule("/moeder/<int:meeting_id>.ics", "meeting_file", _file)


def of_case(case: Row) -> list[dict[str, Any]]:
    """The case's meetings with the words that its page has for them."""
    found = queries.meetings(store(), actor(), case["id"], now=now())
    return [_told(one, case["documents"]) for one in found]


def invited_by(message: Row) -> dict[str, Any] | None:
    """The meeting that a message invites to, or says something of; None where there is none."""
    if not message["case"]:
        return None
    found = queries.meetings(store(), actor(), message["case"], now=now())
    one = next((each for each in found if message["sent_at"] in each["said"]), None)
    return _told(one, ()) if one else None


# ---- inside ------------------------------------------------------------------------------
def _told(one: Row, documents: Iterable[Row]) -> dict[str, Any]:
    return {
        **one,
        "when": _when(one),
        "how": " · ".join(part for part in (invitation.form(one["form"], _), one["place"]) if part),
        "asked": [each["unit_name"] or each["party"] for each in one["invited"]],
        "roles": _roles(one),
        "came": _came(one),
        "written": _minutes(one, documents),
        "doing": [_doing(each) for each in one["agreed"]],
    }


def _when(one: Row) -> str:
    if one["at"] is None:
        held = one["held"]
        return _("Tidspunktet er ikke aftalt endnu.") if held is None else ""
    if one["whole_day"]:
        return frist.day(one["at"], now())
    ends = one["at"] + timedelta(minutes=one["length"])
    return _("%(begin)s til %(end)s", begin=frist.due(one["at"], now()), end=frist.bare_clock(ends))


def _roles(one: Row) -> list[tuple[str, str]]:
    named = (
        (_("Mødeleder"), one["chair"]),
        (_("Referent"), one["minute_taker"]),
        (_("Tovholder"), one["keeper"]),
    )
    return [pair for pair in named if pair[1]]


def _came(one: Row) -> list[tuple[str, str]]:
    rows = [(_("Til stede"), ", ".join(one["present"])), (_("Afbud"), one["absent"])]
    if one["citizen"] is not None:
        rows.insert(0, (_("Borgeren"), _("Var med") if one["citizen"] else _("Var ikke med")))
    return [row for row in rows if row[1]]


def _minutes(one: Row, documents: Iterable[Row]) -> Row | None:
    """The document that was written first of its kind once the meeting was held."""
    if not one["held"] or not one["minutes"]:
        return None
    later = [
        each
        for each in documents
        if each["kind"] == one["minutes"] and each["made_at"] >= one["held"]
    ]
    return min(later, key=lambda each: each["made_at"], default=None)


def _doing(one: Row) -> dict[str, Any]:
    owner = ", ".join(part for part in (one["who"], one["unit_name"] or one["party"]) if part)
    until = _("senest %(day)s", day=frist.day(one["due"], now())) if one["due"] else ""
    state = {
        "open": frist.Chip("open", _("Åben")),
        "completed": frist.Chip("met", _("Afsluttet")),
        "cancelled": frist.Chip("cancelled", _("Bortfaldet")),
        None: frist.Chip("none", _("Parten følger op")),
    }.get(one["status"], frist.Chip("none", _("Kun i referatet")))
    text = one["text"] or _("Aftalen står i referatet.")
    return {**one, "words": text, "note": " · ".join(p for p in (owner, until) if p), "chip": state}


def _show(meeting_id: int) -> AnyResponse:
    one = queries.meeting(store(), actor(), meeting_id, now=now())
    return redirect(url_for("web.case", case_id=one["case"], _anchor=f"moede-{meeting_id}"))


def _file(meeting_id: int) -> Response:
    one = queries.meeting(store(), actor(), meeting_id, now=now())
    back = outside(url_for("web.meeting", meeting_id=meeting_id))
    made = invitation.ics(one, back, _, now())
    kind = f"{invitation.KIND}; charset=utf-8"
    return Response(made, content_type=kind, headers=invitation.HEADERS)
