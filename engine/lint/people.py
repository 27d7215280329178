"""Rules about who does what with which form: lanes, forms, decisions, called parts."""

from __future__ import annotations

from collections.abc import Iterator

import forms
from engine import feel
from engine.bpmn.drawing import BPMN
from engine.lint.notes import Note, of
from engine.lint.sheet import Sheet

_WITH_FORM = frozenset(
    ("userTask", "startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask")
)


def task_without_lane(sheet: Sheet) -> Iterator[Note]:
    """Somebody owns every task."""
    for item in sheet.each("userTask", "manualTask"):
        if not item.lane:
            yield of(
                item,
                "Opgaven “{navn}” ligger ikke i nogen bane, så ingen får den.",
                "Læg den i banen for den part, der udfører den.",
                severity="error" if sheet.around.known else "warning",
            )


def task_without_kind(sheet: Sheet) -> Iterator[Note]:
    """Every task says who or what does it."""
    for item in sheet.each("task"):
        yield of(
            item,
            "Opgaven “{navn}” har ingen slags: ingen får den, og forløbet går straks videre.",
            "Gør den til en brugeropgave, eller til den slags automatisk opgave, den er.",
            severity="warning",
        )


def unknown_lane(sheet: Sheet) -> Iterator[Note]:
    """Every lane is a role that the agreement fills."""
    if not sheet.around.known:
        return
    known = {n for a in sheet.around.agreements for n in (*a.lanes, *a.parties)}
    for lane in sheet.root.iter(f"{{{BPMN}}}lane"):
        name = lane.get("name", "")
        if name not in known:
            yield Note(
                lane.get("id", ""),
                "Banen “{navn}” kendes ikke i aftalen.",
                "Brug et navn fra [lanes] i agreement.toml, eller føj banen til dér.",
                {"navn": name or "?"},
                lane.sourceline,
            )


def missing_form(sheet: Sheet) -> Iterator[Note]:
    """A task's form is there."""
    if not sheet.around.known:
        return
    for item in sheet.items.values():
        form = item.ours.get("form", "")
        if form and form not in sheet.around.forms:
            yield of(
                item,
                "“{navn}” bruger formularen “{form}”, som ikke findes.",
                "Lav forms/{form}.form, eller vælg en anden formular.",
                form=form,
            )
        elif not form and item.kind == "userTask":
            yield of(
                item,
                "Opgaven “{navn}” har ingen formular.",
                "Vælg en formular i stafet:form, også når den kun skal bekræftes.",
                severity="warning",
            )
        elif form and item.kind not in _WITH_FORM:
            yield of(
                item,
                "“{navn}” har en formular, men ingen udfylder den.",
                "En formular hører til en opgave eller en hændelse, som nogen melder.",
                severity="warning",
            )


def unused_form(sheet: Sheet) -> Iterator[Note]:
    """Every form in the folder is used."""
    used = {item.ours.get("form") for item in sheet.items.values()}
    for name in sorted(sheet.around.own_forms - {n for n in used if n}):
        yield Note(
            name,
            "Formularen “{navn}” bruges ikke af diagrammet.",
            "Slet den, eller nævn den i stafet:form.",
            {"navn": name},
            severity="warning",
        )


def unsupported_form(sheet: Sheet) -> Iterator[Note]:
    """A form uses only what the server can show and check."""
    used = {item.ours.get("form", "") for item in sheet.items.values()} & set(sheet.around.forms)
    for name in sorted(used):
        for problem in forms.unsupported(sheet.around.forms[name], parse=feel.compile):
            yield Note(
                name,
                "Formularen “{navn}”: {problem}",
                "De felter og regler, der understøttes, står i docs/designers.md.",
                {"navn": name, "problem": str(problem)},
            )


def missing_decision(sheet: Sheet) -> Iterator[Note]:
    """A decision that is asked for is there."""
    for item in sheet.each("businessRuleTask"):
        name = item.ours.get("beslutning", "")
        if name not in sheet.around.decisions:
            yield of(
                item,
                "“{navn}” spørger beslutningen “{beslutning}”, som ikke findes.",
                "Læg tabellen som en .dmn-fil ved siden af diagrammet, og skriv beslutningens navn.",
                "error" if sheet.strict or not name else "warning",
                beslutning=name or "?",
            )


def unknown_part(sheet: Sheet) -> Iterator[Note]:
    """A call activity calls something that exists."""
    own = {process.get("id", "") for process in sheet.processes}
    for item in sheet.each("callActivity"):
        called = item.el.get("calledElement", "")
        if called not in own and (not called or called not in sheet.around.pathways):
            yield of(
                item,
                "“{navn}” kalder “{kaldt}”, som ikke findes.",
                "Skriv nøglen på et forløb eller en fælles del, fx faelles-uenighed.",
                # A file of another tool that stands alone may call what lies in files that did not come along.
                "error" if sheet.strict or not called else "warning",
                kaldt=called or "?",
            )
