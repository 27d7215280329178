"""Asking decisions: what one requires is asked first, once, and sees only what it requires."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.decisions import tables
from engine.decisions.boxed import Box, fit, tell
from engine.decisions.items import Types
from engine.decisions.read import Model, Node, child, read
from engine.errors import DecisionUnknown, ExpressionTooCostly, StafetError
from engine.feel.closures import Code, Static
from engine.feel.conversions import from_json
from engine.feel.expression import weigh
from engine.feel.types import Type, coerce, told
from engine.feel.values import BUDGET, Function, Run, Scope, Wrong, bind, shortened


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision's value, the ids of the rules that matched, and what went wrong on the way.

    `errors` are broken promises of the model (two rules of a unique table, a value of the wrong type);
    `warnings` say where FEEL found null.
    """

    value: Any
    rules: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A piece of a model that cannot be read: it is null when it is asked, and an error."""

    element: str
    sentence: str
    #: What FEEL refused, where it was that.
    why: StafetError | None = None


def load(xml: str | bytes, imports: Iterable[str | bytes] = ()) -> Decisions:
    """A model ready to be asked; `imports` are the files that it imports.  Raises DecisionInvalid."""
    return Decisions(read(xml), [read(other) for other in imports])


class Decisions:
    """A loaded model."""

    def __init__(self, model: Model, imported: list[Model]) -> None:
        self._model = model
        models = {m.namespace: m for m in [*imported, model]}
        types: dict[str, Types] = {}
        for one in models.values():
            types[one.namespace] = Types(one, types)
        self._nodes = {i: node for m in models.values() for i, node in m.nodes.items()}
        self._types = {i: types[n.model.namespace].of(n.type_ref) for i, n in self._nodes.items()}
        every_name = frozenset().union(*(m.names for m in models.values()))
        #: Names that belong to a model's elements: they are seen only where they are required.
        self._own = {
            space: frozenset({n.variable for n in m.nodes.values()} | set(m.imports.values()))
            for space, m in models.items()
        }
        self._read: dict[str, frozenset[str]] = {}
        problems: list[Problem] = []
        self._codes: dict[str, Code] = {}
        for key, node in self._nodes.items():
            box = Box(node.model, types[node.model.namespace], every_name)
            self._codes[key] = _logic(box, node)
            self._read[key] = frozenset(box.free)
            problems += [Problem(*each) for each in box.problems]
        #: What lint and deployment say of the model.
        self.problems = tuple(problems)

    @property
    def names(self) -> tuple[str, ...]:
        """The decisions and services of the file, in its order."""
        found = self._model.nodes.values()
        return tuple(n.name for n in found if n.kind in ("decision", "service"))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The elements of the file itself, without those of imported ones."""
        return tuple(self._model.nodes.values())

    def inputs(self, name: str) -> dict[str, str]:
        """The inputs that a decision reads, itself or through others, and their types as FEEL writes them."""
        found: dict[str, str] = {}
        waiting, seen = [self._find(name).id], set[str]()
        while waiting:
            key = waiting.pop()
            node = self._nodes.get(key)
            if node is None or key in seen:
                continue
            seen.add(key)
            if node.kind == "input":
                found[node.variable] = told(self._types[key])
            waiting += _parts(node)
            for free in self._read[key] - self._own[node.model.namespace]:
                found.setdefault(free, "Any")
        return dict(sorted(found.items()))

    def rules(self, name: str) -> tuple[str, ...]:
        """The ids of the rules that can hold when the decision is asked, its own and those of what it asks."""
        waiting, seen, found = [self._find(name).id], set[str](), list[str]()
        while waiting:
            node = self._nodes.get(key := waiting.pop())
            if node is None or key in seen:
                continue
            seen.add(key)
            found += tables.rules(node.element)
            waiting += _parts(node)
        return tuple(found)

    def decide(self, name: str, inputs: Mapping[str, Any], budget: int = BUDGET) -> Decided:
        """The decision (or service) of that name, over ISO text or values; raises DecisionUnknown.

        What has no value is null, also where the budget of the whole does not last: `errors` say so.
        """
        node = self._find(name)
        purse = Run({}, budget)
        purse.rules, purse.errors, purse.warnings = [], [], []
        asking = _Asking(self, inputs, purse)
        try:
            value = asking.answer(node)
            weigh(purse, value)
        except (RecursionError, MemoryError):
            value = tell(purse, f"{node.name}: the decision nests too deep.")
        except ExpressionTooCostly as exc:
            value = tell(purse, f"{node.name}: {exc.sentence}")
        return Decided(value, tuple(purse.rules), tuple(purse.errors), tuple(purse.warnings or ()))

    def _find(self, name: str) -> Node:
        nodes = [n for n in self._model.nodes.values() if n.kind != "input"]
        for node in sorted(nodes, key=lambda n: n.kind == "knowledge"):
            if name in (node.name, node.variable, node.element.get("id")):
                return node
        raise DecisionUnknown(f"There is no decision “{name}” in the model.")


