"""What a decision can come to, and which of that no scenario has come to.

A gateway can let each of its flows go, a table each of its rules hold.  A person's decision comes to what the gateway
or table behind it makes of it; where none stands there, to each code or truth value that the form asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn.plan import Plan
from engine.bpmn.shapes import GATEWAYS, Node
from engine.model import Json
from engine.walked import Walked

#: What only passes a token on, between the person and the choice.
_AUTOMATIC = ("scriptTask", "sendTask", "serviceTask", "intermediateThrowEvent", "callActivity")


def decides(plan: Plan, node: Node) -> bool:
    """Whether something is decided at this element, so that it can come to more than one thing."""
    return any(True for _ in _choices(plan, node)) or len(list(_answers(plan, node))) > 1


def untaken(plan: Plan, node: Node, walked: Walked) -> list[str]:
    """The outcomes that no scenario reached, as a sentence names them."""
    choices = list(_choices(plan, node))
    if not choices:
        seen = {(key, value) for place, key, value in walked.answers if place == _place(node)}
        return [
            f"{key} = {_shown(value)}"
            for key, value in _answers(plan, node)
            if (key, value) not in seen
        ]
    return [name for each in choices for name in _untaken(plan, each, walked)]


def _untaken(plan: Plan, node: Node, walked: Walked) -> Iterator[str]:
    if node.kind == "businessRuleTask":
        table = next(d for d in plan.decisions.values() if _asked(plan, node) in d.names)
        for rule in table.rules(_asked(plan, node)):
            if (node.process, rule) not in walked.ways:
                yield f"rule {rule} of “{_asked(plan, node)}”"
        return
    for flow in node.outgoing:
        taken = (node.process, flow.id) in walked.ways
        if node.kind == "eventBasedGateway":
            taken = (node.process, flow.target) in walked.places
        if not taken:
            yield f"“{flow.name or flow.target}” of {node.id}"


def _choices(plan: Plan, node: Node) -> Iterator[Node]:
    """The gateway and tables at this element, or directly behind it."""
    nodes = plan.processes[node.process].nodes
    at, seen = node, set[str]()
    while at.id not in seen:
        seen.add(at.id)
        if at.kind in GATEWAYS and at.kind != "parallelGateway" and len(at.outgoing) > 1:
            yield at
            return
        if at.kind == "businessRuleTask":
            yield at
        elif len(at.outgoing) > 1 and at is node and any(f.condition for f in at.outgoing):
            yield at
            return
        passes = at is node or at.kind in (*_AUTOMATIC, "businessRuleTask") or at.kind in GATEWAYS
        if not passes or len(at.outgoing) != 1:
            return
        at = nodes[at.outgoing[0].target]


def _answers(plan: Plan, node: Node) -> Iterator[tuple[str, str | bool]]:
    form = plan.source.forms.get(node.attributes.get("form", ""))
    if form is not None:
        yield from _values(form.get("components", []))


def _values(components: list[Any]) -> Iterator[tuple[str, str | bool]]:
    """The codes and truth values that a form's fields can give."""
    for field in components:
        yield from _values(field.get("components", []))
        key = field.get("key")
        if key and field.get("type") == "checkbox":
            yield from ((key, value) for value in (True, False))
        elif key and field.get("type") in ("radio", "select"):
            yield from ((key, value) for value in _codes(field))


def _codes(field: Json) -> Iterator[str | bool]:
    for option in field.get("values") or []:
        value = option.get("value") if isinstance(option, Mapping) else None
        if isinstance(value, str | bool):
            yield value


def _asked(plan: Plan, node: Node) -> str:
    return plan.works[_place(node)].decision


def _place(node: Node) -> tuple[str, str]:
    return node.process, node.id


def _shown(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value
