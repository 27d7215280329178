"""Events: timers as the engine reads them, names for messages and signals that have none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.bpmn.drawing import BPMN
from engine.bpmn.timers import is_plain
from engine.imports.foreign import decide, each, expression, local, mapped, refuse, text
from engine.imports.notes import Note

#: A length of nothing, which other tools take for "at once".
_ZERO = re.compile(r"P(?:0+[YMWD])*(?:T(?:0+(?:[.,]0+)?[HMS])+)?")


def timers(root: Any) -> Iterator[Note]:
    """Times, lengths and cycles: expressions said in FEEL, nothing rounded up to a second."""
    for tag in ("timeDate", "timeDuration", "timeCycle"):
        for el in each(root, tag):
            written, event = text(el), el.getparent().getparent()
            if not written or is_plain(written):
                continue
            if len(written) > 1 and _ZERO.fullmatch(written):
                el.text = "PT1S"
                yield mapped(
                    event,
                    "Uret på “{navn}” er rundet op fra {foer} til {efter}.",
                    foer=written,
                    efter=el.text,
                )
                continue
            yield from _expression(el, event, written)


def nameless(root: Any) -> Iterator[Note]:
    """A message event without a message shares the name at the other end of its message flow, or gets its id."""
    holders = {
        el.getparent().get("id"): el
        for el in each(root, "messageEventDefinition")
        if el.getparent().get("id")
    } | {el.get("id"): el for el in each(root, "receiveTask") if el.get("id")}
    ends = {flow.get("sourceRef"): flow.get("targetRef") for flow in each(root, "messageFlow")}
    ends |= {target: source for source, target in ends.items()}
    named = {el.get("id"): el.get("name") or el.get("id") for el in each(root, "message")}
    for key, holder in holders.items():
        if holder.get("messageRef"):
            continue
        other = holders.get(ends.get(key))
        theirs = named.get(other.get("messageRef")) if other is not None else None
        yield _name(root, named, holder, key, theirs or key)


def _expression(el: Any, event: Any, written: str) -> Iterator[Note]:
    # A bare word is nobody's expression here: it stands for something that was never filled in.
    found = expression(written) if written[:1] in "=$#" else None
    if found is None:
        yield refuse(
            event,
            "Uret på “{navn}” kan ikke læses: {udtryk}",
            "Skriv en dato, en varighed som P7D, en gentagelse som R3/P1M, en frist som 3 hverdage eller FEEL efter =.",
            udtryk=written,
        )
    elif f"={found}" != written:
        el.text = f"={found}"
        yield mapped(
            event,
            "Udtrykket på “{navn}” er oversat: {foer} er nu ={efter}.",
            foer=written,
            efter=found,
        )


def _name(root: Any, named: dict[str, str], holder: Any, key: str, name: str) -> Note:
    event = holder if local(holder) == "receiveTask" else holder.getparent()
    message = etree.Element(f"{{{BPMN}}}message")
    message.set("id", f"besked_{key}")
    message.set("name", name)
    root.insert(0, message)
    holder.set("messageRef", f"besked_{key}")
    named[f"besked_{key}"] = name
    return decide(
        event,
        "Beskeden ved “{navn}” havde intet navn; den hedder nu “{besked}”.",
        "Giv beskeden det navn, som den, der sender den, bruger.",
        besked=name,
    )
