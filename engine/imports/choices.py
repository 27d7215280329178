"""Conditions: of gateways, conditional events, loops and rounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.bpmn.drawing import BPMN
from engine.imports.foreign import (
    called,
    decide,
    drop,
    each,
    expression,
    extensions,
    field,
    is_foreign,
    local,
    mapped,
    ours,
    quoted,
    refuse,
    take,
    text,
)
from engine.imports.notes import Note

_CONDITION = f"{{{BPMN}}}conditionExpression"
_CHOICES = ("exclusiveGateway", "inclusiveGateway")
_LOOP_DATA = ("loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem")
_CODE = ("javascript", "js", "groovy", "python", "ruby", "juel", "java", "ecmascript")


def conditions(root: Any) -> Iterator[Note]:
    """What stands on flows: said in FEEL, or made a question to a person where a default way is safe."""
    nodes = {el.get("id"): el for el in root.iter(f"{{{BPMN}}}*") if el.get("id")}
    for flow in each(root, "sequenceFlow"):
        condition = flow.find(_CONDITION)
        if condition is None or not text(condition):
            continue
        source = nodes.get(flow.get("sourceRef"))
        yield from _condition(flow, condition, source)


def drawn_choices(root: Any) -> Iterator[Note]:
    """A choice drawn without any condition is a question to a person; the arrows' names are the answers."""
    out: dict[str, list[Any]] = {}
    for flow in each(root, "sequenceFlow"):
        out.setdefault(flow.get("sourceRef", ""), []).append(flow)
    for gateway in each(root, *_CHOICES):
        flows = out.get(gateway.get("id"), [])
        if len(flows) < 2 or any(text(flow.find(_CONDITION)) for flow in flows):
            continue
        asked = [flow for flow in flows if flow.get("id") != gateway.get("default")]
        answers = _answers(flows)
        for flow in asked:
            _write(flow, _answer(gateway, answers[flow]))
        yield decide(
            gateway,
            "“{navn}” er tegnet uden betingelser. Svaret læses nu i feltet “{felt}”.",
            "Lav feltet i en formular før valget, med svarene {svar}.",
            felt=field(gateway),
            svar=", ".join(quoted(answers[flow]) for flow in asked),
        )


def conditional_events(root: Any) -> Iterator[Note]:
    """What a conditional event waits for."""
    for definition in each(root, "conditionalEventDefinition"):
        condition, event = definition.find(f"{{{BPMN}}}condition"), definition.getparent()
        if condition is None:
            condition = etree.SubElement(definition, f"{{{BPMN}}}condition")
        written = text(condition)
        found = expression(written, _language(condition)) if written else None
        condition.attrib.pop("language", None)
        if found is None:
            condition.text = f"={field(event)} = true"
            yield decide(
                event,
                "Hvad “{navn}” venter på, kan ikke læses her ({udtryk}). "
                "Den venter nu på, at feltet “{felt}” bliver sandt.",
                "Lav feltet i en formular, eller skriv betingelsen i FEEL.",
                udtryk=written or "-",
                felt=field(event),
            )
        elif found != written and f"={found}" != written:
            condition.text = f"={found}"
            yield _said(event, written, found)


def loops(root: Any) -> Iterator[Note]:
    """How long a loop or round goes on: the expressions of both."""
    for tag in ("loopCondition", "completionCondition", "loopCardinality"):
        for el in each(root, tag):
            activity, written = el.getparent().getparent(), text(el)
            if not written or written.isdecimal():
                continue
            found = expression(written, _language(el))
            if found is None:
                yield _unsaid(activity, written)
                continue
            el.attrib.pop("language", None)
            if found != written and f"={found}" != written:
                el.text = f"={found}"
                yield _said(activity, written, found)


