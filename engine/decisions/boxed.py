"""Boxed expressions (DMN 10.2) as FEEL closures: literal, context, list, relation, invocation, function,
conditional, filter, iterator and decision table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.decisions.items import Types
from engine.decisions.read import Element, Model, child, children, local, text, where
from engine.errors import StafetError
from engine.feel.closures import Code, Static
from engine.feel.expression import Test, cell, cells, code
from engine.feel.loops import call_function, define, filtered, quantify, repeat
from engine.feel.types import Type, coerce
from engine.feel.values import Run, Scope, Wrong

EXPRESSIONS = (
    "literalExpression", "decisionTable", "context", "list", "relation", "invocation",
    "functionDefinition", "conditional", "filter", "for", "some", "every",
)  # fmt: skip
#: What one turn of a boxed loop costs at least.
_TURN = 5
_MOST_NESTING = 60
#: Errors beyond these say nothing new.
_MOST_ERRORS = 50


class Box:
    """One model's boxed expressions on their way to closures; `problems` collects what cannot be read."""

    def __init__(self, model: Model, types: Types, names: frozenset[str]) -> None:
        self.model, self.types, self.names = model, types, names
        self.problems: list[tuple[str, str, StafetError | None]] = []
        #: Names that the logic reads from outside.
        self.free: set[str] = set()
        self.depth = 0

    def logic(self, parent: Element | None, static: Static) -> Code:
        """The boxed expression below an element; null where there is none."""
        inner = child(parent, *EXPRESSIONS) if parent is not None else None
        return self.code(inner, static) if inner is not None else lambda e: None

    def code(self, element: Element, static: Static) -> Code:
        """The closure of a boxed expression."""
        self.depth += 1
        try:
            if self.depth > _MOST_NESTING:
                return self.broken(element, "boxed expressions nest too deep.")
            made = _MADE[local(element)](self, element, static)
        finally:
            self.depth -= 1
        return self.typed(made, element.get("typeRef"), element)

    def function(self, element: Element, static: Static) -> Code:
        """The function that encapsulated logic describes."""
        return _function(self, element, static)

    def typed(self, made: Code, ref: str | None, element: Element) -> Code:
        """The value as the type says, or null and an error."""
        wanted = self.types.of(ref)
        if wanted.name == "Any":
            return made
        name = where(element)

        def check(e: Scope) -> Any:
            return fit(e, made(e), wanted, name)

        return check

    def text(self, element: Element | None, static: Static) -> Code:
        """The FEEL text of an element; a text that cannot be read is a problem, and null when it is run."""
        said = text(element)
        if element is None or not said.strip():
            return lambda e: None
        return self._compiled(
            element, lambda: code(said, self.names, static, self.types, self.free)
        )

    def cell(self, element: Element, static: Static) -> Test:
        """The unary tests of an element."""
        said = text(element)
        if not said.strip():
            return lambda e, value: True
        try:
            return cell(said, self.names, static, self.types, self.free)
        except StafetError as exc:
            broken = self.broken(element, exc.sentence, exc)
            return lambda e, value: broken(e)

    def cells(self, element: Element, static: Static) -> list[Test]:
        """Each of the unary tests of an element by itself, in their order."""
        try:
            return cells(text(element), self.names, static, self.types)
        except StafetError:
            return []

    def _compiled(self, element: Element, work: Callable[[], Code]) -> Code:
        try:
            return work()
        except StafetError as exc:
            return self.broken(element, exc.sentence, exc)

    def broken(self, element: Element, why: str, refused: StafetError | None = None) -> Code:
        """Something that cannot be read: null, and an error each time it is run."""
        name = where(element)
        self.problems.append((name, why, refused))

        def null(e: Scope) -> Any:
            return error(e, f"{name}: {why}")

        return null


def fit(e: Scope, value: Any, wanted: Type, name: str) -> Any:
    """The value as that type; null with an error where it is none."""
    try:
        return coerce(value, wanted, e.run)
    except Wrong as exc:
        return error(e, f"{name}: {exc}")


def error(e: Scope, sentence: str) -> Any:
    """Remember an error of a decision; gives null, so that it can stand after `return`."""
    return tell(e.run, sentence)


def tell(run: Run, sentence: str) -> Any:
    """As `error`, for who has no scope."""
    errors = run.purse.errors
    if len(errors) < _MOST_ERRORS and sentence not in errors:
        errors.append(sentence)
    return None


