"""Which clauses of the agreements the diagrams carry, and which of those a scenario has walked over.

`listed(text)` reads a `clauses.yaml`; `coverage(agreements, sources, visited)` counts.  A clause is covered when some
element of a pathway names it, and tested when a scenario that passes has visited such an element.  `executable`,
`covered` and `tested` count clauses that can be carried out (`udfoeres: ja`); the others are listed with why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import yaml

from engine import pathway
from engine.errors import Invalid
from engine.model import Json, Source

#: Whether a clause can be carried out by a pathway; `delvist`: only a part of it.
Executable = Literal["ja", "delvist", "nej"]


class ClausesInvalid(Invalid):
    """The list of clauses cannot be read."""

    code = "clauses_invalid"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of an agreement, in our own words.  `why` says why it is not (wholly) carried out."""

    id: str
    section: str
    text: str
    executable: Executable
    frist: str = ""
    why: str = ""


def listed(text: str) -> list[Clause]:
    """The clauses of a `clauses.yaml`, in its order; raises `ClausesInvalid` naming the row."""
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        raise ClausesInvalid(
            f"clauses.yaml is not readable YAML: {' '.join(str(exc).split())[:200]}"
        ) from exc
    rows = document.get("punkter") if isinstance(document, Mapping) else None
    if not isinstance(rows, list):
        raise ClausesInvalid("clauses.yaml needs a list under “punkter”.")
    found = [_clause(row, number) for number, row in enumerate(rows, 1)]
    seen: set[str] = set()
    for clause in found:
        if clause.id in seen:
            raise ClausesInvalid(f"The clause “{clause.id}” is listed twice.")
        seen.add(clause.id)
    return found


def coverage(
    agreements: Mapping[str, Iterable[Clause]],
    sources: Iterable[Source],
    visited: Mapping[str, Iterable[tuple[str, str]]],
) -> Json:
    """CONTRACT's JSON.  `visited` gives, by agreement, the (process, element) pairs of passing scenarios."""
    carried = _carried(sources)
    return {
        agreement: _counted(
            clauses, carried.get(agreement, {}), frozenset(visited.get(agreement, ()))
        )
        for agreement, clauses in agreements.items()
    }


def _carried(sources: Iterable[Source]) -> dict[str, dict[str, dict[tuple[str, str], None]]]:
    """By agreement and clause: the (process, element) pairs that name it, each once, in drawn order."""
    found: dict[str, dict[str, dict[tuple[str, str], None]]] = {}
    for source in sources:
        compiled = pathway.compile(source)
        clauses = found.setdefault(source.agreement, {})
        for (process, element), work in compiled.plan.works.items():
            for clause in dict.fromkeys((*work.clauses, work.deadline_clause)):
                if clause:
                    clauses.setdefault(clause, {})[process, element] = None
    return found


def _counted(
    clauses: Iterable[Clause],
    carried: Mapping[str, Mapping[tuple[str, str], None]],
    visited: frozenset[tuple[str, str]],
) -> Json:
    rows: dict[str, Json] = {}
    executable = covered = tested = 0
    for clause in clauses:
        by = carried.get(clause.id, {})
        walked = any(place in visited for place in by)
        row: Json = {
            "covered": bool(by),
            "by": [f"{process}#{element}" for process, element in by],
            "tested": walked,
            "executable": clause.executable,
            "text": clause.text,
        }
        if clause.why:
            row["why"] = clause.why
        rows[clause.id] = row
        if clause.executable == "ja":
            executable += 1
            covered += bool(by)
            tested += walked
    return {"clauses": rows, "executable": executable, "covered": covered, "tested": tested}


def _clause(row: object, number: int) -> Clause:
    if not isinstance(row, Mapping):
        raise ClausesInvalid(f"Row {number} under “punkter” must be names with values.")
    # YAML reads a bare `ja` as text but `nej` too; `no` and `off` would be truth values, so they are not used.
    told = row.get("udfoeres")
    if told not in ("ja", "delvist", "nej"):
        raise ClausesInvalid(
            f"Row {number} under “punkter”: “udfoeres” must be ja, delvist or nej."
        )
    for key in ("id", "afsnit", "tekst"):
        if not isinstance(row.get(key), str) or not row[key]:
            raise ClausesInvalid(f"Row {number} under “punkter” lacks “{key}”.")
    if told != "ja" and not row.get("hvorfor"):
        raise ClausesInvalid(
            f"The clause “{row['id']}” is not carried out; “hvorfor” must say why."
        )
    return Clause(
        row["id"],
        row["afsnit"],
        row["tekst"],
        told,
        str(row.get("frist", "")),
        str(row.get("hvorfor", "")),
    )
