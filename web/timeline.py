"""The timeline of a case: what happened, newest first, and what of it is asked for in the address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import request

from engine import queries
from web import frist, terms
from web.sessions import actor, now, store
from web.words import _

#: So many lines are shown at first.
LATEST = 8
Row = dict[str, Any]
#: What a line tells of, by its `what`; the rest are steps.
_TELLS = {"sent": "beskeder", "received": "beskeder", "caught": "meldt", "fired": "tid"}


def of_case(case: Mapping[str, Any]) -> Row:
    """`{latest, older, narrowed, filters: [{name, label, all, chosen, options}]}`; `name` is the address's."""
    happened = queries.timeline(store(), actor(), case["id"], now=now())
    lines = [{**row, "text": text} for row in happened if (text := terms.happening(row))]
    filters = [
        _filter("slags", _("Hændelser"), _("Alle"), _kinds(lines)),
        _filter("forloeb", _("Forløb"), _("Alle forløb"), _walks(lines, case)),
        _filter("part", _("Part"), _("Alle parter"), _parties(lines)),
    ]
    told = [one for one in lines if all(_passes(one, each) for each in filters)][::-1]
    return {
        "latest": told[:LATEST],
        "older": told[LATEST:],
        "narrowed": any(one["chosen"] for one in filters),
        "filters": [one for one in filters if len(one["options"]) > 1],
    }


def _filter(name: str, label: str, everything: str, options: Mapping[str, str]) -> Row:
    """What cannot be chosen is not."""
    chosen = request.args.get(name, "")
    known = chosen if chosen in options else ""
    return {"name": name, "label": label, "all": everything, "chosen": known, "options": options}


def _passes(line: Row, wanted: Row) -> bool:
    is_ = {"slags": _tells(line), "forloeb": str(line["instance"]), "part": line["party"]}
    return not wanted["chosen"] or is_[wanted["name"]] == wanted["chosen"]


def _tells(line: Row) -> str:
    return "drift" if line["kind"] == "operator" else _TELLS.get(line["what"], "trin")


def _kinds(lines: list[Row]) -> dict[str, str]:
    """The kinds of lines that there are, each as the address names it and as people do."""
    there = {_tells(one) for one in lines}
    named = {
        "trin": _("Trin"),
        "beskeder": _("Beskeder"),
        "meldt": _("Det, der er meldt"),
        "tid": _("Frister og datoer"),
        "drift": _("Indgreb fra driften"),
    }
    return {word: name for word, name in named.items() if word in there}


def _walks(lines: list[Row], case: Mapping[str, Any]) -> dict[str, str]:
    """Those of the same pathway are told apart by the day that they began, on one day by the moment, else by number."""
    names = {one["instance"]: one["pathway_name"] for one in lines if one["instance"]}
    begun = {one["id"]: frist.moment(one["started_at"]) for one in case["instances"]}
    told = {number: (names[number], begun.get(number)) for number in names}
    said = {number: name for number, (name, _at) in told.items()}
    for words in (frist.day, frist.day_and_clock):
        often = Counter(said.values())
        for number, (name, at) in told.items():
            if often[said[number]] > 1 and at is not None:
                said[number] = _("%(name)s, begyndt %(when)s", name=name, when=words(at, now()))
    often = Counter(said.values())
    return {
        str(number): f"{name} ({number})" if often[name] > 1 else name
        for number, name in said.items()
    }


def _parties(lines: list[Row]) -> dict[str, str]:
    return {one: one for one in sorted({each["party"] for each in lines if each["party"]})}
