"""A table's column cut into pieces: between two neighbouring limits of its cells, every value is answered alike.

    column = Column.of(["< 5", "[5..10]", "-"], names, domain="")
    column.cells[0]        # the pieces that the first cell takes; None: it cannot be told

Numbers, dates and durations are cut at their limits, texts and booleans are their own pieces.  Where every limit is a
whole number (or a day), nothing lies between two neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Token, Tree

from engine.errors import StafetError
from engine.feel.closures import Static
from engine.feel.compiler import Compiler
from engine.feel.conversions import shown
from engine.feel.grammar import parse_tests
from engine.feel.values import Range, Run, Scope, kind

#: What one constant in a cell may cost.
_BUDGET = 2_000
#: A column with more limits is not looked through.
MOST_LIMITS = 1_000
_ORDERED = {
    "number", "date", "time", "date and time", "days and time duration", "years and months duration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` to `high` (None: without end); a single value where both are the same and counted in."""

    low: Any
    high: Any
    low_in: bool
    high_in: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Every text that no cell names."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a cell takes: spans or single values, or everything else."""

    parts: tuple[Any, ...]
    but: bool = False


Piece = Any
ANYTHING = Taken((), but=True)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its pieces, which of them each cell takes, and which must be answered.

    Sets of pieces are the bits of a number.  `cells` holds None for a cell that cannot be told; `asked` are the
    pieces that a complete table answers.
    """

    pieces: tuple[Piece, ...]
    cells: tuple[int | None, ...]
    asked: int

    @classmethod
    def of(cls, texts: Sequence[str], names: frozenset[str], domain: str = "") -> Column:
        """The column with these cells; `domain` are the allowed values of its input, as a cell writes them."""
        taken = [_taken(text, names) for text in texts]
        allowed = _taken(domain, names) if domain.strip() else ANYTHING
        known = [one for one in (*taken, allowed) if one is not None]
        kinds = {_kind(part) for one in known for part in one.parts}
        if not kinds or len(kinds) > 1 or allowed is None:
            return cls((), tuple(_whole(one) for one in taken), 0)
        try:
            cut = _Cut(_spans(known) if kinds <= _ORDERED else _values(known, kinds))
        except (TypeError, _TooMany):
            # Moments with a zone and without have no order; too wide a table is not looked through.
            return cls((), tuple(_whole(one) for one in taken), 0)
        inside = cut.of(allowed)
        cells = tuple(None if one is None else cut.of(one) & inside for one in taken)
        asked = inside if allowed is not ANYTHING else inside & cut.expected(known)
        return cls(cut.pieces, cells, asked)

    def shown(self, pieces: int) -> str:
        """Some of the pieces as a cell would write them; '' for all that must be answered."""
        if self.asked & pieces == self.asked:
            return ""
        chosen = list(bits(pieces))
        if not isinstance(self.pieces[0], Span):
            return ", ".join(_word(self.pieces[n], self.pieces) for n in chosen)
        return ", ".join(_range(span) for span in _joined([self.pieces[n] for n in chosen]))


def bits(pieces: int) -> Iterator[int]:
    """The numbers of the pieces in a set."""
    while pieces:
        lowest = pieces & -pieces
        yield lowest.bit_length() - 1
        pieces ^= lowest


def _whole(taken: Taken | None) -> int | None:
    """In a column without pieces only a cell that takes anything can be told."""
    return 0 if taken == ANYTHING else None


# ---- what a cell takes -------------------------------------------------------------------
@lru_cache(maxsize=4096)
def _taken(text: str, names: frozenset[str]) -> Taken | None:
    if not text.strip():
        return ANYTHING
    try:
        tree = parse_tests(text, names)
        if tree.data == "any_value":
            return ANYTHING
        parts = [part for child in tree.children for part in _parts(child)]
    except (StafetError, _Unknown, RecursionError, TypeError):
        return None
    return Taken(tuple(parts), but=tree.data == "none_of")


class _TooMany(Exception):
    """The column has more limits than anybody writes by hand."""


class _Unknown(Exception):
    """The cell depends on more than the input."""


def _parts(tree: Any) -> list[Any]:
    """One test as spans or single values; raises _Unknown."""
    if tree.data == "test_op":
        return [_limit(str(tree.children[0]), _constant(tree.children[1]))]
    if tree.data == "open_range":
        return _parts(tree.children[0])
    return _of_value(_constant(tree))


def _limit(op: str, value: Any) -> Any:
    if op == "=":
        return _of_value(value)[0]
    if kind(value) not in _ORDERED or op == "!=":
        raise _Unknown
    if op in ("<", "<="):
        return Span(None, value, False, op == "<=")
    return Span(value, None, op == ">=", False)


def _of_value(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [part for one in value for part in _of_value(one)]
    if isinstance(value, Range):
        if value.sign or kind(value.low) not in _ORDERED or value.high is None:
            raise _Unknown
        empty = value.low > value.high or (
            value.low == value.high and not (value.low_in and value.high_in)
        )
        return [] if empty else [Span(value.low, value.high, value.low_in, value.high_in)]
    if value is None:
        return []  # only null itself, which no table has to answer
    if kind(value) in _ORDERED:
        return [Span(value, value, True, True)]
    if isinstance(value, str | bool):
        return [value]
    raise _Unknown


def _constant(tree: Tree[Token]) -> Any:
    compiler = Compiler()
    code = compiler.code(tree, Static(set()))
    if compiler.free or compiler.called:
        raise _Unknown
    return code(Scope({}, None, Run({}, _BUDGET)))


def _kind(part: Any) -> str:
    return (
        kind(part)
        if not isinstance(part, Span)
        else kind(part.high if part.low is None else part.low)
    )


# ---- cutting -----------------------------------------------------------------------------
def _spans(known: list[Taken]) -> tuple[Span, ...]:
    """Every limit by itself, what lies between two, and the two ends."""
    limits = {end for one in known for part in one.parts for end in (part.low, part.high)}
    if len(limits) > MOST_LIMITS:
        raise _TooMany
    cuts = sorted(limits - {None})
    step = _step(cuts)
    pieces = [Span(None, cuts[0], False, False)]
    for low, high in zip(cuts, [*cuts[1:], None], strict=True):
        pieces.append(Span(low, low, True, True))
        if high is None or not _neighbours(low, high, step):
            pieces.append(Span(low, high, False, False))
    return tuple(pieces)


def _step(cuts: list[Any]) -> Any:
    """How far neighbours lie apart in a column that counts in whole numbers or days; None in others."""
    if all(isinstance(cut, Decimal) and cut == cut.to_integral_value() for cut in cuts):
        return Decimal(1)
    return timedelta(days=1) if kind(cuts[0]) == "date" else None


def _neighbours(low: Any, high: Any, step: Any) -> bool:
    """Whether nothing lies between two limits."""
    return step is not None and bool(high - low <= step)


def _values(known: list[Taken], kinds: set[str]) -> tuple[Any, ...]:
    if kinds == {"boolean"}:
        return (False, True)
    found = dict.fromkeys(part for one in known for part in one.parts)
    if len(found) > MOST_LIMITS:
        raise _TooMany
    return (*found, Other())


class _Cut:
    """A column's pieces, and which of them something takes."""

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self.pieces, self.all = pieces, (1 << len(pieces)) - 1
        self.ordered = isinstance(pieces[0], Span)
        #: Where each limit or value stands.
        self.at = {(p.low if self.ordered else p): n for n, p in enumerate(pieces) if _is_point(p)}

    def of(self, taken: Taken) -> int:
        """The pieces that a cell takes."""
        within = 0
        for part in taken.parts:
            within |= self._span(part) if self.ordered else 1 << self.at[part]
        return self.all ^ within if taken.but else within

    def _span(self, span: Span) -> int:
        first = 0 if span.low is None else self.at[span.low] + (not span.low_in)
        last = (
            len(self.pieces) - 1 if span.high is None else self.at[span.high] - (not span.high_in)
        )
        return (1 << last + 1) - (1 << first) if last >= first else 0

    def expected(self, known: list[Taken]) -> int:
        """Without allowed values: nothing beyond the outermost limits, unless some cell reaches there by name."""
        named = 0
        for one in known:
            named |= self.of(one) if one != ANYTHING else 0
        last = len(self.pieces) - 1
        if self.ordered:
            return self.all & ~_outside(named, 0, 1) & ~_outside(named, last, last - 1)
        return (
            self.all if _is_point(self.pieces[last]) or named >> last & 1 else self.all ^ 1 << last
        )


