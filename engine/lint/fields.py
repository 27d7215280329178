"""Which fields can have a value where: what forms, tables, calls and messages leave behind them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.drawing import BPMN
from engine.lint.sheet import Item, Sheet, ours
from engine.lint.values import keys

#: Names that the engine gives every instance, and those that a list's members have in a filter.
GIVEN = frozenset(("adspurgte", "sagen_om", "sagens_parter", "item", "part"))


def given(sheet: Sheet) -> frozenset[str]:
    """What needs no form before it: the engine's names, the agreements' parameters, what callers hand in."""
    found = set(GIVEN)
    for agreement in sheet.around.agreements:
        found |= set(agreement.parameters) | {
            lane.field for lane in agreement.lanes.values() if lane.field
        }
    called = {sheet.around.key, *(p.get("id", "") for p in sheet.processes)}
    for told in sheet.around.others:
        for key in called & set(told.hands):
            names = told.hands[key]
            found |= told.gives if names is None else names
        for key in {sheet.around.slug, *called} & set(told.starts):
            found |= told.starts[key]
    return frozenset(found)


def before(sheet: Sheet) -> Mapping[str, frozenset[str]]:
    """For each node, what some way to it (or the node itself) leaves behind."""
    names: list[str] = []
    bits: dict[str, int] = {}
    own: dict[str, int] = {}
    for item in sheet.items.values():
        own[item.id] = 0
        for name in gives(sheet, item):
            if name not in bits:
                bits[name] = 1 << len(names)
                names.append(name)
            own[item.id] |= bits[name]
    found = dict(own)
    sides = _sides(sheet)
    waiting = list(sheet.items)
    while waiting:
        here = waiting.pop()
        onward = list(sheet.next[here])
        scope = sheet.items[here].scope
        if scope in sheet.items:  # what a sub-process holds comes before what follows it
            onward.append(scope)
        for key in (*onward, *_jumps(sheet, here), *sides.get(here, ())):
            if found[here] | found[key] != found[key]:
                found[key] |= found[here]
                waiting.append(key)
    return {
        key: frozenset(n for i, n in enumerate(names) if mask >> i & 1)
        for key, mask in found.items()
    }


def gives(sheet: Sheet, item: Item) -> set[str]:
    """The names that an element leaves behind."""
    found = sets(sheet, item)
    name = (
        sheet.called(item, "message")
        if item.event == "message" or item.kind == "receiveTask"
        else ""
    )
    for told in sheet.around.others if name and not item.throws else ():
        if name in told.sends:
            found |= told.gives
    return found


def sets(sheet: Sheet, item: Item) -> set[str]:
    """The names that an element gives a value: by its form, table, computation, round or part."""
    found = {item.ours.get("resultat", "") or item.ours.get("beslutning", "")}
    form = sheet.around.forms.get(item.ours.get("form", ""))
    if form is not None:
        found |= set(keys(form.get("components")))
    for part in item.ours.get("ud", "").split(";"):
        found.add(part.partition("=")[0].strip())
    for el in item.el.iterfind(f"{{{BPMN}}}multiInstanceLoopCharacteristics"):
        found |= {ours(el).get("saml", ""), ours(el).get("hver", "")}
    for el in item.el.iterfind(f"{{{BPMN}}}dataObject"):
        found.add(el.get("name", ""))
    return found - {""}


def _jumps(sheet: Sheet, here: str) -> list[str]:
    """Where a value gets without a flow: over a link, to event sub-processes, and out of those that run beside."""
    item = sheet.items[here]
    beside = sheet.inside.get(item.scope, ())
    if not item.by_event:
        # One can begin after anything that its surroundings do.
        return [other.id for other in beside if other.by_event] + _linked(sheet, item)
    stays = any(_stays(start, "isInterrupting") for start in sheet.inside.get(item.id, ()))
    return [other.id for other in beside if stays and sheet.begins(other)]


def _sides(sheet: Sheet) -> dict[str, list[str]]:
    """What follows an activity, for each element on a way that began on its border and left it running."""
    found: dict[str, list[str]] = {}
    for border in sheet.each("boundaryEvent"):
        if not _stays(border, "cancelActivity"):
            continue
        after = [arrow.target for arrow in sheet.out.get(border.attached_to, ())]
        seen, waiting = {border.id}, [border.id]
        while waiting:
            here = waiting.pop()
            found.setdefault(here, []).extend(key for key in after if key in sheet.items)
            waiting += [key for key in sheet.next[here] if key not in seen]
            seen.update(sheet.next[here])
    return found


def _stays(event: Item, said: str) -> bool:
    return bool(event.el.get(said) == "false")


def _linked(sheet: Sheet, item: Item) -> list[str]:
    if item.event != "link" or not item.throws:
        return []
    return [
        i.id
        for i in sheet.each("intermediateCatchEvent")
        if i.event == "link" and i.scope == item.scope
    ]
