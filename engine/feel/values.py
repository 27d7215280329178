"""FEEL's values in Python, and one evaluation's purse.

null `None` · boolean `bool` · number `Decimal` (34 digits) · string `str` · date, time, date and time as
in `datetime` · days and time duration `timedelta` · years and months duration `Months` · list `list` ·
context `dict` · range `Range` · function `Function`.

`Run` carries what one evaluation may spend and what it warns of.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import total_ordering
from typing import Any

from engine.errors import ExpressionTooCostly

#: DMN asks for IEEE 754-2008 decimal128.  Traps are off: what has no value is null.
NUMBERS = decimal.Context(
    prec=34, rounding=decimal.ROUND_HALF_EVEN, Emax=6144, Emin=-6143, traps=[]
)
#: Steps and elements that one evaluation may take.
BUDGET = 100_000
#: How deep lists and contexts may nest in a result: beyond, who receives it cannot read it.
MOST_DEPTH = 100
#: Warnings beyond these say nothing new.
MOST_WARNINGS = 50
#: How deep functions may call each other.
MOST_CALLS = 60
MISSING: Any = object()


class Wrong(Exception):
    """Why a value is null; no error for the caller."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Months:
    """A years and months duration."""

    months: int

    def __lt__(self, other: Months) -> bool:
        return self.months < other.months


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """From `low` to `high`.  Written with a sign (`(< 5)`) it has no end on the other side."""

    low: Any
    high: Any
    low_in: bool = True
    high_in: bool = True
    #: `< <= > >= =` where the range was written so; an end that is null otherwise is unknown.
    sign: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something to call: the standard's, a host's, or one written in FEEL.

    `call(run, values, named)` takes the values by position or by name (then `values` is empty).
    """

    name: str
    call: Callable[[Run, list[Any], dict[str, Any] | None], Any]
    #: Names by position; None where any number goes.
    parameters: tuple[str, ...] | None = None
    #: Parameter types and result type (engine.feel.types; None: not known), for `instance of`.
    types: tuple[tuple[Any, ...], Any | None] | None = None


def bind(
    parameters: tuple[str, ...], values: list[Any], named: dict[str, Any] | None, needed: int
) -> list[Any]:
    """The values in the order of the parameters, null for those left out; raises Wrong."""
    if named is not None:
        if unknown := named.keys() - set(parameters):
            raise Wrong(f"there is no parameter “{min(unknown)}”.")
        if missing := [p for p in parameters[:needed] if p not in named]:
            raise Wrong(f"the parameter “{missing[0]}” is missing.")
        return [named.get(p) for p in parameters]
    if not needed <= len(values) <= len(parameters):
        raise Wrong(f"{len(values)} values were given for {len(parameters)} parameters.")
    return values + [None] * (len(parameters) - len(values))


class Run:
    """One evaluation over one set of outer names; those that belong together share a purse.

    The purse is the run that began: what is left to spend, and what there is to tell afterwards.  Only what
    is not the usual is set, since a condition is evaluated in a microsecond.
    """

    #: Depth of calls, in the purse.
    calls = 0
    #: Why something is null; None where nobody asks.
    warnings: list[str] | None = None
    #: What decisions tell: the rules that matched, and what went wrong.
    rules: list[str]
    errors: list[str]
    _purse: Run | None = None
    _read: dict[str, Any] | None = None

    def __init__(self, names: Mapping[str, Any], budget: int) -> None:
        self.vars, self.left = names, budget

    def within(self, names: Mapping[str, Any]) -> Run:
        """A run over other names that spends from the same purse."""
        run = Run(names, 0)
        run._purse = self.purse
        return run

    @property
    def purse(self) -> Run:
        """Where what is spent and told is counted."""
        return self._purse or self

    def taken(self, name: str, value: Any) -> Any:
        """A list or context from outside as FEEL's value, looked through once."""
        if self._read is None:
            self._read = {}
        if name not in self._read:
            self._read[name] = from_host(value)
        return self._read[name]

    def spend(self, amount: int) -> None:
        """Raises ExpressionTooCostly when nothing is left."""
        purse = self._purse or self
        purse.left -= amount
        if purse.left < 0:
            raise ExpressionTooCostly

    def made(self, text: str) -> str:
        """A text that was made, or is looked through; long ones cost."""
        if len(text) > 32:
            self.spend(len(text) >> 5)
        return text

    def listed(self, items: list[Any]) -> list[Any]:
        """A list that was made, paid for by its elements."""
        self.spend(len(items))
        return items

    def warn(self, sentence: str, *facts: Any) -> Any:
        """Remember why something is null; gives None, so that it can stand after `return`."""
        told = self.purse.warnings
        if told is not None and len(told) < MOST_WARNINGS:
            said = shortened(sentence.format(*facts), 300)
            if said not in told:
                told.append(said)
        return None


class Scope:
    """Names bound inside an expression, in front of those of the outside."""

    __slots__ = ("outer", "run", "vars")

    def __init__(self, names: Mapping[str, Any], outer: Scope | None, run: Run) -> None:
        self.vars, self.outer, self.run = names, outer, run


def shortened(text: str, most: int = 60) -> str:
    """A text as sentences quote it: never a whole book."""
    return text if len(text) <= most else text[:most] + "…"


def kind(value: Any) -> str:
    """The FEEL name of a value's type."""
    return _KINDS.get(value.__class__) or "value"


def number(value: Decimal) -> Decimal | None:
    """A result of arithmetic, or None where it is no number."""
    return value if value.is_finite() else None


def from_host(value: Any) -> Any:
    """What a caller hands in, as FEEL's value: ints and floats become numbers, tuples lists, deep down."""
    plain = _FROM_HOST.get(value.__class__)
    if plain is not None:
        return plain(value)
    if value.__class__ in _KINDS:
        return value
    return _from_kin(value)


def _from_kin(value: Any) -> Any:
    """Subclasses and strangers: an enum's text, a mapping that is no dict, a callable of the host."""
    for known in (bool, int, float, Decimal, str, datetime, date, time, timedelta):
        if isinstance(value, known):
            return _base(value, known)
    if isinstance(value, Mapping):
        return {str(k): from_host(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [from_host(v) for v in value]
    return host_function(value) if callable(value) else str(value)


def _base(value: Any, known: type) -> Any:
    if known is int:
        return Decimal(int(value))
    if known is float:
        return _from_float(float(value))
    return str(value) if known is str else value


def host_function(call: Callable[..., Any]) -> Function:
    """A Python callable as a FEEL function; wrong values make it null, our own errors pass."""
    name = getattr(call, "__name__", "function")

    def run(run: Run, values: list[Any], named: dict[str, Any] | None) -> Any:
        try:
            return from_host(call(*values, **(named or {})))
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as exc:
            raise Wrong(str(exc)) from None

    return Function(name, run)


def _from_float(value: float) -> Decimal | None:
    return number(Decimal(repr(value)))


_FROM_HOST: dict[type, Callable[[Any], Any]] = {
    int: Decimal,
    float: _from_float,
    list: lambda value: [from_host(v) for v in value],
    tuple: lambda value: [from_host(v) for v in value],
    dict: lambda value: {str(k): from_host(v) for k, v in value.items()},
}
_KINDS: dict[type, str] = {
    type(None): "null", bool: "boolean", Decimal: "number", str: "string", date: "date", time: "time",
    datetime: "date and time", timedelta: "days and time duration",
    Months: "years and months duration", list: "list", dict: "context", Range: "range",
    Function: "function",
}  # fmt: skip
#: Values that need no look inside when they come from the host.
PLAIN = frozenset(_KINDS) - {list, dict}
