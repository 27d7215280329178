"""Forms of the file itself: namespaces, references, what is executable, where a process begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.bpmn.drawing import BPMN, NODES
from engine.imports.foreign import called, decide, each, local, mapped
from engine.imports.notes import Note

#: What BPMN 2.0 was called before it was finished.
_OLD = (
    "http://schema.omg.org/spec/BPMN/2.0",
    "http://www.omg.org/spec/BPMN/20100501/MODEL",
    "http://www.omg.org/bpmn20",
)
_REFERENCES = frozenset((
    "sourceRef", "targetRef", "messageRef", "signalRef", "errorRef", "escalationRef", "attachedToRef", "processRef",
    "default", "calledElement", "activityRef",
))  # fmt: skip
_LISTED = ("incoming", "outgoing", "flowNodeRef")
_BESIDE = ("boundaryEvent", "startEvent")


def modern(root: Any) -> Any:
    """The root with its elements in BPMN 2.0's own namespace; unchanged where they are."""
    space = etree.QName(root).namespace
    if space not in _OLD:
        return root
    for el in root.iter(f"{{{space}}}*"):
        el.tag = f"{{{BPMN}}}{local(el)}"
    return root


def plain_references(root: Any) -> Iterator[Note]:
    """References without the prefix that some tools write before an id (`tns:Task_1`)."""
    ids = {el.get("id") for el in root.iter(f"{{{BPMN}}}*")}
    mended = 0
    for el in root.iter(f"{{{BPMN}}}*"):
        for key in _REFERENCES & set(el.attrib):
            if (bare := _bare(el.get(key), ids, el.nsmap)) is not None:
                el.set(key, bare)
                mended += 1
        if (
            local(el) in _LISTED
            and el.text
            and (bare := _bare(el.text.strip(), ids, el.nsmap)) is not None
        ):
            el.text = bare
            mended += 1
    if mended:
        yield mapped(
            root,
            "{antal} henvisninger var skrevet med et præfiks foran id'et; præfikset er taget af.",
            antal=str(mended),
        )


def executability(root: Any) -> Iterator[Note]:
    """Where no process is marked as executable, as editors save it, every process with steps is meant."""
    processes = list(each(root, "process"))
    if any(p.get("isExecutable") == "true" for p in processes):
        return
    meant = [p for p in processes if any(local(el) in NODES for el in p)]
    for process in meant:
        if process.get("isExecutable") != "true":
            process.set("isExecutable", "true")
            yield mapped(process, "Forløbet “{navn}” var ikke mærket som kørbart; det er det nu.")
    for process in processes:
        if process not in meant:
            process.set("isExecutable", "false")


def default_start(root: Any) -> Iterator[Note]:
    """Steps that nothing leads to begin with their process, as the standard says, by a flow of their own."""
    for scope in each(root, "process", "subProcess"):
        if scope.get("triggeredByEvent") == "true" or scope.get("isExecutable") == "false":
            continue
        into = {flow.get("targetRef") for flow in scope if local(flow) == "sequenceFlow"}
        first = [el for el in scope if _begins(el, into)]
        starts = [el for el in scope if local(el) == "startEvent"]
        if not first or (not starts and local(scope) == "subProcess"):
            continue
        if starts and not starts[0].get("id"):
            continue  # nothing can refer to it; lint says so
        start = starts[0] if starts else _start(scope)
        for el in first:
            _flow(scope, start, el)
        if starts:
            for el in first:
                yield decide(
                    el,
                    "Ingen pil fører til “{navn}”; trinnet begynder nu sammen med “{start}”.",
                    "Er det ikke meningen, så slet trinnet eller tegn en pil hertil.",
                    start=called(start),
                )
        else:
            yield mapped(
                scope,
                "Forløbet “{navn}” havde ingen starthændelse; det begynder nu ved “{foerste}”.",
                foerste=", ".join(called(el) for el in first),
            )


def _bare(value: str, ids: set[str], spaces: dict[str | None, str]) -> str | None:
    prefix, colon, name = value.partition(":")
    return name if colon and value not in ids and name in ids and prefix in spaces else None


def _begins(el: Any, into: set[str]) -> bool:
    if local(el) not in NODES or local(el) in _BESIDE or el.get("triggeredByEvent") == "true":
        return False
    if el.get("isForCompensation") == "true" or el.find("{*}linkEventDefinition") is not None:
        return False
    return bool(el.get("id")) and el.get("id") not in into


def _start(scope: Any) -> Any:
    start = etree.Element(f"{{{BPMN}}}startEvent")
    start.set("id", f"start_{scope.get('id') or 'forloeb'}")
    start.set("name", "Start")
    lanes = scope.find(f"{{{BPMN}}}laneSet")
    scope.insert(0 if lanes is None else scope.index(lanes) + 1, start)
    return start


def _flow(scope: Any, start: Any, el: Any) -> None:
    flow = etree.SubElement(scope, f"{{{BPMN}}}sequenceFlow")
    flow.set("id", f"{start.get('id')}_til_{el.get('id')}")
    flow.set("sourceRef", start.get("id"))
    flow.set("targetRef", el.get("id"))
