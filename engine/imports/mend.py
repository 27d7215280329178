"""What other tools write loosely: references to nothing, definitions elsewhere, things that are only drawn."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from lxml import etree

from engine.bpmn.allowed import check_node
from engine.bpmn.drawing import BPMN, NODES
from engine.errors import DiagramInvalid
from engine.imports.foreign import called, decide, drop, each, local, mapped, ours, text
from engine.imports.notes import Note

_NAMED = ("message", "signal", "error", "escalation")
_OWNERS = ("performer", "potentialOwner", "humanPerformer", "resourceRole")
_STORES = ("dataStoreReference", "dataStore")
_CORRELATED = ("correlationSubscription", "correlationKey", "correlationProperty")
_DI = "http://www.omg.org/spec/BPMN/20100524/DI"


def definitions_elsewhere(root: Any) -> Iterator[Note]:
    """An event that refers to a definition at the file's top gets a definition of its own."""
    found = {
        el.get("id"): el for el in root if local(el).endswith("EventDefinition") and el.get("id")
    }
    for ref in list(each(root, "eventDefinitionRef")):
        event, definition = ref.getparent(), found.get(text(ref).rpartition(":")[2])
        if definition is not None:
            own = deepcopy(definition)
            own.attrib.pop("id", None)
            event.replace(ref, own)
            yield mapped(
                event,
                "Det, “{navn}” venter på, stod et andet sted i filen; det står nu i hændelsen selv.",
            )
    for definition in found.values():
        drop(definition)


def missing_definitions(root: Any) -> Iterator[Note]:
    """A name that stands where a reference should, as some tools allow, gets its definition."""
    there = {el.get("id") for el in root}
    for kind in _NAMED:
        for el in list(
            root.iter(
                f"{{{BPMN}}}{kind}EventDefinition", f"{{{BPMN}}}receiveTask", f"{{{BPMN}}}sendTask"
            )
        ):
            name = el.get(f"{kind}Ref", "")
            if name and name not in there:
                there.add(name)
                _define(root, kind, name, name)
                yield mapped(
                    _event(el),
                    "“{navn}” nævner {besked}, som ikke stod i filen; det er tilføjet.",
                    besked=name,
                )


def nameless_signals(root: Any) -> Iterator[Note]:
    """A signal event that names no signal gets the event's id as its signal's name."""
    for definition in each(root, "signalEventDefinition"):
        event = definition.getparent()
        if not definition.get("signalRef") and (key := event.get("id")):
            _define(root, "signal", f"signal_{key}", key)
            definition.set("signalRef", f"signal_{key}")
            yield decide(
                event,
                "Signalet ved “{navn}” havde intet navn; det hedder nu “{signal}”.",
                "Giv det samme navn som dér, hvor det sendes eller fanges.",
                signal=key,
            )


def message_flows(root: Any) -> Iterator[Note]:
    """A message flow that hangs in the air goes; one to a pool that is only drawn says who the receiver is."""
    inside = {
        el.get("id"): p
        for p in each(root, "process")
        for el in p.iter(f"{{{BPMN}}}*")
        if el.get("id")
    }
    pools = {el.get("id"): el for el in each(root, "participant")}
    names = {el.get("processRef"): called(el) for el in pools.values()}
    for flow in list(each(root, "messageFlow")):
        source, target = flow.get("sourceRef"), flow.get("targetRef")
        home, away = inside.get(source), inside.get(target)
        if any(end not in inside and end not in pools for end in (source, target)) or (
            home is not None and home is away
        ):
            drop(flow)
            yield decide(
                flow,
                "Beskedpilen “{navn}” førte ikke fra en pulje til en anden; den er ikke taget med.",
                "Tegn den igen mellem to trin, eller skriv beskeden i stafet:besked og stafet:til.",
            )
        elif away is not None and away.get("isExecutable") == "false" and home is not None:
            el = next(e for e in home.iter(f"{{{BPMN}}}*") if e.get("id") == source)
            receiver = names.get(away.get("id")) or called(away)
            ours(el, "til", receiver)
            yield mapped(
                el,
                "“{navn}” sender nu til “{part}”, som er en pulje, der ikke køres.",
                part=receiver,
            )


