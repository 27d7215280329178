"""Item definitions as FEEL's types: base types, components, collections, functions, allowed values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.decisions.read import Element, Model, child, children, text
from engine.errors import StafetError
from engine.feel import types
from engine.feel.closures import Static
from engine.feel.expression import cell
from engine.feel.types import Type
from engine.feel.values import Run, Scope

#: Whether a value is among the allowed ones.
Limit = Callable[[Run, Any], bool]


class Types(Mapping[str, Type]):
    """The types of a model by name, made when they are asked for; `all_types` by namespace."""

    def __init__(self, model: Model, all_types: Mapping[str, Types]) -> None:
        self._model, self._all = model, all_types
        self._imports = {name: namespace for namespace, name in model.imports.items()}
        self._items = {e.get("name"): e for e in model.items if e.get("name")}
        self._made: dict[str, Type] = {}

    def __getitem__(self, name: str) -> Type:
        if name in self._made:
            return self._made[name]
        if name in self._items:
            # A type that holds itself: what is inside is not looked at further.
            self._made[name] = types.ANY
            self._made[name] = self._item(self._items[name])
            return self._made[name]
        prefix, _, rest = name.rpartition(".")
        if self._imports.get(prefix) in self._all:
            return self._all[self._imports[prefix]][rest]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and bool(self[name])
        except KeyError:
            return False

    def of(self, ref: str | None) -> Type:
        """The type that a `typeRef` names; Any where nobody knows it."""
        if not ref:
            return types.ANY
        ref = ref.strip()
        found = types.named(ref, self)
        if found is None and ":" in ref:
            # Older models qualify: `feel:string`, `tns:tPerson`.
            found = types.named(ref.partition(":")[2], self)
        return found or types.ANY

    def _item(self, item: Element) -> Type:
        made = self._base(item)
        limits = child(item, "allowedValues")
        allowed = self._allowed(text(limits)) if limits is not None else None
        if item.get("isCollection") == "true":
            inner = _with(made, allowed)
            made, allowed = Type("list", of=inner), None
        constraint = child(item, "typeConstraint")
        if constraint is not None:
            allowed = self._allowed(text(constraint))
        return _with(made, allowed)

    def _base(self, item: Element) -> Type:
        function = child(item, "functionItem")
        if function is not None:
            parameters = tuple(self.of(p.get("typeRef")) for p in children(function, "parameters"))
            return Type(
                "function", parameters=parameters, result=self.of(function.get("outputTypeRef"))
            )
        components = children(item, "itemComponent")
        if components:
            return Type("context", fields={c.get("name"): self._item(c) for c in components})
        ref = child(item, "typeRef")
        return self.of(ref.text if ref is not None else item.get("typeRef"))

    def _allowed(self, tests: str) -> Limit | None:
        if not tests.strip():
            return None
        try:
            test = cell(tests, self._model.names, Static(set()), self, set())
        except StafetError:
            return None

        def holds(run: Run, value: Any) -> bool:
            run.spend(1)
            return test(Scope({}, None, run.within({})), value) is True

        return holds


def _with(made: Type, allowed: Limit | None) -> Type:
    if allowed is None:
        return made
    before = made.allowed

    def both(run: Run, value: Any) -> bool:
        return (before is None or before(run, value)) and allowed(run, value)

    return Type(made.name, made.of, made.fields, made.parameters, made.result, both)
