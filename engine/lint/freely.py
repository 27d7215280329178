"""A rule about what people write in words of their own: it is kept sealed, and no pathway's state holds it.

What some expression reads enters the state (`engine.bpmn.plan`: the names are counted as there), and the state is kept
in clear.  `reads` and `takes` say it of one diagram; `Told` carries it to those that call or tell it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.bpmn.plan import HOST_NAMES, words
from engine.lint.expressions import expressions
from engine.lint.notes import Note, of
from engine.lint.sheet import Arrow, Item, Sheet, Told

#: Fields in which one writes; `readonly` ones only show what the diagram says.
WRITTEN = frozenset(("textfield", "textarea"))
#: What is asked of a task's own answers, and is no reason to keep them.
_ASKED = frozenset(("stafet:dokumentSvar", "stafet:dokumentMaade", "stafet:dokumentGrund"))


def free_text_read(sheet: Sheet) -> Iterator[Note]:
    """No expression reads what somebody writes freely: what is read is kept unsealed."""
    if not sheet.around.known:
        return
    read = _with_others(sheet)
    free = {item.id: _written(sheet, item) for item in sheet.items.values()}
    for item in sheet.items.values():
        for name in sorted(free[item.id] & read.get(item.process, set())):
            yield of(
                item,
                "“{navn}” spørger om “{felt}” i fri tekst, og et udtryk læser svaret. Det, der bliver skrevet, "
                "ville så ligge ukrypteret i forløbets tilstand.",
                "Spørg med et valg, et tal eller en dato, eller lad udtrykket læse noget andet. En besked kan tage "
                "teksten med (stafet:felter).",
                felt=name,
            )
    anything = frozenset().union(*free.values())
    for item in sheet.items.values():
        fields = anything & set(item.ours.get("felter", "").split())
        for name in sorted(fields & _of_receiver(sheet, item, read)):
            yield of(
                item,
                "“{navn}” sender “{felt}”, som er fri tekst, til et forløb, hvor et udtryk læser det. Det, der bliver "
                "skrevet, ville så ligge ukrypteret i det forløbs tilstand.",
                "Tag feltet ud af stafet:felter, eller giv det et andet navn end det, som det andet forløb læser.",
                felt=name,
            )


def reads(drawn: Sheet, tables: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    """The names that each process of a diagram reads; `tables` are the decisions and what each of them asks."""
    found: dict[str, set[str]] = {process.get("id", ""): set() for process in drawn.processes}
    for said in expressions(drawn):
        if said.what not in _ASKED and (item := _on(drawn, said.item)):
            found[item.process] |= words(said.text)
    for item in drawn.items.values():
        mine = found[item.process]
        mine |= tables.get(item.ours.get("beslutning", ""), frozenset())
        mine |= {item.ours.get("resultat", "")} - {""}
        if item.kind == "callActivity":
            mine |= _out(item)
    return found


def takes(drawn: Sheet) -> dict[str, frozenset[str]]:
    """What calls bring back of each part: it is read in the part."""
    found: dict[str, frozenset[str]] = {}
    for item in drawn.each("callActivity"):
        called = item.el.get("calledElement", "")
        found[called] = found.get(called, frozenset()) | _out(item)
    return found


# ---- inside ------------------------------------------------------------------------------
def _with_others(sheet: Sheet) -> dict[str, set[str]]:
    """`reads` with what lanes say, what callers bring back, and what a part reads to which everything goes in."""
    found = reads(sheet, sheet.around.decisions)
    every = {name: lane for a in sheet.around.agreements for name, lane in a.lanes.items()}
    for item in sheet.items.values():
        lane = every.get(item.lane)
        found[item.process] |= {lane.field} if lane and lane.field else set()
    for called in [takes(sheet), *(told.takes for told in sheet.around.others)]:
        for key, names in called.items():
            for process in found.keys() & {key}:
                found[process] |= names
    hidden = HOST_NAMES.union(*(a.parameters for a in sheet.around.agreements))
    for item in sheet.each("callActivity"):
        if "ind" not in item.ours:
            found[item.process] |= _of_part(sheet, item.el.get("calledElement", ""), found)
    return {process: names - hidden for process, names in found.items()}


def _of_part(sheet: Sheet, called: str, own: Mapping[str, set[str]]) -> set[str]:
    """What a part reads, and the parts that it hands everything on to."""
    waiting, seen, found = [called], {""}, set(own.get(called, ()))
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        for told in (each for each in sheet.around.others if key in (each.key, each.slug)):
            found |= told.reads
            waiting += [part for part, names in told.hands.items() if names is None]
    return found


def _of_receiver(sheet: Sheet, item: Item, own: Mapping[str, set[str]]) -> set[str]:
    """What is read where the element's message goes: in another pathway, or in another pool of the file."""
    if slug := item.ours.get("forloeb", ""):
        there = (told for told in sheet.around.others if f"-{told.key}".endswith(f"-{slug}"))
        return {name for told in there if _reachable(sheet, told) for name in told.reads}
    return {name for process, names in own.items() if process != item.process for name in names}


def _reachable(sheet: Sheet, told: Told) -> bool:
    return bool({told.key, told.slug} & sheet.around.pathways)


def _written(sheet: Sheet, item: Item) -> set[str]:
    form = sheet.around.forms.get(item.ours.get("form", ""))
    return set(_names(form.get("components"))) if form else set()


def _names(parts: Any) -> Iterator[str]:
    """The names under which a diagram would read what is written in a form, in lists and groups too."""
    waiting = [(part, "") for part in parts] if isinstance(parts, list) else []
    while waiting:
        part, path = waiting.pop()
        if not isinstance(part, dict):
            continue
        if part.get("type") in WRITTEN and not (part.get("readonly") or part.get("disabled")):
            yield from (name for name in (path, part.get("key")) if isinstance(name, str) and name)
        if isinstance(own := part.get("path"), str) and own:
            path = own.split(".")[0]
        inner = part.get("components")
        waiting += [(each, path) for each in inner] if isinstance(inner, list) else []


def _on(sheet: Sheet, item: Item | Arrow) -> Item | None:
    return sheet.items.get(item.source) if isinstance(item, Arrow) else item


def _out(item: Item) -> frozenset[str]:
    pairs = (pair.partition("=") for pair in item.ours.get("ud", "").split(";"))
    return frozenset().union(*(words(text or name) for name, _, text in pairs))
