"""Files from any editor, in one step: `normalise(xml)` gives the diagram as Stafet reads it, and what was done.

    foreign file ──► intake (safe? BPMN?) ──► steps below, in order ──► the same diagram, in our words + notes

A file that uses our own attributes is ours: nothing in it is touched.  In any other, what can be said without a
change of meaning is said in FEEL and in `urn:stafet:bpmn` (a note of severity `info`); what only a person can decide is
made safe and told (`warning`); what would have to be guessed stays as it is and is refused (`error`).

    intake.py   turns away what is no diagram       choices.py  conditions, loops, rounds
    shape.py    namespaces, references, executable, start       events.py   timers, nameless messages
    work.py     calls, decisions, programs, forms, people       mend.py     loose references, things only drawn
    juel.py     other tools' expressions as FEEL                foreign.py  what the steps share
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from engine.bpmn.drawing import MAX_BYTES, OURS
from engine.imports import choices, events, intake, mend, shape, work
from engine.imports.notes import Note

Step = Callable[[Any], Iterator[Note]]
#: In this order: a later step sees what an earlier one wrote.
STEPS: tuple[Step, ...] = (
    shape.plain_references, shape.executability, mend.only_drawn, mend.definitions_elsewhere, mend.message_flows,
    mend.missing_definitions, mend.nameless_signals, mend.default_conditions,
    work.calls, work.decisions, work.feel_scripts, work.programs,
    choices.rounds, choices.conditions, choices.drawn_choices, choices.conditional_events, choices.loops,
    events.timers, events.nameless, shape.default_start,
    work.listeners, work.people, work.data_mappings, mend.loose_attributes, work.left_out,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """A file after the step.  `root` is None where it could not be read: then `notes` says why.

    `foreign` tells whether it came from another tool; `xml` is the text as it came where nothing was changed.
    """

    xml: str | bytes
    root: Any
    notes: tuple[Note, ...]
    foreign: bool

    @property
    def refused(self) -> bool:
        """Whether something must be mended before it can run."""
        return any(note.severity == "error" for note in self.notes)

    @property
    def text(self) -> str:
        """The diagram as text, whatever its encoding was; '' where it could not be read."""
        if isinstance(self.xml, str):
            return self.xml
        try:
            return self.xml.decode("utf-8")
        except UnicodeDecodeError:
            return (
                str(etree.tostring(self.root, encoding="unicode")) if self.root is not None else ""
            )


def normalise(xml: str | bytes) -> Imported:
    """Read a diagram of any tool; raises nothing, whatever the file holds."""
    root = intake.parse(xml)
    if isinstance(root, Note):
        return Imported(xml, None, (root,), True)
    root = shape.modern(root)
    if (why := intake.diagram(root)) is not None:
        return Imported(xml, None, (why,), True)
    if is_ours(root):
        return Imported(xml, root, (), False)
    before = etree.tostring(root)
    notes = tuple(note for step in STEPS for note in step(root))
    same = etree.tostring(root) == before
    return Imported(xml if same else etree.tostring(root, encoding="unicode"), root, notes, True)


def open_file(file: Path) -> Imported:
    """A diagram on disk; one that is too large is not taken into memory."""
    try:
        if not file.is_file():
            raise OSError  # a device or a pipe has no end
        if file.stat().st_size > MAX_BYTES:
            return Imported("", None, (intake.too_large(MAX_BYTES),), True)
        return normalise(file.read_bytes())
    except OSError:
        why = Note("", "Filen kan ikke åbnes.", "Er det den rigtige fil, og må du læse den?")
        return Imported("", None, (why,), True)


def is_ours(root: Any) -> bool:
    """Whether a diagram was drawn for this house: it names our namespace or uses it."""
    return OURS in root.nsmap.values() or bool(
        root.xpath("boolean(//@*[namespace-uri()=$ns] | //*[namespace-uri()=$ns])", ns=OURS)
    )