def only_drawn(root: Any) -> Iterator[Note]:
    """Data stores, owners and correlation keys: drawn in other tools, read by nothing here."""
    for el in list(each(root, *_STORES)):
        _undraw(root, el)
        yield decide(
            el,
            "Datalageret “{navn}” er ikke taget med: Stafet hverken læser eller skriver det.",
            "Skriv i en note, hvor tingene gemmes; værdier kommer fra formularer og tabeller.",
        )
    for el in list(each(root, *_OWNERS)):
        holder = el.getparent()
        drop(el)
        yield decide(
            holder,
            "“{navn}” sagde selv, hvem den er til. Her er det banen, der siger det.",
            "Læg opgaven i banen for den part, der udfører den.",
        )
    correlated = list(each(root, *_CORRELATED))
    for el in correlated:
        drop(el)
    if correlated:
        yield mapped(
            root, "Nøgler, der kobler beskeder, er ikke taget med: beskeder finder selv deres sag."
        )


def default_conditions(root: Any) -> Iterator[Note]:
    """A condition on a default flow is never read; an empty condition says nothing."""
    defaults = {el.get("default") for el in root.iter(f"{{{BPMN}}}*") if el.get("default")}
    for flow in each(root, "sequenceFlow"):
        condition = flow.find(f"{{{BPMN}}}conditionExpression")
        if condition is None:
            continue
        if not text(condition):
            drop(condition)
        elif flow.get("id") in defaults:
            drop(condition)
            yield mapped(
                flow, "Betingelsen på standardvejen “{navn}” blev aldrig læst; den er taget af."
            )


def loose_attributes(root: Any) -> Iterator[Note]:
    """Attributes that mean nothing where they stand."""
    dropped: set[str] = set()
    for el in root.iter(f"{{{BPMN}}}*"):
        kind = local(el)
        for name in list(el.attrib) if kind in NODES else ():
            if not name.startswith("{") and not _is_known(kind, name):
                del el.attrib[name]
                dropped.add(name)
    if dropped:
        yield mapped(
            root,
            "Det her fra det andet værktøj læses ikke: {navne}.",
            navne=", ".join(sorted(dropped)),
        )


# ---- small change ------------------------------------------------------------------------
@cache
def _is_known(kind: str, attribute: str) -> bool:
    """Whether the engine knows this attribute on such a node, whatever its value."""
    probe = etree.Element(f"{{{BPMN}}}{kind}", {"id": "x", attribute: "?"})
    try:
        check_node(probe, kind)
    except DiagramInvalid as exc:
        return exc.facts.get("why") != "unknown_attribute"
    return True


def _event(el: Any) -> Any:
    return el if local(el).endswith("Task") else el.getparent()


def _define(root: Any, kind: str, key: str, name: str) -> None:
    el = etree.Element(f"{{{BPMN}}}{kind}")
    el.set("id", key)
    el.set("name", name)
    if kind in ("error", "escalation"):
        el.set(f"{kind}Code", name)
    root.insert(0, el)


def _undraw(root: Any, el: Any) -> None:
    """Take an element away with its shape and with what is drawn to it."""
    key = el.get("id")
    gone = {key}
    for line in list(each(root, "association", "dataInputAssociation", "dataOutputAssociation")):
        ends = {line.get("sourceRef"), line.get("targetRef"), *(text(end) for end in line)}
        if key and key in ends:
            gone.add(line.get("id"))
            drop(line)
    for shape in list(root.iter(f"{{{_DI}}}BPMNShape", f"{{{_DI}}}BPMNEdge")):
        if shape.get("bpmnElement") in gone - {None}:
            drop(shape)
    drop(el)