def rounds(root: Any) -> Iterator[Note]:
    """For whom an activity is repeated: each tool writes it in a place of its own."""
    for multi in each(root, "multiInstanceLoopCharacteristics"):
        if text(multi.find(f"{{{BPMN}}}loopCardinality")):
            continue
        activity = multi.getparent()
        whole, one, collected = _round(multi)
        if not whole:
            continue
        found = expression(whole)
        if found is None:
            yield _unsaid(activity, whole)
            continue
        for el in [e for e in multi if local(e) in _LOOP_DATA]:
            drop(el)
        ours(multi, "gentagFor", f"={found}")
        ours(multi, "hver", one)
        ours(multi, "saml", collected)
        yield mapped(
            activity,
            "“{navn}” gentages nu for hver i “{liste}”.",
            "Hvert element hedder “{hver}” i sin runde.",
            liste=found,
            hver=one or "?",
        )


# ---- small change ------------------------------------------------------------------------
def _condition(flow: Any, condition: Any, source: Any) -> Iterator[Note]:
    written = text(condition)
    found = expression(written, _language(condition))
    if found is not None:
        condition.attrib.pop("language", None)
        if found != written and f"={found}" != written:
            condition.text = f"={found}"
            yield _said(flow, written, found)
        return
    default = source.get("default") if source is not None and local(source) in _CHOICES else None
    if not default or default == flow.get("id"):
        yield _unsaid(flow, written)
        return
    _write(flow, _answer(source, called(flow)))
    yield decide(
        flow,
        "Betingelsen på “{navn}” er programkode: {udtryk}. Svaret læses nu i feltet “{felt}”; "
        "uden svar går forløbet standardvejen.",
        "Lav feltet i en formular før valget, med svaret {svar}, eller skriv betingelsen i FEEL.",
        udtryk=written,
        felt=field(source),
        svar=quoted(called(flow)),
    )


def _language(el: Any) -> str:
    language = (el.get("language") or "").lower()
    return language if language.endswith(_CODE) else ""


def _answers(flows: list[Any]) -> dict[Any, str]:
    names = Counter(called(flow) for flow in flows)
    return {
        flow: called(flow) if names[called(flow)] == 1 else flow.get("id", "") for flow in flows
    }


def _answer(gateway: Any, answer: str) -> str:
    if local(gateway) == "inclusiveGateway":
        return f"=list contains({field(gateway)}, {quoted(answer)})"
    return f"={field(gateway)} = {quoted(answer)}"


def _write(flow: Any, condition: str) -> None:
    el = flow.find(_CONDITION)
    if el is None:
        el = etree.SubElement(flow, _CONDITION)
    el.attrib.pop("language", None)
    el.text = condition


def _round(multi: Any) -> tuple[str, str, str]:
    """The list, the name of each, the name of what is collected."""
    whole, one = take(multi, "collection"), take(multi, "elementVariable")
    if whole:
        return whole, one, ""
    beside = extensions(multi.getparent(), "loopCharacteristics")
    direct = [el for el in multi if is_foreign(el.tag) and local(el) == "loopCharacteristics"]
    for zeebe in (*extensions(multi, "loopCharacteristics"), *direct, *beside):
        drop(zeebe)
        return (
            zeebe.get("inputCollection", ""),
            zeebe.get("inputElement", ""),
            zeebe.get("outputCollection", ""),
        )
    item = multi.find(f"{{{BPMN}}}inputDataItem")
    name = (item.get("name") or item.get("id") or "") if item is not None else ""
    # In BPMN itself the reference is to a data object or data input, whose id is the variable's name.
    return (
        text(multi.find(f"{{{BPMN}}}loopDataInputRef")),
        name,
        text(multi.find(f"{{{BPMN}}}loopDataOutputRef")),
    )


def _said(el: Any, before: str, after: str) -> Note:
    return mapped(
        el, "Udtrykket på “{navn}” er oversat: {foer} er nu ={efter}.", foer=before, efter=after
    )


def _unsaid(el: Any, written: str) -> Note:
    return refuse(
        el,
        "Udtrykket på “{navn}” kan ikke oversættes uden at gætte: {udtryk}",
        "Skriv det i FEEL, fx =accept = true eller =count(svar) > 0.",
        udtryk=written,
    )
