"""Rules about events: messages, signals and errors that nobody sends or hears, timers that never fire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from engine import feel
from engine.bpmn.drawing import BPMN
from engine.bpmn.timers import cycle, is_plain
from engine.errors import ExpressionInvalid, ExpressionTooCostly
from engine.lint.notes import Note, of
from engine.lint.sheet import AUTOMATIC, Item, Sheet, local, text

#: Messages that every pathway may meet (CONTRACT): people and other systems report them.
EVERYWHERE = frozenset((
    "genindlaeggelse", "uplanlagt_udskrivning", "samtykke_trukket", "doedsfald", "flytning", "fyldt_18", "laegeskift",
    "bero", "bero_ophaevet",
))  # fmt: skip
_CLOCKS = ("timeDate", "timeDuration", "timeCycle")


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
    """A message that is sent has a name and a receiver."""
    for item in sheet.items.values():
        ours = item.ours
        drawn = item.throws and item.event == "message"
        name = ours.get("besked") or (
            sheet.called(item, "message") if drawn or item.kind == "sendTask" else ""
        )
        reached = ours.get("til") or ours.get("forloeb") or item.id in _senders(sheet)
        if name and not reached:
            yield of(
                item,
                "“{navn}” sender beskeden “{besked}” til ingen.",
                "Skriv modtageren i stafet:til, eller forløbet i stafet:forloeb.",
                "error" if sheet.strict else "warning",
                besked=name,
            )
        elif not name and not drawn and (ours.get("til") or ours.get("felter")):
            yield of(
                item,
                "“{navn}” har en modtager, men ingen besked.",
                "Skriv beskedens navn i stafet:besked.",
            )


def message_nobody_sends(sheet: Sheet) -> Iterator[Note]:
    """A message that a pathway waits for is sent by somebody, or can be reported by a person."""
    sent = {name for told in sheet.around.others for name in told.sends} | _sent(
        sheet, sheet.items.values()
    )
    reached = _receivers(sheet)
    for item in sheet.items.values():
        if item.throws or (item.event != "message" and item.kind != "receiveTask"):
            continue
        name = sheet.called(item, "message")
        if not name or name in sent or name in EVERYWHERE or item.id in reached:
            continue
        if not item.lane and not item.ours.get("form") and item.kind != "startEvent":
            yield of(
                item,
                "“{navn}” venter på beskeden “{besked}”, som intet forløb sender, og som ingen kan melde.",
                "Læg hændelsen i banen for den, der melder den, eller send beskeden fra et andet forløb.",
                "warning",
                besked=name,
            )


def message_nobody_catches(sheet: Sheet) -> Iterator[Note]:
    """A message that is sent to a pathway is one that the pathway starts by or waits for."""
    others = {told.slug: told for told in sheet.around.others}
    others |= {told.key: told for told in sheet.around.others}
    for item in sheet.items.values():
        told = others.get(item.ours.get("forloeb", ""))
        name = item.ours.get("besked", "")
        if told is not None and name and name not in told.catches and not told.plain_start:
            yield of(
                item,
                "“{navn}” sender “{besked}” til forløbet “{forloeb}”, som ikke venter på den.",
                "Ret beskedens navn, eller tegn en hændelse for den i det andet forløb.",
                "warning",
                besked=name,
                forloeb=item.ours["forloeb"],
            )


def own_messages(sheet: Sheet) -> Iterator[Note]:
    """The message names that are a pathway's own are listed, so that others can use them."""
    for process in sheet.processes:
        key = process.get("id", "")
        inside = [item for item in sheet.items.values() if item.process == key]
        sent = _sent(sheet, inside) - EVERYWHERE
        caught = (
            {
                sheet.called(i, "message")
                for i in inside
                if not i.throws and (i.event == "message" or i.kind == "receiveTask")
            }
            - EVERYWHERE
            - {""}
        )
        if sent or caught:
            yield Note(
                key,
                "Forløbet sender beskederne {sendt} og venter på beskederne {ventet}.",
                "Andre forløb og systemer bruger de samme navne.",
                {
                    "sendt": ", ".join(sorted(sent)) or "-",
                    "ventet": ", ".join(sorted(caught)) or "-",
                },
                process.sourceline,
                "info",
            )


# ---- signals, errors ---------------------------------------------------------------------
def signal_alone(sheet: Sheet) -> Iterator[Note]:
    """A signal that is sent is heard, and one that is waited for is sent; signals stay inside one instance."""
    thrown = {
        sheet.called(i, "signal") for i in sheet.items.values() if i.event == "signal" and i.throws
    }
    heard = {
        sheet.called(i, "signal")
        for i in sheet.items.values()
        if i.event == "signal" and not i.throws
    }
    for told in sheet.around.others:
        thrown |= told.signals
        heard |= told.hears
    for item in sheet.items.values():
        name = sheet.called(item, "signal") if item.event == "signal" else ""
        if name and item.throws and name not in heard:
            yield of(
                item,
                "“{navn}” sender signalet “{signal}”, som ingen venter på.",
                "Tegn en hændelse, der fanger det, eller brug en besked.",
                "warning",
                signal=name,
            )
        elif name and not item.throws and name not in thrown:
            yield of(
                item,
                "“{navn}” venter på signalet “{signal}”, som ingen sender.",
                "Send signalet i forløbet eller i en del, det kalder, eller brug en besked.",
                "warning",
                signal=name,
            )


