"""Documents of a case: plans, agreements and minutes with versions, answers of the parties, validity and lapse.  Pure.

An agreement declares its kinds (`[dokumenter]` in `agreement.toml`), a diagram says what an element does to one
(`stafet:dokument`), a step yields that as `DocumentAct`s, and a `Shelf` is what the case has and what becomes of it.
The writer fills a shelf from the tables and writes what changed; a simulation keeps one for as long as it plays.

    kinds.py    what an agreement says of each kind      content.py  sections, fields, what is lacking, words
    shelf.py    what the verbs do
"""

from engine.documents.content import Content, answered, composed, lacking, round_form, sections
from engine.documents.kinds import MANNERS, VERBS, Kind, kinds
from engine.documents.shelf import Around, Document, Reader, Shelf, Version, facts, untold

__all__ = [
    "MANNERS", "VERBS", "Around", "Content", "Document", "Kind", "Reader", "Shelf", "Version", "answered", "composed",
    "facts", "kinds", "lacking", "round_form", "sections", "untold",
]  # fmt: skip
