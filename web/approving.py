"""What becomes of a draft: sent to a colleague, for a day or at once, approved, sent back; called off before a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queries, studio
from engine.calendar import day_of
from engine.deploy import DayPassed, Deployed
from engine.errors import Conflict, DeployRefused, Invalid, NotFound, StafetError
from engine.model import Json
from engine.versions import begins
from web import compared
from web.errors import sentence
from web.sessions import actor, now, store
from web.studio import listed
from web.words import _

_PAGE = "/studie/<agreement>/<key>/godkend"


def add_to(pages: Blueprint) -> None:
    """The page of a draft's changes, its drawing, the acts on it, and what is called off."""
    pages.add_url_rule(_PAGE, "approval", _approval)
    pages.add_url_rule(f"{_PAGE}/diagram", "approval_diagram", _diagram)
    pages.add_url_rule(_PAGE, "decide", _decide, methods=["POST"])
    pages.add_url_rule(
        "/studie/kommende/<int:number>/kald-tilbage",
        "call_off_version",
        _call_off,
        methods=["POST"],
    )


def _approval(agreement: str, key: str) -> str:
    return _page(agreement, key)


def _decide(agreement: str, key: str) -> Any:
    do, said = request.form.get("do", ""), request.form.get("note", "").strip()
    place = (store(), actor(), agreement, key)
    acts: dict[str, Callable[[], Deployed | None]] = {
        "submit": lambda: studio.submit(
            *place, said, begins_on=_day(), version=_seen(), say=_, now=now()
        ),
        "approve": lambda: studio.approve(*place, version=_seen(), say=_, now=now()),
        "renew": lambda: studio.renew(*place, begins_on=_day(), version=_seen(), now=now()),
        "back": lambda: studio.send_back(*place, said, version=_seen(), now=now()),
        "discard": lambda: studio.discard(*place, version=_seen(), now=now()),
    }
    if do not in acts:
        abort(400)
    if do in ("submit", "back") and not said:
        return _page(agreement, key, problem=_("Skriv hvorfor, så den anden kan følge med.")), 422
    try:
        done = acts[do]()
    except StafetError as exc:
        return _refused(agreement, key, do, exc), 409 if isinstance(exc, NotFound) else exc.status
    if do == "renew":
        return redirect(url_for("web.approval", agreement=agreement, key=key))
    return redirect(url_for("web.studio", gjort=_became(done) or do))


def _refused(agreement: str, key: str, do: str, exc: StafetError) -> str:
    """The page again, with what stood in the way where it is mended."""
    if isinstance(exc, Invalid) and "note" in exc.fields:
        told = exc.fields["note"]
        return _page(agreement, key, problem=_(told))
    if isinstance(exc, DayPassed | DayUnreadable):
        return _page(agreement, key, day_problem=sentence(exc))
    if isinstance(exc, DeployRefused):
        return _page(agreement, key, refused=_placed(exc))
    if isinstance(exc, NotFound):
        if do not in ("approve", "back"):
            raise exc
        # Of two at once the first was quicker; an unknown pathway stays unknown below.
        gone = _("Kladden er der ikke mere: en anden har lagt den ud eller smidt den væk.")
        return _page(agreement, key, refused=[("", gone)])
    return _page(agreement, key, refused=[("", sentence(exc))])


def _placed(exc: DeployRefused) -> list[tuple[str, str]]:
    """What is wrong, each with the element of the drawing that it is wrong with."""
    return [(place.partition("#")[2], said) for place, said in exc.fields.items()]


def _became(done: Deployed | None) -> str:
    """What is said of a draft that was approved: that it waits for its day, or gives way to another one."""
    if done and done.replaced_on:
        return "giver-plads"
    return "later" if done and done.begins_on else ""


class DayUnreadable(Invalid):
    """That is not a day. Choose one in the calendar."""

    code = "day_unreadable"


def _day() -> date | None:
    """The day that was chosen, None for none."""
    text = request.form.get("fra", "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as exc:
        raise DayUnreadable from exc


def _call_off(number: int) -> Any:
    try:
        studio.call_off(store(), actor(), number, now=now())
    except Conflict as exc:
        return listed(problem=sentence(exc), heading=_("Udgaven er ikke kaldt tilbage")), exc.status
    return redirect(url_for("web.studio", gjort="called-off"))


def _seen() -> int | None:
    """The save that was looked at."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _page(
    agreement: str,
    key: str,
    *,
    problem: str = "",
    day_problem: str = "",
    refused: list[tuple[str, str]] | None = None,
) -> str:
    typed = _day() if request.method == "POST" and not day_problem else None
    found = studio.draft_of(store(), actor(), agreement, key, begins_on=typed, now=now())
    nothing: Json = {"items": [], "drawn": {}}
    at = begins(typed or found["begins_on"], now())
    try:
        differs = _compared(agreement, key, typed) if found["version"] else nothing
    except DeployRefused as exc:
        differs, refused = nothing, refused or _placed(exc)
    address = url_for("web.approval_diagram", agreement=agreement, key=key)
    return render_template(
        "approval.html", section="studio", draft=found, count=len(differs["items"]),
        sections=compared.sections(differs, address, key), problem=problem, refused=refused,
        typed=request.form.get("note", ""), draws=access.may_deploy(actor()),
        running=sum(queries.running(store(), actor(), agreement, key, now=now()).values()),
        outdated=bool(found["version"]) and found["base_version"] != found["beside"],
        day_problem=day_problem, first=day_of(now()) + timedelta(days=1),
        chosen=request.form.get("fra", "") or _chosen(found),
        waits=at > now(),
        work=studio.worklist(store(), actor(), agreement, key, now=now(), say=_),
        later=[one for one in found["coming"] if found["version"] and one["begins_at"] > at],
    )  # fmt: skip


def _chosen(draft: Json) -> str:
    """The draft's day, where it has not come yet."""
    day = draft["begins_on"]
    return day.isoformat() if day and day > day_of(now()) else ""


def _compared(agreement: str, key: str, begins_on: date | None = None) -> Json:
    return studio.compared(store(), actor(), agreement, key, begins_on=begins_on, now=now())


def _diagram(agreement: str, key: str) -> Response:
    """A diagram of the draft beside the one in force."""
    return compared.picture(_compared(agreement, key), request.args.get("del", ""))
