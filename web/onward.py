"""Who gets the baton then: the next people and ends after an element, read from the diagram.

Only what a person would call a next step counts: tasks, called parts and ends of the pathway.  Gateways on the way
give their question and the answer (`Accepterer alle? Nej`), and an event on the element's edge gives its name (`Svar
mangler`), so a choice reads as a choice; scripts, tables and throwing events are passed through.  Where a part ends,
what follows is what follows it where it is called; where a side track ends, the pathway goes on without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.shapes import Node
from engine.pathway import Pathway

#: What a person would call a step.
_STEPS = ("userTask", "manualTask", "task", "callActivity", "receiveTask")


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
    waiting = [(process, flow.target, flow.name) for flow in nodes[element].outgoing]
    for edge in nodes[element].boundaries:
        waiting += [(process, flow.target, nodes[edge].name) for flow in nodes[edge].outgoing]
    # Which answers have led where: two answers may lead to the same, and a loop says its answers again.
    seen: dict[tuple[str, str], list[str]] = {}
    exits: list[tuple[Node, str]] = []
    chosen = False
    while waiting or exits:
        if not waiting:
            waiting, exits = _outside(pathway, exits, chosen), []
            chosen = False
            continue
        place, target, said = waiting.pop(0)
        node = pathway.plan.processes[place].nodes[target]
        ends = node.kind == "endEvent" and place == pathway.plan.key and _is_last(pathway, node)
        if ends or node.kind in _STEPS:
            each, chosen = bool(node.loop and node.loop.each), True
            yield Leg(node.id, place, node.name or node.id, node.lane, said, ends, each)
        elif node.kind == "endEvent":
            exits.append((node, said))
        elif not any(said.startswith(known) for known in seen.setdefault((place, target), [])):
            seen[place, target].append(said)
            question = node.name if node.kind.endswith("Gateway") else ""
            waiting += [
                (place, one.target, _said(said, question, one.name)) for one in node.outgoing
            ]


def _outside(
    pathway: Pathway, exits: Iterable[tuple[Node, str]], chosen: bool
) -> list[tuple[str, str, str]]:
    """Where it goes on after these ends of a part: process, element, and the answers that lead there.

    Where every answer leads out of the part (nothing was `chosen` in it), the answers say nothing.
    """
    return [
        (process, flow.target, said if chosen else "")
        for end, said in exits
        for process, left in _left(pathway, end)
        for flow in pathway.plan.processes[process].nodes[left].outgoing
    ]


def _left(pathway: Pathway, end: Node) -> list[tuple[str, str]]:
    """The elements that are left at this end: those that call its process, or its sub-process.

    None for a side track, which leaves nothing.
    """
    processes = pathway.plan.processes
    if _is_last(pathway, end):
        return [
            (process.id, node.id)
            for process in processes.values()
            for node in process.nodes.values()
            if node.kind == "callActivity" and node.called == end.process
        ]
    scope = processes[end.process].nodes[end.scope]
    if not scope.by_event:
        return [(end.process, scope.id)]
    return [(end.process, scope.scope)] if _stops(pathway, scope) else []


def _is_last(pathway: Pathway, end: Node) -> bool:
    """Whether the whole process ends there, not a sub-process of it or a side track."""
    scope = pathway.plan.processes[end.process].nodes.get(end.scope)
    return scope is None or (
        scope.by_event and scope.scope == end.process and _stops(pathway, scope)
    )


def _stops(pathway: Pathway, scope: Node) -> bool:
    """Whether an event sub-process takes the place of what it lies in."""
    inside = pathway.plan.processes[scope.process].within(scope.id)
    return any(node.kind == "startEvent" and node.interrupting for node in inside)


def _said(before: str, question: str, answer: str) -> str:
    """`Svar mangler, Accepterer alle? Nej`: the gateway's question with the flow's answer."""
    here = " ".join(part for part in (question, answer) if part) if answer else ""
    return ", ".join(part for part in (before, here) if part)


def who(pathway: Pathway, leg: Leg, units: Mapping[str, str]) -> str:
    """The unit that the leg goes to, as far as the case knows it; the party's name, or the lane's, where not.

    Which party fills a lane that names a field is settled by the answers on the way: the lane's own name is true.
    """
    lane = pathway.plan.agreement.lanes.get(leg.lane)
    if lane and lane.field:
        return leg.lane
    party = pathway.plan.agreement.lane_party(leg.lane, {})
    return units.get(party) or party or leg.lane
