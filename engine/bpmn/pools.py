"""Round the processes: what messages, signals and errors are called, and the message flows between pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.bpmn.parsing import BPMN, every, name_of, no, ref
from engine.bpmn.shapes import Letter
from engine.errors import DiagramInvalid

_NAMED = (("message", ""), ("signal", ""), ("error", "errorCode"), ("escalation", "escalationCode"))


def names(root: etree._Element) -> dict[str, str]:
    """What each message, signal, error and escalation is called, by id: the code before the name."""
    return {
        el.get("id", ""): (el.get(code) if code else "") or name_of(el) or el.get("id", "")
        for tag, code in _NAMED
        for el in every(root, tag)
    }


@dataclass(frozen=True, slots=True)
class Letters:
    """The message flows: those out of a node, and the message's name at a node that one leads to."""

    out: Mapping[str, tuple[Letter, ...]]
    at: Mapping[str, str]


def letters(root: etree._Element, named: Mapping[str, str]) -> Letters:
    """Read every message flow; raises `DiagramInvalid` for one that leads nowhere."""
    inside = {
        el.get("id", ""): process.get("id", "")
        for process in every(root, "process")
        for el in process.iter(f"{{{BPMN}}}*")
        if el.get("id")
    }
    pools = {el.get("id", ""): el for el in root.iter(f"{{{BPMN}}}participant")}
    executable = {
        p.get("id", "") for p in every(root, "process") if p.get("isExecutable", "true") != "false"
    }
    waits = _waited_for(root, named)
    out: dict[str, list[Letter]] = {}
    at: dict[str, str] = {}
    for flow in root.iter(f"{{{BPMN}}}messageFlow"):
        source, target = ref(flow.get("sourceRef", "")), ref(flow.get("targetRef", ""))
        for end in (source, target):
            if end not in inside and end not in pools:
                raise no(flow, "message_flow", f"leads from or to “{end}”, which is not drawn",
                         "Draw the message flow to a pool or to a step in one.")  # fmt: skip
        said = ref(flow.get("messageRef", ""))
        if said and said not in named:
            raise dangling(flow, "message", said)
        name = named.get(said, "") or name_of(flow) or flow.get("id", "")
        process = inside.get(target) or ref(
            pools[target].get("processRef", "") if target in pools else ""
        )
        if source in inside and process == inside[source]:
            raise no(flow, "message_flow", "stays within one pool", "Draw a sequence flow instead.")
        name = waits.get(target) or name
        at[target] = name
        letter = (
            Letter(name, process=process)
            if process in executable
            else Letter(name, pool=name_of(pools[target]) if target in pools else "")
        )
        out.setdefault(source, []).append(letter)
    return Letters({key: tuple(found) for key, found in out.items()}, at)


def _waited_for(root: etree._Element, named: Mapping[str, str]) -> dict[str, str]:
    """What each event and receive task that names its message waits for."""
    found: dict[str, str] = {}
    for el in root.iter(f"{{{BPMN}}}messageEventDefinition", f"{{{BPMN}}}receiveTask"):
        holder = el.getparent() if el.tag.endswith("Definition") else el
        if (name := named.get(ref(el.get("messageRef", "")))) and holder is not None:
            found[holder.get("id", "")] = name
    return found


def dangling(el: etree._Element, kind: str, key: str) -> DiagramInvalid:
    return no(el, "no_such_name", f"refers to the {kind} “{key}”, which is not in the file",
              f"Choose or write the {kind}.")  # fmt: skip
