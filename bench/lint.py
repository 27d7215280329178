"""Lint of all agreements beside SpiffWorkflow's own parse of the same diagrams: what a designer waits for.

SpiffWorkflow reads the XML and makes its specs (`SpiffBpmnParser`, the one that its own products use); lint reads the
same diagrams with their forms, decisions, clauses and scenarios, asks every rule, and lets the engine make each
pathway ready to run.  SpiffWorkflow refuses half of the diagrams as they are, so it is given copies that it can
digest, made outside the measured time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser

from engine import lint
from engine.feel import expression

PROCESSES = Path(__file__).resolve().parent.parent / "processes"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_TURNS = 7


def run() -> dict[str, Any]:
    """The ratio, and what both were asked to do; the best of some turns each, taken in turn."""
    files = sorted(PROCESSES.rglob("*.bpmn"))
    texts = [_digestible(file) for file in files]
    ours, theirs = [], []
    for _ in range(_TURNS):
        theirs.append(_seconds(lambda: [_parse(text) for text in texts]))
        # A command starts with nothing compiled.
        expression._cached.cache_clear()
        lint.trees.tree.cache_clear()
        ours.append(_seconds(lambda: list(lint.lint(PROCESSES))))
    return {
        "lint of all agreements ÷ SpiffWorkflow's parse (at most 5)": round(
            min(ours) / min(theirs), 1
        ),
        "diagrams": len(files),
        "rules": len(lint.RULES),
        "lint, milliseconds a diagram": round(min(ours) / len(files) * 1e3, 1),
        "SpiffWorkflow, milliseconds a diagram": round(min(theirs) / len(files) * 1e3, 1),
    }


def _digestible(file: Path) -> bytes:
    """The diagram without what SpiffWorkflow stops at: every element stays, and is of a kind that it knows."""
    root = etree.parse(file).getroot()
    for el in root.iter(f"{_BPMN}sendTask", f"{_BPMN}serviceTask", f"{_BPMN}businessRuleTask"):
        el.tag = f"{_BPMN}manualTask"
    for el in root.iter(f"{_BPMN}scriptTask"):
        etree.SubElement(el, f"{_BPMN}script").text = "x = 1"
    for el in root.iter(f"{_BPMN}subProcess"):
        if el.find(f"{_BPMN}endEvent") is None:
            etree.SubElement(el, f"{_BPMN}endEvent", {"id": f"{el.get('id')}_slut"})
    for el in root.iter(f"{_BPMN}multiInstanceLoopCharacteristics"):
        etree.SubElement(el, f"{_BPMN}loopCardinality").text = "3"
    return etree.tostring(root)


def _parse(text: bytes) -> None:
    """SpiffWorkflow's own way from XML to specs."""
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(text))
    for key in parser.get_process_ids():
        parser.get_spec(key)


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
