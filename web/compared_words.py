"""The words of a comparison: what happened, kinds of things, and their properties.

What no list holds is shown as the file has it: a designer who wrote it knows it,
and nobody else is kept from seeing it.
"""

from __future__ import annotations

from web.words import _


def told(what: str) -> str:
    """What happened to a thing."""
    return {
        "added": _("Tilføjet"), "removed": _("Fjernet"), "moved": _("Flyttet"), "changed": _("Ændret"),
    }[what]  # fmt: skip


def where(key: str, own: str, kind: str, drawn: bool) -> str:
    """The title of what changes stand in."""
    if key == own:
        return _("Diagrammet")
    if key == "agreement":
        return _("Aftalens tal og indstillinger")
    if drawn or kind == "part":
        return _("Fælles del: %(name)s", name=key)
    if kind in ("form", "field", "formRule"):
        return _("Formularen %(name)s", name=key)
    return _("Tabellen %(name)s", name=key)


def kind_of(kind: str) -> str:
    """What a thing is."""
    if kind.endswith("Gateway"):
        return _("Vejvalg")
    if kind in ("subProcess", "transaction", "adHocSubProcess"):
        return _("Delforløb")
    known = {
        "userTask": _("Opgave"), "manualTask": _("Opgave"), "task": _("Opgave"), "sendTask": _("Besked ud"),
        "receiveTask": _("Venter på besked"), "serviceTask": _("Trin"), "scriptTask": _("Beregning"),
        "businessRuleTask": _("Opslag i tabel"), "callActivity": _("Fælles del"), "startEvent": _("Begyndelse"),
        "endEvent": _("Slutning"), "boundaryEvent": _("Hændelse på et trin"),
        "intermediateCatchEvent": _("Hændelse"), "intermediateThrowEvent": _("Hændelse"),
        "sequenceFlow": _("Pil"), "messageFlow": _("Besked mellem parter"), "lane": _("Bane"),
        "textAnnotation": _("Bemærkning"), "association": _("Streg"), "process": _("Forløb"), "participant": _("Pulje"),
        "message": _("Besked"), "signal": _("Signal"), "error": _("Fejl"), "form": _("Formular"), "field": _("Felt"),
        "formRule": _("Regel"), "decision": _("Beslutning"), "decisionTable": _("Tabel"), "input": _("Spørgsmål"),
        "output": _("Svar"), "rule": _("Række"), "parameter": _("Tal"), "part": _("Fælles del"),
        "collaboration": _("Diagram"), "group": _("Ramme"), "escalation": _("Eskalering"), "dataObject": _("Data"),
        "dataObjectReference": _("Data"), "dataStore": _("Datalager"), "dataStoreReference": _("Datalager"),
        "inputData": _("Oplysning"), "businessKnowledgeModel": _("Beregning"),
        "decisionService": _("Flere beslutninger"),
    }  # fmt: skip
    return known.get(kind, kind)


def property_of(name: str) -> str:
    """What a property is called."""
    known = {
        "name": _("Navn"), "kind": _("Type"), "lane": _("Bane"), "scope": _("Ligger i"), "sourceRef": _("Fra"),
        "targetRef": _("Til"), "attachedToRef": _("Sidder på"), "default": _("Ellers-pil"),
        "conditionExpression": _("Betingelse"), "documentation": _("Vejledning"), "calledElement": _("Kalder"),
        "timeDuration": _("Venter i"), "timeDate": _("Venter til"), "timeCycle": _("Gentages med"),
        "cancelActivity": _("Afbryder trinnet"), "isInterrupting": _("Afbryder"), "messageRef": _("Besked"),
        "signalRef": _("Signal"), "errorRef": _("Fejl"), "multiInstanceLoopCharacteristics": _("Gentages"),
        "isSequential": _("Én ad gangen"), "completionCondition": _("Slutter, når"), "text": _("Tekst"),
        "stafet:frist": _("Frist"), "stafet:fra": _("Tæller fra"), "stafet:klausul": _("Punkter i aftalen"),
        "stafet:fristKlausul": _("Fristens punkt"), "stafet:lokal": _("Lokalt tal"), "stafet:form": _("Formular"),
        "stafet:besked": _("Besked"), "stafet:titel": _("Beskedens overskrift"), "stafet:til": _("Besked til"),
        "stafet:forloeb": _("Besked til forløbet"), "stafet:kun": _("Kun for forløb, der"),
        "stafet:felter": _("Felter, der følger med"), "stafet:gentagFor": _("Gentages for"),
        "stafet:hver": _("Hver kaldes"), "stafet:saml": _("Svarene samles i"), "stafet:ind": _("Tager med ind"),
        "stafet:ud": _("Giver tilbage"), "stafet:resultat": _("Svaret gemmes som"), "stafet:beslutning": _("Tabel"),
        "stafet:udtryk": _("Beregning"), "udtryk": _("Beregning"), "stafet:grundlag": _("Grundlag for deling"),
        "stafet:dokument": _("Dokument"), "stafet:dokumentGoer": _("Gør ved dokumentet"), "value": _("Værdi"),
        "label": _("Tekst ved feltet"), "description": _("Beskrivelse"), "type": _("Type"), "key": _("Nøgle"),
        "validate": _("Krav"), "values": _("Valgmuligheder"), "conditional": _("Vises, når"), "felt": _("Felt"),
        "besked": _("Besked"), "hitPolicy": _("Hvor mange rækker må svare"), "question": _("Spørgsmål"),
    }  # fmt: skip
    return known.get(name, name)


def value_of(value: str | None) -> str | None:
    """A property's value; yes and no in words."""
    return {"true": _("ja"), "false": _("nej")}.get(value, value) if value is not None else None
