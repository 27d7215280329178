"""The door: what is no diagram, or too much of one, is turned away before anything is done with it.

`parse(data)` gives the root element, or the `Note` that says why not.  Nothing from outside is fetched, no entity
is expanded, and no message of the XML library reaches a reader.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from engine.bpmn.drawing import BPMN, MAX_BYTES, NODES
from engine.bpmn.parsing import MAX_DEPTH, MAX_ELEMENTS
from engine.imports.notes import Note

#: More steps than this are no diagram that anybody could look at.
MAX_STEPS = 2_500
#: All expressions of a file together, in characters.
MAX_EXPRESSIONS = 400_000
_MEGABYTE = 1_000_000
_TYPES = etree.ErrorTypes
_EARLY = (_TYPES.ERR_TAG_NOT_FINISHED, _TYPES.ERR_GT_REQUIRED, _TYPES.ERR_LTSLASH_REQUIRED)
_ATTRIBUTE = (
    _TYPES.ERR_ATTRIBUTE_NOT_STARTED, _TYPES.ERR_ATTRIBUTE_NOT_FINISHED, _TYPES.ERR_ATTRIBUTE_WITHOUT_VALUE,
    _TYPES.ERR_ATTRIBUTE_REDEFINED, _TYPES.ERR_LT_IN_ATTRIBUTE, _TYPES.ERR_NAME_REQUIRED, _TYPES.ERR_SPACE_REQUIRED,
    _TYPES.NS_ERR_ATTRIBUTE_REDEFINED,
)  # fmt: skip
_ENCODING = (
    _TYPES.ERR_UNKNOWN_ENCODING, _TYPES.ERR_UNSUPPORTED_ENCODING, _TYPES.ERR_INVALID_ENCODING,
    _TYPES.ERR_INVALID_CHAR, _TYPES.ERR_ENCODING_NAME,
)  # fmt: skip


def parse(data: bytes | str) -> Any:
    """The root element of an XML file, or a `Note`: too large, a DOCTYPE, too deep, not XML."""
    if len(data) > MAX_BYTES:
        return too_large(MAX_BYTES)
    raw = _bytes(data)
    if not raw.strip():
        return Note("", "Filen er tom.", "Vælg den fil, som diagrammet blev gemt i.")
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        return _doctype()
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as exc:
        return _why(exc)
    except (ValueError, LookupError):
        return _characters()
    # In another encoding than UTF-8 the word was not seen above.
    return _doctype() if root.getroottree().docinfo.doctype else _bounded(root) or root


def diagram(root: Any) -> Note | None:
    """Why this XML is no diagram that can be read; None where it is one."""
    if root.tag != f"{{{BPMN}}}definitions":
        return Note(
            "",
            "Filen er ikke et BPMN-diagram: dens yderste element er “{navn}”.",
            "Gem diagrammet som BPMN 2.0 XML, og vælg den fil.",
            {"navn": etree.QName(root).localname},
            root.sourceline,
        )
    steps = sum(1 for el in root.iter(f"{{{BPMN}}}*") if etree.QName(el).localname in NODES)
    flows = sum(1 for _ in root.iter(f"{{{BPMN}}}sequenceFlow"))
    if steps > MAX_STEPS or flows > 3 * MAX_STEPS:
        return Note(
            "",
            "Diagrammet har {antal} trin og {pile} pile; det er mere, end nogen kan læse.",
            "Del det i forløb, der kalder hinanden, med højst {mest} trin i hvert.",
            {"antal": str(steps), "pile": str(flows), "mest": str(MAX_STEPS)},
        )
    return _wordy(root)


def _bounded(root: Any) -> Note | None:
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH:
            return _too_deep(root.sourceline or 1)
        if count > MAX_ELEMENTS:
            return Note(
                "",
                "Filen har mere end {antal} elementer.",
                "Er det den rigtige fil? Et diagram er meget mindre.",
                {"antal": str(MAX_ELEMENTS)},
            )
    return None


def _too_deep(line: int) -> Note:
    return Note(
        "",
        "Filen har elementer inden i hinanden i mere end {lag} lag (linje {linje}).",
        "Et diagram er aldrig så dybt. Er det den rigtige fil?",
        {"lag": str(MAX_DEPTH), "linje": str(line)},
        line,
    )


def too_large(most: int) -> Note:
    """A file of more bytes than are read."""
    return Note(
        "",
        "Filen er for stor: der læses højst {mest} MB.",
        "Et diagram fylder sjældent en hundrededel af det. Er det den rigtige fil?",
        {"mest": str(most // _MEGABYTE)},
    )


def _bytes(data: bytes | str) -> bytes:
    if isinstance(data, bytes):
        return data
    text = data.lstrip("\ufeff \t\r\n")
    if text.startswith("<?xml"):
        # The text is decoded already; what it says of its encoding no longer holds.
        head, _, text = text.partition("?>")
        text = "\n" * head.count("\n") + text
    return text.encode("utf-8", "replace")


def _wordy(root: Any) -> Note | None:
    tags = (
        "conditionExpression",
        "condition",
        "timeDate",
        "timeDuration",
        "timeCycle",
        "script",
        "loopCondition",
    )
    total = sum(len(el.text or "") for tag in tags for el in root.iter(f"{{{BPMN}}}{tag}"))
    if total <= MAX_EXPRESSIONS:
        return None
    return Note(
        "",
        "Diagrammets udtryk fylder {antal} tegn; der læses højst {mest}.",
        "Læg det, der skal regnes ud, i en beslutningstabel (.dmn).",
        {"antal": str(total), "mest": str(MAX_EXPRESSIONS)},
    )


def _doctype() -> Note:
    return Note(
        "",
        "Filen har en DOCTYPE eller egne entiteter. Sådan en fil åbnes ikke.",
        "Gem diagrammet igen fra et værktøj, der skriver BPMN uden DOCTYPE.",
    )


def _characters() -> Note:
    return Note(
        "",
        "Filen er ikke skrevet i det tegnsæt, som den selv siger.",
        "Gem den som UTF-8.",
    )


def _why(exc: etree.XMLSyntaxError) -> Note:
    line, column = exc.position if exc.position else (1, 1)
    facts = {"linje": str(line), "kolonne": str(column)}
    mend = "Åbn filen i det værktøj, den kommer fra, og gem den igen."
    if "depth" in str(exc).lower():
        return _too_deep(line)
    if exc.code in _ENCODING:
        return _characters()
    elif exc.code == _TYPES.NS_ERR_UNDEFINED_NAMESPACE:
        message = "Linje {linje}: et præfiks bruges, men er ikke erklæret i filen."
        mend = (
            "Skriv xmlns:<præfiks> på det yderste element, eller gem filen igen fra dens værktøj."
        )
    elif exc.code == _TYPES.ERR_TAG_NAME_MISMATCH:
        message = "Linje {linje}: et element lukkes med et andet navn, end det blev åbnet med."
    elif exc.code in _ATTRIBUTE:
        message = (
            "Linje {linje}, tegn {kolonne}: en attribut er skrevet forkert eller står der to gange."
        )
    elif exc.code in _EARLY:
        message = "Filen slutter, før alle elementer er lukket (linje {linje})."
    else:
        message = "Linje {linje}, tegn {kolonne}: filen er ikke gyldig XML."
    return Note("", message, mend, facts, line)
