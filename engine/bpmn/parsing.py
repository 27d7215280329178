"""XML from strangers: no DTD, no entities, no network, a bounded size and depth; then small looks at elements."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.bpmn.shapes import refused
from engine.errors import DiagramInvalid

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
OURS = "urn:stafet:bpmn"
MAX_BYTES = 20_000_000
#: Elements within elements; a real diagram has about a dozen.
MAX_DEPTH = 100
MAX_ELEMENTS = 150_000


def parse(xml: str | bytes) -> etree._Element:
    """The root element; raises `DiagramInvalid` for what is no XML, is too large or deep, or has a DOCTYPE."""
    data = xml.encode("utf-8", "replace") if isinstance(xml, str) else xml
    if len(data) > MAX_BYTES:
        raise DiagramInvalid("The file is larger than a diagram can be (20 MB).", why="too_large")
    if _declares(data):
        raise DiagramInvalid("A diagram must not have a DOCTYPE.", why="doctype")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(_without_declaration(data, isinstance(xml, str)), parser)
    except etree.XMLSyntaxError as exc:
        line, column = exc.position
        raise DiagramInvalid(
            f"The file is not readable XML: it breaks off at line {line}, column {column}.",
            line=line,
            why="not_xml",
        ) from exc
    except ValueError as exc:
        raise DiagramInvalid(
            "The file holds characters that XML does not allow.", why="not_xml"
        ) from exc
    if root.getroottree().docinfo.doctype:
        raise DiagramInvalid("A diagram must not have a DOCTYPE.", why="doctype")
    _bounded(root)
    return root


def _declares(data: bytes) -> bool:
    """Whether a DOCTYPE stands before the first element, so that the parser need not even look at it."""
    head = data[:100_000].replace(b"\0", b"")  # UTF-16 read as bytes, too
    at = head.find(b"<!DOCTYPE")
    return at >= 0 and b"<!--" not in head[:at] and b"<![CDATA[" not in head[:at]


def _without_declaration(data: bytes, was_text: bool) -> bytes:
    # A text that says encoding="UTF-16" has been decoded already; what we encoded is UTF-8.
    if was_text and data.lstrip().startswith(b"<?xml"):
        return data[data.find(b"?>") + 2 :] if b"?>" in data else data
    return data


def _bounded(root: etree._Element) -> None:
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            raise DiagramInvalid(
                f"The file nests elements more than {MAX_DEPTH} deep.", why="too_deep"
            )
        if count > MAX_ELEMENTS:
            raise DiagramInvalid(
                f"The file has more than {MAX_ELEMENTS:,} elements.", why="too_large"
            )


# ---- looking at elements -----------------------------------------------------------------
def local(el: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(el).localname if isinstance(el.tag, str) else ""


def is_bpmn(el: etree._Element) -> bool:
    """Whether the element is the standard's own."""
    return isinstance(el.tag, str) and el.tag.startswith(f"{{{BPMN}}}")


def inner(el: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The standard's elements directly inside, with their names."""
    return ((local(child), child) for child in el if is_bpmn(child))


def find(el: etree._Element, name: str) -> etree._Element | None:
    """The first of the standard's elements of that name directly inside."""
    return el.find(f"{{{BPMN}}}{name}")


def every(el: etree._Element, name: str) -> Iterator[etree._Element]:
    """All of them, directly inside."""
    return iter(el.iterfind(f"{{{BPMN}}}{name}"))


def text(el: etree._Element | None) -> str:
    """The element's text, or ''."""
    return (el.text or "").strip() if el is not None else ""


def name_of(el: etree._Element) -> str:
    """The element's name on one line."""
    return " ".join((el.get("name") or "").split())


def ours(el: etree._Element) -> dict[str, str]:
    """The attributes of our namespace."""
    prefix = f"{{{OURS}}}"
    return {k[len(prefix) :]: v.strip() for k, v in el.attrib.items() if k.startswith(prefix)}


def ref(value: str) -> str:
    """An id out of a QName (`p:Process_1`)."""
    return value.strip().rpartition(":")[2]


def no(el: etree._Element, why: str, what: str, hint: str = "") -> DiagramInvalid:
    """The "no" to one element of a file."""
    return refused(el.get("id") or local(el), name_of(el), el.sourceline or 0, why, what, hint)
