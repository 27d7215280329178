"""Scenarios: the designers' tests, read from YAML or JSON and held against what was played.

`read` turns one document into a `Scenario` and refuses, in one sentence, what it cannot use.
`judge` says what a play lacks of what its scenario expects; an empty list is a pass.  Each row of
`deadlines`, `messages`, `bero` and `refused` must find a record of its own; other records are free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from engine.bpmn.shapes import SUBJECTS
from engine.errors import ScenarioInvalid
from engine.model import Json

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
KINDS = ("task", "wait", "action", "message", "until")
_TOP = {
    "title", "agreement", "pathway", "start", "parties", "asked", "data", "autofill", "steps",
    "expect", "consent", "id", "note", "from", "subject",
}  # fmt: skip
_EXPECT = {"deadlines", "end_state", "messages", "bero", "refused", "visited", "tasks", "documents"}
_SELECT = {"clause", "element", "role", "party", "nth", "process", "id"}


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a scenario.  `select` picks a task or an action; `name` is a message's."""

    at: datetime
    kind: str
    select: Mapping[str, Any]
    name: str
    data: Json
    #: True for a row of `expect.refused` that is a step of its own: it must be refused.
    must_refuse: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A story by date.  `parties` are merged over the demo parties; `asked` is who is asked in a round."""

    title: str
    agreement: str
    pathway: str
    start: datetime
    moves: tuple[Move, ...]
    parties: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[str, ...] | None = None
    data: Json = field(default_factory=dict)
    autofill: bool = True
    consent: bool = True
    #: Whom the case is about; None: a citizen where the pathway runs on such a case.
    subject: str | None = None
    #: The element that a play begins at; None: where the pathway begins.
    begins: str | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)


def load(text: str) -> list[Scenario]:
    """Every scenario of a YAML (or JSON) text: one document, several, or a list under `scenarios`."""
    try:
        # _Loader, below, is a SafeLoader.
        # nosemgrep: yaml-that-makes-objects
        documents = [d for d in yaml.load_all(text, Loader=_Loader) if d is not None]
    except (yaml.YAMLError, RecursionError, ValueError) as exc:
        raise ScenarioInvalid(f"The scenario is not readable YAML: {_first_line(exc)}") from exc
    rows: list[Any] = []
    for document in documents:
        if isinstance(document, list):
            rows += document
        elif isinstance(document, dict) and isinstance(document.get("scenarios"), list):
            rows += document["scenarios"]
        else:
            rows.append(document)
    if not rows:
        raise ScenarioInvalid("The file holds no scenario.")
    return [read(row) for row in rows]


def read(document: object) -> Scenario:
    """One scenario from its parsed form; raises `ScenarioInvalid` naming the key at fault."""
    doc = _mapping(document, "the scenario")
    _known(doc, _TOP, "the scenario")
    for key in ("agreement", "pathway", "start", "steps"):
        if key not in doc:
            raise ScenarioInvalid(f"The scenario lacks “{key}”.")
    start = _moment(doc["start"], "start")
    expect = _mapping(doc.get("expect") or {}, "expect")
    _known(expect, _EXPECT, "expect")
    moves = [move_of(row, n) for n, row in enumerate(_list(doc["steps"], "steps"), 1)]
    moves += list(_tried(expect, moves, start))
    asked = doc.get("asked")
    return Scenario(
        title=str(doc.get("title") or doc.get("id") or f"{doc['agreement']}: {doc['pathway']}"),
        agreement=str(doc["agreement"]),
        pathway=str(doc["pathway"]),
        start=start,
        moves=tuple(sorted(moves, key=lambda move: move.at)),
        parties={str(k): str(v) for k, v in _mapping(doc.get("parties") or {}, "parties").items()},
        asked=None if asked is None else tuple(str(p) for p in _list(asked, "asked")),
        data=_plain(_mapping(doc.get("data") or {}, "data")),
        autofill=bool(doc.get("autofill", True)),
        consent=str(doc.get("consent", "given")).lower() not in ("none", "false"),
        subject=_subject(doc.get("subject")),
        begins=str(doc["from"]) if doc.get("from") else None,
        expect=expect,
    )


def _subject(said: object) -> str | None:
    if said is not None and said not in SUBJECTS.values():
        raise ScenarioInvalid(
            f"“subject” is one of {', '.join(SUBJECTS.values())}; it is “{said}”."
        )
    return None if said is None else str(said)


def move_of(row: object, number: int = 1) -> Move:
    """One of a scenario's `steps`; raises `ScenarioInvalid`."""
    where = f"step {number}"
    step = _mapping(row, where)
    kinds = [kind for kind in KINDS if kind in step]
    if "at" not in step:
        raise ScenarioInvalid(f"In {where} “at” is missing.")
    if len(kinds) != 1:
        raise ScenarioInvalid(f"In {where} there must be one of {', '.join(KINDS)}.")
    _known(step, {"at", "data", "note", *KINDS}, where)
    kind, value = kinds[0], step[kinds[0]]
    select: Mapping[str, Any] = {}
    name = ""
    if kind == "message":
        name = str(value)
    elif kind != "wait":
        select = _mapping(value, f"{kind} of {where}")
        _known(select, _SELECT, f"{kind} of {where}")
    data = _plain(_mapping(step.get("data") or {}, f"data of {where}"))
    return Move(_moment(step["at"], f"at of {where}"), kind, select, name, data)


