"""The diagrams to try: public ones of other tools (`../shared/corpus`, where it is there) and our own.

`mutants(rng, data)` breaks one in the ways that editors, copying and malice do.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
#: Rows of MANIFEST.csv that we do not follow; docs/import.md says why.
DISAGREED = {
    "bpmn/01-HistoricActivityInstanceTest.testEvents.bpmn": "holds a transaction, compensation and a Groovy script",
}
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_TAGS = (
    "task", "userTask", "scriptTask", "subProcess", "transaction", "callActivity", "exclusiveGateway",
    "parallelGateway", "complexGateway", "eventBasedGateway", "startEvent", "endEvent", "boundaryEvent",
    "intermediateCatchEvent",
    "timerEventDefinition", "messageEventDefinition", "compensateEventDefinition", "sequenceFlow", "process", "lane",
    "adHocSubProcess", "dataStoreReference", "multiInstanceLoopCharacteristics", "participant", "messageFlow",
    "message",
)  # fmt: skip
_TEXTS = (
    "", " ", "=", "${", "${x}", "=1 +", "=x > 3", "R0/P1D", "P", "2026-02-31", "=overskredet", "æøå “”", "{navn}",
    "%s %d {0}", "a" * 6_000, "=" + "(" * 300, "-1", "true", "=every a in b satisfies", "../../etc", "<x>", "'", '"',
)  # fmt: skip
_ATTRIBUTES = (
    "default", "isExecutable", "triggeredByEvent", "attachedToRef", "sourceRef", "isForCompensation",
    "{urn:stafet:bpmn}frist", "{urn:stafet:bpmn}fra", "{urn:stafet:bpmn}til", "{urn:stafet:bpmn}ind",
)  # fmt: skip


def manifest(kind: str) -> list[dict[str, str]]:
    """The rows of one kind; none where the corpus is not there."""
    file = CORPUS / "MANIFEST.csv"
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as rows:
        return [row for row in csv.DictReader(rows) if row["kind"] == kind]


def everything() -> list[Path]:
    """Every diagram at hand."""
    own = [
        *sorted((ROOT / "processes").rglob("*.bpmn")),
        *sorted((ROOT / "tests" / "lint").rglob("*.bpmn")),
    ]
    return own + [CORPUS / row["file"] for row in manifest("bpmn")]


def mutant(rng: random.Random, data: bytes) -> bytes:
    """One to four breakages of a diagram."""
    for _ in range(rng.randrange(1, 5)):
        data = rng.choice((_bytes, _tree, _tree, _tree))(rng, data)
    return data


def _bytes(rng: random.Random, data: bytes) -> bytes:
    at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    at = max(at, to - 400)
    piece = data[at:to]
    how: tuple[Callable[[], bytes], ...] = (
        lambda: data[:at] + data[to:],
        lambda: data[:at] + piece + piece + data[to:],
        lambda: data[:at] + bytes(rng.randrange(256) for _ in range(3)) + data[at:],
        lambda: data[: at or 1],
        lambda: data.replace(b"20100524", b"20100501", rng.randrange(3)),
        lambda: data.replace(rng.choice((b"Event", b"id=", b"</", b"bpmn:")), b"", 1),
    )
    return rng.choice(how)()


def _tree(rng: random.Random, data: bytes) -> bytes:
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return data
    elements = [el for el in root.iter() if isinstance(el.tag, str)]
    one, other = rng.choice(elements), rng.choice(elements)
    try:
        rng.choice(_CHANGES)(rng, one, other)
    except (ValueError, TypeError):
        return data  # a change that XML itself does not allow, such as an element inside itself
    return etree.tostring(root)


def _remove(_: random.Random, one: Any, __: Any) -> None:
    if one.getparent() is not None:
        one.getparent().remove(one)


def _retag(rng: random.Random, one: Any, _: Any) -> None:
    one.tag = f"{{{BPMN}}}{rng.choice(_TAGS)}"


def _write(rng: random.Random, one: Any, _: Any) -> None:
    one.text = rng.choice(_TEXTS)


def _attribute(rng: random.Random, one: Any, other: Any) -> None:
    if one.attrib:
        key = rng.choice(sorted(one.attrib))
        values = [*other.attrib.values(), *_TEXTS]
        one.set(key, rng.choice(values))


def _unset(rng: random.Random, one: Any, _: Any) -> None:
    if one.attrib:
        del one.attrib[rng.choice(sorted(one.attrib))]


def _add(rng: random.Random, one: Any, _: Any) -> None:
    key = rng.choice(_ATTRIBUTES)
    one.set(key, rng.choice((*_TEXTS, "true", "false", "x")))


def _move(_: random.Random, one: Any, other: Any) -> None:
    if one not in list(other.iterancestors()) and one is not other:
        other.append(one)


def _copy(_: random.Random, one: Any, other: Any) -> None:
    other.append(etree.fromstring(etree.tostring(one)))


_CHANGES = (_remove, _retag, _write, _attribute, _attribute, _unset, _add, _move, _copy)
