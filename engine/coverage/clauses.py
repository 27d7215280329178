"""The clauses of an agreement, in our own words: `listed(text)` reads a `clauses.yaml`.

A row has `id`, `afsnit`, `tekst`, `udfoeres` (ja, delvist, nej) and, unless that is ja, `hvorfor`.  `slags` is its
kind, `hvem` who owes it (`ALLE`, or names of `agreement.toml`: parties, lanes, sectors), `frist` the agreement's own
number, `regel` the product's rule that carries it where no diagram can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader  # type: ignore[assignment]

from engine.coverage.rules import RULES
from engine.errors import Invalid

#: Whether a clause can be carried out by a pathway; `delvist`: only a part of it.
Executable = Literal["ja", "delvist", "nej"]
#: What a clause is: a duty, a deadline, a decision, the content of something, …
KINDS = (
    "pligt", "frist", "beslutning", "indhold", "dokument", "moede", "oplysning", "eskalering", "gentagelse", "maaling",
    "ret", "forbud", "princip",
)  # fmt: skip
#: Any party may fulfil it.
ALLE = "alle"


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
    kind: str = "pligt"
    who: tuple[str, ...] = (ALLE,)
    frist: str = ""
    rule: str = ""
    why: str = ""


def listed(text: str) -> list[Clause]:
    """The clauses of a `clauses.yaml`, in its order; raises `ClausesInvalid` naming the row."""
    try:
        document = yaml.load(text, Loader=SafeLoader)
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
        row["id"], row["afsnit"], row["tekst"], told, _one_of(row, "slags", KINDS, "pligt"), _who(row),
        str(row.get("frist", "")), _one_of(row, "regel", tuple(RULES), ""), str(row.get("hvorfor", "")),
    )  # fmt: skip


def _one_of(row: Mapping[str, object], key: str, known: tuple[str, ...], default: str) -> str:
    said = row.get(key, default)
    if said != default and said not in known:
        raise ClausesInvalid(
            f"The clause “{row['id']}”: “{key}” must be one of {', '.join(known)}; it is “{said}”."
        )
    return str(said)


def _who(row: Mapping[str, object]) -> tuple[str, ...]:
    said = row.get("hvem", ALLE)
    found = [said] if isinstance(said, str) else said
    if not isinstance(found, list) or not found or not all(isinstance(w, str) for w in found):
        raise ClausesInvalid(
            f"The clause “{row['id']}”: “hvem” must be a name or a list of names of agreement.toml."
        )
    return tuple(found)
