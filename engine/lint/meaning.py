"""Rules about what we add to BPMN: clauses, deadlines, forms, decisions, lanes, expressions, messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import forms
from engine import feel
from engine.bpmn.drawing import BPMN, OURS
from engine.bpmn.plan import HOST_NAMES
from engine.bpmn.timers import is_plain
from engine.calendar import parse
from engine.errors import ExpressionInvalid, FristInvalid
from engine.lint.notes import Note, of
from engine.lint.sheet import Arrow, Item, Sheet, local, text

#: Names that the engine gives every instance.
GIVEN = frozenset(("adspurgte", "sagens_parter"))
_WITH_FORM = frozenset(("userTask", "startEvent", "intermediateCatchEvent", "boundaryEvent"))
#: Our attributes, and whether their text is always an expression or only after a `=`.
_ALWAYS = ("fra", "udtryk")
_AFTER_SIGN = ("frist", "til")
ATTRIBUTES = frozenset((
    "klausul", "form", "frist", "fra", "fristKlausul", "lokal", "besked", "titel", "til", "forloeb", "felter",
    "gentagFor", "hver", "saml", "ind", "ud", "resultat", "udtryk", "beslutning", "ur",
))  # fmt: skip


# ---- clauses and deadlines ---------------------------------------------------------------
def unknown_clause(sheet: Sheet) -> Iterator[Note]:
    """Every clause id stands in the agreement's list."""
    known = sheet.around.clauses
    if known is None:
        return
    for item in sheet.items.values():
        for clause in (*item.clauses, *item.ours.get("fristKlausul", "").split()):
            if clause not in known:
                yield of(
                    item,
                    "“{navn}” nævner punktet {punkt}, som ingen af aftalerne har.",
                    "Se clauses.yaml, og ret id'et i stafet:klausul.",
                    punkt=clause,
                )


def deadline_without_clause(sheet: Sheet) -> Iterator[Note]:
    """A deadline belongs to a clause, even where its number is a local one."""
    for item in sheet.items.values():
        if item.ours.get("frist") and not (item.clauses or item.ours.get("fristKlausul")):
            yield of(
                item,
                "“{navn}” har en frist, men intet punkt i aftalen.",
                "Skriv punktets id i stafet:klausul eller stafet:fristKlausul.",
            )
        if item.ours.get("fra") and not item.ours.get("frist"):
            yield of(
                item,
                "“{navn}” siger, hvad fristen tæller fra, men har ingen frist.",
                "Skriv fristen i stafet:frist, fx 3 hverdage, eller fjern stafet:fra.",
            )


def deadline_unreadable(sheet: Sheet) -> Iterator[Note]:
    """A deadline is written in a way that can be counted."""
    for item in sheet.items.values():
        frist = item.ours.get("frist", "")
        if not frist or frist.startswith("="):
            continue
        try:
            parse(frist)
        except FristInvalid:
            yield of(
                item,
                "Fristen “{frist}” på “{navn}” kan ikke tælles.",
                "Skriv den som 3 hverdage, 24 timer, 8 dage før, 1 måneder eller 1 kvartal.",
                frist=frist,
            )


def strange_attribute(sheet: Sheet) -> Iterator[Note]:
    """Our attributes are spelt as they are read."""
    for item in sheet.items.values():
        for name in item.ours:
            if name not in ATTRIBUTES:
                yield of(
                    item,
                    "“{navn}” har attributten stafet:{attribut}, som ikke findes.",
                    "De kendte står i docs/designers.md.",
                    attribut=name,
                )


# ---- lanes, forms, decisions -------------------------------------------------------------
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
    for name in sorted(sheet.around.own_forms):
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
        if not name or (sheet.around.known and name not in sheet.around.decisions):
            yield of(
                item,
                "“{navn}” spørger beslutningen “{beslutning}”, som ikke findes.",
                "Læg tabellen som en .dmn-fil ved siden af diagrammet, og skriv beslutningens navn.",
                beslutning=name or "?",
            )


def unknown_part(sheet: Sheet) -> Iterator[Note]:
    """A call activity calls something that exists."""
    own = {el.get("id", "") for el in sheet.root.iter(f"{{{BPMN}}}process")}
    for item in sheet.each("callActivity"):
        called = item.el.get("calledElement", "")
        if called not in own and (not called or called not in sheet.around.pathways):
            yield of(
                item,
                "“{navn}” kalder “{kaldt}”, som ikke findes.",
                "Skriv nøglen på et forløb eller en fælles del, fx faelles-uenighed.",
                "error" if sheet.around.known or not called else "warning",
                kaldt=called or "?",
            )


# ---- messages ----------------------------------------------------------------------------
def unknown_receiver(sheet: Sheet) -> Iterator[Note]:
    """A message goes to a party or lane of the agreement."""
    if not sheet.around.known:
        return
    known = {n for a in sheet.around.agreements for n in (*a.lanes, *a.parties)}
    for item in sheet.items.values():
        to = item.ours.get("til", "")
        if to and not to.startswith("=") and to not in known:
            yield of(
                item,
                "“{navn}” sender til “{part}”, som ikke er en part i aftalen.",
                "Brug et navn fra [parties] i agreement.toml, eller et FEEL-udtryk efter =.",
                part=to,
            )


def unknown_target(sheet: Sheet) -> Iterator[Note]:
    """A message that starts or tells a pathway names one that exists."""
    if not sheet.around.known:
        return
    for item in sheet.items.values():
        slug = item.ours.get("forloeb", "")
        if slug and slug not in sheet.around.pathways:
            yield of(
                item,
                "“{navn}” sender besked til forløbet “{forloeb}”, som ikke er lagt ind endnu.",
                "Beskeden gemmes, til forløbet findes. Er navnet rigtigt?",
                severity="warning",
                forloeb=slug,
            )


