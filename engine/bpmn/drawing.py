"""A BPMN diagram, read once and strictly: what we cannot run right is refused by element, line and hint.

`read(xml)` gives a `Drawing`.  Nothing is executed here and no expression is compiled.

    shapes.py   what comes out: nodes, flows, processes as frozen values
    parsing.py  XML from strangers: no DTD, no entities, a bounded size and depth
    allowed.py  which elements and attributes of the standard may be there at all
    reading.py  from XML to shapes
    rules.py    what must hold between the shapes: where an event may stand, what a flow may join
"""

from __future__ import annotations

from engine.bpmn import rules
from engine.bpmn.parsing import BPMN, MAX_BYTES, OURS, local, parse
from engine.bpmn.reading import drawing
from engine.bpmn.shapes import (
    ACTIVITIES,
    EVENTS,
    GATEWAYS,
    NODES,
    TASKS,
    Drawing,
    EventDefinition,
    Flow,
    Letter,
    Loop,
    Node,
    Process,
)
from engine.errors import DiagramInvalid


def read(xml: str | bytes) -> Drawing:
    """Every executable process of the file; raises `DiagramInvalid` naming the element and its line."""
    root = parse(xml)
    if root.tag != f"{{{BPMN}}}definitions":
        raise DiagramInvalid(
            f"The file is not a BPMN diagram: its first element is {local(root)}.", why="not_bpmn"
        )
    found = drawing(root)
    for process in found.processes:
        rules.check(process)
    return found


__all__ = [
    "ACTIVITIES", "BPMN", "EVENTS", "GATEWAYS", "MAX_BYTES", "NODES", "OURS", "TASKS", "Drawing", "EventDefinition",
    "Flow", "Letter", "Loop", "Node", "Process", "parse", "read",
]  # fmt: skip
