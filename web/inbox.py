"""The inbox: open tasks by legal date, overdue first, and what came in for my units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext

from engine import queries
from web import frist
from web.sessions import actor, now, store

#: How many tasks a page shows before "Vis flere".
PAGE = 50


def add_to(pages: Blueprint) -> None:
    """The first page after login."""
    pages.add_url_rule("/", "inbox", _inbox)


def _inbox() -> str:
    me, view = actor(), request.args.get("vis", "mine")
    chosen: dict[str, Any] = {"limit": PAGE, "after": request.args.get("efter") or None}
    if view == "mine":
        chosen["assignee"] = "me"
    if view == "ledige":
        chosen["assignee"] = "none"
    if view == "overskredet":
        chosen["overdue"] = True
    unit = request.args.get("enhed", type=int)
    if unit in me.units:
        chosen["unit"] = unit
    found = queries.inbox(store(), me, queries.TaskFilter(**chosen), now=now())
    counts = queries.counts(store(), me, now=now())
    return render_template(
        "inbox.html",
        section="inbox",
        view=view,
        unit=unit,
        groups=_groups(found.items),
        following=found.next,
        counts=counts,
        verdict=_verdict(counts),
        messages=queries.messages(store(), me, now=now()),
        notices=queries.notices(store(), me, now=now()),
    )


def _groups(tasks: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    titles = {
        "over": _("Overskredet"),
        "near": _("I dag og de næste to hverdage"),
        "later": _("Senere"),
        "none": _("Uden dato i aftalen"),
    }
    sorted_: dict[str, list[dict[str, Any]]] = {name: [] for name in titles}
    for task in tasks:
        sorted_[frist.group(frist.moment(task["due_at"]), now())].append(task)
    return [(titles[name], rows) for name, rows in sorted_.items() if rows]


def _verdict(counts: dict[str, int]) -> str:
    """The one sentence that says whether to worry."""
    over, today = counts.get("overdue", 0), counts.get("today", 0)
    if over:
        late = ngettext(
            "%(num)s opgave har overskredet fristen",
            "%(num)s opgaver har overskredet fristen",
            over,
        )
        if today:
            return late + ngettext(
                ", og %(num)s skal være færdig i dag.",
                ", og %(num)s skal være færdige i dag.",
                today,
            )
        return late + "."
    if today:
        return ngettext(
            "%(num)s opgave skal være færdig i dag. Ingen er overskredet.",
            "%(num)s opgaver skal være færdige i dag. Ingen er overskredet.",
            today,
        )
    return _("Ingen frister er overskredet, og ingen udløber i dag.")