class _Asking:
    """One question: each decision is asked once; `given` are values that stand in for decisions."""

    def __init__(
        self,
        decisions: Decisions,
        inputs: Mapping[str, Any],
        purse: Run,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.decisions, self.inputs, self.purse = decisions, inputs, purse
        self.known: dict[str, Any] = dict(given or {})
        self.open: set[str] = set()

    def answer(self, node: Node) -> Any:
        """The value of what was asked; services and knowledge are called with the inputs."""
        if node.kind == "service":
            given = {
                key: self._given(self.decisions._nodes[key])
                for key in node.services["inputDecision"]
                if key in self.decisions._nodes
            }
            return _Asking(self.decisions, self.inputs, self.purse, given).serve(node)
        value = self.value(node)
        if node.kind == "knowledge" and isinstance(value, Function):
            return self._call(node, value)
        return value

    def _call(self, node: Node, function: Function) -> Any:
        """Knowledge asked by itself: the inputs are its parameters."""
        names = function.parameters or ()
        types = function.types[0] if function.types else (None,) * len(names)
        try:
            values = [
                from_json(self.inputs.get(name), wanted, self.purse)
                for name, wanted in zip(names, types, strict=True)
            ]
            return function.call(self.run(node), values, None)
        except (Wrong, ArithmeticError) as exc:
            return tell(self.purse, f"{node.name}: {exc}")

    def value(self, node: Node) -> Any:
        """The value of a node, asked at most once."""
        if node.id in self.known:
            return self.known[node.id]
        if node.id in self.open:
            return tell(self.purse, f"{node.name}: the decision requires itself.")
        self.open.add(node.id)
        try:
            value = getattr(self, "_" + node.kind)(node)
        finally:
            self.open.discard(node.id)
        self.known[node.id] = value
        return value

    def serve(self, node: Node) -> Any:
        """A service's output: one value, or a context of them."""
        nodes = self.decisions._nodes
        outputs = [nodes[key] for key in node.services["outputDecision"] if key in nodes]
        values = {n.variable: self.value(n) for n in outputs}
        value = next(iter(values.values())) if len(values) == 1 else values
        wanted = self.decisions._types[node.id]
        return self._fit(node, value) if wanted.name != "function" else value

    def run(self, node: Node) -> Run:
        """What a node sees: the names of what it requires, and inputs that the model does not name."""
        hidden = self.decisions._own[node.model.namespace]
        self.purse.spend(1 + len(node.requires) + len(self.inputs) // 8)
        seen: dict[str, Any] = {k: v for k, v in self.inputs.items() if k not in hidden}
        for key in node.requires:
            required = self.decisions._nodes.get(key)
            if required is None:
                continue
            holder = seen
            if required.model is not node.model:
                prefix = node.model.imports.get(required.model.namespace, "")
                holder = seen.setdefault(prefix, {}) if prefix else seen
            holder[required.variable] = self.value(required)
        return self.purse.within(seen)

    # ---- by kind -------------------------------------------------------------------------
    def _input(self, node: Node) -> Any:
        return self._given(node)

    def _decision(self, node: Node) -> Any:
        run = self.run(node)
        return self._fit(node, self.decisions._codes[node.id](Scope({}, None, run)))

    def _knowledge(self, node: Node) -> Any:
        self.open.discard(node.id)
        run = self.run(node)
        function = self.decisions._codes[node.id](Scope({}, None, run))
        if isinstance(run.vars, dict):
            run.vars[node.variable] = function  # knowledge may call itself
        return function

    def _service(self, node: Node) -> Any:
        nodes = self.decisions._nodes
        keys = [*node.services["inputData"], *node.services["inputDecision"]]
        parameters = [nodes[key] for key in keys if key in nodes]
        names = tuple(p.variable for p in parameters)
        wanted = tuple(self.decisions._types[p.id] for p in parameters)

        def call(run: Run, values: list[Any], named: dict[str, Any] | None) -> Any:
            values = bind(names, values, named, len(names))
            typed = [coerce(v, t, run) for v, t in zip(values, wanted, strict=True)]
            given = {p.id: v for p, v in zip(parameters, typed, strict=True)}
            run.spend(1)
            return _Asking(self.decisions, self.inputs, self.purse, given).serve(node)

        return Function(node.name, call, names, (wanted, None))

    def _given(self, node: Node) -> Any:
        """An input's value as its type says."""
        value = self.inputs.get(node.variable, self.inputs.get(node.name))
        wanted: Type = self.decisions._types[node.id]
        try:
            return from_json(value, wanted, self.purse)
        except (Wrong, ArithmeticError):
            return tell(self.purse, f"{node.name}: the value is no {shortened(told(wanted))}.")

    def _fit(self, node: Node, value: Any) -> Any:
        wanted = self.decisions._types[node.id]
        return fit(Scope({}, None, self.purse), value, wanted, node.name)


def _parts(node: Node) -> Iterable[str]:
    return [*node.requires, *(key for keys in node.services.values() for key in keys)]


def _logic(box: Box, node: Node) -> Code:
    static = Static(set())
    if node.kind == "decision":
        return box.logic(node.element, static)
    logic = child(node.element, "encapsulatedLogic") if node.kind == "knowledge" else None
    if logic is None:
        return lambda e: None
    return box.function(logic, static)


__all__ = ["Decided", "Decisions", "Problem", "load", "tables"]
