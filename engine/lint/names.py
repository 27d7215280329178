"""Rules about how a diagram reads: names, ids, lanes drawn, coordinates."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.drawing import ACTIVITIES, BPMN
from engine.lint.notes import Note, of
from engine.lint.sheet import DI, Arrow, Item, Sheet


def twice_the_same_id(sheet: Sheet) -> Iterator[Note]:
    """An id belongs to one element: running cases refer to it."""
    seen: dict[str, int] = {}
    for el in sheet.root.iter(f"{{{BPMN}}}*"):
        key = el.get("id")
        if key is None:
            continue
        if key in seen:
            yield Note(
                key,
                "To elementer har id'et “{navn}” (linje {foerste} og {anden}).",
                "Giv det ene et andet id.",
                {"navn": key, "foerste": str(seen[key]), "anden": str(el.sourceline)},
                el.sourceline,
            )
        seen.setdefault(key, el.sourceline or 0)


def without_id(sheet: Sheet) -> Iterator[Note]:
    """Every element and every flow has an id."""
    for item in sheet.items.values():
        if not item.el.get("id"):
            yield of(item, "“{navn}” har intet id.", "Giv det et id, fx navnet uden æ, ø og å.")
    for arrow in sheet.arrows:
        if not arrow.id:
            yield of(
                arrow, "Pilen fra “{fra}” har intet id.", "Giv den et id: <fra>_til_<til>.",
                fra=arrow.source,
            )  # fmt: skip


def without_name(sheet: Sheet) -> Iterator[Note]:
    """What staff see has a name: tasks, events, questions and their answers."""
    for item in sheet.items.values():
        if item.name:
            continue
        if item.kind in ACTIVITIES:
            yield of(
                item,
                "Opgaven “{navn}” har intet navn.",
                "Skriv et udsagnsord og en genstand, fx Send planen.",
                "warning",
            )
        elif item.kind in ("startEvent", "endEvent", "boundaryEvent") and not _inner(
            sheet, item.scope
        ):
            yield of(
                item,
                "Hændelsen “{navn}” har intet navn.",
                "Skriv, hvad der er sket, fx Planen er godkendt.",
                "warning",
            )
        elif item.kind in ("exclusiveGateway", "inclusiveGateway") and len(sheet.out[item.id]) > 1:
            yield of(
                item,
                "Valget “{navn}” stiller intet spørgsmål.",
                "Skriv et spørgsmål, fx Accepterer alle?",
                "warning",
            )


def answer_without_name(sheet: Sheet) -> Iterator[Note]:
    """Every way out of a choice says which answer leads there."""
    for item in sheet.each("exclusiveGateway", "inclusiveGateway"):
        flows = sheet.out[item.id]
        for flow in flows if len(flows) > 1 else ():
            if not flow.name:
                yield of(
                    flow,
                    "Vejen “{navn}” ud af “{valg}” siger ikke, hvilket svar der fører derhen.",
                    "Skriv svaret på pilen, fx Ja eller Nej.",
                    "warning",
                    valg=item.shown,
                )


def not_drawn(sheet: Sheet) -> Iterator[Note]:
    """Every element has its place in the picture."""
    drawn = {
        el.get("bpmnElement") for el in sheet.root.iter(f"{{{DI}}}BPMNShape", f"{{{DI}}}BPMNEdge")
    }
    everything: list[Item | Arrow] = [*sheet.items.values(), *sheet.arrows]
    missing = [one for one in everything if one.id not in drawn]
    if missing:
        yield Note(
            missing[0].id,
            "{antal} elementer er ikke tegnet, det første er “{navn}”.",
            "Åbn forløbet i studiet, så bliver det tegnet, eller kør: node tools/layout/layout.mjs <fil>.",
            {"antal": str(len(missing)), "navn": missing[0].shown},
            missing[0].line or None,
            "warning",
        )


def wrong_key(sheet: Sheet) -> Iterator[Note]:
    """The process key is the agreement's name and the folder's."""
    key = sheet.around.key
    found = [el.get("id", "") for el in sheet.root.iter(f"{{{BPMN}}}process")]
    if key and key not in found:
        yield Note(
            found[0] if found else "",
            "Processens nøgle er “{navn}”, men mappen kræver “{noegle}”.",
            "Ret processens id, eller omdøb mappen og filen.",
            {"navn": ", ".join(found) or "?", "noegle": key},
        )


def _inner(sheet: Sheet, scope: str) -> bool:
    return scope in sheet.items
