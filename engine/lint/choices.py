"""Rules about choices: conditions, defaults, overlaps, loops and rounds."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.drawing import ACTIVITIES, BPMN
from engine.lint.notes import Note, of
from engine.lint.overlap import witness
from engine.lint.sheet import Arrow, Item, Sheet, ours, text
from engine.lint.values import kinds

CHOICES = ("exclusiveGateway", "inclusiveGateway")


def unclear_choice(sheet: Sheet) -> Iterator[Note]:
    """A choice has a way out whatever the answer: a condition on each flow, and a default."""
    for item in sheet.each(*CHOICES):
        flows = sheet.out[item.id]
        if len(flows) < 2:
            continue
        if item.default and item.default not in {f.id for f in flows}:
            yield of(
                item,
                "Standardvejen fra “{navn}” er ikke en af dens pile.",
                "Vælg en af pilene som standard.",
            )
        elif not item.default:
            yield of(
                item,
                "“{navn}” har ingen standardvej: passer intet svar, går forløbet i stå.",
                "Gør den sikre vej til standard, så der altid er en vej videre.",
                "error" if sheet.strict else "warning",
            )
        yield from _without_condition(sheet, item, flows)


def condition_ignored(sheet: Sheet) -> Iterator[Note]:
    """A condition stands where it is read."""
    for arrow in sheet.arrows:
        source = sheet.items.get(arrow.source)
        if not arrow.condition or source is None:
            continue
        if source.kind not in ACTIVITIES and source.kind not in CHOICES:
            yield of(
                arrow,
                "Betingelsen på “{navn}” læses aldrig: “{valg}” vælger ikke.",
                "Brug et valg (XOR), eller fjern betingelsen.",
                valg=source.shown,
            )
        elif arrow.id == source.default:
            yield of(
                arrow,
                "“{navn}” er standardvejen og har en betingelse, som aldrig læses.",
                "Fjern betingelsen, eller vælg en anden standardvej.",
            )


def overlapping_conditions(sheet: Sheet) -> Iterator[Note]:
    """At most one way out of an exclusive choice fits an answer."""
    known = kinds(sheet.around)
    left = 4_000  # evaluations for the whole diagram
    for item in sheet.each("exclusiveGateway"):
        asked = [f for f in sheet.out[item.id] if f.condition and f.id != item.default]
        for n, first in enumerate(asked[:20]):
            for second in asked[n + 1 : 20]:
                found, cost = witness(first.condition, second.condition, known, left)
                left -= cost
                if found is not None:
                    yield _both(item, first, second, found)


def loop_without_end(sheet: Sheet) -> Iterator[Note]:
    """What is repeated says for whom, or until when."""
    for item in sheet.items.values():
        multi = item.el.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
        loop = item.el.find(f"{{{BPMN}}}standardLoopCharacteristics")
        if multi is not None and not (
            ours(multi).get("gentagFor") or text(multi.find(f"{{{BPMN}}}loopCardinality"))
        ):
            yield of(
                item,
                "“{navn}” gentages, men det står ikke for hvem.",
                "Skriv listen i FEEL i stafet:gentagFor, fx =adspurgte.",
            )
        if loop is not None and not (
            text(loop.find(f"{{{BPMN}}}loopCondition")) or _is_number(loop.get("loopMaximum", ""))
        ):
            yield of(
                item,
                "“{navn}” gentages uden betingelse og uden et største antal.",
                "Skriv betingelsen for en runde til i FEEL, eller et største antal.",
            )


def _without_condition(sheet: Sheet, item: Item, flows: list[Arrow]) -> Iterator[Note]:
    for flow in flows:
        if not flow.condition and flow.id != item.default:
            yield of(
                flow,
                "Vejen “{navn}” ud af “{valg}” har ingen betingelse.",
                "Skriv en betingelse i FEEL, fx =accept = true, eller gør vejen til standard.",
                valg=item.shown,
            )


def _both(item: Item, first: Arrow, second: Arrow, found: str) -> Note:
    return of(
        item,
        "To veje ud af “{navn}” passer på samme svar ({svar}): “{foerste}” og “{anden}”. Den første vinder.",
        "Gør betingelserne skarpe, så kun den ene passer.",
        "warning",
        svar=found,
        foerste=first.shown,
        anden=second.shown,
    )


def _is_number(text: str) -> bool:
    return text.isdecimal() and int(text) > 0 if len(text) < 10 else False
