"""What no rule of a decision table answers, and where two rules answer though only one may.

    for finding in gaps(decisions.load(xml)): ...

Careful rather than clever: a cell that depends on more than its input counts as answering everything, and never as
answering twice; without allowed values nothing is asked for beyond the limits that the table itself names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal

from engine.decisions.model import Decisions
from engine.decisions.pieces import Column, bits
from engine.decisions.read import Element, Model, Node, child, children, local, text, where

#: A table whose combinations are more is not looked through to its end.
_MOST_STEPS = 50_000
_MOST_FINDINGS = 5
_UNIQUE, _ANY = ("UNIQUE", "U", ""), ("ANY", "A")
_ONE_ANSWER = (*_UNIQUE, *_ANY, "PRIORITY", "P", "FIRST", "F")

#: A part of a table's space: some pieces of some columns, by the column's place.
Region = dict[int, int]
NOBODY = "Ingen række i “{beslutning}” svarer, når {hvor}."
TWICE = "Rækkerne {raekker} i “{beslutning}” passer begge, når {hvor}; kun én må."
OTHERWISE = "Rækkerne {raekker} i “{beslutning}” passer begge, når {hvor}, og siger hver sit."


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing to mend: `message` is the Danish sentence (the catalogue's msgid) that `facts` fill.

    `rules` are the ids of the rules (their numbers where they have none): none for a gap, two for an overlap.
    """

    kind: Literal["gap", "overlap"]
    decision: str
    table: str
    rules: tuple[str, ...]
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """The sentence in Danish."""
        return self.message.format(**self.facts)


def gaps(decisions: Decisions) -> list[Gap]:
    """The gaps and overlaps in every table of a model."""
    return [
        found
        for node in decisions.nodes
        for element in node.element.iter()
        if local(element) == "decisionTable"
        for found in _in_table(_Table(node, element))
    ]


class _Table:
    """A table as columns of pieces."""

    def __init__(self, node: Node, element: Element) -> None:
        self.node, self.id = node, where(element)
        self.policy = element.get("hitPolicy") or ""
        rules = children(element, "rule")
        self.rules = [rule.get("id") or str(nth) for nth, rule in enumerate(rules, 1)]
        self.outputs = [[text(e).strip() for e in children(r, "outputEntry")] for r in rules]
        self.has_default = any(
            text(child(e, "defaultOutputEntry")).strip() for e in children(element, "output")
        )
        inputs = children(element, "input")
        self.labels = [_label(e) for e in inputs]
        entries = [[text(e) for e in children(r, "inputEntry")] for r in rules]
        self.columns = [
            Column.of(
                [row[n] if n < len(row) else "" for row in entries],
                node.model.names,
                _domain(node.model, e),
            )
            for n, e in enumerate(inputs)
        ]

    def told(self, region: Region) -> str:
        """A part of the table's space, as `dage: [6..10), type: "A"`."""
        parts = (
            (self.labels[n], self.columns[n].shown(pieces)) for n, pieces in sorted(region.items())
        )
        return ", ".join(f"{label}: {said}" for label, said in parts if said)


def _in_table(table: _Table) -> Iterator[Gap]:
    if not table.rules:
        return
    if table.policy in _ONE_ANSWER and not table.has_default:
        for region in _found(_uncovered(table)):
            yield _gap(table, "gap", (), NOBODY, region)
    if table.policy in (*_UNIQUE, *_ANY):
        for rules, region in _found(_overlaps(table)):
            message = TWICE if table.policy in _UNIQUE else OTHERWISE
            yield _gap(table, "overlap", tuple(table.rules[n] for n in rules), message, region)


def _found(all_of_them: Iterator[Any]) -> list[Any]:
    """The first findings; none where the table is too wide to be looked through."""
    found: list[Any] = []
    try:
        for one in all_of_them:
            found.append(one)
            if len(found) == _MOST_FINDINGS:
                break
    except _TooWide:
        return []
    return found


def _gap(table: _Table, what: Any, rules: tuple[str, ...], message: str, region: Any) -> Gap:
    facts = {
        "beslutning": table.node.name,
        "hvor": table.told(region) or "-",
        "raekker": " og ".join(rules),
    }
    return Gap(what, table.node.name, table.id, rules, message, facts)


# ---- gaps --------------------------------------------------------------------------------
class _TooWide(Exception):
    """More combinations than anybody waits for."""


def _uncovered(table: _Table) -> Iterator[Region]:
    """Parts of the space that no rule takes, column by column; rules are the bits of a number."""
    takers = [_takers(column) for column in table.columns]
    steps = 0

    def below(nth: int, rules: int) -> Iterator[Region]:
        nonlocal steps
        if not rules:
            yield {}
        elif nth < len(takers):
            steps += 1 + len(takers[nth])
            if steps > _MOST_STEPS:
                raise _TooWide
            for left, pieces in _groups(takers[nth], rules):
                for region in below(nth + 1, left):
                    yield {nth: pieces, **region} if pieces else region

    yield from below(0, (1 << len(table.rules)) - 1)


def _takers(column: Column) -> dict[int, int]:
    """The rules that take each piece that is asked for; in a column that cannot be told all rules take anything."""
    cells = list(enumerate(column.cells))
    return {
        1 << piece: sum(1 << rule for rule, cell in cells if cell is None or cell >> piece & 1)
        for piece in bits(column.asked)
    } or {0: (1 << len(cells)) - 1}


def _groups(takers: Mapping[int, int], rules: int) -> Iterable[tuple[int, int]]:
    """The rules that are left and the pieces for which it is these."""
    groups: dict[int, int] = {}
    for piece, taking in takers.items():
        groups[taking & rules] = groups.get(taking & rules, 0) | piece
    return groups.items()


# ---- overlaps ----------------------------------------------------------------------------
def _overlaps(table: _Table) -> Iterator[tuple[tuple[int, int], Region]]:
    """Pairs of rules that take the same, and what; under ANY only where they say different things."""
    for steps, (a, b) in enumerate(combinations(range(len(table.rules)), 2)):
        if steps > _MOST_STEPS:
            raise _TooWide
        if table.policy in _ANY and table.outputs[a] == table.outputs[b]:
            continue
        region = _common(table, a, b)
        if region is not None:
            yield (a, b), region


def _common(table: _Table, a: int, b: int) -> Region | None:
    region: Region = {}
    for nth, column in enumerate(table.columns):
        one, other = column.cells[a], column.cells[b]
        if one is None or other is None:
            return None
        if column.pieces:
            region[nth] = one & other
            if not region[nth]:
                return None
    return region


# ---- from the file -----------------------------------------------------------------------
def _label(element: Element) -> str:
    expression = text(child(element, "inputExpression")).strip()
    return expression or element.get("label") or where(element)


def _domain(model: Model, element: Element) -> str:
    """The allowed values of an input: its own, or those of its type."""
    own = text(child(element, "inputValues"))
    if own.strip():
        return own
    expression = child(element, "inputExpression")
    ref = expression.get("typeRef") if expression is not None else None
    named = text(expression).strip()
    refs = [ref, *(n.type_ref for n in model.nodes.values() if n.variable == named)]
    return next((said for r in refs if r and (said := _allowed(model, r)).strip()), "")


def _allowed(model: Model, ref: str) -> str:
    name = ref.rpartition(":")[2]
    item: Any = next((e for e in model.items if e.get("name") == name), None)
    if item is None or item.get("isCollection") == "true":
        return ""
    return text(child(item, "allowedValues")) or text(child(item, "typeConstraint"))
