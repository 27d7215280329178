"""Rules about clauses and deadlines, and how our attributes are spelt."""

from __future__ import annotations

from collections.abc import Iterator

from engine.calendar import parse
from engine.errors import FristInvalid
from engine.lint.notes import Note, of
from engine.lint.sheet import Sheet, ours

#: Our attributes, on nodes and on what is repeated.
ATTRIBUTES = frozenset((
    "klausul", "form", "frist", "fra", "fristKlausul", "lokal", "besked", "titel", "til", "forloeb", "felter", "kun",
    "gentagFor", "hver", "saml", "ind", "ud", "resultat", "udtryk", "beslutning", "ur",
    "dokument", "dokumentGoer", "dokumentParter", "dokumentPart", "dokumentSvar", "dokumentMaade", "dokumentFra",
    "dokumentTil", "dokumentGrund", "grundlag", "grundlagFor", "grundlagTekst", "grundlagTil", "grundlagAf",
    "begrundelse", "tomt",
))  # fmt: skip


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
        spelt = {**item.ours}
        for child in item.el:
            spelt |= ours(child)
        for name in spelt:
            if name not in ATTRIBUTES:
                yield of(
                    item,
                    "“{navn}” har attributten stafet:{attribut}, som ikke findes.",
                    "De kendte står i docs/designers.md.",
                    attribut=name,
                )