# ---- one function for each kind of box -----------------------------------------------------
def _literal(box: Box, element: Element, static: Static) -> Code:
    language = (element.get("expressionLanguage") or "").lower()
    if language not in ("", "feel") and "feel" not in language and "dmn" not in language:
        return box.broken(element, "only FEEL is evaluated.")
    return box.text(element, static)


def _context(box: Box, element: Element, static: Static) -> Code:
    inner = Static(set(), static)
    entries: list[tuple[str, Code]] = []
    result: Code | None = None
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        logic = child(entry, *EXPRESSIONS)
        if variable is None:
            result = box.logic(entry, inner)
            continue
        name = variable.get("name") or ""
        if logic is not None and local(logic) == "functionDefinition":
            inner.names.add(name)
        made = box.typed(box.logic(entry, inner), variable.get("typeRef"), variable)
        entries.append((name, made))
        inner.names.add(name)

    def make(e: Scope) -> Any:
        values: dict[str, Any] = {}
        scope = Scope(values, e, e.run)
        for name, entry_code in entries:
            e.run.spend(1)
            values[name] = entry_code(scope)
        return result(scope) if result is not None else values

    return make


def _list(box: Box, element: Element, static: Static) -> Code:
    items = [box.code(item, static) for item in children(element, *EXPRESSIONS)]

    def make(e: Scope) -> Any:
        e.run.spend(len(items))
        return [item(e) for item in items]

    return make


def _relation(box: Box, element: Element, static: Static) -> Code:
    columns = [(c.get("name") or "", c.get("typeRef"), c) for c in children(element, "column")]
    rows = [
        [
            (name, box.typed(box.code(value, static), ref, column))
            for (name, ref, column), value in zip(
                columns, children(row, *EXPRESSIONS), strict=False
            )
        ]
        for row in children(element, "row")
    ]

    def make(e: Scope) -> Any:
        e.run.spend(len(rows) * max(len(columns), 1))
        return [{name: value(e) for name, value in row} for row in rows]

    return make


def _invocation(box: Box, element: Element, static: Static) -> Code:
    called = child(element, *EXPRESSIONS)
    function = box.logic(element, static)
    name = text(called).strip()
    bindings: dict[str, Code] = {}
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        if parameter is not None:
            bindings[parameter.get("name") or ""] = box.logic(binding, static)

    def call(e: Scope) -> Any:
        given = {parameter: value(e) for parameter, value in bindings.items()}
        return call_function(e.run, name, function(e), [], given)

    return call


def _function(box: Box, element: Element, static: Static) -> Code:
    if element.get("kind", "FEEL") != "FEEL":
        return box.broken(element, "functions in other languages are not run.")
    parameters = children(element, "formalParameter")
    names = tuple(p.get("name") or "" for p in parameters)
    wanted = tuple(box.types.of(p.get("typeRef")) for p in parameters)
    body = box.logic(element, Static(set(names), static))
    return define(names, wanted, body, _TURN)


def _conditional(box: Box, element: Element, static: Static) -> Code:
    condition = box.logic(child(element, "if"), static)
    then = box.logic(child(element, "then"), static)
    other = box.logic(child(element, "else"), static)
    name = where(element)

    def choose(e: Scope) -> Any:
        answer = condition(e)
        if answer is not None and not isinstance(answer, bool):
            return error(e, f"{name}: the condition is neither true nor false.")
        return then(e) if answer is True else other(e)

    return choose


def _filter(box: Box, element: Element, static: Static) -> Code:
    source = box.logic(child(element, "in"), static)
    inner = Static({"item"}, static, open=True)
    match = box.logic(child(element, "match"), inner)
    name = where(element)

    def test(e: Scope) -> bool:
        answer = match(e)
        if not isinstance(answer, bool):
            raise Wrong(f"{name}: the condition is neither true nor false.")
        return answer

    choose = filtered(source, test, _TURN)

    def boxed(e: Scope) -> Any:
        try:
            return choose(e)
        except Wrong as exc:
            return error(e, str(exc))

    return boxed


def _iterator(box: Box, element: Element, static: Static) -> Code:
    name = element.get("iteratorVariable") or "item"
    source = [(name, [box.logic(child(element, "in"), static)])]
    if local(element) == "for":
        inner = Static({name, "partial"}, static)
        return repeat(source, box.logic(child(element, "return"), inner), _TURN)
    test = box.logic(child(element, "satisfies"), Static({name}, static))
    return quantify(source, test, _TURN, decides=local(element) == "some")


_MADE: dict[str, Callable[[Box, Element, Static], Code]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}


def register(name: str, work: Callable[[Box, Element, Static], Code]) -> None:
    """A kind of box that has a module of its own."""
    _MADE[name] = work
