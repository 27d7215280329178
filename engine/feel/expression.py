"""`compile` and `compile_unary`: text to an `Expression` that can be evaluated again and again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from lark import Token, Tree

from engine.errors import ExpressionInvalid, ExpressionTooCostly
from engine.feel.closures import Code, Static, any_test
from engine.feel.compiler import Compiler, mentions, size
from engine.feel.grammar import parse, parse_tests
from engine.feel.types import Type
from engine.feel.values import BUDGET, MOST_DEPTH, PLAIN, Run, Scope, from_host

Test = Callable[[Scope, Any], Any]
_NOTHING: dict[str, Any] = {}
#: Expressions up to this size are paid for by what calls them.
_SMALL = 8


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A compiled expression.

    `names` are the variables that it reads from outside (a name inside a filter counts, since it may be
    an outer one); `functions` are those that it calls and only a host has; `places` says on which line and
    in which column each of them first stands.
    """

    text: str
    names: frozenset[str]
    functions: frozenset[str]
    places: Mapping[str, tuple[int, int]]
    _code: Code

    def evaluate(self, context: Mapping[str, Any], budget: int = BUDGET) -> Any:
        """The value; null where something is missing or does not fit. Raises ExpressionTooCostly."""
        run = Run(context, budget)
        try:
            value = self._code(Scope(_NOTHING, None, run))
            if value.__class__ is list or value.__class__ is dict:
                weigh(run, value)
        except (RecursionError, MemoryError):
            raise ExpressionTooCostly from None
        return value

    def evaluate_with_warnings(
        self, context: Mapping[str, Any], budget: int = BUDGET
    ) -> tuple[Any, list[str]]:
        """The value, and why something is null."""
        run = Run(context, budget)
        warnings: list[str] = []
        run.warnings = warnings
        try:
            value = self._code(Scope(_NOTHING, None, run))
            weigh(run, value)
        except (RecursionError, MemoryError):
            raise ExpressionTooCostly from None
        return value, warnings


def compile(text: str, names: Collection[str] = ()) -> Expression:
    """The expression of a text; a leading `=` is dropped.  Raises ExpressionInvalid with its place.

    `names` are known names that hold spaces or signs (`"forfald dato"`, `"x-1"`).
    """
    return _cached(text, frozenset(names))


def compile_unary(text: str, names: Collection[str] = ()) -> Expression:
    """The tests of a table cell (`< 5`, `"a","b"`, `not(3)`, `-`), true or false of `?` in the context."""
    return _cached_unary(text, frozenset(names))


def code(
    text: str, names: Collection[str], static: Static, types: Mapping[str, Type], free: set[str]
) -> Code:
    """The closure of an expression inside a model: `static` says which names are bound, `free` gets others.

    A model may call it again and again, so what is not small pays for its size each time.
    """
    compiler = Compiler(types)
    tree = parse(_bare(text), names)
    made = _guarded(lambda: compiler.code(tree, static))
    free |= compiler.free
    cost = size(tree)
    if cost <= _SMALL:
        return made

    def paid(e: Scope) -> Any:
        e.run.spend(cost)
        return made(e)

    return paid


def cell(
    text: str, names: Collection[str], static: Static, types: Mapping[str, Type], free: set[str]
) -> Test:
    """The closure of a table cell: a test of one value."""
    compiler = Compiler(types)
    tree = parse_tests(text, names)
    made = _guarded(lambda: _tests(compiler, tree, static))
    free |= compiler.free - {"?"}
    cost = size(tree)
    if cost <= _SMALL:
        return made

    def paid(e: Scope, value: Any) -> Any:
        e.run.spend(cost)
        return made(e, value)

    return paid


def cells(
    text: str, names: Collection[str], static: Static, types: Mapping[str, Type]
) -> list[Test]:
    """As `cell`, each test by itself: the order of a table's output values; none for `-` and `not(…)`."""
    compiler = Compiler(types)
    tree = parse_tests(text, names)
    if tree.data != "any_of":
        return []
    return _guarded(lambda: [_cell_test(compiler, c, Static({"?"}, static)) for c in tree.children])


def weigh(run: Run, value: Any) -> None:
    """Pay for each element of a result: a small program must not make a huge answer, nor a deep one."""
    level = [value]
    for _ in range(MOST_DEPTH):
        inner: list[Any] = []
        for one in level:
            if one.__class__ is list:
                run.spend(1 + len(one))
                inner += one
            elif one.__class__ is dict:
                run.spend(1 + len(one))
                inner += one.values()
        if not inner:
            return
        level = inner
    raise ExpressionTooCostly(f"The value nests deeper than {MOST_DEPTH}.")


def _bare(text: str) -> str:
    stripped = text.lstrip()
    # A space instead of the sign keeps the columns of errors right.
    return text.replace("=", " ", 1) if stripped.startswith("=") else text


@lru_cache(maxsize=4096)
def _cached(text: str, names: frozenset[str]) -> Expression:
    compiler = Compiler()
    tree = parse(_bare(text), names)
    made = _guarded(lambda: compiler.code(tree, Static(set())))
    return Expression(
        text, frozenset(compiler.free), frozenset(compiler.called), compiler.places, made
    )


@lru_cache(maxsize=4096)
def _cached_unary(text: str, names: frozenset[str]) -> Expression:
    compiler = Compiler()
    tree = parse_tests(text, names)
    test = _guarded(lambda: _tests(compiler, tree, Static(set())))

    def decide(e: Scope) -> Any:
        value = e.run.vars.get("?")
        return test(e, value if value.__class__ in PLAIN else from_host(value))

    free = frozenset(compiler.free - {"?"})
    return Expression(text, free, frozenset(compiler.called), compiler.places, decide)


Made = TypeVar("Made")


def _guarded(work: Callable[[], Made]) -> Made:
    try:
        return work()
    except RecursionError:
        raise ExpressionInvalid("The expression nests too deep.") from None


def _tests(compiler: Compiler, tree: Tree[Token], static: Static) -> Test:
    if tree.data == "any_value":
        return lambda e, value: True
    tests = [_cell_test(compiler, child, Static({"?"}, static)) for child in tree.children]
    if tree.data == "none_of":
        return lambda e, value: _opposite(any_test(e, value, tests))
    return lambda e, value: any_test(e, value, tests)


def _opposite(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _cell_test(compiler: Compiler, tree: Any, static: Static) -> Test:
    """A test; one that speaks of `?` is true or false by itself."""
    if tree.data == "test_op" or not mentions(tree, "?"):
        test = compiler.test(tree, static)
        return lambda e, value: test(Scope({"?": value}, e, e.run), value)
    code = compiler.code(tree, static)
    return lambda e, value: code(Scope({"?": value}, e, e.run))
