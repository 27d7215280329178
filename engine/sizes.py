"""How large what comes in may be, in bytes: one place for the numbers, and for how a sentence names them."""

from __future__ import annotations

#: One request to the pages or the API; an attachment has a limit of its own (`actions/beside.py`).
REQUEST = 4_000_000
#: A draft: its diagram with the forms and tables that are saved with it.  Nobody could look at a larger one.
DRAFT = 2_000_000
#: One file of a folder, as it is unpacked, and all of them together.
FILE, FOLDER = 5_000_000, 40_000_000


def megabytes(size: int) -> int:
    """As a sentence says it: whole MB that surely fit."""
    return size // 1_000_000
