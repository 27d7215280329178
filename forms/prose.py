"""Texts of a form as blocks and spans, so that a page can draw them without trusting any HTML.

Of Markdown: paragraphs, `#` headings, `-` and `1.` lists, `**bold**`, `*italic*`, `` `code` ``, `[text](address)`.
`{{ expression }}` becomes its value, and so does a whole text that begins with `=`; a value is never read as Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: An expression to the text of its value.
Fill = Callable[[str], str]

_ITEM = re.compile(r"\s{0,3}(?:[-*+]|(\d{1,3})[.)])\s+(.*)")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*")
_SPAN = re.compile(
    r"(?P<hole>\{\{(?!\s*[#/])[^{}]*\}\})|"
    r"\*\*(?P<strong>[^*\n]+)\*\*|__(?P<strong2>[^_\n]+)__|\*(?P<em>[^*\n]+)\*|(?<!\w)_(?P<em2>[^_\n]+)_(?!\w)"
    r"|`(?P<code>[^`\n]+)`|\[(?P<text>[^\]\n]+)\]\((?P<href>[^)\s]+)\)"
)
_KINDS = {"strong": "strong", "strong2": "strong", "em": "em", "em2": "em", "code": "code"}
_HOLE = re.compile(r"\{\{(?!\s*[#/])([^{}]*)\}\}")
_SAFE = re.compile(r"(?:https?://|mailto:|tel:|/(?!/)|#)[^\s]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text; `kind` is "", `strong`, `em`, `code` or `link` (with `href`)."""

    text: str
    kind: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """`kind` is `p`, `h` (heading), `ul` or `ol`; `lines` are one line, or the list's items."""

    kind: str
    lines: tuple[tuple[Span, ...], ...]


def blocks(text: str, fill: Fill) -> tuple[Block, ...]:
    """The text's blocks with its holes filled."""
    if text.lstrip().startswith("="):
        return (Block("p", ((Span(fill(text.strip())),),)),)
    return tuple(
        Block(kind, tuple(tuple(_spans(line, fill)) for line in lines))
        for kind, lines in _raw(text.replace("\r\n", "\n").split("\n"))
    )


def readable(text: str) -> bool:
    """Whether every `{{` is an expression: form-js' loops and conditions inside texts are not supported."""
    return text.lstrip().startswith("=") or "{{" not in _HOLE.sub("", text)


def expressions(text: str) -> list[str]:
    """The expressions in a text."""
    return [text] if text.lstrip().startswith("=") else [hole[1] for hole in _HOLE.finditer(text)]


def _raw(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Kind and lines of each block; lines that follow each other are one paragraph or one list."""
    kind, held = "", list[str]()
    for line in [*lines, ""]:
        now, said = _line(line)
        if held and (now != kind or now == "h"):
            yield kind, held if kind in ("ul", "ol") else [" ".join(held)]
            held = []
        kind = now
        if said:
            held.append(said)


def _line(line: str) -> tuple[str, str]:
    if heading := _HEADING.fullmatch(line):
        return "h", heading[2]
    if item := _ITEM.fullmatch(line):
        return "ol" if item[1] else "ul", item[2]
    return ("p", line.strip()) if line.strip() else ("", "")


def _spans(line: str, fill: Fill) -> Iterator[Span]:
    at = 0
    for found in _SPAN.finditer(line):
        if found.start() > at:
            yield Span(_fill(line[at : found.start()], fill))
        yield _span(found, fill)
        at = found.end()
    if at < len(line):
        yield Span(_fill(line[at:], fill))


def _span(found: re.Match[str], fill: Fill) -> Span:
    if found["href"]:
        text = _fill(found["text"], fill)
        return Span(text, "link", found["href"]) if _SAFE.fullmatch(found["href"]) else Span(text)
    for group, kind in _KINDS.items():
        if text := found[group]:
            return Span(_fill(text, fill), kind)
    return Span(_fill(found[0], fill))


def _fill(text: str, fill: Fill) -> str:
    return _HOLE.sub(lambda hole: fill(hole[1].strip()), text)
