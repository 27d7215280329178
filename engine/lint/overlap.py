"""Is there an answer for which two conditions both hold?  Looked for among the values that they themselves name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from lark import Token, Tree

from engine import feel
from engine.bpmn.plan import HOST_NAMES
from engine.errors import ExpressionInvalid, ExpressionTooCostly
from engine.lint.trees import tree
from engine.lint.values import Kind

#: Answers that are tried for one pair of conditions.
_TRIES = 300
_MOST_NAMES = 5
#: Between these nothing of a value is read but itself.
_PLAIN = frozenset((
    "disjunction", "conjunction", "compare", "between", "member", "name", "number", "string", "true", "false", "null",
    "paren", "call", "arguments", "negate", "list", "range_from", "range_after", "upto", "before", "test_op",
    "additive",
))  # fmt: skip


def witness(
    first: str, second: str, known: Mapping[str, Kind], left: int
) -> tuple[str | None, int]:
    """An answer for which both hold, as text, or None; and how many evaluations it took (at most `left`)."""
    if left <= 0:
        return None, 0
    try:
        conditions = feel.compile(first.removeprefix("=")), feel.compile(second.removeprefix("="))
        trees = tree(first), tree(second)
    except ExpressionInvalid:
        return None, 1
    names = sorted(conditions[0].names | conditions[1].names)
    if (
        not names
        or len(names) > _MOST_NAMES
        or set(names) & HOST_NAMES
        or not all(map(_is_plain, trees))
    ):
        return None, 1
    tried = 0
    for values in islice(
        product(*(_candidates(n, trees, known.get(n)) for n in names)), min(_TRIES, left)
    ):
        tried += 1
        answer = dict(zip(names, values, strict=True))
        if all(_holds(condition, answer) for condition in conditions):
            return ", ".join(
                f"{name} = {json.dumps(answer[name], ensure_ascii=False)}" for name in names
            ), tried
    return None, tried + 1


def _holds(condition: feel.Expression, answer: Mapping[str, Any]) -> bool:
    try:
        return condition.evaluate(answer, 2_000) is True
    except ExpressionTooCostly:
        return False


def _is_plain(whole: Tree[Token]) -> bool:
    """Whether the condition only compares names with values: then what is tried can be believed."""
    for part in whole.iter_subtrees():
        if part.data not in _PLAIN:
            return False
        if part.data == "call" and _text(part.children[0]) != "not":
            return False
    return True


def _candidates(name: str, trees: tuple[Tree[Token], ...], kind: Kind | None) -> list[Any]:
    if kind is not None and kind.values:
        return list(dict.fromkeys(kind.values))
    if kind is not None and kind.name == "boolean":
        return [True, False]
    found: list[Any] = []
    for whole in trees:
        for part in whole.iter_subtrees():
            if part.data in ("compare", "between", "member") and name in _named(part):
                found += _literals(part)
    # A name that stands alone, or under `not`, is asked whether it is true.
    return list(dict.fromkeys((*found, True, False))) if not found else _distinct(found)


def _named(whole: Tree[Token]) -> set[str]:
    return {_text(part) for part in whole.iter_subtrees() if part.data == "name"}


def _literals(whole: Tree[Token]) -> Iterator[Any]:
    for part in whole.iter_subtrees():
        if part.data == "number":
            value = float(_text(part))
            yield from (value, value - 1, value + 1)
        elif part.data == "string":
            yield _text(part)
            yield _text(part) + "…"
        elif part.data in ("true", "false"):
            yield from (True, False)


def _distinct(values: list[Any]) -> list[Any]:
    # True equals 1 in Python, but not here.
    return list({(type(value), value): value for value in values}.values())


def _text(part: Any) -> str:
    return str(part.children[0]) if isinstance(part, Tree) and part.children else ""
