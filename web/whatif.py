"""What if: made-up citizens walk today's version and the new one; deadlines and work side by side."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from engine import access
from engine.calendar import COPENHAGEN
from engine.errors import Invalid
from engine.simulate.load import Load
from engine.studio import draft_of, whatif
from web.play_begin import why
from web.sessions import actor, now, store

Row = dict[str, Any]
#: So many citizens where nothing else is said.
_CASES = 30
#: The picture of a role's weeks: width of a week, height.
_WEEK, _HIGH = 6, 56


def add_to(pages: Blueprint) -> None:
    """The page."""
    pages.add_url_rule("/studie/<agreement>/<key>/hvad-hvis", "what_if", _show)


def _show(agreement: str, key: str) -> str | tuple[str, int]:
    access.design(actor())
    draft = draft_of(store(), actor(), agreement, key, now=now())
    asked = "borgere" in request.args
    typed = request.args.get("borgere", str(_CASES)).strip()
    # What is no number is told as one that is too small is.
    cases = int(typed[:9]) if typed.isascii() and typed.isdigit() else 0
    begins = date(now().astimezone(COPENHAGEN).year + 1, 1, 1)
    found, problem = None, ""
    if asked:
        try:
            load = Load(cases, begins)
            place = (store(), actor(), agreement, key)
            found = whatif.compare(
                *place, load, old=_number("gammel"), new=_number("ny"), now=now()
            )
        except Invalid as exc:
            problem = why(agreement, key, exc)
    page = render_template(
        "what_if.html",
        section="studio",
        draft=draft,
        found=found,
        problem=problem,
        cases=cases,
        typed=typed,
        begins=begins,
        old=_number("gammel"),
        new=_number("ny"),
        rows=_deadlines(found, {one["id"]: one["text"] for one in draft["clauses"]})
        if found
        else [],
        roles=_roles(found) if found else [],
        width=whatif.WEEKS * _WEEK,
        high=_HIGH,
    )
    return (page, 422) if problem else page


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text[:9]) if text.isdecimal() else None


def _deadlines(found: whatif.WhatIf, texts: dict[str, str]) -> list[Row]:
    """A row for each clause with its text, the whole last: kept, late, open, cancelled, and either side's share."""
    names = [(clause, clause) for clause in found.clauses] + [("", "")]
    rows = []
    for name, clause in names:
        sides = [
            dict(side.deadlines.get(clause, {})) if clause else dict(side.kept)
            for side in (found.old, found.new)
        ]
        shares = [whatif.share(side) for side in sides]
        both = [_side(s, p) for s, p in zip(sides, shares, strict=True)]
        rows.append({"name": name, "text": texts.get(name, ""), "sides": both})
    return rows


def _side(row: Row, share: float | None) -> Row:
    return {
        "met": row.get("met", 0),
        "lost": row.get("late", 0) + row.get("overdue", 0),
        "rest": row.get("open", 0) + row.get("cancelled", 0),
        "share": None if share is None else round(share * 100),
    }


def _roles(found: whatif.WhatIf) -> list[Row]:
    """Each role's tasks by week: sums, the busiest week, and two stepped lines on one scale."""
    rows = []
    for role in found.roles:
        sides = [side.weeks.get(role, [0] * whatif.WEEKS) for side in (found.old, found.new)]
        most = max(1, *(max(side) for side in sides))
        rows.append({
            "role": role, "most": most,
            "sides": [{"sum": sum(side), "busy": max(side), "path": _path(side, most)} for side in sides],
        })  # fmt: skip
    return rows


def _path(weeks: list[int], most: int) -> str:
    """A stepped line: every week as high as its tasks."""
    steps = []
    for number, count in enumerate(weeks):
        high = round(_HIGH - count / most * (_HIGH - 4), 1)
        steps.append(f"{'M' if not number else 'L'}{number * _WEEK} {high}H{(number + 1) * _WEEK}")
    return "".join(steps)