def _is_point(piece: Piece) -> bool:
    return (
        bool(piece.low_in and piece.low == piece.high)
        if isinstance(piece, Span)
        else piece != Other()
    )


def _outside(named: int, beyond: int, limit: int) -> int:
    """What lies beyond an outermost limit, and the limit itself where no cell counts it in."""
    if named >> beyond & 1:
        return 0
    return 1 << beyond | (0 if named >> limit & 1 else 1 << limit)


# ---- telling -----------------------------------------------------------------------------
def _joined(spans: list[Span]) -> list[Span]:
    """Neighbouring pieces as one."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and _touch(last, span):
            joined[-1] = Span(last.low, span.high, last.low_in, span.high_in)
        else:
            joined.append(span)
    return joined


def _touch(left: Span, right: Span) -> bool:
    if left.high == right.low:
        return left.high_in or right.low_in
    return (
        left.high_in
        and right.low_in
        and _neighbours(left.high, right.low, _step([left.high, right.low]))
    )


def _range(span: Span) -> str:
    if span.low is None:
        return f"{'<=' if span.high_in else '<'} {_said(span.high)}"
    if span.high is None:
        return f"{'>=' if span.low_in else '>'} {_said(span.low)}"
    if span.low == span.high:
        return _said(span.low)
    low, high = "[" if span.low_in else "(", "]" if span.high_in else ")"
    return f"{low}{_said(span.low)}..{_said(span.high)}{high}"


def _word(piece: Piece, pieces: tuple[Piece, ...]) -> str:
    if not isinstance(piece, Other):
        return _said(piece)
    named = ", ".join(_said(one) for one in pieces if not isinstance(one, Other))
    return f"not({named})"


def _said(value: Any) -> str:
    return shown(None, value, inner=True)
