"""The inbox: open tasks by legal date, overdue first, and what came in for my units."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine import access, queries
from engine.model import Actor
from web import filters, frist, sending
from web.sessions import actor, is_staff, now, store
from web.words import _, ngettext


@dataclass(slots=True)
class _Work:
    """A task as the rules look at it."""

    unit_id: int
    roles: list[str]


@dataclass(frozen=True, slots=True)
class Again:
    """What was refused on the page: why, by field ("": of no field), what was typed, what was ticked.

    `seen` is the field whose CPR number was pointed out: sent again as it stands, it is kept.
    """

    heading: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, Any] = field(default_factory=dict)
    seen: str = ""
    ticked: Collection[int] = ()


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


def asked() -> int:
    """How many questions from colleagues wait for the person's answer, for the menu."""
    return queries.waiting_questions(store(), actor(), now=now())


def _inbox() -> str | Response:
    me = actor()
    if not is_staff(me):
        home = "web.operations" if access.may_operate(me) else "web.pathways"
        return redirect(url_for(home))
    chosen, q = filters.chosen(me), request.form.get("q", "").strip()
    if request.method == "POST" and not q:
        where: dict[str, Any] = dict(chosen)
        return redirect(url_for("web.inbox", **where))
    return draw(chosen, q=q, after=request.args.get("efter"))


def draw(
    chosen: Mapping[str, str], *, q: str = "", after: str | None = None, again: Again | None = None
) -> str:
    """The page; `again` is what was refused on it."""
    me = actor()
    wanted = filters.wanted(chosen, now(), q=q, limit=PAGE, after=after or None)
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
        done=None if again else _said(),
        again=again or Again(),
        warns=sending.warning(),
        q=q,
        after=after,
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


def _said() -> dict[str, Any] | None:
    """What the page that is shown tells of the act before it: `heading text undo` (numbers of tasks)."""
    what, done = request.args.get("gjort", ""), numbers(request.args.get("numre", ""))
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
    if what not in headings or not done:
        return None
    lost = int(failed) if failed.isdecimal() and len(failed) < 4 else 0
    text = ngettext(
        "%(num)s opgave kunne ikke: en kollega kom først, eller den kræver en anden rolle.",
        "%(num)s opgaver kunne ikke: en kollega kom først, eller de kræver en anden rolle.",
        lost,
    )
    return {
        "heading": headings[what](len(done)),
        "text": text if lost else "",
        "undo": [] if what == "fortrudt" else done,
    }


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


def numbers(text: str) -> list[int]:
    """The numbers of tasks in a text, at most a page's."""
    parts = [part for part in text.split(",") if part.isascii() and part.isdecimal()]
    return [int(part) for part in parts if len(part) < 16][:PAGE]
