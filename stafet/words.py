"""What lint and the import say, on the command line: English, or Danish where that is asked for."""

from __future__ import annotations

from functools import cache

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from engine.imports.notes import Say
from stafet.settings import ROOT

_TRANSLATIONS = ROOT / "web" / "translations"


def say(language: str) -> Say:
    """Danish is what the rules say; another language is looked up."""
    return str if language == "da" else english


def english(text: str) -> str:
    """The sentence in English; one that is English already stays."""
    known = _words("en").get(text)
    return str(known.string) if known is not None and known.string else text


@cache
def _words(language: str) -> Catalog:
    # The catalogue itself, so that a command line need not load the web to speak, and only when something is said.
    with (_TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)
