"""Rules about documents: which kinds an agreement has, what may be done to one, and that somebody writes it first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.documents.kinds import MAKING, VERBS
from engine.lint.notes import Note, of
from engine.lint.sheet import Item, Sheet

_LITERAL = re.compile(r'"([a-z][a-z0-9_]*)"')
_HOW = (
    "dokumentGoer", "dokumentParter", "dokumentPart", "dokumentSvar", "dokumentMaade", "dokumentFra", "dokumentTil",
    "dokumentGrund",
)  # fmt: skip


def unknown_document(sheet: Sheet) -> Iterator[Note]:
    """A document is of a kind that the agreement declares."""
    if not sheet.around.known:
        return
    for item in sheet.items.values():
        # A shared part may know documents that only some agreements have; the others pass it over.
        known = {kind for each in sheet.around.agreements for kind in each.documents}
        strange = [kind for kind in named(item) if kind not in known]
        if item.ours.get("dokument", "").startswith("=") and set(named(item)) & known:
            continue  # not every text of an expression is a document's name
        for kind in strange:
            yield of(
                item,
                "“{navn}” nævner dokumentet {dokument}, som aftalen ikke har.",
                "Skriv det under [dokumenter] i agreement.toml, eller ret navnet i stafet:dokument.",
                dokument=kind,
            )


def document_unclear(sheet: Sheet) -> Iterator[Note]:
    """What is done to a document is one of the things that can be done."""
    for item in sheet.items.values():
        verbs = item.ours.get("dokumentGoer", "").split()
        if item.ours.get("dokument"):
            wrong = [verb for verb in verbs if verb not in VERBS]
            if wrong or not verbs:
                yield of(
                    item,
                    "“{navn}” siger ikke, hvad der sker med dokumentet: {hvad}.",
                    "Skriv i stafet:dokumentGoer en eller flere af: {kendte}.",
                    hvad=wrong[0] if wrong else "–",
                    kendte=", ".join(VERBS),
                )
            elif "accept" in verbs and not item.ours.get("dokumentSvar"):
                yield of(
                    item,
                    "“{navn}” tager imod et svar på et dokument, men siger ikke, hvilket felt svaret er.",
                    "Skriv fx stafet:dokumentSvar med =accept.",
                )
        elif loose := [name for name in _HOW if item.ours.get(name)]:
            yield of(
                item,
                "“{navn}” har stafet:{attribut}, men nævner intet dokument.",
                "Skriv dokumentets navn i stafet:dokument.",
                attribut=loose[0],
            )


def document_without_version(sheet: Sheet) -> Iterator[Note]:
    """What is sent, accepted or put in force has been written: here, or in another pathway of the agreement."""
    if sheet.around.clauses is None:
        return
    made = {kind for item in sheet.items.values() for kind in makes(item)}
    made |= {kind for other in sheet.around.others for kind in other.makes}
    for item in sheet.items.values():
        verbs = set(item.ours.get("dokumentGoer", "").split())
        needs = verbs & {"ret", "send", "orienter", "accept", "i_kraft"}
        kinds = named(item)
        if needs and not verbs & MAKING and kinds and not made & set(kinds):
            yield of(
                item,
                "“{navn}” bruger dokumentet {dokument}, men intet trin skriver en udgave af det.",
                "Lad et trin før det have stafet:dokumentGoer med ny_version, nyt eller genbrug.",
                dokument=kinds[0],
            )


def named(item: Item) -> list[str]:
    """The kinds that an element names, also in an expression."""
    text = item.ours.get("dokument", "")
    return _LITERAL.findall(text) if text.startswith("=") else text.split()


def makes(item: Item) -> list[str]:
    """The kinds that an element writes a version of."""
    return named(item) if MAKING & set(item.ours.get("dokumentGoer", "").split()) else []
