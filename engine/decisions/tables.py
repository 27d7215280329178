"""Decision tables (DMN 8): every hit policy and aggregation, default outputs, allowed values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.decisions.boxed import Box, error, fit, register
from engine.decisions.read import Element, child, children, local, text, where
from engine.feel.builtins import BUILTINS
from engine.feel.closures import Code, Static
from engine.feel.compare import equal
from engine.feel.conversions import from_json
from engine.feel.expression import Test
from engine.feel.loops import call_function
from engine.feel.types import Type
from engine.feel.values import Scope, Wrong

_POLICIES = {
    "U": "UNIQUE", "A": "ANY", "P": "PRIORITY", "F": "FIRST", "R": "RULE ORDER", "O": "OUTPUT ORDER",
    "C": "COLLECT", "C+": "COLLECT", "C<": "COLLECT", "C>": "COLLECT", "C#": "COLLECT",
}  # fmt: skip
_AGGREGATIONS = {"C+": "SUM", "C<": "MIN", "C>": "MAX", "C#": "COUNT"}
_FUNCTIONS = {"SUM": "sum", "MIN": "min", "MAX": "max"}


@dataclass(slots=True)
class _Input:
    """A column of conditions."""

    label: str
    value: Code
    type: Type
    allowed: Test | None


@dataclass(slots=True)
class _Output:
    """A column of results; `order` are the allowed values, the most important first."""

    name: str
    label: str
    type: Type
    allowed: Test | None
    order: list[Test]
    default: Code | None


@dataclass(slots=True)
class _Rule:
    id: str
    tests: list[Test]
    outputs: list[Code]


class _Table:
    """A decision table ready to be asked."""

    def __init__(self, box: Box, element: Element, static: Static) -> None:
        self.name = where(element)
        self.inputs = [_input(box, e, static) for e in children(element, "input")]
        self.outputs = [_output(box, e, static) for e in children(element, "output")]
        self.rules = [
            _rule(box, e, nth, static) for nth, e in enumerate(children(element, "rule"), 1)
        ]
        policy = element.get("hitPolicy") or "UNIQUE"
        self.policy = _POLICIES.get(policy, policy)
        self.aggregation = element.get("aggregation") or _AGGREGATIONS.get(policy)

    def ask(self, e: Scope) -> Any:
        """The table's value for what the scope holds."""
        values = []
        for column in self.inputs:
            value = _input_value(e, column)
            if not _may_be(e, column.allowed, value):
                return error(e, f"{column.label}: the value is not among the allowed ones.")
            values.append(value)
        hits = list(self._hits(e, values))
        e.run.purse.rules += [rule.id for rule in hits]
        if not hits:
            return self._default(e)
        decide = _DECIDE.get(self.policy)
        if decide is None:
            return error(e, f"{self.name}: there is no hit policy “{self.policy}”.")
        return decide(self, e, hits)

    def _hits(self, e: Scope, values: list[Any]) -> list[_Rule]:
        first_is_enough = self.policy == "FIRST"
        found = []
        for rule in self.rules:
            e.run.spend(1 + len(values))
            if all(test(e, value) is True for test, value in zip(rule.tests, values, strict=False)):
                found.append(rule)
                if first_is_enough:
                    break
        return found

    def _default(self, e: Scope) -> Any:
        if not any(o.default for o in self.outputs):
            return [] if self.policy in ("RULE ORDER", "OUTPUT ORDER") else None
        values = [o.default(e) if o.default else None for o in self.outputs]
        return self._shaped(values)

    def output(self, e: Scope, rule: _Rule) -> Any:
        """What one rule says: one value, or a context by the outputs' names."""
        values = []
        for column, cell in zip(self.outputs, rule.outputs, strict=False):
            value = fit(e, cell(e), column.type, column.label)
            if not _may_be(e, column.allowed, value):
                error(e, f"{column.label}: the result is not among the allowed ones.")
                value = None
            values.append(value)
        return self._shaped(values)

    def _shaped(self, values: list[Any]) -> Any:
        if len(self.outputs) == 1:
            return values[0] if values else None
        return {o.name: v for o, v in zip(self.outputs, values, strict=False)}

    def ordered(self, e: Scope, hits: list[_Rule]) -> list[Any]:
        """The results, most important first as the outputs' allowed values say."""
        results = [self.output(e, rule) for rule in hits]
        if not any(o.order for o in self.outputs):
            error(e, f"{self.name}: the outputs have no allowed values that say what comes first.")
            return results
        return sorted(results, key=lambda result: self._rank(e, result))

    def _rank(self, e: Scope, result: Any) -> list[int]:
        values = [result] if len(self.outputs) == 1 else [result[o.name] for o in self.outputs]
        return [
            next((n for n, test in enumerate(o.order) if test(e, v) is True), len(o.order))
            for o, v in zip(self.outputs, values, strict=True)
        ]


