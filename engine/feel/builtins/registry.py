"""How a function of the standard is declared: name, parameters, and a Python function behind it.

    @builtin("substring", "string: string, start position: number, length: number?")
    def substring(run, text, start, length): ...

`?` marks what may be left out (then it is null), `~` what may be null when it is given,
`*` (last) takes all that follows, `a|b` either type.  A name may be declared more than once with other parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.feel.types import SIMPLE, Type
from engine.feel.values import Function, Run, Wrong, bind, kind

Work = Callable[..., Any]
_DURATIONS = {"days and time duration", "years and months duration"}
_SHORT = {
    "duration": _DURATIONS,
    "moment": {"date and time"},
    "day": {"date", "date and time"},
    "days": {"days and time duration"},
    "months": {"years and months duration"},
}


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    kinds: frozenset[str]
    optional: bool
    nullable: bool
    rest: bool

    def take(self, value: Any) -> Any:
        """The value as the function gets it; raises Wrong."""
        if value is None and self.nullable:
            return None
        if not self.kinds or kind(value) in self.kinds:
            return value
        if "list" in self.kinds and value is not None:
            return [value]
        if isinstance(value, list) and len(value) == 1 and kind(value[0]) in self.kinds:
            return value[0]
        raise Wrong(f"{kind(value)} is not what “{self.name}” takes.")


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to call a function."""

    parameters: tuple[_Parameter, ...]
    work: Work

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters)

    @property
    def needed(self) -> int:
        return sum(not p.optional for p in self.parameters)

    def fits(self, count: int, named: dict[str, Any] | None) -> bool:
        if named is not None:
            return (
                named.keys() <= set(self.names) and set(self.names[: self.needed]) <= named.keys()
            )
        rest = bool(self.parameters) and self.parameters[-1].rest
        return self.needed <= count and (rest or count <= len(self.parameters))

    def run(self, run: Run, values: list[Any], named: dict[str, Any] | None) -> Any:
        if self.parameters and self.parameters[-1].rest and named is None:
            at = len(self.parameters) - 1
            values = [*values[:at], values[at:]]
        given = bind(self.names, values, named, self.needed)
        absent = set(self.names[len(values) :]) if named is None else set(self.names) - named.keys()
        taken = [
            None if p.name in absent else p.take(v)
            for p, v in zip(self.parameters, given, strict=True)
        ]
        return self.work(run, *taken)


BUILTINS: dict[str, Function] = {}
_FORMS: dict[str, list[_Form]] = {}


def builtin(names: str, parameters: str = "") -> Callable[[Work], Work]:
    """Declare a function of the standard, under one or several names (`a / b`)."""

    def declare(work: Work) -> Work:
        form = _Form(tuple(_parameter(p) for p in parameters.split(",") if p.strip()), work)
        for name in names.split(" / "):
            forms = _FORMS.setdefault(name, [])
            forms.append(form)
            if name not in BUILTINS:
                BUILTINS[name] = Function(name, _caller(forms), form.names, (_types(form), None))
        return work

    return declare


def _caller(forms: list[_Form]) -> Callable[[Run, list[Any], dict[str, Any] | None], Any]:
    def call(run: Run, values: list[Any], named: dict[str, Any] | None) -> Any:
        fitting = [form for form in forms if form.fits(len(values), named)]
        if not fitting:
            raise Wrong(_misfit(forms, len(values), named))
        for form in fitting[:-1]:
            try:
                return form.run(run, values, named)
            except Wrong:
                continue
        return fitting[-1].run(run, values, named)

    return call


def _misfit(forms: list[_Form], count: int, named: dict[str, Any] | None) -> str:
    ways = " or ".join(f"({', '.join(form.names)})" for form in forms)
    given = f"the names {', '.join(named)}" if named is not None else f"{count} values"
    return f"it takes {ways}, not {given}."


def _parameter(text: str) -> _Parameter:
    name, _, kinds = (part.strip() for part in text.partition(":"))
    rest, name = name.startswith("*"), name.lstrip("*")
    optional, nullable = "?" in kinds, "~" in kinds
    known: set[str] = set()
    for one in kinds.rstrip("?~").split("|"):
        known |= _SHORT.get(one, {one} - {"any"})
    return _Parameter(
        name, frozenset(known if "any" not in kinds.split("|") else ()), optional, nullable, rest
    )


def _types(form: _Form) -> tuple[Type, ...]:
    singles = (next(iter(p.kinds)) if len(p.kinds) == 1 else "Any" for p in form.parameters)
    return tuple(Type(s if s in SIMPLE else "Any") for s in singles)
