"""Why an expression cannot be read, in a designer's words: where, what was expected, what was probably meant."""

from __future__ import annotations

from engine.errors import StafetError
from engine.imports.notes import Note, Word

_KINDS = {
    "a value": Word("en værdi"),
    "a name": Word("et navn"),
    "a number": Word("et tal"),
    "a text": Word("en tekst"),
    "the end": Word("at udtrykket slutter"),
}
#: What has no end, and whether something was expected and a word was meant → the sentence.
_SAID = {
    ("text", False, False): "Teksten, der begynder i linje {linje}, tegn {tegn}, mangler et anførselstegn til slut.",
    ("comment", False, False): "Bemærkningen, der begynder i linje {linje}, tegn {tegn}, mangler */ til slut.",
    ("end", False, False): "Udtrykket slutter for tidligt.",
    ("end", True, False): "Udtrykket slutter for tidligt: der ventes {ventet}.",
    ("end", True, True): "Udtrykket slutter for tidligt: der ventes {ventet}. Mente du “{ment}”?",
    ("", False, False): "Linje {linje}, tegn {tegn} kan ikke læses.",
    ("", True, False): "Linje {linje}, tegn {tegn} kan ikke læses: der ventes {ventet}.",
    ("", False, True): "Linje {linje}, tegn {tegn} kan ikke læses. Mente du “{ment}”?",
    ("", True, True): "Linje {linje}, tegn {tegn} kan ikke læses: der ventes {ventet}. Mente du “{ment}”?",
}  # fmt: skip


def unread(exc: StafetError) -> Note:
    """A note about an expression; what has no place in it is said as it is."""
    about = exc.facts
    if "line" not in about:
        return Note("", exc.template)
    expected, meant = str(about.get("expected") or ""), str(about.get("nearest") or "")
    if expected == f"“{meant}”":
        expected = ""  # once is enough
    one = (str(about.get("endless") or ""), bool(expected), bool(meant))
    facts = {
        "linje": str(about["line"]),
        "tegn": str(about["column"]),
        "ventet": _wanted(expected.split(" or ")),
        "ment": meant,
    }
    return Note("", _SAID.get(one, _SAID["", *one[1:]]), facts=facts)


def _wanted(parts: list[str]) -> str:
    """A kind of thing where one is among them, else the signs."""
    return next((_KINDS[part] for part in parts if part in _KINDS), ", ".join(parts))
