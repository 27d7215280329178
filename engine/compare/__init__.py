"""Two versions of a pathway beside each other: what was added, removed, moved, changed, and from what to what.

changes.py   everything that a version holds, thing by thing
diagrams.py  a diagram as things: elements with their properties, where they stand and in what
beside.py    forms, decision tables and parameters as things
things.py    what a thing is, and how two sets of them differ
"""

from engine.compare.changes import changes, drawn
from engine.compare.things import Change, Property

__all__ = ["Change", "Property", "changes", "drawn"]
