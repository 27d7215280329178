"""`compile` and `compile_unary`: text to an `Expression` that can be evaluated again and again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Token, Tree

from engine.errors import ExpressionInvalid, ExpressionTooCostly
from engine.feel.compiler import Code, Compiler, Static, any_test
from engine.feel.grammar import parse, parse_tests
from engine.feel.types import Type
from engine.feel.values import MISSING, PLAIN, Run, Scope, from_host

#: Steps and elements that one evaluation may take.
BUDGET = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression.

    `names` are the variables that it reads from outside (a name inside a filter counts, since it may be
    an outer one); `functions` are the functions that it calls and the standard does not have.
    """

    text: str
    names: frozenset[str]
    functions: frozenset[str]
    _code: Code

    def evaluate(self, context: Mapping[str, Any], budget: int = BUDGET) -> Any:
        """The value; null where something is missing or does not fit. Raises ExpressionTooCostly."""
        return self._run(Run(context, budget))

    def evaluate_with_warnings(
        self, context: Mapping[str, Any], budget: int = BUDGET
    ) -> tuple[Any, list[str]]:
        """The value, and why something is null."""
        warnings: list[str] = []
        return self._run(Run(context, budget, warnings)), warnings

    def _run(self, run: Run) -> Any:
        try:
            value = self._code(Scope({}, None, run))
            if value.__class__ is list or value.__class__ is dict:
                weigh(run, value)
        except (RecursionError, MemoryError):
            raise ExpressionTooCostly from None
        return value


def compile(text: str, names: Collection[str] = ()) -> Expression:
    """The expression of a text; a leading `=` is dropped.  Raises ExpressionInvalid with its place.

    `names` are known names that hold spaces or signs (`"forfald dato"`, `"x-1"`).
    """
    return _cached(text, frozenset(names))


def compile_unary(text: str, names: Collection[str] = ()) -> Expression:
    """The tests of a table cell (`< 5`, `"a","b"`, `not(3)`, `-`), true or false of `?` in the context."""
    return _cached_unary(text, frozenset(names))


def build(text: str, names: Collection[str], types: Mapping[str, Type] | None) -> Expression:
    """As `compile`, with types of a model's own."""
    tree = parse(_bare(text), names)
    return _build(text, types, lambda c: c.code(tree, Static(set())))


def build_unary(text: str, names: Collection[str], types: Mapping[str, Type] | None) -> Expression:
    """As `compile_unary`, with types of a model's own."""
    tree = parse_tests(text, names)
    return _build(text, types, lambda c: _unary(c, tree))


def weigh(run: Run, value: Any) -> None:
    """Pay for each element of a result: a small program must not make a huge answer."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if one.__class__ is list:
            run.spend(1 + len(one))
            waiting += one
        elif one.__class__ is dict:
            run.spend(1 + len(one))
            waiting += one.values()


def _bare(text: str) -> str:
    stripped = text.lstrip()
    # A space instead of the sign keeps the columns of errors right.
    return text.replace("=", " ", 1) if stripped.startswith("=") else text


@lru_cache(maxsize=4096)
def _cached(text: str, names: frozenset[str]) -> Expression:
    return build(text, names, None)


@lru_cache(maxsize=4096)
def _cached_unary(text: str, names: frozenset[str]) -> Expression:
    return build_unary(text, names, None)


def _build(
    text: str, types: Mapping[str, Type] | None, work: Callable[[Compiler], Code]
) -> Expression:
    compiler = Compiler(types)
    try:
        code = work(compiler)
    except RecursionError:
        raise ExpressionInvalid("The expression nests too deep.") from None
    free, called = compiler.free - {"?"}, compiler.called
    return Expression(text, frozenset(free), frozenset(called), code)


def _unary(compiler: Compiler, tree: Tree[Token]) -> Code:
    static = Static(set())
    if tree.data == "any_value":
        return lambda e: True
    tests = [_cell_test(compiler, child, static) for child in tree.children]
    inverted = tree.data == "none_of"

    def decide(e: Scope) -> Any:
        value = e.run.vars.get("?", MISSING)
        value = None if value is MISSING else value
        if value.__class__ not in PLAIN:
            value = from_host(value)
        answer = any_test(e, value, tests)
        if inverted:
            return None if answer is None else not answer
        return answer

    return decide


def _cell_test(compiler: Compiler, tree: Any, static: Static) -> Callable[[Scope, Any], Any]:
    """A test; one that speaks of `?` is true or false by itself."""
    if tree.data == "test_op" or not _asks(tree):
        return compiler.test(tree, static)
    code = compiler.code(tree, static)
    return lambda e, value: code(e)


def _asks(tree: Tree[Token]) -> bool:
    return any(t.data == "name" and t.children[0] == "?" for t in tree.iter_subtrees())
