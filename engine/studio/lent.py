"""Forms and tables that an imported diagram names and only other pathways of the agreement have.

A name alone does not say that it is the same form: whoever brought the diagram in looks at each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.bpmn.drawing import OURS
from engine.imports.notes import Note
from engine.model import Source
from engine.studio.shelf import Shelf
from engine.studio.sources import name_of

_LOOK = "Åbn den, og se efter, at det er den, der menes. Ellers vælg en anden, eller lav en ny."
_SAID = {
    ("form", "forms"): "“{navn}” bruger formularen “{fil}”. Den, der hedder sådan her, er fra “{forloeb}”.",
    ("beslutning", "decisions"): "“{navn}” spørger tabellen “{fil}”. Den, der hedder sådan her, er fra “{forloeb}”.",
}  # fmt: skip


def lent(found: Shelf, base: Source, root: Any) -> Iterator[Note]:
    """A note for each step whose form or table is another pathway's; what all pathways share is nobody's."""
    for (attribute, kind), message in _SAID.items():
        every = [getattr(each, kind) for each in found.sources.values()]
        for el in root.iter("{*}*"):
            name = el.get(f"{{{OURS}}}{attribute}")
            there = [files[name] for files in every if name in files]
            shared = len(there) == len(every) and all(one == there[0] for one in there)
            if not there or shared or name in getattr(base, kind):
                continue
            # The last is the one that is lent.
            owner = [each for each in found.sources.values() if name in getattr(each, kind)][-1]
            facts = {
                "navn": str(el.get("name") or el.get("id")),
                "fil": name,
                "forloeb": name_of(owner.bpmn) or owner.key,
            }
            yield Note(str(el.get("id")), message, _LOOK, facts, severity="warning")
