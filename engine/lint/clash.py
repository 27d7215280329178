"""Do the kinds of values in an expression fit?  Told only where the forms and the text itself leave no doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from engine.errors import ExpressionInvalid
from engine.imports.notes import Word
from engine.lint.trees import tree
from engine.lint.values import Kind

#: In these a name may mean something else than the field of that name.
_OWN_NAMES = frozenset(("filter", "for_", "some", "every", "function", "external", "context"))
_CALLED = {
    "boolean": Word("ja eller nej"), "number": Word("et tal"), "string": Word("en tekst"), "list": Word("en liste"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clash:
    """A sentence with its facts."""

    message: str
    facts: Mapping[str, str]


def clashes(text: str, known: Mapping[str, Kind], *, decides: bool) -> Iterator[Clash]:
    """Comparisons that can never hold, sums of what has no sum; `decides`: the whole must be true or false."""
    try:
        whole_tree = tree(text)
    except ExpressionInvalid:
        return  # said by its own rule
    yield from _inside(whole_tree, known)
    whole = _kind(whole_tree, known)
    if decides and whole is not None and whole.name in ("number", "string", "list"):
        yield Clash(
            "Udtrykket ({hvad}) på “{navn}” er {slags}, men skal være sandt eller falsk.",
            {"slags": _CALLED[whole.name]},
        )


def _inside(whole: Tree[Token], known: Mapping[str, Kind]) -> Iterator[Clash]:
    waiting: list[Any] = [whole]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Tree) or part.data in _OWN_NAMES:
            continue
        waiting += reversed(part.children)
        if part.data == "compare":
            yield from _compared(part, known)
        elif part.data in ("additive", "multiplicative"):
            yield from _summed(part, known)


def _compared(part: Tree[Token], known: Mapping[str, Kind]) -> Iterator[Clash]:
    left, sign, right = part.children
    one, other = _kind(left, known), _kind(right, known)
    if one is None or other is None:
        return
    shown = {"venstre": _shown(left), "hoejre": _shown(right)}
    if one.name != other.name:
        yield Clash(
            "“{navn}” sammenligner “{venstre}”, som er {a}, med “{hoejre}”, som er {b} ({hvad}). Det passer aldrig.",
            {**shown, "a": _CALLED[one.name], "b": _CALLED[other.name]},
        )
    elif (
        str(sign) == "=" and one.values and other.values and not set(one.values) & set(other.values)
    ):
        yield Clash(
            "“{navn}” spørger, om “{venstre}” er “{hoejre}” ({hvad}), men det svar kan ikke vælges.",
            shown,
        )
    elif str(sign) not in ("=", "!=") and one.name in ("boolean", "list"):
        yield Clash(
            "“{navn}” spørger, om “{venstre}” er større eller mindre end “{hoejre}” ({hvad}), men de er {a}.",
            {**shown, "a": _CALLED[one.name]},
        )


def _summed(part: Tree[Token], known: Mapping[str, Kind]) -> Iterator[Clash]:
    terms = [(child, kind) for child in part.children if (kind := _kind(child, known)) is not None]
    names = {kind.name for _, kind in terms}
    plus = {str(c) for c in part.children if isinstance(c, Token)} == {"+"}
    if names & {"boolean", "list"} or len(names) > 1 or (names == {"string"} and not plus):
        odd = next(child for child, kind in terms if kind.name != "number")
        yield Clash(
            "“{navn}” regner med “{venstre}” ({hvad}), som er {a}.",
            {"venstre": _shown(odd), "a": _CALLED[_kind(odd, known).name]},  # type: ignore[union-attr]
        )


def _kind(part: Any, known: Mapping[str, Kind]) -> Kind | None:
    """The kind of a part, where there is no doubt."""
    if not isinstance(part, Tree):
        return None
    if part.data == "paren":
        return _kind(part.children[0], known)
    if part.data == "number":
        return Kind("number", (float(str(part.children[0])),))
    if part.data == "string":
        return Kind("string", (str(part.children[0]),))
    if part.data in ("true", "false"):
        return Kind("boolean", (part.data == "true",))
    if part.data == "name":
        return known.get(str(part.children[0]))
    return None


def _shown(part: Any) -> str:
    if isinstance(part, Tree) and part.data in ("true", "false"):
        return str(part.data)
    return str(part.children[0]) if isinstance(part, Tree) and part.children else "?"
