"""Who gets the baton then: the next people and ends after an element, read from the diagram.

Only what a person would call a next step counts: tasks, called parts and ends.  Gateways on the way give their
question and the answer (`Accepterer alle? Nej`), and an event on the element's edge gives its name (`Svar mangler`),
so a choice reads as a choice; scripts, tables and throwing events are passed through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.pathway import Pathway

#: What a person would call a step.
_STEPS = ("userTask", "manualTask", "task", "callActivity", "endEvent", "receiveTask")


@dataclass(frozen=True, slots=True)
class Leg:
    """One possible next step; `when` is the answer that leads there, "" where it always does.

    `each` says that several parties do it, each for itself.
    """

    element: str
    process: str
    name: str
    lane: str
    when: str
    ends: bool
    each: bool = False


def onward(pathway: Pathway, process: str, element: str) -> tuple[Leg, ...]:
    """The legs after this element, nearest first; empty where the diagram has none drawn."""
    found: dict[tuple[str, str], Leg] = {}
    for leg in _legs(pathway, process, element):
        found.setdefault((leg.element, leg.when), leg)
    return tuple(found.values())


def _legs(pathway: Pathway, process: str, element: str) -> Iterator[Leg]:
    nodes = pathway.plan.processes[process].nodes
    if element not in nodes:
        return
    waiting = [(flow.target, flow.name) for flow in nodes[element].outgoing]
    for edge in nodes[element].boundaries:
        waiting += [(flow.target, nodes[edge].name) for flow in nodes[edge].outgoing]
    seen = {element}
    while waiting:
        target, said = waiting.pop(0)
        node = nodes[target]
        if node.kind in _STEPS:
            ends, each = node.kind == "endEvent", bool(node.loop and node.loop.each)
            yield Leg(node.id, process, node.name or node.id, node.lane, said, ends, each)
        elif node.id not in seen:
            seen.add(node.id)
            question = node.name if node.kind.endswith("Gateway") else ""
            waiting += [(flow.target, _said(said, question, flow.name)) for flow in node.outgoing]


def _said(before: str, question: str, answer: str) -> str:
    """`Svar mangler, Accepterer alle? Nej`: the gateway's question with the flow's answer."""
    here = " ".join(part for part in (question, answer) if part) if answer else ""
    return ", ".join(part for part in (before, here) if part)


def who(pathway: Pathway, leg: Leg, units: Mapping[str, str]) -> str:
    """The unit that the leg goes to, as far as the case knows it; the party's name, or the lane's, where not."""
    party = pathway.plan.agreement.lane_party(leg.lane, {})
    return units.get(party) or party or leg.lane
