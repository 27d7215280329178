"""Trees to closures: each node becomes a Python function of a `Scope`, once per expression.

What an expression reads from outside is collected on the way (`free`, `called`).  Loops and calls pay
for the size of what they repeat, so nothing runs past its budget; everything else is bounded by the
length of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from lark import Token, Tree

from engine.errors import ExpressionInvalid
from engine.feel import temporal, types
from engine.feel.arithmetic import calculate, negate
from engine.feel.builtins import BUILTINS, FROM_HOST
from engine.feel.closures import (
    Code,
    Static,
    any_test,
    compared,
    compared_to,
    constant,
    limit_test,
    logic,
    make_range,
    nothing,
    open_range,
    read,
    step,
)
from engine.feel.compare import ORDERS, member, order
from engine.feel.lexer import MAX_TEXT, unescape
from engine.feel.loops import call_function, define, filtered, quantify, repeat
from engine.feel.values import (
    NUMBERS,
    Run,
    Scope,
    Wrong,
    kind,
    number,
)

#: How deep an expression may nest; Python's own stack is the reason.
MAX_DEPTH = 200
_SIGNS = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "OVER": "/"}


class Compiler:
    """One expression on its way from tree to closure."""

    def __init__(self, named_types: Mapping[str, types.Type] | None = None) -> None:
        self.types = named_types
        self.free: set[str] = set()
        self.called: set[str] = set()
        #: Line and column where each of them first stands.
        self.places: dict[str, tuple[int, int]] = {}
        self.depth = 0

    def code(self, tree: Any, static: Static) -> Code:
        """The closure of a node."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionInvalid(f"The expression nests deeper than {MAX_DEPTH}.")
        made: Code = getattr(self, "_" + tree.data.rstrip("_"))(tree.children, static)
        self.depth -= 1
        return made

    # ---- literals and names ------------------------------------------------------------------
    def _number(self, children: list[Any], static: Static) -> Code:
        return constant(_number(children[0]))

    def _string(self, children: list[Any], static: Static) -> Code:
        return constant(unescape(children[0]))

    def _at(self, children: list[Any], static: Static) -> Code:
        try:
            return constant(temporal.parse(unescape(children[0])))
        except Wrong as exc:
            return nothing(str(exc))

    def _null(self, children: list[Any], static: Static) -> Code:
        return constant(None)

    def _true(self, children: list[Any], static: Static) -> Code:
        return constant(True)

    def _false(self, children: list[Any], static: Static) -> Code:
        return constant(False)

    def _paren(self, children: list[Any], static: Static) -> Code:
        return self.code(children[0], static)

    def _name(self, children: list[Any], static: Static) -> Code:
        name = str(children[0])
        if not static.binds(name):
            self.free.add(name)
        return read(name, static, self._place(children[0]))

    def _place(self, token: Token) -> tuple[int, int]:
        place = token.line or 1, token.column or 1
        self.places.setdefault(str(token), place)
        return place

    # ---- logic -------------------------------------------------------------------------------
    def _disjunction(self, children: list[Any], static: Static) -> Code:
        return logic([self.code(c, static) for c in children], True, "or")

    def _conjunction(self, children: list[Any], static: Static) -> Code:
        return logic([self.code(c, static) for c in children], False, "and")

    def _compare(self, children: list[Any], static: Static) -> Code:
        left, right = self.code(children[0], static), self.code(children[2], static)
        fixed = _fixed(children[2], right)
        if fixed is not None:
            return compared_to(left, str(children[1]), fixed)
        return compared(left, str(children[1]), right)

    def _between(self, children: list[Any], static: Static) -> Code:
        value, low, high = (self.code(c, static) for c in children)

        def between(e: Scope) -> Any:
            at = value(e)
            above = order(e.run, ORDERS[">="], at, low(e))
            below = order(e.run, ORDERS["<="], at, high(e))
            if above is False or below is False:
                return False
            return None if above is None or below is None else True

        return between

    def _member(self, children: list[Any], static: Static) -> Code:
        value = self.code(children[0], static)
        tests = [self.test(c, static) for c in children[1:]]
        if len(tests) == 1:
            test = tests[0]
            return lambda e: test(e, value(e))
        return lambda e: any_test(e, value(e), tests)

    def test(self, tree: Any, static: Static) -> Callable[[Scope, Any], Any]:
        """A test of one value: `< 5`, `[1..3]`, `"a"`, a list."""
        if tree.data == "open_range" and tree.children[0].children[0] in ("=", "!="):
            tree = tree.children[0]
        if tree.data == "test_op":
            op, limit = str(tree.children[0]), self.code(tree.children[1], static)
            return limit_test(op, limit)
        target = self.code(tree, static)
        return lambda e, value: member(e.run, value, target(e))

    # ---- arithmetic --------------------------------------------------------------------------
    def _additive(self, children: list[Any], static: Static) -> Code:
        first = self.code(children[0], static)
        rest = [
            (_SIGNS[sign.type], self.code(c, static))
            for sign, c in zip(children[1::2], children[2::2], strict=True)
        ]

        def chain(e: Scope) -> Any:
            value = first(e)
            for op, code in rest:
                value = calculate(e.run, op, value, code(e))
            return value

        return chain

    _multiplicative = _additive

    def _power(self, children: list[Any], static: Static) -> Code:
        first, *rest = [self.code(c, static) for c in children]

        def chain(e: Scope) -> Any:
            value = first(e)
            for code in rest:
                value = calculate(e.run, "**", value, code(e))
            return value

        return chain

    def _negate(self, children: list[Any], static: Static) -> Code:
        value = self.code(children[1], static)
        if children[1].data == "number":
            return constant(_number(children[1].children[0], NUMBERS.minus))
        return lambda e: negate(e.run, value(e))

    # ---- ranges, lists, contexts -------------------------------------------------------------
    def _range_from(self, children: list[Any], static: Static) -> Code:
        return self._range(children, static, True)

    def _range_after(self, children: list[Any], static: Static) -> Code:
        return self._range(children, static, False)

    def _range(self, children: list[Any], static: Static, low_in: bool) -> Code:
        low, high = self.code(children[0], static), self.code(children[1], static)
        high_in = children[2].data == "upto"
        ends = _fixed(children[0], low), _fixed(children[1], high)
        if None not in ends:
            # Most ranges in conditions and tables are constant: made once.
            fixed = make_range(_nowhere(), *ends, low_in, high_in)
            if fixed is not None:
                return constant(fixed)

        def made(e: Scope) -> Any:
            return make_range(e, low(e), high(e), low_in, high_in)

        return made

    def _open_range(self, children: list[Any], static: Static) -> Code:
        op, limit = children[0].children[0], self.code(children[0].children[1], static)
        return lambda e: open_range(str(op), limit(e))

    def _list(self, children: list[Any], static: Static) -> Code:
        items = [self.code(c, static) for c in children]
        return lambda e: [item(e) for item in items]

    def _context(self, children: list[Any], static: Static) -> Code:
        inner = Static(set(), static)
        entries: list[tuple[str, Code]] = []
        for entry in children:
            key, tree = entry.children
            name = unescape(key) if key.type == "STRING" else str(key)
            if name in inner.names:
                return nothing(f"the context has two entries “{name}”.")
            if tree.data == "function":
                inner.names.add(name)  # a function may call itself
            entries.append((name, self.code(tree, inner)))
            inner.names.add(name)

        def made(e: Scope) -> dict[str, Any]:
            values: dict[str, Any] = {}
            scope = Scope(values, e, e.run)
            for name, code in entries:
                values[name] = code(scope)
            return values

        return made

    # ---- path, filter, call, instance of -----------------------------------------------------
    def _path(self, children: list[Any], static: Static) -> Code:
        value, name = self.code(children[0], static), str(children[1])

        def path(e: Scope) -> Any:
            at = value(e)
            if at.__class__ is dict and name in at:
                return at[name]
            return step(e, at, name)

        return path

    def _filter(self, children: list[Any], static: Static) -> Code:
        value = self.code(children[0], static)
        inner = Static({"item"}, static, open=True)
        return filtered(value, self.code(children[1], inner), size(children[1]))

    def _call(self, children: list[Any], static: Static) -> Code:
        callee, given = children
        if callee.data == "name":
            name = str(callee.children[0])
            if not static.binds(name) and (name not in BUILTINS or name in FROM_HOST):
                self.called.add(name)
            function = read(name, static, self._place(callee.children[0]), called=True)
        else:
            name, function = "", self.code(callee, static)
        if given.data == "named_arguments":
            named = {_key(n): self.code(n.children[1], static) for n in given.children}
            if len(named) < len(given.children):
                return nothing("a parameter is given twice.")
            return lambda e: call_function(
                e.run, name, function(e), [], {k: code(e) for k, code in named.items()}
            )
        values = [self.code(c, static) for c in given.children]
        return lambda e: call_function(e.run, name, function(e), [code(e) for code in values], None)

    def _instance(self, children: list[Any], static: Static) -> Code:
        value, wanted = self.code(children[0], static), types.from_tree(children[1], self.types)
        return lambda e: types.has(value(e), wanted, e.run)

    # ---- if, for, some, every, function ------------------------------------------------------
    def _if(self, children: list[Any], static: Static) -> Code:
        condition, then, other = (self.code(c, static) for c in children)

        def choose(e: Scope) -> Any:
            answer = condition(e)
            if answer is True:
                return then(e)
            if answer is not False and answer is not None:
                e.run.warn("if: {} is neither true nor false.", kind(answer))
            return other(e)

        return choose

    def _for(self, children: list[Any], static: Static) -> Code:
        *iterators, body = children
        inner = Static({"partial"}, static)
        sources = []
        for iterator in iterators:
            name, *ends = iterator.children
            sources.append((str(name), [self.code(end, inner) for end in ends]))
            inner = Static({str(name)}, inner)
        made = self.code(body, inner)
        looks_back = any(mentions(c, "partial") for c in children)
        return repeat(sources, made, size(body), looks_back=looks_back)

    def _some(self, children: list[Any], static: Static) -> Code:
        return self._quantified(children, static, True)

    def _every(self, children: list[Any], static: Static) -> Code:
        return self._quantified(children, static, False)

    def _quantified(self, children: list[Any], static: Static, decides: bool) -> Code:
        *bindings, body = children
        sources = []
        inner = static
        for binding in bindings:
            name, *ends = binding.children
            sources.append((str(name), [self.code(end, inner) for end in ends]))
            inner = Static({str(name)}, inner)
        return quantify(sources, self.code(body, inner), size(body), decides)

    def _function(self, children: list[Any], static: Static) -> Code:
        parameters, body = children
        names = [str(p.children[0]) for p in parameters.children]
        if len(set(names)) < len(names):
            return nothing("the function has two parameters of one name.")
        wanted = tuple(
            types.from_tree(p.children[1], self.types) if len(p.children) > 1 else types.ANY
            for p in parameters.children
        )
        return define(tuple(names), wanted, self.code(body, Static(set(names), static)), size(body))

    def _external(self, children: list[Any], static: Static) -> Code:
        return nothing("functions in other languages are not run.")


def _number(text: str, change: Callable[[Decimal], Decimal] = NUMBERS.plus) -> Decimal | None:
    return number(change(NUMBERS.create_decimal(text)))


# ---- constants -------------------------------------------------------------------------------
_LITERALS = frozenset(("number", "string", "at", "true", "false"))


def _nowhere() -> Scope:
    """Where constants are made: no name is known there."""
    return Scope({}, None, Run({}, MAX_TEXT))


def _fixed(tree: Any, code: Code) -> Any:
    """The value of a literal; None for everything else, and for a literal that is not readable."""
    if tree.data in _LITERALS or (tree.data == "negate" and tree.children[1].data == "number"):
        return code(_nowhere())
    return None


# ---- looking at trees ----------------------------------------------------------------------
def _key(named: Any) -> str:
    key = named.children[0]
    return unescape(key) if key.type == "STRING" else str(key)


def mentions(tree: Tree[Token], name: str) -> bool:
    """Whether an expression reads a name somewhere."""
    return any(t.data == "name" and t.children[0] == name for t in tree.iter_subtrees())


def size(tree: Tree[Token]) -> int:
    """How much one turn of a loop costs: the nodes of its body."""
    return 1 + sum(1 for _ in tree.iter_subtrees())
