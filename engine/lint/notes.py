"""What a rule says: a template with its facts, so that the sentence can be said in either language.

Rules give `Note`s; `engine.lint` turns them into findings with a translator (`say`).  The templates are the
Danish msgids of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.lint.sheet import Arrow, Item
from engine.model import Finding

Severity = Literal["error", "warning", "info"]
#: Looks a template up in the reader's language.
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a rule found.  `facts` fill the `{placeholders}` of message and hint."""

    element: str
    message: str
    hint: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    line: int | None = None
    severity: Severity = "error"

    def finding(self, file: str, rule: str, say: Say) -> Finding:
        """The sentence in the reader's language."""
        return Finding(
            file, self.element, rule, self.severity, say(self.message).format(**self.facts),
            say(self.hint).format(**self.facts) if self.hint else "", self.line,
        )  # fmt: skip


def of(
    item: Item | Arrow, message: str, hint: str = "", severity: Severity = "error", **facts: str
) -> Note:
    """A note about a node or a flow; `{navn}` is what a designer knows it by."""
    return Note(item.id, message, hint, {"navn": item.shown, **facts}, item.line or None, severity)
