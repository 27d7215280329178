"""How long what is kept, by agreement: `[opbevaring]` of `agreement.toml` (docs/agreements.md).  Pure.

    rules({"sag": {"efter": "10 år", "grund": "…"}, …}) -> {"sag": Rule("sag", 120, "…"), …}
    due(last, rule) -> the moment after which it may no longer be kept

A term is counted from the last entry about the citizen under the agreement, in whole months of Danish time.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.calendar import COPENHAGEN
from engine.errors import SettingInvalid

#: What is kept for a time of its own, the frame of the case last: `log` is how long the log still tells of whom it is.
KINDS = ("bilag", "beskeder", "dokumenter", "sag", "log")
#: The law's months for health records: lov om autorisation af sundhedspersoner § 25, stk. 1.
LAW = 120
_TERM = re.compile(r"([1-9][0-9]{0,2}) (år|måneder|måned)")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind is kept for so many months after the last entry; `ground` says by what law or decision."""

    kind: str
    months: int
    ground: str


def rules(table: object) -> dict[str, Rule]:
    """The rules of a parsed table, in the order of `KINDS`; raises `SettingInvalid` naming the kind and the key."""
    if not isinstance(table, Mapping):
        raise SettingInvalid("“opbevaring” in agreement.toml must be a table.")
    if unknown := set(table) - set(KINDS):
        raise SettingInvalid(f"[opbevaring] does not know “{min(unknown)}”.")
    return {kind: _rule(kind, table[kind]) for kind in KINDS if kind in table}


def due(last: datetime, rule: Rule) -> datetime:
    """When the term ends: the same hour so many months later, or the last day of that month."""
    home = last.astimezone(COPENHAGEN)
    year, month = divmod(home.year * 12 + home.month - 1 + rule.months, 12)
    if year > 9999:
        return datetime.max.replace(tzinfo=COPENHAGEN)
    day = min(home.day, calendar.monthrange(year, month + 1)[1])
    return home.replace(year=year, month=month + 1, day=day)


def doubts(known: Mapping[str, Rule]) -> Iterator[tuple[str, dict[str, str]]]:
    """What somebody should look at: a code and what it is about."""
    for kind in KINDS:
        if kind not in known:
            yield "missing", {"slags": kind}
        elif kind != "log" and known[kind].months < LAW:
            yield "short", {"slags": kind}
    whole = known.get("sag")
    for kind in ("bilag", "beskeder", "dokumenter"):
        if whole and kind in known and known[kind].months > whole.months:
            yield "outlives", {"slags": kind}
    if whole and "log" in known and known["log"].months < whole.months:
        yield "log", {}


def _rule(kind: str, row: object) -> Rule:
    where = f"[opbevaring] “{kind}”"
    if not isinstance(row, Mapping):
        raise SettingInvalid(f"{where} must say “efter” and “grund”.")
    if unknown := set(row) - {"efter", "grund"}:
        raise SettingInvalid(f"{where} does not know “{min(unknown)}”.")
    found = _TERM.fullmatch(str(row.get("efter", "")))
    if found is None:
        raise SettingInvalid(f"{where}: “efter” must be such as “10 år” or “18 måneder”.")
    ground = row.get("grund")
    if not isinstance(ground, str) or not ground.strip():
        raise SettingInvalid(f"{where} needs a “grund”: the law or the decision behind the term.")
    return Rule(kind, int(found[1]) * (12 if found[2] == "år" else 1), ground.strip())
