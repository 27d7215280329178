"""What an expression's closures do when they run: read names, compare, decide, go into values.

Each function here makes (or is called by) a closure; `compiler` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.builtins import BUILTINS
from engine.feel.compare import ORDERS, equal, order
from engine.feel.hints import suggested, tail
from engine.feel.values import (
    MISSING,
    PLAIN,
    Range,
    Run,
    Scope,
    Wrong,
    from_host,
    kind,
)

Code = Callable[[Scope], Any]
#: Values that compare as in Python.
_SIMPLE = frozenset((str, Decimal, bool))


class Static:
    """What is known of the names at a place: bound ones, and whether an item's entries may hide more."""

    def __init__(self, names: set[str], outer: Static | None = None, *, open: bool = False) -> None:
        self.names, self.outer, self.open = names, outer, open

    def holds(self, name: str) -> bool:
        """Whether a name may be bound inside the expression."""
        return (
            self.open or name in self.names or (self.outer is not None and self.outer.holds(name))
        )

    def binds(self, name: str) -> bool:
        """Whether a name is certainly bound inside the expression."""
        return name in self.names or (self.outer is not None and self.outer.binds(name))


def constant(value: Any) -> Code:
    return lambda e: value


def nothing(why: str) -> Code:
    return lambda e: e.run.warn("{}", why)


def read(name: str, static: Static, place: tuple[int, int], *, called: bool = False) -> Code:
    """Where a name's value is found: inside the expression, outside, or among the standard's functions."""
    standard = BUILTINS.get(name)
    what = "function" if called else "name"

    def outside(e: Scope) -> Any:
        run = e.run
        value = run.vars.get(name, MISSING)
        if value.__class__ in PLAIN:
            return value
        if value.__class__ is int:
            return Decimal(value)
        if value is MISSING:
            return standard if standard is not None else _unknown(run, what, name, place)
        return from_host(value) if value.__class__ is float else run.taken(name, value)

    def search(e: Scope) -> Any:
        scope: Scope | None = e
        while scope is not None:
            value = scope.vars.get(name, MISSING)
            if value is not MISSING:
                return value
            scope = scope.outer
        return outside(e)

    return search if static.holds(name) else outside


def _unknown(run: Run, what: str, name: str, place: tuple[int, int]) -> None:
    """Say once where an unknown name stands, and which it was probably meant to be."""
    told = run.purse.warnings
    if told is None:
        return
    where = f"Line {place[0]}, column {place[1]}: "
    said = f"the name “{name}” is not known" if what == "name" else f"there is no function “{name}”"
    if not any(warning.startswith(where + said) for warning in told):
        run.warn("{}", where + said + tail(suggested(name, [*run.vars, *BUILTINS])))


def logic(parts: list[Code], decides: bool, word: str) -> Code:
    def logic(e: Scope) -> Any:
        answer: bool | None = not decides
        for part in parts:
            value = part(e)
            if value is decides:
                return decides
            if value is not answer:
                if value is not None and not isinstance(value, bool):
                    e.run.warn("{} cannot be used with “{}”.", kind(value), word)
                if not isinstance(value, bool):
                    answer = None
        return answer

    return logic


def compared(left: Code, op: str, right: Code) -> Code:
    if op in ORDERS:
        compare = ORDERS[op]

        def ordered(e: Scope) -> Any:
            a, b = left(e), right(e)
            if a.__class__ is Decimal and b.__class__ is Decimal:
                return compare(a, b)
            return order(e.run, compare, a, b)

        return ordered
    same = op == "="

    def equals(e: Scope) -> Any:
        a, b = left(e), right(e)
        if a.__class__ is b.__class__ and a.__class__ in _SIMPLE:
            return (a == b) is same
        answer = equal(e.run, a, b)
        return None if answer is None else answer is same

    return equals


def compared_to(left: Code, op: str, fixed: Any) -> Code:
    """As `_compared`, with a literal on the right: what most conditions are."""
    known = fixed.__class__
    if op in ORDERS:
        compare = ORDERS[op]

        def ordered(e: Scope) -> Any:
            value = left(e)
            if value.__class__ is known is Decimal:
                return compare(value, fixed)
            return order(e.run, compare, value, fixed)

        return ordered
    same = op == "="
    simple = known in _SIMPLE

    def equals(e: Scope) -> Any:
        value = left(e)
        if simple and value.__class__ is known:
            return (value == fixed) is same
        answer = equal(e.run, value, fixed)
        return None if answer is None else answer is same

    return equals


def limit_test(op: str, limit: Code) -> Callable[[Scope, Any], Any]:
    if op in ORDERS:
        compare = ORDERS[op]
        return lambda e, value: order(e.run, compare, value, limit(e))
    same = op == "="

    def equals(e: Scope, value: Any) -> Any:
        answer = equal(e.run, value, limit(e))
        return None if answer is None else answer is same

    return equals


def any_test(e: Scope, value: Any, tests: list[Callable[[Scope, Any], Any]]) -> Any:
    """Whether one of the tests holds for the value."""
    answer: bool | None = False
    for test in tests:
        found = test(e, value)
        if found is True:
            return True
        if found is None:
            answer = None
    return answer


def make_range(e: Scope, low: Any, high: Any, low_in: bool, high_in: bool) -> Any:
    """A range, or null where its ends do not belong together."""
    if low is not None and high is not None and order(e.run, ORDERS["<="], low, high) is None:
        return None
    return Range(low, high, low_in and low is not None, high_in and high is not None)


def open_range(op: str, limit: Any) -> Any:
    if op in ("<", "<="):
        return Range(None, limit, False, op == "<=", op)
    if op in (">", ">="):
        return Range(limit, None, op == ">=", False, op)
    return Range(limit, limit, sign=op) if op == "=" else None


def step(e: Scope, value: Any, name: str) -> Any:
    """`value.name`: an entry, a property, or the same of each in a list."""
    if isinstance(value, list):
        e.run.spend(len(value))
        return [step(e, one, name) for one in value]
    if value is None:
        return e.run.warn("null has no “{}”.", name)
    if isinstance(value, dict):
        return value[name] if name in value else e.run.warn("there is no entry “{}”.", name)
    if isinstance(value, Range):
        parts = {
            "start": value.low, "end": value.high,
            "start included": value.low_in, "end included": value.high_in,
        }  # fmt: skip
        return parts[name] if name in parts else e.run.warn("a range has no “{}”.", name)
    try:
        return temporal.property_of(value, name)
    except Wrong as exc:
        return e.run.warn("{}", exc)
