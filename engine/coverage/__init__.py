"""Which clauses of the agreements are carried, by what, and which of those a scenario that passes has tested.

`listed(text)` reads a `clauses.yaml`; `coverage(agreements, sources, walked, broken)` counts.  A clause is covered when
an element of a deployed pathway names it, or when the clause names a rule of the product (`RULES`).  What tested means
depends on the clause's kind (`tested.py`); `missing` says in a sentence what it lacks.  `executable`, `covered` and
`tested` count clauses that can be carried out (`udfoeres: ja`); the others are listed with why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine import pathway
from engine.coverage.clauses import Clause, ClausesInvalid, Executable, listed
from engine.coverage.drawn import pathways
from engine.coverage.page import page
from engine.coverage.rules import RULES
from engine.coverage.tested import Carrier, missing
from engine.model import Json, Source
from engine.walked import Walked

#: An element with more clauses than this says why (`stafet:begrundelse`).
CROWDED = 6


def coverage(
    agreements: Mapping[str, Iterable[Clause]],
    sources: Iterable[Source],
    walked: Mapping[str, Walked],
    broken: Mapping[str, str],
) -> Json:
    """CONTRACT's JSON.  `walked` is by agreement what its passing scenarios prove, `broken` by rule
    what its probe found, '' where the rule holds.

    Beside the counts each agreement has `crowded`, its elements with many clauses: `{element, clauses, why}`.
    """
    plans: dict[str, list[pathway.Pathway]] = {}
    for source in sources:
        plans.setdefault(source.agreement, []).append(pathway.compiled(source))
    shared = Walked.all(walked.values()).shared()
    return {
        agreement: _counted(
            clauses, plans.get(agreement, []), walked.get(agreement, Walked()) | shared, broken
        )
        for agreement, clauses in agreements.items()
    }


def _counted(
    clauses: Iterable[Clause],
    pathways: list[pathway.Pathway],
    walked: Walked,
    broken: Mapping[str, str],
) -> Json:
    carried = _carried(pathways)
    rows = {
        clause.id: _row(clause, list(carried.get(clause.id, {}).values()), walked, broken)
        for clause in clauses
    }
    asked = [row for row in rows.values() if row["executable"] == "ja"]
    return {
        "clauses": rows,
        "executable": len(asked),
        "covered": sum(row["covered"] for row in asked),
        "tested": sum(row["tested"] for row in asked),
        "crowded": list(_crowded(pathways)),
    }


def _row(
    clause: Clause, carriers: list[Carrier], walked: Walked, broken: Mapping[str, str]
) -> Json:
    by = [f"stafet#{clause.rule}"] if clause.rule else []
    by += [f"{c.place[0]}#{c.place[1]}" for c in carriers]
    lacks = missing(clause, carriers, walked, broken)
    row: Json = {
        "covered": bool(by),
        "by": by,
        "tested": bool(by) and not lacks,
        "executable": clause.executable,
        "kind": clause.kind,
        "text": clause.text,
    }
    if clause.why:
        row["why"] = clause.why
    if lacks and (by or clause.executable == "ja"):
        row["missing"] = lacks
    return row


def _carried(
    pathways: Iterable[pathway.Pathway],
) -> dict[str, dict[tuple[str, str], Carrier]]:
    """By clause: what names it, each element once, in drawn order."""
    found: dict[str, dict[tuple[str, str], Carrier]] = {}
    for way in pathways:
        for place, work in way.plan.works.items():
            for clause in dict.fromkeys((*work.clauses, work.deadline_clause)):
                if clause:
                    found.setdefault(clause, {}).setdefault(place, Carrier(way.plan, *place))
    return found


def _crowded(pathways: Iterable[pathway.Pathway]) -> Iterator[Json]:
    seen = set()
    for way in pathways:
        for (process, element), work in way.plan.works.items():
            if len(work.clauses) > CROWDED and (process, element) not in seen:
                seen.add((process, element))
                own = way.plan.processes[process].nodes[element].attributes
                yield {
                    "element": f"{process}#{element}",
                    "clauses": list(work.clauses),
                    "why": own.get("begrundelse", ""),
                }


__all__ = [
    "CROWDED",
    "RULES",
    "Clause",
    "ClausesInvalid",
    "Executable",
    "coverage",
    "listed",
    "page",
    "pathways",
]
