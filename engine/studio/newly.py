"""A pathway from nothing: lanes of the agreement, a start, one task and an end, ready to be drawn on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import quoteattr  # it writes, it reads no XML  # nosec B406

from sqlalchemy import insert, select

from engine import access
from engine.errors import Conflict, Invalid
from engine.model import Actor
from engine.store import Store
from engine.studio.shelf import shelf
from engine.tables import draft
from engine.versions import coming

_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
_LANE, _WIDE = 160, 860
_NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:stafet="urn:stafet:bpmn"'
)

_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions {namespaces} id="definitioner" targetNamespace="urn:stafet:forloeb">
<bpmn:collaboration id="samarbejde"><bpmn:participant id="pulje" name={name} processRef="{key}" /></bpmn:collaboration>
<bpmn:process id="{key}" name={name} isExecutable="true"><bpmn:laneSet id="baner">{lanes}</bpmn:laneSet>
<bpmn:startEvent id="start" name={start} /><bpmn:userTask id="foerste_trin" name="Første trin" />
<bpmn:endEvent id="slut" name="Slut" /><bpmn:sequenceFlow id="pil_1" sourceRef="start" targetRef="foerste_trin" />
<bpmn:sequenceFlow id="pil_2" sourceRef="foerste_trin" targetRef="slut" /></bpmn:process>
<bpmndi:BPMNDiagram id="tegning"><bpmndi:BPMNPlane id="flade" bpmnElement="samarbejde">{drawn}</bpmndi:BPMNPlane>
</bpmndi:BPMNDiagram></bpmn:definitions>
"""


class PathwayThere(Conflict):
    """The agreement already has a pathway of this name."""

    code = "pathway_there"


class PathwayNameless(Invalid):
    """A new pathway needs a name with at least one letter."""

    code = "pathway_nameless"


class LanesMissing(Invalid):
    """A new pathway needs at least one lane of the agreement."""

    code = "lanes_missing"


def begin(
    store: Store,
    actor: Actor,
    agreement: str,
    name: str,
    lanes: Sequence[str],
    start: str,
    *,
    now: datetime,
) -> str:
    """A first draft of a pathway of this name; its key.  `start` is what the start is called.

    Raises `PathwayNameless`, `LanesMissing`, `PathwayThere`, `UnknownAgreement`.
    """
    access.design(actor)
    slug = slug_of(name)
    if not slug:
        raise PathwayNameless
    key = f"{agreement}-{slug}"
    with store.write() as db:
        found = shelf(db, agreement, now)
        known = found.settings.get("lanes", {})
        chosen = [lane for lane in dict.fromkeys(lanes) if lane in known]
        if not chosen:
            raise LanesMissing
        there = select(draft.c.id).where(draft.c.agreement == agreement, draft.c.key == key)
        waits = any((row.agreement, row.key) == (agreement, key) for row in coming(db, now))
        if key in found.sources or waits or db.scalar(there):
            raise PathwayThere
        db.execute(
            insert(draft).values(
                agreement=agreement,
                key=key,
                base_version=0,
                bpmn=diagram(key, name.strip(), chosen, start.strip() or "Start"),
                forms={},
                decisions={},
                version=1,
                status="editing",
                saved_by=actor.id or None,
                saved_at=now,
            )
        )
        store.chains.record(db, now=now, actor=actor, what="pathway_begun", facts={"pathway": key})
    return key


def slug_of(name: str) -> str:
    """A name as a folder is called: small letters, digits and hyphens, at most 50."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    letters = plain.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:50].strip("-")


def diagram(key: str, name: str, lanes: Sequence[str], start: str) -> str:
    """The drawing: everything in the first lane, the others empty below it."""
    inside = ("start", "foerste_trin", "slut")
    refs = "".join(f"<bpmn:flowNodeRef>{one}</bpmn:flowNodeRef>" for one in inside)
    rows = "".join(
        f'<bpmn:lane id="bane_{n}" name={quoteattr(lane)}>{refs if n == 1 else ""}</bpmn:lane>'
        for n, lane in enumerate(lanes, 1)
    )
    shapes = "".join(
        _shape(f"bane_{n}", 150, 80 + (n - 1) * _LANE, _WIDE - 30, _LANE, ' isHorizontal="true"')
        for n in range(1, len(lanes) + 1)
    )
    return _DIAGRAM.format(
        namespaces=_NAMESPACES, key=key, name=quoteattr(name), lanes=rows, start=quoteattr(start),
        drawn=_shape("pulje", 120, 80, _WIDE, _LANE * len(lanes), ' isHorizontal="true"') + shapes
        + _shape("start", 212, 142, 36, 36) + _shape("foerste_trin", 320, 120, 100, 80)
        + _shape("slut", 492, 142, 36, 36) + _edge("pil_1", 248, 320) + _edge("pil_2", 420, 492),
    )  # fmt: skip


def _shape(of: str, x: int, y: int, width: int, height: int, more: str = "") -> str:
    bounds = f'<dc:Bounds x="{x}" y="{y}" width="{width}" height="{height}" />'
    return f'<bpmndi:BPMNShape id="{of}_di" bpmnElement="{of}"{more}>{bounds}</bpmndi:BPMNShape>'


def _edge(of: str, left: int, right: int) -> str:
    points = f'<di:waypoint x="{left}" y="160" /><di:waypoint x="{right}" y="160" />'
    return f'<bpmndi:BPMNEdge id="{of}_di" bpmnElement="{of}">{points}</bpmndi:BPMNEdge>'
