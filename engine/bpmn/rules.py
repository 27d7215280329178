"""What must hold between the shapes of a process, as the standard says; the first breach is refused.

A rule is a function of the process and raises.  Lint says the same and more in a friendlier voice; these stand
here so that nothing that is drawn is passed over when it runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from engine.bpmn.shapes import (
    ACTIVITIES,
    AUTOMATIC,
    PEOPLE,
    THROWS,
    Flow,
    Node,
    Process,
    refuse,
    refused,
)
from engine.errors import DiagramInvalid

_CHOOSING = ACTIVITIES | {"exclusiveGateway", "inclusiveGateway"}
_CATCHERS = frozenset(("message", "timer", "signal", "conditional"))

#: Each of these looks at all ways of the diagram.
MAX_INCLUSIVE_JOINS = 100


def check(process: Process) -> None:
    """Raises `DiagramInvalid` for the first thing that cannot be run as it is drawn."""
    for flow in process.flows:
        _flow(process, flow)
    for node in process.nodes.values():
        for rule in _RULES:
            rule(process, node)
    joins = [
        n for n in process.nodes.values() if n.kind == "inclusiveGateway" and len(n.incoming) > 1
    ]
    if len(joins) > MAX_INCLUSIVE_JOINS:
        raise refuse(joins[-1], "too_large", f"is one of more than {MAX_INCLUSIVE_JOINS} inclusive joins",
                     "Use exclusive and parallel gateways.")  # fmt: skip
    for scope in (process.id, *(n.id for n in process.nodes.values() if n.kind == "subProcess")):
        _links(process, scope)


# ---- flows -------------------------------------------------------------------------------
def _flow(process: Process, flow: Flow) -> None:
    for end in (flow.source, flow.target):
        if end not in process.nodes:
            raise _no(flow, "flow_to_nowhere", f"leads from or to “{end or '?'}”, which is not a step",
                      "Draw the flow to a step, or delete it.")  # fmt: skip
    source, target = process.nodes[flow.source], process.nodes[flow.target]
    if source.scope != target.scope:
        raise _no(flow, "crosses_border", "crosses the border of a sub-process",
                  "End it inside; draw a flow on from the sub-process itself.")  # fmt: skip
    if target.kind in ("startEvent", "boundaryEvent") or target.is_event(
        "intermediateCatchEvent", "link"
    ):
        raise refuse(
            target,
            "flow_into_event",
            "cannot be reached by a flow",
            "Delete the flow that leads to it.",
        )
    if source.kind == "endEvent" or source.is_event("intermediateThrowEvent", "link"):
        raise refuse(
            source,
            "flow_out_of_end",
            "ends its way; no flow can leave it",
            "Delete the flow out of it.",
        )
    if flow.condition and source.kind not in _CHOOSING:
        raise _no(flow, "condition_ignored", f"has a condition, but “{source.id}” does not choose",
                  "Draw an exclusive gateway before it.")  # fmt: skip
    if flow.condition and flow.id == source.default:
        raise _no(
            flow,
            "condition_on_default",
            "is the default and has a condition",
            "Delete the condition.",
        )


def _default(process: Process, node: Node) -> None:
    if node.default and node.default not in {f.id for f in node.outgoing}:
        raise refuse(
            node, "default", "has a default that is none of its flows", "Choose one of its flows."
        )


def _ways_out(process: Process, node: Node) -> None:
    if node.kind.endswith("Gateway") and not node.outgoing:
        raise refuse(node, "no_way_out", "has no way out", "Draw a flow on.")
    if node.kind != "exclusiveGateway" or len(node.outgoing) < 2:
        return
    for flow in node.outgoing:
        if not flow.condition and flow.id != node.default:
            raise _no(flow, "no_condition", f"leaves the choice {node.shown} without a condition",
                      "Write a condition in FEEL, or make it the default.")  # fmt: skip


def _way_in(process: Process, node: Node) -> None:
    if node.incoming or node.by_event or node.kind in ("startEvent", "boundaryEvent"):
        return
    if node.is_event("intermediateCatchEvent", "link") or _is_ad_hoc(process, node.scope):
        return
    if node.scope in process.started:
        raise refuse(
            node,
            "no_way_in",
            "cannot be reached: no flow leads to it",
            "Draw a flow to it, or delete it.",
        )


# ---- starts ------------------------------------------------------------------------------
def _start(process: Process, node: Node) -> None:
    if node.kind != "startEvent":
        return
    assert node.event is not None
    holder = process.nodes.get(node.scope)
    kind = node.event.kind
    if holder is not None and holder.by_event:
        if kind == "none":
            raise refuse(node, "start", "starts an event sub-process without an event",
                         "Choose what starts it: a message, a timer, a signal …")  # fmt: skip
        if kind == "error" and not node.interrupting:
            raise refuse(node, "error_interrupts", "catches an error without interrupting",
                         "An error always interrupts; use an escalation.")  # fmt: skip
        return
    if not node.interrupting:
        raise refuse(node, "start", "does not interrupt, but stands in no event sub-process",
                     "Draw it inside an event sub-process.")  # fmt: skip
    if kind in ("error", "escalation"):
        raise refuse(node, "start", f"cannot start anything with an {kind} here",
                     "Errors and escalations start event sub-processes only.")  # fmt: skip
    if holder is not None and kind != "none":
        raise refuse(
            node,
            "start",
            "starts a sub-process by an event",
            "Use an event sub-process, or a plain start.",
        )


def _starts_once(process: Process, node: Node) -> None:
    if node.kind != "subProcess":
        return
    starts = [n for n in process.within(node.id) if n.kind == "startEvent"]
    if node.by_event and len(starts) != 1:
        raise refuse(
            node,
            "start",
            f"is an event sub-process with {len(starts)} start events",
            "Draw exactly one.",
        )
    if len(starts) > 1:
        raise refuse(node, "start", "is a sub-process with several start events", "Draw one.")
    if node.by_event and (node.incoming or node.outgoing):
        raise refuse(node, "event_sub_process", "is an event sub-process with a flow",
                     "Its start event starts it; delete the flow.")  # fmt: skip
    if node.by_event and node.loop is not None:
        raise refuse(node, "event_sub_process", "is an event sub-process that is repeated",
                     "Let it not interrupt: it then starts each time the event comes.")  # fmt: skip


def _ad_hoc(process: Process, node: Node) -> None:
    if node.kind != "adHocSubProcess":
        return
    if node.by_event:
        raise refuse(
            node,
            "ad_hoc",
            "is an ad-hoc sub-process that an event starts",
            "Draw an event sub-process.",
        )
    inside = list(process.within(node.id))
    for child in inside:
        if child.kind in ("startEvent", "endEvent") or child.by_event:
            raise refuse(child, "ad_hoc", "stands in an ad-hoc sub-process, which has no such element",
                         "Leave it out: everything without a flow to it can be done at once.")  # fmt: skip
    if not any(child.kind in ACTIVITIES for child in inside):
        raise refuse(
            node,
            "ad_hoc",
            "is an ad-hoc sub-process without a step",
            "Draw what can be done in it.",
        )


# ---- events ------------------------------------------------------------------------------
def _border(process: Process, node: Node) -> None:
    if node.kind != "boundaryEvent":
        return
    assert node.event is not None
    host = process.nodes.get(node.attached_to)
    if host is None or host.kind not in ACTIVITIES or host.scope != node.scope:
        raise refuse(
            node,
            "boundary_on_nothing",
            "is on the border of nothing",
            "Draw it on the edge of a step.",
        )
    if node.event.kind == "error" and not node.interrupting:
        raise refuse(node, "error_interrupts", "catches an error without interrupting",
                     "An error always interrupts; use an escalation.")  # fmt: skip
    if node.event.kind == "escalation" and host.kind in AUTOMATIC:
        raise refuse(node, "never_happens", f"waits for an escalation that {host.shown} never tells",
                     "Draw it on a sub-process, a called part or a person's task.")  # fmt: skip
    if node.event.kind == "error" and (
        host.kind == "task" or (host.kind in AUTOMATIC and node.event.name)
    ):
        raise refuse(node, "never_happens", f"waits for an error that {host.shown} never makes",
                     "Leave the error's code out to catch what cannot be computed.")  # fmt: skip


def _race(process: Process, node: Node) -> None:
    if node.kind != "eventBasedGateway":
        return
    for flow in node.outgoing:
        target = process.nodes[flow.target]
        event = target.event
        waits = target.kind in ("intermediateCatchEvent", "receiveTask")
        if not waits or event is None or event.kind not in _CATCHERS:
            raise refuse(target, "race", f"follows the event gateway {node.shown} but waits for nothing",
                         "Draw a message, timer, signal or condition there.")  # fmt: skip
        if len(target.incoming) > 1:
            raise refuse(target, "race", "is reached from an event gateway and from elsewhere",
                         "Draw an event of its own for the gateway.")  # fmt: skip
        if target.boundaries or target.loop is not None:
            raise refuse(target, "race", "follows an event gateway and has events on its border, or is repeated",
                         "Draw a message event instead.")  # fmt: skip


def _links(process: Process, scope: str) -> None:
    inside = list(process.within(scope))
    ends = [n for n in inside if n.is_event("intermediateCatchEvent", "link")]
    starts = [n for n in inside if n.is_event("intermediateThrowEvent", "link")]
    names = Counter(_name(n) for n in ends)
    led = {_name(n) for n in starts}
    for node in ends:
        if names[_name(node)] > 1:
            raise refuse(
                node, "link", f"is one of several ends of the link “{_name(node)}”", "Leave one."
            )
        if _name(node) not in led:
            raise refuse(node, "link", f"is the end of a link “{_name(node)}” that nothing leads into",
                         "Give both ends of the link the same name.")  # fmt: skip
    for node in starts:
        if _name(node) not in names:
            raise refuse(node, "link", f"leads into the link “{_name(node)}”, which has no end here",
                         "Draw the other end in the same process or sub-process, with the same name.")  # fmt: skip


# ---- steps -------------------------------------------------------------------------------
def _sends(process: Process, node: Node) -> None:
    named = node.attributes.get("besked") or node.letters or (node.event and node.event.name)
    tells = node.kind == "sendTask" or (
        node.kind in THROWS and node.event and node.event.kind == "message"
    )
    if tells and not named:
        raise refuse(node, "no_message", "does not say which message it sends",
                     "Write stafet:besked, choose the message, or draw a message flow with a name.")  # fmt: skip
    if node.letters and node.kind not in ACTIVITIES and not tells:
        raise refuse(node, "message_flow", "sends a message flow but is no message event",
                     "Make it a message event, or draw the message flow from a task.")  # fmt: skip
    for letter in node.letters:
        if not (letter.name or node.attributes.get("besked") or (node.event and node.event.name)):
            raise refuse(
                node,
                "no_message",
                "sends a message flow without a name",
                "Give the message flow a name.",
            )


def _computes(process: Process, node: Node) -> None:
    if node.kind not in ("scriptTask", "serviceTask"):
        return
    if node.expression and not node.attributes.get("resultat"):
        raise refuse(node, "no_result", "computes a value that it does not keep",
                     "Write the value's name in stafet:resultat.")  # fmt: skip
    if not node.expression and not node.attributes.get("besked") and not node.letters:
        raise refuse(
            node,
            "does_nothing",
            "does nothing",
            "Write stafet:udtryk with stafet:resultat, or use a task.",
        )


def _waits(process: Process, node: Node) -> None:
    waits = node.kind in PEOPLE or node.kind in ("subProcess", "adHocSubProcess", "callActivity")
    waits = waits or (
        node.kind == "intermediateCatchEvent" and not node.is_event(node.kind, "link")
    )
    if node.attributes.get("frist") and (not waits or node.by_event):
        raise refuse(node, "deadline", "has a deadline but never waits",
                     "Move stafet:frist to the task whose completion it asks for.")  # fmt: skip


_RULES: tuple[Callable[[Process, Node], None], ...] = (
    _default,
    _ways_out,
    _way_in,
    _start,
    _starts_once,
    _ad_hoc,
    _border,
    _race,
    _sends,
    _computes,
    _waits,
)


# ---- small change ------------------------------------------------------------------------
def _is_ad_hoc(process: Process, scope: str) -> bool:
    return scope in process.nodes and process.nodes[scope].kind == "adHocSubProcess"


def _name(node: Node) -> str:
    return node.event.name if node.event else ""


def _no(flow: Flow, why: str, what: str, hint: str) -> DiagramInvalid:
    return refused(flow.id, flow.name, flow.line, why, what, hint)
