"""Lists for operators: moments, workers, deployments; `page` is the page of these and of others.

Each is a page of rows `{href title note aside mark}` with its filter in the address, so that it can be shared.
Nobody's name stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import format_decimal

from engine import queries
from engine.actions.hand import must_operate
from engine.model import Actor
from web import frist
from web.sessions import actor, now, store
from web.words import _, ngettext

Json = dict[str, Any]
PAGE = 50


def add_to(pages: Blueprint) -> None:
    """The lists."""
    for name, view in (
        ("tidspunkter", _timers),
        ("arbejdere", _workers),
        ("udrulninger", _deployments),
    ):
        pages.add_url_rule(f"/drift/{name}", f"drift_{name}", view)


# ---- moments --------------------------------------------------------------
def _timers() -> str:
    late = {"sene": True, "kommende": False}.get(request.args.get("vis", ""))
    found = queries.timers(store(), operator(), late=late, limit=PAGE, after=after(), now=now())
    rows = [
        {
            "href": url_for(
                "web.walk", instance_id=one["instance"], handling="reschedule", timer=one["id"], _anchor="acts"
            ),
            "title": one["name"] or _("et tidspunkt uden navn"),
            "note": joined(
                one["pathway_name"],
                _("forløb %(number)s", number=one["instance"]),
                ngettext("prøvet %(num)s gang", "prøvet %(num)s gange", one["attempts"])
                if one["attempts"]
                else "",
            ),
            "aside": frist.day_and_clock(one["due_at"], now()),
            "mark": "over" if one["due_at"] <= now() else "",
        }
        for one in found.items
    ]  # fmt: skip
    shown = [("sene", _("Kun de sene")), ("kommende", _("Kun de kommende"))]
    return page(
        "tidspunkter",
        _("Tidspunkter"),
        _("Det, forløbene venter på af dage og klokkeslæt, det nærmeste først. Åbn et for at flytte det."),
        rows,
        found.next,
        filters=[select("vis", _("Vis"), shown, dict(request.args))],
        chosen={key: value for key, value in request.args.items() if key == "vis" and late is not None},
        empty=(_("Ingen tidspunkter"), _("Intet forløb venter på en dato, der passer.")),
    )  # fmt: skip


# ---- workers and deployments -------------------------------------------------------------
def _workers() -> str:
    found = queries.workers(store(), operator(), now=now())
    rows = [
        {
            "href": "",
            "title": one["name"],
            "note": joined(
                _("begyndt %(when)s", when=frist.day_and_clock(one["started_at"], now())),
                ngettext("%(num)s job gjort", "%(num)s job gjort", one["done"]),
                _("%(num)s i timen", num=one["an_hour"]),
                ngettext("%(num)s fejlet", "%(num)s fejlede", one["failed"]) if one["failed"] else "",
            ),
            "aside": _("lever, sidst set %(when)s", when=frist.clock(one["beat_at"]))
            if one["beating"]
            else _("stoppet %(when)s", when=frist.day_and_clock(one["ended_at"], now()))
            if one["ended_at"]
            else _("tavs siden %(when)s", when=frist.day_and_clock(one["beat_at"], now())),
            "mark": "" if one["beating"] or one["ended_at"] else "over",
        }
        for one in found["items"]
    ]  # fmt: skip
    waits = ngettext("%(num)s job er klar.", "%(num)s job er klar.", found["due"])
    if found["oldest"]:
        waits += " " + _(
            "Det ældste siden %(when)s.", when=frist.day_and_clock(found["oldest"], now())
        )
    return page(
        "arbejdere", _("Arbejdere"), waits, rows, None,
        empty=(_("Ingen arbejdere det sidste døgn"), _("Start »stafet worker«, ellers sker intet af sig selv.")),
    )  # fmt: skip


def _deployments() -> str:
    found = queries.deployments(store(), operator(), limit=PAGE, after=after(), now=now())
    rows = [
        {
            "href": "",
            "title": frist.day_and_clock(one["at"], now()),
            "note": joined(
                _in_force(one),
                one["note"],
                one["by"] or _("fra kommandolinjen"),
                _("godkendt af %(name)s", name=one["approved_by"]) if one["approved_by"] else "",
            ),
            "versions": [
                {
                    **each,
                    "going": going(each["running"], more=each["more"]),
                    "href": url_for(
                        "web.drift_forloeb", aftale=each["agreement"], forloeb=each["key"], udgave=each["version"]
                    ),
                }
                for each in one["versions"]
            ],
            "aside": going(running, more=any(each["more"] for each in one["versions"])),
            "mark": "",
        }
        for one in found.items
        if (running := sum(each["running"] for each in one["versions"])) >= 0
    ]  # fmt: skip
    return page(
        "udrulninger", _("Udrulninger"), _("Hvem har sat hvad i kraft, hvornår og hvorfor; det nyeste først."), rows,
        found.next, empty=(_("Intet er sat i kraft"), _("Kør »stafet deploy«, eller brug Studie.")),
    )  # fmt: skip


def going(number: int, *, more: bool) -> str:
    """How many run; `more`: not all of them were counted."""
    if more:
        return ngettext("over %(num)s forløb i gang", "over %(num)s forløb i gang", number)
    return ngettext("%(num)s forløb i gang", "%(num)s forløb i gang", number)


def _in_force(one: dict[str, Any]) -> str:
    """Of what was made for a day: since when, from when, or that it was called off; else nothing."""
    if one["called_off_at"]:
        return _("kaldt tilbage %(when)s", when=frist.day_and_clock(one["called_off_at"], now()))
    if one["in_force_from"] == one["at"]:
        return ""
    day = frist.day(one["in_force_from"], now())
    if one["in_force_from"] > now():
        return _("i kraft fra %(day)s", day=day)
    return _("i kraft siden %(day)s", day=day)


# ---- the page ----------------------------------------------------------------------------
def operator() -> Actor:
    """Who is here, an operator; raises `Forbidden`."""
    me = actor()
    must_operate(me)
    return me


def after() -> str | None:
    """From where the address reads on."""
    return request.args.get("efter") or None


def joined(*parts: str) -> str:
    """A row's note."""
    return " · ".join(part for part in parts if part)


def page(
    name: str,
    title: str,
    lead: str,
    rows: list[Json],
    following: str | None,
    *,
    empty: tuple[str, str],
    looked: int = 0,
    filters: Iterable[Json] = (),
    chosen: dict[str, str] | None = None,
    kept: Iterable[Json] = (),
    keeps: bool = False,
    template: str = "listing.html",
    **more: Any,
) -> str:
    """The page of a list: `filters` are fields, `chosen` their values; `empty` says what it means to be so.

    `looked`: so many were looked through for these rows, and not all.

    `template` builds on the list's, with `more` to show.
    """
    return render_template(
        template,
        section="operations",
        name=name,
        title=title,
        lead=lead,
        rows=rows,
        following=following,
        looked=format_decimal(looked) if looked else "",
        empty=empty,
        filters=list(filters),
        chosen=chosen or {},
        kept=list(kept),
        keeps=keeps,
        **more,
    )


def select(name: str, label: str, options: list[tuple[str, str]], chosen: dict[str, str]) -> Json:
    """A field of a filter."""
    return {"name": name, "label": label, "options": options, "value": chosen.get(name, "")}