def message_to_nobody(sheet: Sheet) -> Iterator[Note]:
    """A message has a name and a receiver."""
    for item in sheet.items.values():
        ours = item.ours
        if ours.get("besked") and not (ours.get("til") or ours.get("forloeb")):
            yield of(
                item,
                "“{navn}” sender en besked til ingen.",
                "Skriv modtageren i stafet:til, eller forløbet i stafet:forloeb.",
            )
        elif (
            not ours.get("besked")
            and (ours.get("til") or ours.get("felter"))
            and not (
                item.event == "message" and item.kind in ("endEvent", "intermediateThrowEvent")
            )
        ):
            yield of(
                item,
                "“{navn}” har en modtager, men ingen besked.",
                "Skriv beskedens navn i stafet:besked.",
            )


# ---- expressions -------------------------------------------------------------------------
def unreadable_expression(sheet: Sheet) -> Iterator[Note]:
    """Every expression is FEEL that can be read."""
    for item, what, expression in expressions(sheet):
        try:
            feel.compile(expression)
        except ExpressionInvalid as exc:
            yield of(
                item,
                "Udtrykket {hvad} på “{navn}” kan ikke læses: {fejl}",
                "Udtryk skrives i FEEL, fx =accept = true eller =count(svar) > 0.",
                hvad=what,
                fejl=exc.sentence,
            )


def field_from_nowhere(sheet: Sheet) -> Iterator[Note]:
    """What a choice reads has been asked for in a form before it."""
    if not sheet.around.known:
        return
    given = _given_anywhere(sheet)
    for item in sheet.each("exclusiveGateway", "inclusiveGateway"):
        earlier = _given_before(sheet, item)
        for flow in sheet.out[item.id]:
            for name in sorted(_names(flow.condition) - earlier - given):
                yield of(
                    flow,
                    "Valget “{valg}” læser “{felt}”, som ingen formular eller tabel før det giver.",
                    "Føj feltet til en formular før valget, eller ret navnet i betingelsen.",
                    valg=item.shown,
                    felt=name,
                )


def expressions(sheet: Sheet) -> Iterator[tuple[Item | Arrow, str, str]]:
    """Every expression of a diagram: where it stands, what it is called there, its text without `=`."""
    for arrow in sheet.arrows:
        if arrow.condition:
            yield arrow, "betingelsen", arrow.condition.removeprefix("=")
    for item in sheet.items.values():
        for name in (*_ALWAYS, *_AFTER_SIGN):
            value = item.ours.get(name, "")
            if value and (name in _ALWAYS or value.startswith("=")):
                yield item, f"stafet:{name}", value.removeprefix("=")
        for name in ("ind", "ud"):
            for part in item.ours.get(name, "").split(";"):
                key, _, value = part.partition("=")
                if key.strip():
                    yield item, f"stafet:{name}", (value or key).strip()
        yield from _inside(item)


def _inside(item: Item) -> Iterator[tuple[Item, str, str]]:
    """The expressions in an element's children: rounds, timers, conditions."""
    for el in item.el.iterdescendants():
        tag = local(el)
        if tag == "multiInstanceLoopCharacteristics" and el.getparent() is item.el:
            if each := el.get(f"{{{OURS}}}gentagFor", ""):
                yield item, "stafet:gentagFor", each.removeprefix("=")
        elif tag == "udtryk" and el.getparent().getparent() is item.el:
            yield item, "stafet:udtryk", text(el).removeprefix("=")
        elif (
            tag in ("timeDate", "timeDuration", "timeCycle", "condition")
            and el.getparent().getparent() is item.el
            and text(el)
            and not is_plain(text(el))
        ):
            yield item, "uret" if tag != "condition" else "betingelsen", text(el).removeprefix("=")


def _names(expression: str) -> frozenset[str]:
    if not expression:
        return frozenset()
    try:
        return feel.compile(expression.removeprefix("=")).names - HOST_NAMES
    except ExpressionInvalid:
        return frozenset()  # said by its own rule


def _given_anywhere(sheet: Sheet) -> frozenset[str]:
    """What needs no form: the engine's names, the agreement's parameters, and what a caller hands in."""
    parameters = {name for a in sheet.around.agreements for name in a.parameters}
    return frozenset(GIVEN | parameters)


def _given_before(sheet: Sheet, item: Item) -> frozenset[str]:
    found: set[str] = set()
    for key in sheet.before[item.id]:
        found |= _gives(sheet, sheet.items[key])
    return frozenset(found)


def _gives(sheet: Sheet, item: Item) -> set[str]:
    """The names that an element leaves behind."""
    found = {item.ours.get("resultat", "") or item.ours.get("beslutning", "")}
    form: Any = sheet.around.forms.get(item.ours.get("form", ""))
    if form is not None:
        found |= set(keys(form.get("components", [])))
    for part in item.ours.get("ud", "").split(";"):
        found.add(part.partition("=")[0].strip())
    for el in item.el.iterfind(f"{{{BPMN}}}multiInstanceLoopCharacteristics"):
        found.add(el.get(f"{{{OURS}}}saml", ""))
    return found - {""}


def keys(components: object) -> Iterator[str]:
    """The keys that a form's components give, groups and lists included."""
    for component in components if isinstance(components, list) else ():
        if not isinstance(component, dict):
            continue
        if isinstance(key := component.get("key"), str):
            yield key
        if isinstance(path := component.get("path"), str) and path:
            yield path.split(".")[0]
        else:
            yield from keys(component.get("components"))
