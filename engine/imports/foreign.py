"""What the steps of the import share: finding elements, the tools' namespaces, and the two kinds of note."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine import feel
from engine.bpmn.drawing import BPMN, OURS
from engine.errors import ExpressionInvalid
from engine.imports.juel import to_feel
from engine.imports.notes import Note

etree.register_namespace("stafet", OURS)
EXTENSIONS = f"{{{BPMN}}}extensionElements"
#: Namespaces whose attributes and elements say how a diagram looks or where it comes from, never what it does.
QUIET = (
    "http://www.omg.org/", "http://www.w3.org/", "http://bpmn.io/", "http://camunda.org/schema/modeler",
    "http://www.signavio.com", "http://flowable.org/design", "http://flowable.org/modeler",
    "http://activiti.com/modeler", "http://www.trisotech.com", "http://www.igrafx.com", "http://www.boc-group.com",
    "http://www.softwareag.com", "http://www.omninet.de", "http://www.ibo.de", "http://www.bpsim.org",
    "http://trisotech.com", "http://purl.org", "http://www.w4.eu", "https://www.trisotech.com", "https://www.omg.org",
)  # fmt: skip


def each(root: Any, *tags: str) -> Iterator[Any]:
    """The BPMN elements of these kinds, in the order they are written."""
    return root.iter(*(f"{{{BPMN}}}{tag}" for tag in tags))  # type: ignore[no-any-return]


def local(el: Any) -> str:
    """An element's tag without its namespace."""
    return etree.QName(el).localname if isinstance(el.tag, str) else ""


def text(el: Any) -> str:
    """An element's own text, trimmed; '' where there is none."""
    return (el.text or "").strip() if el is not None else ""


def called(el: Any) -> str:
    """What a designer knows an element by."""
    return " ".join((el.get("name") or "").split()) or el.get("id") or local(el)


def take(el: Any, *names: str) -> str:
    """The first foreign attribute of these local names, taken off the element; '' where it has none."""
    for key in list(el.attrib):
        if is_foreign(key) and etree.QName(key).localname in names:
            value: str = el.attrib.pop(key)
            return value.strip()
    return ""


def extensions(el: Any, *names: str) -> list[Any]:
    """The foreign extension elements of these local names, whatever letter they begin with."""
    box = el.find(EXTENSIONS)
    if box is None:
        return []
    return [e for e in box if is_foreign(e.tag) and local(e)[:1].lower() + local(e)[1:] in names]


def drop(el: Any) -> None:
    """Take an element out of its parent."""
    el.getparent().remove(el)


def is_foreign(key: Any) -> bool:
    """Whether an attribute or element is another tool's own, and says what the diagram does."""
    if not isinstance(key, str) or not key.startswith("{"):
        return False
    space = etree.QName(key).namespace
    return space not in (BPMN, OURS) and not str(space).startswith(QUIET)


def ours(el: Any, name: str, value: str) -> None:
    """Write one of our attributes, unless it is empty."""
    if value:
        el.set(f"{{{OURS}}}{name}", value)


def field(el: Any) -> str:
    """The name of the field in which a person answers what a program did not say."""
    return "svar_" + re.sub(r"\W", "_", el.get("id", ""), flags=re.ASCII)


def expression(written: str, language: str = "") -> str | None:
    """Another tool's expression as FEEL without the sign; None where it cannot be said safely."""
    whole = written.strip()
    if whole.startswith("="):
        return whole[1:].strip()
    if whole[:2] not in ("${", "#{") and not language and _is_feel(whole):
        return whole
    found = to_feel(whole)
    return found if found is not None and _is_feel(found) else None


def quoted(value: str) -> str:
    """A text as a FEEL literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def mapped(el: Any, message: str, hint: str = "", **facts: str) -> Note:
    """What was written in another way, without a change of meaning."""
    return Note(
        el.get("id", ""), message, hint, {"navn": called(el), **facts}, el.sourceline, "info"
    )


def decide(el: Any, message: str, hint: str, **facts: str) -> Note:
    """What nobody but a person can say."""
    return Note(
        el.get("id", ""), message, hint, {"navn": called(el), **facts}, el.sourceline, "warning"
    )


def refuse(el: Any, message: str, hint: str, **facts: str) -> Note:
    """What cannot be run before a person has mended it."""
    return Note(
        el.get("id", ""), message, hint, {"navn": called(el), **facts}, el.sourceline, "error"
    )


def _is_feel(written: str) -> bool:
    try:
        feel.compile(written)
    except ExpressionInvalid:
        return False
    return True
