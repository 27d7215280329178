"""Known names of several words or with signs (`forventet dato`, `x-1`): the longest that begins at a place.

A tree of characters, so that a place costs the length of a name and not the number of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

#: What may stand inside a word of a name (10.3.1.2, rules 27 to 30).
NAME_PART = r"(?:[\w?'’·\u0300-\u036F\U00010000-\U000EFFFF])"
#: Longer names are not known by heart; they are read word by word.
MOST_NAME = 200
_PART = re.compile(NAME_PART)
_END = ""


class Names:
    """A set of names; spaces in them stand for any white space."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._root: dict[str, Any] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """One more name, its spaces single."""
        if not 0 < len(name) <= MOST_NAME:
            return
        at = self._root
        for char in name:
            at = at.setdefault(char, {})
        at[_END] = True

    def longest(self, text: str, start: int) -> int:
        """Where the longest known name ends that begins here; `start` where there is none."""
        found, at, node = start, start, self._root
        while at < len(text):
            char = text[at]
            if char.isspace():
                node = node.get(" ", {})
                while at < len(text) and text[at].isspace():
                    at += 1
            else:
                node = node.get(char, {})
                at += 1
            if not node:
                break
            if _END in node and not self._goes_on(text, at):
                found = at
        return found

    @staticmethod
    def _goes_on(text: str, at: int) -> bool:
        """Whether a word goes on here: `first` is not found in `firstly`."""
        return (
            at < len(text)
            and _PART.match(text, at) is not None
            and _PART.match(text, at - 1) is not None
        )
