"""DMN files as nodes: safely parsed, versions 1.1 to 1.5 alike, references resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from lxml import etree

from engine import sizes
from engine.errors import DecisionInvalid

#: Larger files are no decision models.
MAX_BYTES = sizes.FILE
Element = Any
Kind = Literal["input", "decision", "knowledge", "service"]
_KINDS: dict[str, Kind] = {
    "inputData": "input",
    "decision": "decision",
    "businessKnowledgeModel": "knowledge",
    "decisionService": "service",
}
_REQUIRED = {"requiredInput", "requiredDecision", "requiredKnowledge"}
#: Elements with a name that expressions may use.
_NAMED = {
    "variable", "inputData", "decision", "businessKnowledgeModel", "decisionService", "itemComponent",
    "formalParameter", "parameter", "column", "import", "informationItem", "output",
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """One element of the requirement graph; `id` is qualified by its model's namespace."""

    id: str
    kind: Kind
    name: str
    #: The name that expressions use.
    variable: str
    type_ref: str | None
    element: Element
    requires: tuple[str, ...]
    model: Model
    services: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Model:
    """One file."""

    namespace: str
    name: str
    nodes: dict[str, Node]
    items: list[Element]
    #: Imported namespaces and the names they get here.
    imports: dict[str, str]
    #: Every name that an expression of this file may use.
    names: frozenset[str]


def read(xml: str | bytes) -> Model:
    """One DMN file; raises DecisionInvalid."""
    root = _parse(xml)
    if local(root) != "definitions":
        raise DecisionInvalid("This is no DMN file: its root is not “definitions”.")
    namespace = root.get("namespace") or ""
    imports = {e.get("namespace") or "": e.get("name") or "" for e in root if local(e) == "import"}
    names = {n for e in root.iter() if local(e) in _NAMED and (n := e.get("name"))} | {
        n for e in root.iter() if (n := e.get("iteratorVariable"))
    }
    model = Model(
        namespace,
        root.get("name") or "",
        {},
        [e for e in root if local(e) == "itemDefinition"],
        imports,
        frozenset(names),
    )
    for element in root:
        if local(element) in _KINDS:
            node = _node(element, model)
            model.nodes[node.id] = node
    if not model.nodes:
        raise DecisionInvalid("The file holds no decision.")
    return model


def local(element: Element) -> str:
    """An element's name without its namespace; nothing for comments and strangers."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    namespace, _, name = tag.rpartition("}")
    return name if "dmn" in namespace.lower() or not namespace else ""


def child(element: Element, *names: str) -> Element | None:
    """The first child of one of these names."""
    return next((e for e in element if local(e) in names), None)


def children(element: Element, *names: str) -> list[Element]:
    """All children of these names."""
    return [e for e in element if local(e) in names]


def text(element: Element | None) -> str:
    """The text of `<text>` below an element, or nothing."""
    if element is None:
        return ""
    inner = child(element, "text")
    return "".join(inner.itertext()) if inner is not None else ""


def where(element: Element) -> str:
    """An element's id, or its name and line, for sentences."""
    return element.get("id") or f"{local(element)} on line {element.sourceline}"


def _parse(xml: str | bytes) -> Element:
    # What cannot be encoded is no XML either: the parser says so.
    data = xml.encode("utf-8", "surrogatepass") if isinstance(xml, str) else xml
    if len(data) > MAX_BYTES:
        raise DecisionInvalid("The file is too large for a decision model.")
    if isinstance(xml, str) and xml.lstrip().startswith("<?xml"):
        # The text is decoded already; what it says of its encoding no longer holds.
        data = xml.lstrip().partition("?>")[2].encode("utf-8", "surrogatepass")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as exc:
        line = exc.position[0] if exc.position else 1
        raise DecisionInvalid(f"The file is no XML: line {line} cannot be read.") from None
    except (ValueError, RecursionError):
        raise DecisionInvalid("The file is no XML.") from None
    if root.getroottree().docinfo.doctype:
        raise DecisionInvalid("A DMN file has no DOCTYPE and no entities.")
    return root


def _node(element: Element, model: Model) -> Node:
    variable = child(element, "variable")
    name = element.get("name") or element.get("id") or ""
    services = {
        what: tuple(_refs(element, model, what))
        for what in ("outputDecision", "encapsulatedDecision", "inputDecision", "inputData")
    }
    return Node(
        id=_qualified(element.get("id") or name, model),
        kind=_KINDS[local(element)],
        name=name,
        variable=(variable.get("name") if variable is not None else None) or name,
        type_ref=_type_ref(variable),
        element=element,
        requires=tuple(_requirements(element, model)),
        model=model,
        services=services,
    )


def _type_ref(variable: Element | None) -> str | None:
    if variable is None:
        return None
    ref = variable.get("typeRef")
    inner = child(variable, "typeRef")
    return str(ref) if ref else (inner.text if inner is not None else None)


def _requirements(element: Element, model: Model) -> Iterator[str]:
    for requirement in children(element, "informationRequirement", "knowledgeRequirement"):
        for required in requirement:
            if local(required) in _REQUIRED and required.get("href"):
                yield _resolved(required.get("href"), model)


def _refs(element: Element, model: Model, what: str) -> Iterator[str]:
    for reference in children(element, what):
        if reference.get("href"):
            yield _resolved(reference.get("href"), model)


def _resolved(href: str, model: Model) -> str:
    namespace, _, name = href.rpartition("#")
    return f"{namespace or model.namespace}#{name}"


def _qualified(name: str, model: Model) -> str:
    return f"{model.namespace}#{name}"
