"""FEEL's types: whether a value has one, and the conversions that the standard does by itself (10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from lark import Token, Tree

from engine.errors import ExpressionInvalid
from engine.feel.hints import nearest, tail
from engine.feel.values import Function, Range, Run, Wrong, kind, shortened

SIMPLE = {
    "number", "string", "boolean", "date", "time", "date and time",
    "days and time duration", "years and months duration",
}  # fmt: skip
#: Names that older models and XML Schema use.
_ALIASES = {
    "dateTime": "date and time", "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration", "any": "Any", "duration": "days and time duration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Type:
    """A type: `name` is Any, Null, one of the simple types, list, context, range or function."""

    name: str
    of: Type | None = None
    fields: Mapping[str, Type] = field(default_factory=dict)
    parameters: tuple[Type, ...] | None = None
    result: Type | None = None
    #: What the values may be besides (an item definition's allowed values).
    allowed: Callable[[Run, Any], bool] | None = field(default=None, compare=False)


ANY = Type("Any")


def named(name: str, types: Mapping[str, Type] | None = None) -> Type | None:
    """The type of that name: the standard's, or one of `types`."""
    name = _ALIASES.get(name, name)
    if types and name in types:
        return types[name]
    if name in SIMPLE or name in ("Any", "Null", "list", "context", "range", "function"):
        return Type(name)
    return None


def from_tree(tree: Tree[Token], types: Mapping[str, Type] | None = None) -> Type:
    """The type that is written in an expression; raises ExpressionInvalid for unknown names."""
    return _READ[tree.data](tree, types)


def _named(tree: Tree[Token], types: Mapping[str, Type] | None) -> Type:
    name = ".".join(str(part) for part in tree.children)
    found = named(name, types)
    if found is None:
        hint = nearest(
            name, [*SIMPLE, "Any", "list", "context", "range", "function", *(types or ())]
        )
        raise _refused(tree, f"there is no type “{shortened(name)}”{tail(hint)}", nearest=hint)
    return found


def _refused(tree: Tree[Token], what: str, **facts: Any) -> ExpressionInvalid:
    first = next(c for c in tree.children if isinstance(c, Token))
    line, column = first.line or 1, first.column or 1
    return ExpressionInvalid(
        f"Line {line}, column {column}: {what}", line=line, column=column, **facts
    )


def _of(tree: Tree[Token], types: Mapping[str, Type] | None) -> Type:
    name, inner = str(tree.children[0]), tree.children[2]
    if name not in ("list", "range") or not isinstance(inner, Tree):
        raise _refused(tree, f"“{shortened(name)}” takes no type in angle brackets.")
    return Type(name, of=from_tree(inner, types))


def _context(tree: Tree[Token], types: Mapping[str, Type] | None) -> Type:
    if tree.children[0] != "context":
        raise _refused(tree, f"“{shortened(str(tree.children[0]))}” has no members.")
    members = [c for c in tree.children if isinstance(c, Tree)]
    return Type(
        "context",
        fields={str(m.children[0]): from_tree(m.children[1], types) for m in members},  # type: ignore[arg-type]
    )


def _function(tree: Tree[Token], types: Mapping[str, Type] | None) -> Type:
    *given, result = [from_tree(c, types) for c in tree.children if isinstance(c, Tree)]
    return Type("function", parameters=tuple(given), result=result)


_READ: dict[str, Callable[[Tree[Token], Mapping[str, Type] | None], Type]] = {
    "type_named": _named,
    "type_of": _of,
    "type_context": _context,
    "type_function": _function,
    "type_any_function": lambda tree, types: Type("function"),
}


def has(value: Any, wanted: Type, run: Run) -> bool:
    """`value instance of wanted`; null is an instance of Null alone."""
    if value is None:
        return wanted.name == "Null"
    return conforms(value, wanted, run, limits=False)


