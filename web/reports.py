"""Fristrapport: which deadlines were kept, by clause and by party; the worst first, the same numbers as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from engine import queries
from engine.calendar import COPENHAGEN
from web.sessions import actor, now, store
from web.words import _, ngettext

Json = dict[str, Any]
#: Fewer decided ones are told as counts: a single case would move the share too much.
FEW = 20
#: The first day of the report where nothing was asked for, counted back from today.
DAYS = 90
#: Width of a bar, and of a page's longest list.
WIDE, LISTED = 100, 40


def add_to(pages: Blueprint) -> None:
    """The report over deadlines."""
    pages.add_url_rule("/rapport/frister", "deadline_report", _show)


def _show() -> str:
    today = now().astimezone(COPENHAGEN).date()
    asked, problems = _asked(today)
    found = queries.deadline_report(store(), actor(), asked, now=now())
    named = {one["slug"]: one["title"] for one in queries.agreements(store(), actor(), now=now())}
    by_party = _grouped(found["items"], lambda row: row["party"])
    return render_template(
        "deadline_report.html",
        section="report",
        asked=asked,
        problems=problems,
        agreements=named,
        totals=_shared(found["totals"]),
        verdict=_verdict(found["totals"]),
        by_clause=_grouped(found["items"], lambda row: (row["clause"], row["text"]))[:LISTED],
        by_party=by_party[:LISTED],
        parties=sorted({row["party"] for row in found["items"]} | {asked.party or ""} - {""}),
        few=FEW,
    )


def _asked(today: date) -> tuple[queries.DeadlineReport, dict[str, str]]:
    """What the address asks for; a day that cannot be read is told and the usual one taken."""
    problems: dict[str, str] = {}
    since = _day("fra", today - timedelta(days=DAYS), problems)
    until = _day("til", today, problems)
    if until < since and not problems:
        problems["til"] = _("Den sidste dag skal ligge efter den første.")
    return queries.DeadlineReport(
        agreement=request.args.get("aftale") or None,
        since=since,
        until=until,
        party=request.args.get("part") or None,
        local=request.args.get("lokale") == "ja",
    ), problems


def _day(name: str, usual: date, problems: dict[str, str]) -> date:
    given = request.args.get(name, "").strip()
    if not given:
        return usual
    try:
        return date.fromisoformat(given)
    except ValueError:
        problems[name] = _("Skriv en dato som 2026-12-31.")
        return usual


def _grouped(items: Iterable[Mapping[str, Any]], by: Any) -> list[Json]:
    """The counts by name, the smallest share of kept ones first; what nobody has decided comes last."""
    found: dict[Any, Json] = {}
    for row in items:
        one = found.setdefault(by(row), dict.fromkeys(queries.COUNTS, 0))
        for name in one:
            one[name] += row[name]
    rows = [{"name": name, **_shared(counts)} for name, counts in found.items()]
    return sorted(rows, key=lambda row: (row["share"] is None, row["share"] or 0, -row["decided"]))


def _shared(counts: Mapping[str, int]) -> Json:
    """Counts with what share of the decided ones was kept, and that in words."""
    decided = counts["kept"] + counts["late"]
    share = counts["kept"] / decided if decided else None
    if share is None:
        told = _("ingen er afgjort")
    elif decided < FEW:
        told = _("%(kept)s af %(all)s holdt", kept=counts["kept"], all=decided)
    else:
        told = _("%(percent)s %% holdt", percent=round(share * 100))
    bar = round((share or 0) * WIDE)
    return {**counts, "decided": decided, "share": share, "told": told, "bar": bar}


def _verdict(totals: Mapping[str, int]) -> str:
    decided = totals["kept"] + totals["late"]
    if not decided:
        return _("Ingen frister i aftalen er afgjort i perioden.")
    said = ngettext(
        "%(kept)s af %(num)s afgjort frist blev holdt.", "%(kept)s af %(num)s afgjorte frister blev holdt.", decided,
        kept=totals["kept"],
    )  # fmt: skip
    if totals["overdue"]:
        said += " " + ngettext(
            "%(num)s er overskredet nu.", "%(num)s er overskredet nu.", totals["overdue"]
        )
    return said
