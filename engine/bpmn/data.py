"""The values that a token sees, and where an answer goes.

Values lie in layers: one for the instance and one for each called part (`data`), one for each turn of a round (`own`),
and one for each start of an event sub-process that runs beside its scope (`turn`).  A token sees the turns around it
and then the values of the part that it stands in.  What is set in a `turn` is set outside too: it keeps to what it
brought, and its surroundings hear of it.  What no expression of a part reads never enters a layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine import feel, host
from engine.bpmn.tokens import Token
from engine.errors import ExpressionTooCostly, StepFailed
from engine.model import Json

if TYPE_CHECKING:
    from engine.bpmn.plan import Work
    from engine.bpmn.run import Run


def layers(token: Token, inside: bool = False) -> Iterator[tuple[Json, str, bool]]:
    """The values that a token sees, nearest first, each with its process and whether what is set there is set outside.

    A called part is asked about from outside (its conditions, its party) unless `inside`; an event on a border sees
    what its activity's surroundings see.
    """
    at: Token | None = token
    facts = token.facts
    if "l" in facts and token.task_spec.node.kind == "boundaryEvent":
        at = token.scope.parent
    elif "data" in facts and not inside and token.parent is not None:
        if "own" in facts:
            yield facts["own"], token.task_spec.node.process, False
        at = token.parent
    while at is not None:
        facts = at.facts
        if "data" in facts:
            yield facts["data"], facts.get("in", ""), False
            return
        if "own" in facts:
            yield facts["own"], at.task_spec.node.process, False
        if "turn" in facts:
            yield facts["turn"], at.task_spec.node.process, True
        at = at.parent


class Seen(Mapping[str, Any]):
    """What an expression can name where a token stands, looked up as it asks."""

    def __init__(
        self, run: Run, token: Token, extra: Mapping[str, Any] | None, inside: bool
    ) -> None:
        self._run, self._extra = run, extra or {}
        self._layers = [layer for layer, _, _ in layers(token, inside)]

    def __getitem__(self, name: str) -> Any:
        if name in self._extra:
            return self._extra[name]
        for layer in self._layers:
            if name in layer:
                return layer[name]
        run = self._run
        if name in host.NAMES:
            return _host(run)[name]
        return run.plan.agreement.parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter({name: None for layer in self._layers for name in layer})

    def __len__(self) -> int:
        return len(list(iter(self)))


def value(
    run: Run,
    expression: Any,
    token: Token,
    extra: Mapping[str, Any] | None = None,
    *,
    inside: bool = False,
) -> Any:
    """An expression's value where this token stands."""
    try:
        return expression.evaluate(Seen(run, token, extra, inside))
    except ExpressionTooCostly as exc:
        raise StepFailed(
            "%(where)s has an expression that takes too many steps.",
            element=token.task_spec.name,
            where=token.task_spec.node.shown,
        ) from exc


def data_at(token: Token, inside: bool = False) -> Json:
    """Every value that can be seen where this token stands."""
    found: Json = {}
    for layer, _, _ in layers(token, inside):
        for name, known in layer.items():
            found.setdefault(name, known)
    return found


def assign(run: Run, token: Token, values: Mapping[str, Any], inside: bool = False) -> None:
    """Set what some expression reads in the nearest layer that is no `turn`, and in the turns on the way."""
    for layer, process, shared in layers(token, inside):
        layer.update(kept(run, values, process))
        if not shared:
            return


def correct(run: Run, values: Mapping[str, Any]) -> None:
    """Set values of the instance for everybody: no turn keeps to what it brought."""
    for token in run.tasks.values():
        for name in values:
            token.facts.get("turn", {}).pop(name, None)
    assign(run, run.root, values)


def kept(run: Run, values: Mapping[str, Any], process: str) -> Json:
    """Those of the values that some expression of the process reads, as JSON."""
    reads = run.plan.reads[process]
    return {name: feel.to_json(found) for name, found in values.items() if name in reads}


def decide(run: Run, name: str, token: Token) -> Any:
    """Ask a decision of this version."""
    found = next(d for d in run.plan.decisions.values() if name in d.names)
    seen = Seen(run, token, None, False)
    inputs = {key: seen.get(key) for key in found.inputs(name)}
    decided = found.decide(name, {**_host(run), **inputs})
    if decided.errors:
        raise StepFailed(
            "The decision “%(decision)s” gave no answer: %(what)s",
            element=token.task_spec.name,
            decision=name,
            what=decided.errors[0],
        )
    run.ways += [(token.task_spec.process, rule) for rule in decided.rules]
    return decided.value


def handed_in(run: Run, work: Work, token: Token, called: str) -> Json:
    """The values that a called part begins with."""
    if work.into is None:
        return kept(run, data_at(token), called)
    given = {name: value(run, expression, token) for name, expression in work.into}
    return kept(run, given, called)


def handed_out(run: Run, work: Work, token: Token) -> None:
    """What a called part gives back when it is done."""
    found = {name: value(run, expression, token, inside=True) for name, expression in work.out}
    if found:
        assign(run, token, found)


# ---- what the engine itself knows --------------------------------------------------------
def _host(run: Run) -> host.Host:
    """Names that every expression may use: the moment of the step, the calendar, the parties."""
    agreement = run.plan.agreement
    return host.Host(agreement.calendar, run.now, run.parties, agreement.parameters)
