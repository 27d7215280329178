"""What was found in a file: a template with its facts, so that the sentence can be said in either language.

The templates are the Danish msgids of the catalogue (`web/catalogue.py` gathers them); whoever shows a note looks
them up with his own `say`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.model import Finding

Severity = Literal["error", "warning", "info"]
#: Looks a template up in the reader's language.
Say = Callable[[str], str]
#: What a file says of itself is shown, but not at any length.
_LONGEST = 300


class Word(str):
    """A fact that is a word of ours and not of the file: it is looked up like the sentence round it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was found.  `facts` fill the `{placeholders}` of message and hint, another note as its sentence;
    `element` is an id or ''."""

    element: str
    message: str
    hint: str = ""
    facts: Mapping[str, str | Note] = field(default_factory=dict)
    line: int | None = None
    severity: Severity = "error"

    def said(self, say: Say = str) -> str:
        """The sentence alone (Danish without `say`)."""
        return say(self.message).format(**self.shown(say))

    def shown(self, say: Say) -> dict[str, str]:
        """The facts as they are shown."""
        return {name: _shown(value, say) for name, value in self.facts.items()}

    def finding(self, file: str, rule: str, say: Say) -> Finding:
        """The sentence in the reader's language."""
        hint = say(self.hint).format(**self.shown(say)) if self.hint else ""
        return Finding(file, self.element, rule, self.severity, self.said(say), hint, self.line)


def _shown(value: str | Note, say: Say) -> str:
    if isinstance(value, Note):
        return value.said(say)
    return say(str(value)) if isinstance(value, Word) else brief(value)


def brief(text: str) -> str:
    """A text of a file on one line, cut where it would fill the page."""
    whole = " ".join(text.split())
    return whole if len(whole) <= _LONGEST else whole[: _LONGEST - 1] + "…"
