"""Rules that the engine itself decides: what it does not run, and whether the whole can be made ready to run.

The engine refuses one thing at a time, in English, with a code; here each element is asked by itself, and the code
is said in the designer's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lxml import etree

from engine import pathway
from engine.bpmn.allowed import check_file, check_node, check_process
from engine.bpmn.drawing import BPMN, NODES
from engine.errors import StafetError
from engine.lint.notes import Note, of
from engine.lint.refusals import SENTENCES
from engine.lint.sheet import DI, Sheet, local
from engine.model import Source

_FOREIGN_CODE = ("class", "expression", "delegateExpression")
_LISTENERS = ("taskListener", "executionListener", "preScript", "postScript")
_PART = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="{key}" isExecutable="true">'
    '<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="e"/><endEvent id="e"/></process></definitions>'
)
_DECISION = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n"><decision id="d" name="{key}">'
    "<literalExpression><text>null</text></literalExpression></decision></definitions>"
)
_SETTINGS = {"titel": "-", "praefiks": "-", "parties": {"-": {"sektor": "-"}}}


def not_run(sheet: Sheet) -> Iterator[Note]:
    """Everything that is drawn is run as the standard says, or refused."""
    told: set[str] = set()
    for item in sheet.items.values():
        if item.kind not in NODES:
            told.add(item.id)
            yield of(
                item,
                "“{navn}” er en {slags}, som Stafet ikke kører.",
                "Tegn det med opgaver, valg og almindelige delforløb.",
                slags=item.kind,
            )
    checks: list[Callable[[], None]] = [partial(check_file, sheet.root)]
    checks += [partial(check_process, process) for process in sheet.processes]
    checks += [partial(check_node, i.el, i.kind) for i in sheet.items.values() if i.kind in NODES]
    for check in checks:
        try:
            check()
        except StafetError as exc:
            note = refusal(sheet, exc)
            if note.element not in told:
                told.add(note.element)
                yield note


def script(sheet: Sheet) -> Iterator[Note]:
    """No program code in a diagram: FEEL is the one language."""
    for item in sheet.items.values():
        for el in item.el.iterfind(f"{{{BPMN}}}script"):
            if (el.text or "").strip() or len(el):
                yield of(
                    item,
                    "“{navn}” indeholder et script. Kode i et diagram bliver aldrig kørt.",
                    "Skriv værdien som FEEL i stafet:udtryk, og navnet på resultatet i stafet:resultat.",
                )
        if any(
            key.startswith("{") and etree.QName(key).localname in _FOREIGN_CODE
            for key in item.el.attrib
        ) or any(
            local(el) in _LISTENERS for el in item.el.iterfind(f"{{{BPMN}}}extensionElements/*")
        ):
            yield of(
                item,
                "“{navn}” kalder kode fra et andet værktøj, som ikke bliver kørt.",
                "Fjern det, eller erstat det med FEEL eller en besked.",
            )


def cannot_run(sheet: Sheet) -> Iterator[Note]:
    """What no other rule names, but the engine refuses."""
    if not sheet.processes or not sheet.items:
        return
    try:
        pathway.compile(alone(sheet))
    except StafetError as exc:
        yield refusal(sheet, exc)


def refusal(sheet: Sheet, exc: StafetError) -> Note:
    """The engine's "no" as a note."""
    element = str(exc.facts.get("element") or next(iter(exc.fields), ""))
    item = sheet.items.get(element)
    facts = {
        "navn": item.shown if item else str(exc.facts.get("name") or element or "?"),
        "fejl": (said := next(iter(exc.fields.values()), exc.sentence)),
        "hvad": _thing(said),
    }
    sentence, hint = SENTENCES.get(str(exc.facts.get("why")), SENTENCES[""])
    line = item.line if item else exc.facts.get("line")
    return Note(element, sentence, hint, facts, line if isinstance(line, int) else None)


def _thing(said: str) -> str:
    """The thing that a refusal speaks of: what stands in quotes, or an element's or attribute's name."""
    found = re.search(r"“([^”]+)”|attribute (\S+?),|holds a (\w+)|is a (\w+)", said)
    return next(filter(None, found.groups()), "?") if found else "?"


def alone(sheet: Sheet, process: Any = None) -> Source:
    """A process (the first) with stand-ins for what it calls and asks: what is missing is said by rules of its own."""
    own = {p.get("id", "") for p in sheet.processes}
    called = {item.el.get("calledElement", "") for item in sheet.each("callActivity")} - own - {""}
    asked = {item.ours.get("beslutning", "") for item in sheet.each("businessRuleTask")} - {""}
    return Source(
        key=(sheet.processes[0] if process is None else process).get("id", ""),
        agreement="-",
        bpmn=_logic(sheet.root),
        parts={key: _PART.format(key=_escaped(key)) for key in called},
        forms={},
        decisions={name: _DECISION.format(key=_escaped(name)) for name in asked},
        settings=_SETTINGS,
    )


def _logic(root: Any) -> str:
    """The file without its drawing, which the engine does not read; it is put back where it was."""
    drawings = [(root.index(el), el) for el in root.iterfind(f"{{{DI}}}BPMNDiagram")]
    for _, el in drawings:
        root.remove(el)
    text = str(etree.tostring(root, encoding="unicode"))
    for at, el in drawings:
        root.insert(at, el)
    return text


def _escaped(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text
