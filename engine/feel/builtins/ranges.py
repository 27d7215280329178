"""How points and ranges lie to each other (DMN 10.3.4.9), and `range` from text (10.3.4.1)."""

from __future__ import annotations

from typing import Any

from lark import Tree

from engine.errors import ExpressionInvalid
from engine.feel import temporal
from engine.feel.builtins.dates import _date, _duration, _moment, _time
from engine.feel.builtins.registry import builtin
from engine.feel.compare import equal, sortable
from engine.feel.grammar import parse
from engine.feel.lexer import unescape
from engine.feel.values import NUMBERS, Range, Run, Wrong, kind, shortened

_PAIRS = {
    "before": "pp pr rp rr", "after": "pp pr rp rr", "meets": "rr", "met by": "rr", "overlaps": "rr",
    "overlaps before": "rr", "overlaps after": "rr", "finishes": "pr rr", "finished by": "rp rr",
    "includes": "rp rr", "during": "pr rr", "starts": "pr rr", "started by": "rp rr",
    "coincides": "pp rr",
}  # fmt: skip


def _declare(name: str, work: Any) -> None:
    forms = _PAIRS[name].split()

    def check(run: Run, a: Any, b: Any) -> Any:
        shape = ("r" if isinstance(a, Range) else "p") + ("r" if isinstance(b, Range) else "p")
        if shape not in forms or a is None or b is None:
            raise Wrong(f"{kind(a)} and {kind(b)} are not what it takes.")
        return work(run, _as_range(a), _as_range(b))

    for form in forms:
        if len(set(form)) == 1:
            word = "point" if form == "pp" else "range"
            builtin(name, f"{word}1: any, {word}2: any")(check)
        else:
            words = ["point" if letter == "p" else "range" for letter in form]
            builtin(name, f"{words[0]}: any, {words[1]}: any")(check)


def _as_range(value: Any) -> Range:
    return value if isinstance(value, Range) else Range(value, value)


def _less(run: Run, a: Any, b: Any) -> bool:
    if a is None or b is None:
        raise Wrong("a range without an end has no place here.")
    return sortable(run, a, b)


def _same(run: Run, a: Any, b: Any) -> bool:
    if a is None or b is None:
        raise Wrong("a range without an end has no place here.")
    sortable(run, a, b)
    return bool(equal(run, a, b))


def _before(run: Run, a: Range, b: Range) -> bool:
    touch = _same(run, a.high, b.low) and not (a.high_in and b.low_in)
    return _less(run, a.high, b.low) or touch


def _meets(run: Run, a: Range, b: Range) -> bool:
    return _same(run, a.high, b.low) and a.high_in and b.low_in


def _starts_first(run: Run, a: Range, b: Range) -> bool:
    """`a` begins before `b`."""
    return _less(run, a.low, b.low) or (_same(run, a.low, b.low) and a.low_in and not b.low_in)


def _ends_first(run: Run, a: Range, b: Range) -> bool:
    """`a` ends before `b`."""
    return _less(run, a.high, b.high) or (
        _same(run, a.high, b.high) and b.high_in and not a.high_in
    )


def _overlaps(run: Run, a: Range, b: Range) -> bool:
    return not _before(run, a, b) and not _before(run, b, a)


def _overlaps_before(run: Run, a: Range, b: Range) -> bool:
    return _overlaps(run, a, b) and _starts_first(run, a, b) and not _ends_first(run, b, a)


def _during(run: Run, a: Range, b: Range) -> bool:
    return not _starts_first(run, a, b) and not _ends_first(run, b, a)


def _starts(run: Run, a: Range, b: Range) -> bool:
    return _same(run, a.low, b.low) and a.low_in == b.low_in and not _ends_first(run, b, a)


def _finishes(run: Run, a: Range, b: Range) -> bool:
    return _same(run, a.high, b.high) and a.high_in == b.high_in and not _starts_first(run, a, b)


def _coincides(run: Run, a: Range, b: Range) -> bool:
    same = _same(run, a.low, b.low) and _same(run, a.high, b.high)
    return same and (a.low_in, a.high_in) == (b.low_in, b.high_in)


_declare("before", _before)
_declare("after", lambda run, a, b: _before(run, b, a))
_declare("meets", _meets)
_declare("met by", lambda run, a, b: _meets(run, b, a))
_declare("overlaps", _overlaps)
_declare("overlaps before", _overlaps_before)
_declare("overlaps after", lambda run, a, b: _overlaps_before(run, b, a))
_declare("during", _during)
_declare("includes", lambda run, a, b: _during(run, b, a))
_declare("starts", _starts)
_declare("started by", lambda run, a, b: _starts(run, b, a))
_declare("finishes", _finishes)
_declare("finished by", lambda run, a, b: _finishes(run, b, a))
_declare("coincides", _coincides)


# ---- range from text ---------------------------------------------------------------------
@builtin("range", "from: string")
def _range(run: Run, text: str) -> Any:
    run.spend(20 + len(text))
    try:
        tree = parse(text)
    except ExpressionInvalid as exc:
        raise Wrong(str(exc)) from None
    if tree.data not in ("range_from", "range_after"):
        raise Wrong(f"“{shortened(text)}” is no range.")
    low, high = _end(run, tree.children[0]), _end(run, tree.children[1])
    if low is None and high is None:
        raise Wrong("a range needs an end.")
    if low is not None and high is not None and sortable(run, high, low):
        raise Wrong("the range ends before it begins.")
    upto = isinstance(tree.children[2], Tree) and tree.children[2].data == "upto"
    return Range(
        low, high, tree.data == "range_from" and low is not None, upto and high is not None
    )


def _end(run: Run, tree: Any) -> Any:
    """An end is a literal, or a date function of a literal: nothing is evaluated from text."""
    if tree.data == "null":
        return None
    if tree.data == "negate" and tree.children[1].data == "number":
        return NUMBERS.minus(_end(run, tree.children[1]))
    if tree.data == "call":
        return _called(run, tree)
    if tree.data not in _LITERALS:
        raise Wrong("the ends of a range in text are literals.")
    return _LITERALS[tree.data](str(tree.children[0]))


def _called(run: Run, tree: Any) -> Any:
    callee, given = tree.children
    work = _MAKERS.get(str(callee.children[0])) if callee.data == "name" else None
    if work is None or [c.data for c in given.children] != ["string"]:
        raise Wrong("the ends of a range in text are literals.")
    return work(run, unescape(given.children[0].children[0]))


_LITERALS: dict[str, Any] = {
    "number": NUMBERS.create_decimal,
    "string": unescape,
    "at": lambda text: temporal.parse(unescape(text)),
}
_MAKERS: dict[str, Any] = {
    "date": _date, "time": _time, "date and time": _moment, "duration": _duration,
}  # fmt: skip