def _unique(table: _Table, e: Scope, hits: list[_Rule]) -> Any:
    if len(hits) > 1:
        ids = ", ".join(rule.id for rule in hits)
        return error(e, f"{table.name}: only one rule may match, but {ids} do.")
    return table.output(e, hits[0])


def _any(table: _Table, e: Scope, hits: list[_Rule]) -> Any:
    results = [table.output(e, rule) for rule in hits]
    if not all(equal(e.run, results[0], other) is True for other in results[1:]):
        return error(e, f"{table.name}: the rules that match say different things.")
    return results[0]


def _collect(table: _Table, e: Scope, hits: list[_Rule]) -> Any:
    results = [table.output(e, rule) for rule in hits]
    if table.aggregation is None or table.aggregation not in ("SUM", "MIN", "MAX", "COUNT"):
        return results
    if table.aggregation == "COUNT":
        return Decimal(len(results))
    name = _FUNCTIONS[table.aggregation]
    return call_function(e.run, name, BUILTINS[name], [results], None)


_DECIDE: dict[str, Callable[[_Table, Scope, list[_Rule]], Any]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "PRIORITY": lambda table, e, hits: table.ordered(e, hits)[0],
    "FIRST": lambda table, e, hits: table.output(e, hits[0]),
    "RULE ORDER": lambda table, e, hits: [table.output(e, rule) for rule in hits],
    "OUTPUT ORDER": lambda table, e, hits: table.ordered(e, hits),
    "COLLECT": _collect,
}


def _may_be(e: Scope, allowed: Test | None, value: Any) -> bool:
    return allowed is None or value is None or allowed(e, value) is True


def _input_value(e: Scope, column: _Input) -> Any:
    """The input as its column's type: ISO text of a date is a date."""
    value = column.value(e)
    try:
        return from_json(value, column.type, e.run)
    except (Wrong, ArithmeticError):
        error(e, f"{column.label}: the value is no {column.type.name}.")
        return None


def _input(box: Box, element: Element, static: Static) -> _Input:
    expression = child(element, "inputExpression")
    allowed = child(element, "inputValues")
    ref = expression.get("typeRef") if expression is not None else None
    return _Input(
        element.get("label") or text(expression).strip() or where(element),
        box.text(expression, static),
        box.types.of(ref),
        box.cell(allowed, static) if allowed is not None and text(allowed).strip() else None,
    )


def _output(box: Box, element: Element, static: Static) -> _Output:
    allowed = child(element, "outputValues")
    limited = allowed is not None and bool(text(allowed).strip())
    default = child(element, "defaultOutputEntry")
    name = element.get("name") or ""
    return _Output(
        name,
        element.get("label") or name or where(element),
        box.types.of(element.get("typeRef")),
        box.cell(allowed, static) if limited else None,
        box.cells(allowed, static) if limited else [],
        box.text(default, static) if default is not None and text(default).strip() else None,
    )


def _rule(box: Box, element: Element, nth: int, static: Static) -> _Rule:
    return _Rule(
        element.get("id") or str(nth),
        [box.cell(e, static) for e in children(element, "inputEntry")],
        [box.text(e, static) for e in children(element, "outputEntry")],
    )


def rules(element: Element) -> list[str]:
    """The ids of the rules of every table in an element, as `_Table` names them."""
    return [
        rule.get("id") or str(nth)
        for table in element.iter()
        if local(table) == "decisionTable"
        for nth, rule in enumerate(children(table, "rule"), 1)
    ]


def _decision_table(box: Box, element: Element, static: Static) -> Code:
    return _Table(box, element, static).ask


register("decisionTable", _decision_table)
