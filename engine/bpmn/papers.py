"""What an element says it does to a document of the case, compiled: `stafet:dokument` and its kin.

An agreement that does not declare a kind has no such document: a shared part's element then does nothing there.  What
only says how (an answer, a reason) is asked about the task's own answers, and is no reason to keep them in the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.agreement import Agreement
from engine.bpmn.shapes import THROWS, Node, refuse
from engine.documents.kinds import VERBS

#: Compiles a text; the second maker does not keep in the state what the expression reads.
Made = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """`kinds` are names, or an expression that gives one; the others are expressions, or plain texts, or None."""

    verbs: tuple[str, ...]
    kinds: Any
    about: Any = None
    by: Any = None
    answer: Any = None
    manner: Any = None
    valid_from: Any = None
    valid_to: Any = None
    reason: Any = None
    #: The reason of a rule of the agreement's own: the event that was caught.
    said: str = ""


def papers(agreement: Agreement, node: Node, kept: Made, asked: Made) -> Iterator[Paper]:
    """What the element does, and what the agreement's lapse rules make of the message that it catches."""
    own = node.attributes

    def either(name: str, made: Made) -> Any:
        text = own.get(name, "")
        return made(text, f"stafet:{name}") if text.startswith("=") else text or None

    if text := own.get("dokument", ""):
        verbs = tuple(own.get("dokumentGoer", "").split())
        if not verbs or (strange := [verb for verb in verbs if verb not in VERBS]):
            said = (
                f"does “{strange[0]}” to a document"
                if verbs
                else "names a document and does nothing to it"
            )
            raise refuse(
                node, "document", said, f"Write some of {', '.join(VERBS)} in stafet:dokumentGoer."
            )  # fmt: skip
        computed = text.startswith("=")
        names = kept(text, "stafet:dokument") if computed else tuple(text.split())
        if computed or any(name in agreement.documents for name in names):
            yield Paper(
                verbs, names, either("dokumentParter", kept), either("dokumentPart", kept),
                asked(own.get("dokumentSvar", ""), "stafet:dokumentSvar"), either("dokumentMaade", asked),
                kept(own.get("dokumentFra", ""), "stafet:dokumentFra"),
                kept(own.get("dokumentTil", ""), "stafet:dokumentTil"), either("dokumentGrund", asked),
            )  # fmt: skip
    heard = node.event.name if node.event and node.event.kind == "message" else ""
    if heard and node.kind not in THROWS:
        for kind in agreement.documents.values():
            if heard in kind.lapses:
                yield Paper(("bortfald",), (kind.name,), said=node.name or heard)
