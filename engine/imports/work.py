"""Work: calls, decisions, FEEL scripts, programs that become people's tasks, forms and people, what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.bpmn.drawing import BPMN, NODES, OURS, TASKS
from engine.imports.foreign import (
    EXTENSIONS,
    called,
    decide,
    drop,
    each,
    expression,
    extensions,
    is_foreign,
    local,
    mapped,
    ours,
    take,
    text,
)
from engine.imports.notes import Note

_PROGRAMS = ("serviceTask", "sendTask", "businessRuleTask", "scriptTask", "task")
_IMPLEMENTED = ("topic", "class", "delegateExpression", "expression", "type")
_LISTENERS = (
    "taskListener",
    "executionListener",
    "preScript",
    "postScript",
    "taskListeners",
    "executionListeners",
)
_PEOPLE = ("assignee", "candidateUsers", "candidateGroups")
_DATES = ("dueDate", "followUpDate")
_FORM_BOXES = ("formData", "formProperty", "formDefinition", "userTaskForm", "formReference")
_DATA_BOXES = ("inputOutput", "ioMapping", "in", "out")


def calls(root: Any) -> Iterator[Note]:
    """Which process a call activity calls, and what it hands over."""
    for el in each(root, "callActivity"):
        for box in extensions(el, "calledElement"):
            el.set("calledElement", box.get("processId", ""))
            drop(box)
        into, out = [], []
        for box in extensions(el, "in", "out", "ioMapping"):
            if local(box) == "ioMapping":
                into += [_pair(io) for io in box if local(io) == "input"]
                out += [_pair(io) for io in box if local(io) == "output"]
            elif box.get("variables") != "all" and not box.get("businessKey"):
                (into if local(box) == "in" else out).append(_pair(box))
            drop(box)
        if any(pair is None for pair in (*into, *out)):
            yield decide(
                el,
                "Hvad “{navn}” giver med og får tilbage, kan ikke oversættes uden at gætte.",
                "Skriv det i stafet:ind og stafet:ud som navn=FEEL, adskilt af semikolon.",
            )
        elif into or out:
            ours(el, "ind", "; ".join(filter(None, into)))
            ours(el, "ud", "; ".join(filter(None, out)))
            yield mapped(
                el, "Hvad “{navn}” giver med og får tilbage, står nu i stafet:ind og stafet:ud."
            )


def decisions(root: Any) -> Iterator[Note]:
    """Which decision is asked, and where the answer goes."""
    for el in each(root, "businessRuleTask", "serviceTask"):
        name, result = (
            take(el, "decisionRef", "decisionTableReferenceKey"),
            take(el, "resultVariable"),
        )
        for box in extensions(el, "calledDecision"):
            name, result = box.get("decisionId", ""), box.get("resultVariable", "")
            drop(box)
        for box in extensions(el, "calledDecisionId"):
            name = text(box)
            drop(box)
        if name and not name.startswith(("$", "#", "=")):
            el.tag = f"{{{BPMN}}}businessRuleTask"
            ours(el, "beslutning", name)
            ours(el, "resultat", result or name)
            yield mapped(el, "“{navn}” spørger nu beslutningen “{beslutning}”.", beslutning=name)


def feel_scripts(root: Any) -> Iterator[Note]:
    """Scripts in FEEL are expressions; scripts in anything else stay, and are refused."""
    for el in each(root, "scriptTask"):
        result, script = take(el, "resultVariable"), el.find(f"{{{BPMN}}}script")
        written = text(script) if (el.get("scriptFormat") or "").lower().endswith("feel") else ""
        for box in extensions(el, "script"):
            written, result = box.get("expression", ""), box.get("resultVariable", "")
            drop(box)
        if written and result and (found := expression(written)) is not None:
            if script is not None:
                drop(script)
            ours(el, "udtryk", f"={found}")
            ours(el, "resultat", result)
            yield mapped(el, "“{navn}” regner nu {resultat} ud med FEEL.", resultat=result)


def programs(root: Any) -> Iterator[Note]:
    """What a program of another tool did becomes a task: nothing is skipped in silence."""
    sends = {flow.get("sourceRef") for flow in each(root, "messageFlow")}
    waited = {el.get("attachedToRef") for el in each(root, "boundaryEvent")}
    for el in list(each(root, *_PROGRAMS)):
        what = next(filter(None, [take(el, name) for name in _IMPLEMENTED]), "")
        if (written := el.get("implementation") or "")[:2] in ("${", "#{"):
            what = what or el.attrib.pop("implementation")
        for box in extensions(el, "taskDefinition", "serviceTaskOperator", "connector"):
            what = what or box.get("type") or box.get("id") or written or local(box)
            drop(box)
        if what and el.get("isForCompensation") != "true" and not _is_decision(el):
            _by_hand(el)
            yield decide(
                el,
                "“{navn}” blev udført af et program ({program}), som ikke følger med. "
                "Det er nu en opgave for en person.",
                "Læg opgaven i en bane, eller erstat den med en besked (stafet:besked) eller FEEL (stafet:udtryk).",
                program=what,
            )
        elif _is_empty(el, sends, waited):
            _by_hand(el)
            yield decide(
                el,
                "Det står ikke, hvem eller hvad der udfører “{navn}”. Det er nu en opgave for en person.",
                "Læg opgaven i en bane, eller skriv, hvad der sendes (stafet:besked) eller regnes ud (stafet:udtryk).",
            )


def listeners(root: Any) -> Iterator[Note]:
    """Code that hung on an element is taken off it, out loud."""
    for el in _nodes(root):
        boxes = extensions(el, *_LISTENERS)
        # An editor leaves empty ones behind.
        found: list[Any] = [box for box in boxes if text(box) or len(box) or box.attrib]
        # What is left of implementations stands on events and people's tasks, which need none.
        found += [key for key in (take(el, *_IMPLEMENTED[1:4]),) if key]
        for definition in el.iterfind(f"{{{BPMN}}}messageEventDefinition"):
            found += [key for key in (take(definition, *_IMPLEMENTED),) if key]
        for box in boxes:
            drop(box)
        if found:
            yield decide(
                el,
                "“{navn}” kørte programkode ved siden af; den følger ikke med.",
                "Se efter i det gamle diagram, hvad koden gjorde, og tegn det, hvis det er vigtigt.",
            )


def people(root: Any) -> Iterator[Note]:
    """Forms, people and dates: what only a person can place in this house."""
    for el in each(root, *TASKS, "startEvent"):
        if form := _form(el):
            yield decide(
                el,
                "“{navn}” brugte formularen {formular}, som ikke følger med.",
                "Lav formularen i forms/, og nævn den i stafet:form.",
                formular=form,
            )
        named = [value for name in _PEOPLE if (value := take(el, name))]
        for box in extensions(el, "assignmentDefinition", "potentialStarter"):
            named += [v for name in _PEOPLE if (v := box.get(name))]
            drop(box)
        if named:
            yield decide(
                el,
                "“{navn}” var til {hvem}. Her er det banen, der siger, hvem opgaven er til.",
                "Læg opgaven i banen for den part, der udfører den.",
                hvem=", ".join(named),
            )
        dates = [value for name in _DATES if (value := take(el, name))]
        for box in extensions(el, "taskSchedule"):
            dates += [v for name in _DATES if (v := box.get(name))]
            drop(box)
        if dates:
            yield decide(
                el,
                "“{navn}” havde en frist ({frist}), som ikke følger med.",
                "Skriv fristen i stafet:frist, fx 3 hverdage, med punktet i stafet:klausul.",
                frist=", ".join(dates),
            )


def data_mappings(root: Any) -> Iterator[Note]:
    """Renaming of data at the border of a task."""
    for el in _nodes(root):
        boxes = [box for name in _DATA_BOXES for box in extensions(el, name)]
        boxes += [
            line
            for line in each(el, "dataInputAssociation", "dataOutputAssociation")
            if line.getparent() is el
            and any(local(part) in ("assignment", "transformation") for part in line)
        ]
        for box in boxes:
            drop(box)
        if boxes:
            yield decide(
                el,
                "“{navn}” omdøbte data på vej ind eller ud; det følger ikke med.",
                "Brug de samme feltnavne i formularer og betingelser.",
            )


def left_out(root: Any) -> Iterator[Note]:
    """Everything else of other tools that might have done something, told once."""
    names = {
        f"{el.prefix}:{local(el)}"
        for box in root.iter(EXTENSIONS)
        for el in box
        if is_foreign(el.tag) and _acts(box.getparent())
    }
    for el in root.iter(f"{{{BPMN}}}*"):
        if _acts(el):
            names |= {_prefixed(el, key) for key in el.attrib if is_foreign(key)}
    if names:
        yield mapped(
            root,
            "Det her fra det andet værktøj læses ikke: {navne}.",
            navne=", ".join(sorted(names)),
        )


# ---- small change ------------------------------------------------------------------------
def _nodes(root: Any) -> Iterator[Any]:
    return (
        el
        for el in root.iter(f"{{{BPMN}}}*")
        if local(el) in NODES or local(el) in ("process", "sequenceFlow")
    )


def _acts(el: Any) -> bool:
    return (
        local(el) in NODES
        or local(el) in ("process", "message", "signal")
        or local(el).endswith("EventDefinition")
    )


def _prefixed(el: Any, key: str) -> str:
    name = etree.QName(key)
    prefix = next((p for p, space in el.nsmap.items() if p and space == name.namespace), "")
    return f"{prefix}:{name.localname}"


def _pair(box: Any) -> str | None:
    """`name=FEEL` of one variable that is handed over; None where its expression cannot be said."""
    source = box.get("source") or box.get("sourceExpression") or ""
    target = box.get("target") or source
    found = expression(source)
    return f"{target}={found}" if found and target.isidentifier() and ";" not in found else None


def _by_hand(el: Any) -> None:
    el.tag = f"{{{BPMN}}}manualTask"
    for name in ("implementation", "messageRef", "operationRef", "scriptFormat"):
        el.attrib.pop(name, None)


def _is_empty(el: Any, sends: set[str], waited: set[str]) -> bool:
    """Whether nothing says what is done; of an undefined task only where something waits for it to be done."""
    kind, key = local(el), el.get("id")
    if el.get("isForCompensation") == "true" or any(
        key.startswith(f"{{{OURS}}}") for key in el.attrib
    ):
        return False
    if kind == "task":
        return key in waited
    if kind == "scriptTask":
        return not text(el.find(f"{{{BPMN}}}script")) and el.find(f"{{{BPMN}}}script/*") is None
    return kind == "businessRuleTask" or key not in sends


def _is_decision(el: Any) -> bool:
    return local(el) == "businessRuleTask" and any(key.endswith("}beslutning") for key in el.attrib)


def _form(el: Any) -> str:
    """What the tool called the form of a task, or the fields that it listed; '' where it had none."""
    key = take(el, "formKey", "formRef", "formHandlerClass")
    fields = [f.get("id") or f.get("name") or "" for box in extensions(el, "formData") for f in box]
    fields += [f.get("id") or "" for f in extensions(el, "formProperty")]
    for box in extensions(el, "formDefinition"):
        key = (
            key
            or box.get("formId")
            or box.get("formKey")
            or box.get("externalReference")
            or called(el)
        )
    for box in extensions(el, "properties"):
        named = [p.get("value") for p in box if p.get("name") == "formJsonSchemaFilename"]
        key = key or (named[0] if named else "")
    for name in _FORM_BOXES:
        for box in extensions(el, name):
            drop(box)
    listed = ", ".join(filter(None, fields))
    return f"“{key}”" if key else f"({listed})" if listed else ""