def conforms(value: Any, wanted: Type, run: Run, *, limits: bool = True) -> bool:
    """Whether a value may stand where the type is wanted; null may stand anywhere.

    Without `limits` allowed values do not count, as `instance of` has it.  What is looked through is paid for.
    """
    if value is None:
        return True
    if wanted.name != "Any" and kind(value) != wanted.name:
        return False
    inner = _INSIDE.get(wanted.name)
    if inner is not None and not inner(value, wanted, run, limits):
        return False
    return not limits or wanted.allowed is None or wanted.allowed(run, value)


def _list_conforms(value: list[Any], wanted: Type, run: Run, limits: bool) -> bool:
    of = wanted.of
    if of is None or of == ANY:
        return True
    run.spend(len(value))
    return all(conforms(item, of, run, limits=limits) for item in value)


def _context_conforms(value: dict[str, Any], wanted: Type, run: Run, limits: bool) -> bool:
    run.spend(len(wanted.fields))
    return all(
        k in value and conforms(value[k], t, run, limits=limits) for k, t in wanted.fields.items()
    )


def _range_conforms(value: Range, wanted: Type, run: Run, limits: bool) -> bool:
    of = wanted.of
    return of is None or (conforms(value.low, of, run) and conforms(value.high, of, run))


def _function_conforms(value: Function, wanted: Type, run: Run, limits: bool) -> bool:
    if wanted.parameters is None or value.parameters is None:
        return True
    if len(wanted.parameters) != len(value.parameters):
        return False
    if value.types is None or wanted.result is None:
        return True
    given, result = value.types
    pairs = zip(wanted.parameters, given, strict=False)
    return all(fits(w, g) for w, g in pairs) and (result is None or fits(result, wanted.result))


_INSIDE: dict[str, Callable[[Any, Type, Run, bool], bool]] = {
    "list": _list_conforms,
    "context": _context_conforms,
    "range": _range_conforms,
    "function": _function_conforms,
}


def fits(given: Type, wanted: Type) -> bool:
    """Whether every value of one type has the other."""
    if wanted.name == "Any" or given.name == "Null":
        return True
    if given.name != wanted.name:
        return False
    if wanted.of is not None:
        return given.of is not None and fits(given.of, wanted.of)
    return all(k in given.fields and fits(given.fields[k], t) for k, t in wanted.fields.items())


def coerce(value: Any, wanted: Type, run: Run) -> Any:
    """The value as that type, converted where the standard does so by itself; raises Wrong."""
    if conforms(value, wanted, run):
        return value
    for changed in _changes(value, wanted, run):
        if conforms(changed, wanted, run):
            return changed
    raise Wrong(f"{kind(value)} is no {shortened(told(wanted))}.")


def _changes(value: Any, wanted: Type, run: Run) -> list[Any]:
    """What a value turns into by itself: one of a list, a list of one, a date's midnight."""
    if wanted.name == "list" and not isinstance(value, list):
        return [[value]]
    if wanted.name != "list" and isinstance(value, list) and len(value) == 1:
        return [value[0]]
    if wanted.name == "date and time" and kind(value) == "date":
        return [datetime.combine(value, time())]
    if wanted.name == "date" and isinstance(value, datetime):
        return [value.date()]
    if wanted.name == "list" and isinstance(value, list) and wanted.of is not None:
        try:
            return [[coerce(item, wanted.of, run) for item in value]]
        except Wrong:
            return []
    return []


def told(wanted: Type) -> str:
    """A type as it is written."""
    if wanted.of is not None:
        return f"{wanted.name}<{told(wanted.of)}>"
    if wanted.fields:
        return f"context<{', '.join(f'{k}: {told(t)}' for k, t in wanted.fields.items())}>"
    return wanted.name


__all__ = [
    "ANY",
    "SIMPLE",
    "Type",
    "coerce",
    "conforms",
    "date",
    "from_tree",
    "has",
    "named",
    "told",
]
