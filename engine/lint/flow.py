"""Rules about the flow: can a token come here, can it go on, is it clear which way."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.drawing import GATEWAYS
from engine.lint.notes import Note, of
from engine.lint.sheet import AUTOMATIC, STRANGE, Item, Sheet

_ENDS = frozenset(("endEvent",))
_THROWS_AWAY = frozenset(("link",))


def flow_to_nowhere(sheet: Sheet) -> Iterator[Note]:
    """A flow leads from one step to another."""
    for arrow in sheet.arrows:
        for end in (arrow.source, arrow.target):
            if end not in sheet.items:
                yield of(
                    arrow,
                    "Pilen “{navn}” fører fra eller til “{ende}”, som ikke er et trin.",
                    "Træk pilen hen til et trin, eller slet den.",
                    ende=end or "?",
                )


def unreachable(sheet: Sheet) -> Iterator[Note]:
    """Every element can be reached from a start."""
    reached = _reached(sheet)
    for item in sheet.items.values():
        if item.id not in reached and not item.by_event:
            yield of(
                item,
                "Ingen vej fører til “{navn}”.",
                "Tegn en pil hertil, eller slet elementet.",
            )


def dead_end(sheet: Sheet) -> Iterator[Note]:
    """Every element has a way on, until an end event."""
    for item in sheet.items.values():
        if item.kind in _ENDS or item.by_event or _is_thrown_link(item):
            continue
        if not sheet.out[item.id]:
            yield of(
                item,
                "“{navn}” er en blindgyde: der er ingen vej videre.",
                "Tegn en pil videre, eller lad vejen slutte i en sluthændelse med et navn.",
                severity="error" if item.kind in GATEWAYS else "warning",
            )


def no_start(sheet: Sheet) -> Iterator[Note]:
    """A process and a sub-process have a place to begin."""
    for process in {item.process: item for item in sheet.items.values()}.values():
        inside = [i for i in sheet.items.values() if i.scope == process.process]
        if inside and not any(i.kind == "startEvent" for i in inside):
            yield Note(
                process.process,
                "Forløbet “{navn}” har ingen starthændelse.",
                "Sæt en starthændelse foran det første trin.",
                {"navn": process.process},
                severity="error" if not any(map(sheet.begins, inside)) else "warning",
            )


def no_end(sheet: Sheet) -> Iterator[Note]:
    """A process has an end event: its end states are what partners are told."""
    for process in dict.fromkeys(item.process for item in sheet.items.values()):
        if not any(i.kind == "endEvent" and i.process == process for i in sheet.items.values()):
            yield Note(
                process,
                "Forløbet “{navn}” har ingen sluthændelse.",
                "Lad hver vej slutte i en sluthændelse, der siger, hvordan det endte.",
                {"navn": process},
                severity="warning",
            )


def unclear_choice(sheet: Sheet) -> Iterator[Note]:
    """A choice has a way out whatever the answer: conditions on its flows, and a default."""
    for item in sheet.each("exclusiveGateway", "inclusiveGateway"):
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
            )
        for flow in flows:
            if not flow.condition and flow.id != item.default:
                yield of(
                    flow,
                    "Vejen “{navn}” ud af “{valg}” har ingen betingelse.",
                    "Skriv en betingelse i FEEL, fx =accept = true, eller gør vejen til standard.",
                    valg=item.shown,
                )


def condition_ignored(sheet: Sheet) -> Iterator[Note]:
    """A condition stands where it is read."""
    for item in sheet.each("parallelGateway", "eventBasedGateway"):
        for flow in sheet.out[item.id]:
            if flow.condition:
                yield of(
                    flow,
                    "Betingelsen på “{navn}” læses aldrig: alle veje ud af “{valg}” tages.",
                    "Brug et valg (XOR), eller fjern betingelsen.",
                    valg=item.shown,
                )


def boundary_on_nothing(sheet: Sheet) -> Iterator[Note]:
    """A boundary event sits on an activity."""
    for item in sheet.each("boundaryEvent"):
        host = sheet.items.get(item.attached_to)
        if host is None or host.kind in GATEWAYS or host.kind.endswith("Event"):
            yield of(
                item,
                "Grænsehændelsen “{navn}” sidder ikke på en opgave.",
                "Træk den hen på kanten af den opgave, den hører til.",
            )


def circle_without_wait(sheet: Sheet) -> Iterator[Note]:
    """A loop waits for somebody somewhere, or it would turn for ever."""
    restless = {i.id for i in sheet.items.values() if i.kind in AUTOMATIC or i.kind in GATEWAYS} - {
        i.id for i in sheet.each("eventBasedGateway")
    }
    for start in sheet.items.values():
        if start.id not in restless or start.kind not in GATEWAYS:
            continue
        if _comes_back(sheet, start, restless):
            yield of(
                start,
                "Løkken gennem “{navn}” venter aldrig på nogen og ville løbe uden ende.",
                "Sæt en opgave, en besked eller et ur ind i løkken.",
            )
            return


def not_run(sheet: Sheet) -> Iterator[Note]:
    """Everything that is drawn is run as the standard says, or refused."""
    for item in sheet.items.values():
        if item.kind in STRANGE:
            yield of(
                item,
                "“{navn}” er en {slags}, som Stafet ikke kører.",
                "Tegn det med opgaver, valg og almindelige delforløb.",
                slags=item.kind,
            )
        elif item.event in ("compensate", "cancel"):
            yield of(
                item,
                "“{navn}” bruger kompensation eller annullering, som Stafet ikke kører.",
                "Tegn de trin, der skal udføres, som almindelige opgaver.",
            )
        elif item.el.get("isForCompensation") == "true":
            yield of(
                item,
                "“{navn}” er en kompensation, som Stafet ikke kører.",
                "Tegn den som en almindelig opgave på sin egen vej.",
            )


def script(sheet: Sheet) -> Iterator[Note]:
    """No program code in a diagram: FEEL is the one language."""
    for item in sheet.items.values():
        for child in item.el:
            tag = str(child.tag)
            if tag.endswith("}script") and (child.text or "").strip():
                yield of(
                    item,
                    "“{navn}” indeholder et script. Kode i et diagram bliver aldrig kørt.",
                    "Skriv værdien som FEEL i stafet:udtryk, og navnet på resultatet i stafet:resultat.",
                )
        if _foreign_code(item):
            yield of(
                item,
                "“{navn}” kalder kode fra et andet værktøj, som ikke bliver kørt.",
                "Fjern det, eller erstat det med FEEL eller en besked.",
            )


def _foreign_code(item: Item) -> bool:
    names = ("class", "expression", "delegateExpression", "scriptFormat")
    for key, value in item.el.attrib.items():
        namespace, _, name = key.rpartition("}")
        if namespace and name in names and value:
            return True
    return any(
        str(el.tag).endswith(("}taskListener", "}executionListener", "}preScript", "}postScript"))
        for el in item.el.iterfind(".//{*}extensionElements/*")
    )


def _is_thrown_link(item: Item) -> bool:
    return item.kind == "intermediateThrowEvent" and item.event in _THROWS_AWAY


def _reached(sheet: Sheet) -> set[str]:
    waiting = [
        item
        for item in sheet.items.values()
        if (sheet.begins(item) and item.scope not in sheet.items)
        or item.by_event
        or (item.kind == "intermediateCatchEvent" and item.event == "link")
    ]
    found = {item.id for item in waiting}
    while waiting:
        for item in sheet.next_to(waiting.pop()):
            if item.id not in found:
                found.add(item.id)
                waiting.append(item)
    return found


def _comes_back(sheet: Sheet, start: Item, restless: set[str]) -> bool:
    waiting, seen = [start.id], set()
    while waiting:
        for arrow in sheet.out.get(waiting.pop(), ()):
            if arrow.target == start.id:
                return True
            if arrow.target in restless and arrow.target not in seen:
                seen.add(arrow.target)
                waiting.append(arrow.target)
    return False
