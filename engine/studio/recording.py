"""A play as a scenario: what was done in it, and what came of it as what is expected from now on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml

from engine import access, scenarios
from engine.errors import Invalid, NotFound
from engine.model import Actor, Json
from engine.scenario import load
from engine.simulate import play
from engine.store import Store
from engine.studio.boards import Board
from engine.studio.plays import board
from engine.studio.shelf import parties, shelf

#: What a scenario says first, in this order.
_FIRST = (
    "title",
    "agreement",
    "pathway",
    "start",
    "from",
    "subject",
    "consent",
    "asked",
    "parties",
    "data",
)
_QUOTED = re.compile(r"'(\d{4}-\d\d-\d\dT[\d:.]+(?:[+-]\d\d:\d\d)?)'")
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})


class TitleMissing(Invalid):
    """Give the scenario a title that says what happens in it."""

    code = "title_missing"


class ScenarioFails(Invalid):
    """What was played does not come true when it is played again, so it is no test."""

    code = "scenario_fails"


def recorded(here: Board, title: str) -> Json:
    """The play up to where it is looked at, as a scenario document (CONTRACT); raises what stopped the play."""
    if here.stopped is not None or here.table is None:
        raise here.stopped or NotFound()
    base = {**here.beginning, "title": title}
    document = {name: base[name] for name in _FIRST if base.get(name) not in (None, {}, [])}
    document["autofill"] = bool(base.get("autofill", False))
    document["steps"] = list(_needed(here.moves))
    facts = here.table.facts()
    expect: Json = {}
    if facts["end_state"]:
        expect["end_state"] = facts["end_state"]
    if facts["deadlines"]:
        expect["deadlines"] = [_expected(each) for each in facts["deadlines"]]
    if facts["bero"]:
        expect["bero"] = facts["bero"]
    return {**document, **({"expect": expect} if expect else {})}


def as_yaml(document: Mapping[str, Any]) -> str:
    """The document as it lies in `scenarios/`: a step on a line."""
    steps = document.get("steps", [])
    expect = dict(document.get("expect", {}))
    rows = expect.pop("deadlines", [])
    first = {k: v for k, v in document.items() if k not in ("steps", "expect")}
    text = yaml.dump(first, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000)
    text += "steps:" + _rows(steps, "  ")
    if expect or rows:
        text += "expect:\n"
        if expect:
            inner = yaml.dump(expect, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
            text += "".join(f"  {line}\n" for line in inner.splitlines())
        if rows:
            text += "  deadlines:" + _rows(rows, "    ")
    return text


def keep(
    store: Store, actor: Actor, play_id: int, step: int | None, title: str, *, now: datetime
) -> str:
    """Save the play as a scenario of its pathway; the name of its file, without ending.

    It is played once more before it is kept: raises `ScenarioFails` where it would not hold.
    """
    access.design(actor)
    here = board(store, actor, play_id, step, now=now)
    text = as_yaml(recorded(here, title))
    (scenario,) = load(text)
    with store.read() as db:
        units = parties(db, here.agreement, now)
    done = play(scenario, here.drawn.shelf.find, units)
    if not done.ok:
        raise ScenarioFails(fields={"title": done.problems[0]})
    with store.write() as db:
        taken = {row.name for row in scenarios.of(db, [here.key])}
        name = _free(named(title), taken)
        scenarios.keep(db, here.key, name, text, actor.id or None, now=now)
        # The scenario's key, letters and digits of its title; designers have no citizen's data.
        # nosemgrep: audit-of-what-somebody-wrote
        facts = {"pathway": here.key, "scenario": name}
        store.chains.record(db, now=now, actor=actor, what="scenario_saved", facts=facts)
    return name


def drop(store: Store, actor: Actor, agreement: str, key: str, name: str, *, now: datetime) -> None:
    """Delete a scenario of a pathway; raises `NotFound`."""
    access.design(actor)
    with store.write() as db:
        if key not in shelf(db, agreement, now).sources or not scenarios.forget(db, key, name):
            raise NotFound
        # As above: the key of a scenario that there was.
        # nosemgrep: audit-of-what-somebody-wrote
        facts = {"pathway": key, "scenario": name}
        store.chains.record(db, now=now, actor=actor, what="scenario_deleted", facts=facts)


# ---- inside ------------------------------------------------------------------------------
def _needed(moves: tuple[Json, ...]) -> list[Json]:
    """Without the waits that another step follows: each says itself when it is done."""
    last = len(moves) - 1
    return [move for n, move in enumerate(moves) if n == last or "wait" not in move]


def _expected(record: Json) -> Json:
    what = "clause" if record["clause"] else "element"
    return {
        what: record[what],
        "party": record["party"],
        "due": record["due_at"],
        "status": record["status"],
    }


def _rows(rows: list[Json], before: str) -> str:
    if not rows:
        return " []\n"
    dumped = (
        yaml.dump(
            row,
            Dumper=_Dumper,
            allow_unicode=True,
            sort_keys=False,
            default_flow_style=True,
            width=10_000,
        )
        for row in rows
    )
    # The library quotes moments between braces, where nobody who writes by hand would.
    plain = (_QUOTED.sub(r"\1", line.rstrip()) for line in dumped)
    return "\n" + "".join(f"{before}- {line}\n" for line in plain)


def named(title: str) -> str:
    """A file's name for this title, without ending."""
    plain = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    return "-".join(words)[:60].strip("-") or "afspilning"


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)


class _Dumper(yaml.SafeDumper):
    """Moments stay plain, as people write them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
