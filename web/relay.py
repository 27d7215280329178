"""Who holds the baton: who had it, who has it, who gets it; and the steps of each pathway on a case.

What was done and what waits are rows of `engine.queries.case`; what can come is read from the diagram
(`web/onward.py`).  So a page, a phone and a screen reader get what the drawing shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.pathway import Pathway
from web import frist
from web.counted import counted
from web.onward import Leg, onward, who
from web.words import _, ngettext

Row = Mapping[str, Any]
#: A list of what can come that is longer than this says nothing any more.
_MOST_NEXT = 6
#: So many of the steps that are over stay in sight; one or two more are not worth folding.
_IN_SIGHT, _NOT_WORTH_IT = 3, 2


@dataclass(frozen=True, slots=True)
class Part:
    """One party of a step that several do; `task` where the reader may open it."""

    who: str
    chip: frist.Chip
    task: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """`state`: done, cancelled, now or later; `note` says who and when, `counted` how its date came about."""

    state: str
    name: str
    note: str = ""
    task: int | None = None
    parties: tuple[Part, ...] = ()
    counted: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """Somebody who may get the baton, what he does then, and the answer that leads there."""

    who: str
    name: str
    when: str = ""
    ends: bool = False


def steps(pathway: Pathway, walk: Row, units: Mapping[str, str], now: datetime) -> list[Step]:
    """What is done in the order it was done, what waits now, and what can come then."""
    rows = sorted(
        walk["steps"], key=lambda row: (row["state"] == "now", row["closed_at"] or row["opened_at"])
    )
    known = [_step(pathway, row, now) for row in rows]
    return known + _later(following(pathway, waiting(walk), units))


def folded(shown: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """The steps that are long over, and the rest: a walk of months is read from where it stands."""
    over = sum(step.state in ("done", "cancelled") for step in shown)
    away = over - _IN_SIGHT if over > _IN_SIGHT + _NOT_WORTH_IT else 0
    return list(shown[:away]), list(shown[away:])


def waiting(walk: Row) -> list[tuple[str, str]]:
    """(process, element) of what waits for somebody on this walk."""
    return [(row["process"], row["element"]) for row in walk["steps"] if row["state"] == "now"]


def following(
    pathway: Pathway, here: Sequence[tuple[str, str]], units: Mapping[str, str]
) -> list[Next]:
    """Who can get the baton after these elements, each possibility once."""
    standing = {element for _process, element in here}
    found: dict[Next, None] = {}
    for process, element in here:
        for leg in onward(pathway, process, element):
            if leg.element not in standing:
                found.setdefault(_next(pathway, leg, units))
    return list(found)[:_MOST_NEXT]


def merged(coming: Iterable[Next]) -> list[tuple[str, list[str]]]:
    """What comes next by who: `[("Retspsykiatrisk Afdeling", ["Send planen", "Indkald teamet"])]`."""
    found: dict[str, list[str]] = {}
    for one in coming:
        names = found.setdefault(one.who, [])
        if one.name not in names:
            names.append(one.name)
    return list(found.items())


# ---- inside ------------------------------------------------------------------------------
def _next(pathway: Pathway, leg: Leg, units: Mapping[str, str]) -> Next:
    if leg.ends:
        return Next(_("Forløbet slutter"), leg.name, leg.when, ends=True)
    if leg.each:
        return Next(_("Parterne, hver for sig"), leg.name, leg.when)
    return Next(who(pathway, leg, units), leg.name, leg.when)


def _later(coming: Iterable[Next]) -> list[Step]:
    """One step for each thing that can come, with every answer that leads there."""
    answers: dict[tuple[str, str], list[str]] = {}
    for one in coming:
        answers.setdefault((one.name, one.who), []).append(one.when)
    return [
        Step("later", name, " · ".join(part for part in (_(" eller ").join(whens), who_) if part))
        for (name, who_), whens in answers.items()
    ]


def _step(pathway: Pathway, row: Row, now: datetime) -> Step:
    lines = row["parties"]
    first = lines[0]
    dated = next((line for line in lines if line["state"] == "now" and line["due_at"]), None)
    told = dated and counted(dated, pathway.plan.agreement.calendar, now)
    clause = (dated or first).get("clause") or ""
    count = ""
    if told:
        count = told.sentence + (
            _(" Sprunget over: %(days)s.", days=told.skipped) if told.skipped else ""
        )
    if len(lines) > 1:
        answered = sum(line["state"] == "done" for line in lines)
        note = ngettext(
            "%(done)s af %(num)s har svaret.",
            "%(done)s af %(num)s har svaret.",
            len(lines),
            done=answered,
        )
        parts = tuple(Part(_unit(line), _chip(line, now), _open(line)) for line in lines)
        return Step(row["state"], row["name"], note, None, parts, count, clause)
    note = _note(first, row, now)
    return Step(row["state"], row["name"], note, _open(first), (), count, clause)


def _note(line: Row, row: Row, now: datetime) -> str:
    again = ngettext("%(num)s gang", "%(num)s gange", row["times"]) if row["times"] > 1 else ""
    if line["state"] == "now":
        due = frist.moment(line["due_at"])
        until = due and _("senest %(day)s", day=frist.due(due, now))
        return ", ".join(part for part in (_unit(line), until) if part)
    closed = frist.moment(line["closed_at"])
    when = frist.day_and_clock(closed, now) if closed else ""
    if line["state"] == "cancelled":
        return _("bortfaldt %(when)s", when=when)
    kept = (
        _("fristen holdt")
        if line["status"] == "met"
        else _("for sent")
        if line["status"] == "late"
        else ""
    )
    return ", ".join(part for part in (line["by"], _unit(line), when, kept, again) if part)


def _chip(line: Row, now: datetime) -> frist.Chip:
    if line["state"] != "now" and line["status"] not in ("met", "late"):
        closed = frist.moment(line["closed_at"])
        when = frist.day_and_clock(closed, now) if closed else ""
        if line["state"] == "cancelled":
            return frist.Chip("cancelled", _("bortfaldt %(when)s", when=when))
        return frist.Chip("met", _("Svaret %(when)s", when=when))
    return frist.chip(line, now)


def _unit(line: Row) -> str:
    return str(line["unit_name"] or line["party"])


def _open(line: Row) -> int | None:
    return line["task"] if line["state"] == "now" else None
