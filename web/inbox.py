"""The inbox: open tasks by legal date, overdue first, and what came in for my units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queries
from engine.model import Actor
from web import bulk, filters, frist
from web.sessions import actor, is_staff, now, store
from web.words import _, ngettext


@dataclass(slots=True)
class _Work:
    """A task as the rules look at it."""

    unit_id: int
    roles: list[str]


#: How many tasks a page shows before "Vis de næste".
PAGE = 50


def add_to(pages: Blueprint) -> None:
    """The first page after login.  A search is a POST: its words are names and CPR numbers."""
    pages.add_url_rule("/", "inbox", _inbox, methods=["GET", "POST"])


def many(count: int) -> str:
    """A count as the page says it; the queries stop counting somewhere."""
    return str(count) if count < queries.COUNTED else f"{queries.COUNTED - 1}+"


def waiting() -> str:
    """How many tasks are the person's own, for the menu; nothing where there are none."""
    count = queries.mine(store(), actor(), now=now())
    return many(count) if count else ""


def _inbox() -> str | Response:
    me = actor()
    if not is_staff(me):
        home = "web.operations" if access.may_operate(me) else "web.pathways"
        return redirect(url_for(home))
    chosen, q = filters.chosen(me), request.form.get("q", "").strip()
    if request.method == "POST" and not q:
        where: dict[str, Any] = dict(chosen)
        return redirect(url_for("web.inbox", **where))
    wanted = filters.wanted(chosen, now(), q=q, limit=PAGE, after=request.args.get("efter"))
    found = queries.inbox(store(), me, wanted, now=now())
    counts = queries.counts(store(), me, now=now())
    return render_template(
        "inbox.html",
        section="inbox",
        view=chosen.get("vis", "mine"),
        chosen=chosen,
        narrowed={key: value for key, value in chosen.items() if key != "vis"},
        choices=queries.choices(store(), me, now=now()),
        pairs=_pairs,
        dues=filters.dues(),
        kept=filters.kept(me, chosen),
        done=bulk.said(),
        q=q,
        groups=_groups(found.items, me),
        following=found.next,
        counts=counts,
        many=many,
        verdict=_verdict(counts),
        instead=queries.standing_in(store(), me, now=now()),
        questions=queries.questions(store(), me, now=now()),
        messages=queries.messages(store(), me, now=now())[::-1],
        notices=[one for one in queries.notices(store(), me, now=now()) if _is_news(one)],
    )


def _pairs(options: Iterable[Any]) -> list[tuple[str, str]]:
    return [(one, one) if isinstance(one, str) else (one["key"], one["name"]) for one in options]


def _is_news(notice: dict[str, Any]) -> bool:
    """A reminder of a date that has passed says nothing beside the word that it has."""
    return bool(notice["kind"] == "overdue" or notice["overdue_at"] > now())


def _groups(tasks: Iterable[dict[str, Any]], me: Actor) -> list[tuple[str, list[dict[str, Any]]]]:
    titles = {
        "over": _("Overskredet"),
        "near": _("I dag og de næste to hverdage"),
        "later": _("Senere"),
        "none": _("Uden dato i aftalen"),
    }
    sorted_: dict[str, list[dict[str, Any]]] = {name: [] for name in titles}
    for task in tasks:
        may_take = access.may_take(me, _Work(task["unit"], task["roles"]))
        may_pick = may_take and task["assignee"] in (None, me.login)
        group = frist.group(frist.moment(task["due_at"]), now())
        sorted_[group].append({**task, "may_take": may_take, "may_pick": may_pick})
    return [(titles[name], rows) for name, rows in sorted_.items() if rows]


def _verdict(counts: dict[str, int]) -> str:
    """The one sentence that says whether to worry."""
    over, today = counts.get("overdue", 0), counts.get("today", 0)
    if over >= queries.COUNTED:
        return _("%(num)s opgaver har overskredet fristen.", num=many(over))
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