def _tried(expect: Mapping[str, Any], moves: Sequence[Move], start: datetime) -> Iterator[Move]:
    """Rows of `refused` that are whole steps and stand nowhere among the steps: tried as well."""
    for n, row in enumerate(_rows(expect.get("refused")), 1):
        if (
            not isinstance(row, Mapping)
            or not any(kind in row for kind in KINDS)
            or "data" not in row
        ):
            continue
        last = moves[-1].at if moves else start
        move = move_of(
            {"at": last, **{k: v for k, v in row.items() if k not in ("fields", "code")}}, n
        )
        if not any(_same(move, other) for other in moves):
            yield Move(move.at, move.kind, move.select, move.name, move.data, must_refuse=True)


def _same(a: Move, b: Move) -> bool:
    return (a.kind, dict(a.select), a.data) == (b.kind, dict(b.select), b.data)


# ---- what was expected -------------------------------------------------------------------
def judge(scenario: Scenario, played: Mapping[str, Any]) -> list[str]:
    """What the play lacks, in sentences.  `played` is the JSON that `simulate` gives."""
    expect = scenario.expect
    problems: list[str] = []
    if "end_state" in expect and expect["end_state"] != played["end_state"]:
        problems.append(
            f"The end state is {played['end_state'] or 'none, it still runs'}; "
            f"{expect['end_state'] or 'a running pathway'} was expected."
        )
    for what in ("deadlines", "messages", "tasks", "documents"):
        problems += _missing(what, expect.get(what), played.get(what, []))
    problems += _missing(
        "refused", [_refusal(r) for r in _rows(expect.get("refused"))], played["refused"]
    )
    pauses = [{"from": a, "to": b} for a, b in played["bero"]]
    bero = [{"from": a, "to": b} for a, b in _rows(expect.get("bero"))]
    problems += _missing("bero", bero, pauses)
    gone = [e for e in _rows(expect.get("visited")) if e not in played["visited"]]
    return problems + [f"The element {element} was never visited." for element in gone]


