"""Rules about the flow: can a token come here, can it go on, does it ever stand still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bpmn.drawing import ACTIVITIES, BPMN, GATEWAYS
from engine.lint.notes import Note, of
from engine.lint.sheet import AUTOMATIC, Item, Sheet


def no_process(sheet: Sheet) -> Iterator[Note]:
    """The file holds a process with steps in it."""
    if not sheet.items:
        yield Note(
            "",
            "Filen har intet forløb, der kan køres: ingen proces med trin i.",
            "Tegn trinene i en proces, eller vælg en anden fil.",
        )


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


def flow_across_border(sheet: Sheet) -> Iterator[Note]:
    """A flow stays inside its sub-process."""
    for arrow in sheet.arrows:
        source, target = sheet.items.get(arrow.source), sheet.items.get(arrow.target)
        if source and target and source.scope != target.scope:
            yield of(
                arrow,
                "Pilen “{navn}” går over kanten af et delforløb.",
                "Lad vejen slutte inde i delforløbet, og tegn en pil videre fra delforløbet selv.",
            )


def flow_wrong_way(sheet: Sheet) -> Iterator[Note]:
    """Nothing flows into a start or out of an end."""
    for item in sheet.items.values():
        link = item.event == "link"
        if sheet.into[item.id] and (
            item.kind in ("startEvent", "boundaryEvent")
            or (link and item.kind == "intermediateCatchEvent")
        ):
            yield of(
                item,
                "En pil fører ind i “{navn}”, som begynder af sig selv.",
                "Slet pilen, eller brug en mellemhændelse.",
            )
        if sheet.out[item.id] and (item.kind == "endEvent" or (link and item.throws)):
            yield of(
                item,
                "En pil fører ud af “{navn}”, som er slut på sin vej.",
                "Slet pilen, eller brug en mellemhændelse.",
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
        if (
            item.kind == "endEvent"
            or item.by_event
            or _is_thrown_link(item)
            or _in_ad_hoc(sheet, item)
        ):
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
    scopes = [(p.get("id", ""), p.get("name") or p.get("id", ""), True) for p in sheet.processes]
    scopes += [(i.id, i.shown, False) for i in sheet.each("subProcess", "transaction")]
    for scope, name, outer in scopes:
        inside = sheet.inside.get(scope, [])
        if not inside or any(i.kind == "startEvent" for i in inside):
            continue
        yield Note(
            scope,
            "“{navn}” har ingen starthændelse.",
            "Sæt en starthændelse foran det første trin.",
            {"navn": name},
            sheet.items[scope].line if scope in sheet.items else None,
            "error" if outer or not any(map(sheet.begins, inside)) else "warning",
        )


def no_end(sheet: Sheet) -> Iterator[Note]:
    """A process has an end event: its end states are what partners are told."""
    ended = {item.process for item in sheet.each("endEvent")}
    for process in dict.fromkeys(item.process for item in sheet.items.values()):
        if process not in ended:
            yield Note(
                process,
                "Forløbet “{navn}” har ingen sluthændelse.",
                "Lad hver vej slutte i en sluthændelse, der siger, hvordan det endte.",
                {"navn": process},
                severity="warning",
            )


def boundary_on_nothing(sheet: Sheet) -> Iterator[Note]:
    """A boundary event sits on an activity."""
    for item in sheet.each("boundaryEvent"):
        host = sheet.items.get(item.attached_to)
        if (
            host is None
            or host.kind not in ACTIVITIES | {"transaction"}
            or host.scope != item.scope
        ):
            yield of(
                item,
                "Grænsehændelsen “{navn}” sidder ikke på en opgave.",
                "Træk den hen på kanten af den opgave, den hører til.",
            )


def circle_without_wait(sheet: Sheet) -> Iterator[Note]:
    """A loop waits for somebody somewhere, or it would turn for ever."""
    restless = {i.id for i in sheet.items.values() if _is_restless(i)}
    onward = {key: [a.target for a in sheet.out[key] if a.target in restless] for key in restless}
    for circle in _circles(onward):
        first = min(
            (sheet.items[key] for key in circle), key=lambda i: (i.kind not in GATEWAYS, i.line)
        )
        yield of(
            first,
            "Løkken gennem “{navn}” venter aldrig på nogen og ville løbe uden ende.",
            "Sæt en opgave, en besked eller et ur ind i løkken.",
        )


# ---- small change ------------------------------------------------------------------------
def _is_restless(item: Item) -> bool:
    if item.kind in AUTOMATIC or item.kind in GATEWAYS - {"eventBasedGateway"}:
        return True
    return item.kind == "intermediateThrowEvent" and item.event != "link"


def _is_thrown_link(item: Item) -> bool:
    return item.kind == "intermediateThrowEvent" and item.event == "link"


def _in_ad_hoc(sheet: Sheet, item: Item) -> bool:
    return item.scope in sheet.items and sheet.items[item.scope].kind == "adHocSubProcess"


def _reached(sheet: Sheet) -> set[str]:
    links = _link_ends(sheet)
    waiting = [
        item.id
        for item in sheet.items.values()
        if (sheet.begins(item) and item.scope not in sheet.items) or item.by_event
    ]
    found = set(waiting)
    while waiting:
        here = waiting.pop()
        item = sheet.items[here]
        onward = links.get((item.scope, _link(item)), ()) if _is_thrown_link(item) else ()
        for key in (*sheet.next[here], *onward):
            if key not in found:
                found.add(key)
                waiting.append(key)
    return found


def _link_ends(sheet: Sheet) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for item in sheet.each("intermediateCatchEvent"):
        if item.event == "link":
            found.setdefault((item.scope, _link(item)), []).append(item.id)
    return found


def _link(item: Item) -> str:
    definition = item.el.find(f"{{{BPMN}}}linkEventDefinition")
    return " ".join((definition.get("name") or "").split()) or item.name


def link_without_end(sheet: Sheet) -> Iterator[Note]:
    """A link that is jumped from has one place to land, and the other way round."""
    ends = _link_ends(sheet)
    thrown = {
        (i.scope, _link(i)) for i in sheet.each("intermediateThrowEvent") if i.event == "link"
    }
    for item in sheet.items.values():
        if item.event != "link":
            continue
        place = (item.scope, _link(item))
        if (_is_thrown_link(item) and len(ends.get(place, ())) != 1) or (
            item.kind == "intermediateCatchEvent" and (place not in thrown or len(ends[place]) > 1)
        ):
            yield of(
                item,
                "Linket “{link}” ved “{navn}” har ikke netop ét sted, det fører hen, og et sted, det kommer fra.",
                "Giv begge ender af linket samme navn, i samme proces eller delforløb.",
                link=place[1],
            )


def _circles(onward: Mapping[str, list[str]]) -> list[set[str]]:
    """The nodes that go round, in groups: what is left when all that only leads in or out is peeled off."""
    back: dict[str, list[str]] = {key: [] for key in onward}
    for key, targets in onward.items():
        for target in targets:
            back[target].append(key)
    left = _peeled(_peeled(set(onward), onward, back), back, onward)
    groups: list[set[str]] = []
    while left:
        waiting = [left.pop()]
        group = set(waiting)
        while waiting:
            key = waiting.pop()
            near = {*onward[key], *back[key]} & left
            left -= near
            group |= near
            waiting += near
        groups.append(group)
    return groups


def _peeled(
    keys: set[str], onward: Mapping[str, list[str]], back: Mapping[str, list[str]]
) -> set[str]:
    """The keys without those to which nothing leads, and then nothing, and so on."""
    leading = {key: sum(other in keys for other in back[key]) for key in keys}
    waiting = [key for key, count in leading.items() if not count]
    while waiting:
        key = waiting.pop()
        keys.discard(key)
        for target in onward[key]:
            if target in keys:
                leading[target] -= 1
                if not leading[target]:
                    waiting.append(target)
    return keys
