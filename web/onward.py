"""Who gets the baton then: the next people and ends after an element, read from the diagram.

Only what a person would call a next step counts: tasks, called parts and ends.  Gateways on the way give their
label (`Nej`), so a choice reads as a choice; scripts, tables and throwing events are passed through.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.pathway import Pathway

#: What a person would call a step.
_STEPS = ("userTask", "manualTask", "task", "callActivity", "endEvent", "receiveTask")


@dataclass(frozen=True, slots=True)
class Leg:
    """One possible next step; `when` is the answer that leads there, "" where it always does."""

    element: str
    name: str
    lane: str
    when: str
    ends: bool


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
    waiting, seen = [(flow, "") for flow in nodes[element].outgoing], {element}
    while waiting:
        flow, said = waiting.pop(0)
        said = ", ".join(part for part in (said, flow.name) if part)
        node = nodes[flow.target]
        if node.kind in _STEPS:
            ends = node.kind == "endEvent"
            yield Leg(node.id, node.name or node.id, node.lane, said, ends)
        elif node.id not in seen:
            seen.add(node.id)
            waiting += [(onwards, said) for onwards in node.outgoing]