def error_uncaught(sheet: Sheet) -> Iterator[Note]:
    """A way that ends in an error ends somewhere that catches it."""
    for item in sheet.each("endEvent"):
        if item.event != "error":
            continue
        name = sheet.called(item, "error")
        if name not in _caught(sheet, item) and "" not in _caught(sheet, item):
            yield of(
                item,
                "“{navn}” ender med fejlen “{fejl}”, som ingen fanger: forløbet går i stå.",
                "Tegn en fejlhændelse på kanten af delforløbet, eller slut med en almindelig sluthændelse.",
                # A part that is called may leave the error to its caller.
                "warning",
                fejl=name or "?",
            )


# ---- timers ------------------------------------------------------------------------------
def timer_never_fires(sheet: Sheet) -> Iterator[Note]:
    """A timer has a time that can come."""
    for item in sheet.items.values():
        definition = item.definition("timer")
        if definition is None:
            continue
        written = next((text(el) for el in definition if local(el) in _CLOCKS and text(el)), "")
        if not written:
            yield of(
                item,
                "Uret “{navn}” har ingen tid.",
                "Skriv en varighed som P7D, en frist som 3 hverdage eller et FEEL-udtryk.",
            )
        elif why := _never(sheet, item, written):
            yield of(item, why, "Ret uret, eller slet det.", tid=written)


def border_without_wait(sheet: Sheet) -> Iterator[Note]:
    """An event on the border of a step has time to come: the step waits."""
    for item in sheet.each("boundaryEvent"):
        host = sheet.items.get(item.attached_to)
        if (
            host is not None
            and host.kind in AUTOMATIC
            and item.event in ("message", "signal", "conditional")
        ):
            yield of(
                item,
                "“{navn}” når aldrig at ske: “{opgave}” er færdig i samme øjeblik, den begynder.",
                "Sæt hændelsen på en opgave, der venter, eller tegn den på vejen.",
                "warning",
                opgave=host.shown,
            )


# ---- small change ------------------------------------------------------------------------
def _senders(sheet: Sheet) -> set[str]:
    return {flow.get("sourceRef", "") for flow in sheet.root.iter(f"{{{BPMN}}}messageFlow")}


def _receivers(sheet: Sheet) -> set[str]:
    return {flow.get("targetRef", "") for flow in sheet.root.iter(f"{{{BPMN}}}messageFlow")}


def _sent(sheet: Sheet, items: Iterable[Item]) -> set[str]:
    """The names of the messages that these elements send."""
    items = list(items)
    found = {item.ours.get("besked", "") for item in items}
    found |= {
        sheet.called(item, "message")
        for item in items
        if item.kind == "sendTask" or (item.throws and item.event == "message")
    }
    return found - {""}


def _caught(sheet: Sheet, item: Item) -> set[str]:
    """The codes of the errors that are caught round an element, from its scope outwards."""
    found: set[str] = set()
    scope, inner = item.scope, ""
    while True:
        for other in sheet.inside.get(scope, ()):
            handles = other.by_event and other.id != inner
            for event in sheet.inside.get(other.id, ()) if handles else ():
                if event.kind == "startEvent" and event.event == "error":
                    found.add(sheet.called(event, "error"))
        for border in sheet.borders.get(scope, ()):
            if border.event == "error":
                found.add(sheet.called(border, "error"))
        if scope not in sheet.items:
            return found
        scope, inner = sheet.items[scope].scope, scope


def _never(sheet: Sheet, item: Item, written: str) -> str:
    """Why this timer never fires, as a template; '' where it may."""
    bare = written.removeprefix("=").strip()
    host = (
        sheet.items.get(item.attached_to)
        if item.kind == "boundaryEvent"
        else sheet.items.get(item.scope)
    )
    if item.kind == "boundaryEvent" and host is not None and host.kind in AUTOMATIC:
        return "Uret “{navn}” når aldrig at gå: opgaven, det sidder på, er færdig i samme øjeblik, den begynder."
    if bare == "overskredet":
        if item.kind == "startEvent" and host is not None:
            host = sheet.items.get(host.scope)
        if host is None or not host.ours.get("frist"):
            return "Uret “{navn}” venter på, at en frist er overskredet, men det, det sidder på, har ingen frist."
        return ""
    if is_plain(written):
        return _plain(written)
    return "" if _may_be_time(bare) else "Uret “{navn}” går aldrig: ={tid} er ikke en tid."


def _plain(written: str) -> str:
    found = cycle(written)
    if found is not None and found[0] == 0:
        return "Uret “{navn}” går aldrig: det gentages nul gange ({tid})."
    day = found[1] if found is not None else written
    if not day[:4].isdigit() or day[4:5] != "-":
        return ""
    try:
        date.fromisoformat(day) if len(day) == 10 else datetime.fromisoformat(day)
    except ValueError:
        return "Uret “{navn}” går aldrig: datoen findes ikke ({tid})."
    return ""


def _may_be_time(expression: str) -> bool:
    """False for an expression that is the same whatever the data say, and is no time."""
    try:
        compiled = feel.compile(expression)
        value: Any = (
            compiled.evaluate({}, 10_000) if not compiled.names | compiled.functions else "P1D"
        )
    except (ExpressionInvalid, ExpressionTooCostly):
        return True  # said by its own rule
    if isinstance(value, str):
        return is_plain(value)
    return isinstance(value, date | timedelta | feel.Months)