def asserted(scenario: Scenario, played: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The play's deadlines whose due moment and status the scenario names."""
    found = _paired(scenario.expect.get("deadlines"), played["deadlines"])[0]
    return [
        record
        for row, record in found
        if "status" in row and any(_ALIASES.get(key, key) == "due_at" for key in row)
    ]


def expects_refusal(scenario: Scenario, move: Move) -> bool:
    """Whether a row of `expect.refused` names this step."""
    if move.must_refuse:
        return True
    number = scenario.moves.index(move) + 1
    return any(_names(row, move, number) for row in _rows(scenario.expect.get("refused")))


def _names(row: object, move: Move, number: int) -> bool:
    if row is True:
        return True
    if isinstance(row, int):
        return row == number
    if not isinstance(row, Mapping):
        return False
    if row.get("step", number) != number:
        return False
    if "at" in row and _moment(row["at"], "refused") != move.at:
        return False
    select = row.get(move.kind, {k: v for k, v in row.items() if k in _SELECT})
    if isinstance(select, Mapping) and any(move.select.get(k) != v for k, v in select.items()):
        return False
    return "data" not in row or _plain(row["data"]) == move.data


def _refusal(row: object) -> object:
    """The part of a `refused` row that is held against the record of a refusal."""
    if not isinstance(row, Mapping):
        return {} if row is True else {"step": row}
    return {
        k: v for k, v in row.items() if k in ("at", "clause", "element", "fields", "code", "step")
    }


def _missing(what: str, expected: object, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each row that finds no record of its own."""
    _, lonely = _paired(expected, records)
    return [f"{what}: nothing matches {_show(row)}. {_nearest(row, free)}" for row, free in lonely]


_Row = Mapping[str, Any]


def _paired(
    expected: object, records: Sequence[_Row]
) -> tuple[list[tuple[_Row, _Row]], list[tuple[_Row, list[_Row]]]]:
    """Rows with their records, and rows without one (with the records left for them): most particular rows first."""
    rows = [{"name": row} if isinstance(row, str) else row for row in _rows(expected)]
    free = list(records)
    pairs, lonely = [], []
    for row in sorted(rows, key=lambda r: -len(r)):
        found = next((record for record in free if _fits(row, record)), None)
        if found is None:
            lonely.append((row, list(free)))
            continue
        free.remove(found)
        pairs.append((row, found))
    return pairs, lonely


def _fits(row: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return all(_equal(value, record.get(_ALIASES.get(key, key))) for key, value in row.items())


_ALIASES = {"due": "due_at", "met": "met_at", "started": "started_at", "completed": "met_at"}


def _equal(expected: object, found: object) -> bool:
    if isinstance(expected, list) and isinstance(found, list):
        return set(map(str, expected)) <= set(map(str, found))
    if expected == found:
        return True
    a, b = _as_moment(expected), _as_moment(found)
    return a is not None and a == b


def _nearest(row: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> str:
    scored = [(sum(_fits({k: v}, r) for k, v in row.items()), n) for n, r in enumerate(records)]
    if not scored or max(scored)[0] == 0:
        return "There is no record like it."
    best = records[max(scored, key=lambda s: (s[0], -s[1]))[1]]
    keys = [_ALIASES.get(key, key) for key in row]
    return f"Nearest: {_show({key: best.get(key) for key in keys})}."


def _show(row: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{k}: {_text(v)}" for k, v in row.items()) + "}"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)


# ---- reading -----------------------------------------------------------------------------
# libyaml where PyYAML was built with it: some ten times as fast, and the same language.
_Fastest: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Fastest):  # type: ignore[misc]
    """YAML whose moments keep their offset (PyYAML turns them into naive UTC)."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _as_moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=COPENHAGEN)
    if not isinstance(value, str) or len(value) < 16:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def _moment(value: object, where: str) -> datetime:
    if isinstance(value, str) and len(value) == 10:
        value = f"{value}T00:00"
    moment = _as_moment(value)
    # From a year near the first or the last that there is nobody can count on.
    if moment is not None and 1900 <= moment.year < 2200:
        return moment.astimezone(UTC)
    raise ScenarioInvalid(
        f"“{where}” must be a moment such as 2024-03-26T10:00+01:00; it is “{value}”."
    )


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ScenarioInvalid(f"“{where}” must be names with values.")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ScenarioInvalid(f"“{where}” must be a list.")
    return value


def _known(found: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in found:
        if key not in allowed:
            raise ScenarioInvalid(
                f"“{key}” is not known in {where}. Known: {', '.join(sorted(allowed))}."
            )


def _rows(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _plain(value: Any) -> Any:
    """YAML's dates as ISO text, as a form would submit them."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, (datetime, date)) else value


def _first_line(exc: Exception) -> str:
    return " ".join(str(exc).split())[:200]
