"""Text to tokens, with FEEL's names of several words.

A name may hold spaces (`date and time`, `forventet dato`) and even operators (`Profit & loss`, `x-1`).
The longest name that is known at that place wins; words side by side that no rule allows otherwise are
one name, too.  Keys of a context are names, whatever they hold.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from lark import Token

from engine.errors import ExpressionInvalid
from engine.feel.hints import meant, tail
from engine.feel.names import NAME_PART, Names

#: Longer texts and deeper nesting are refused before anything is parsed.
MAX_TEXT = 50_000
MAX_NESTING = 120

_KEYWORDS = (
    "if then else for in return some every satisfies between and or function null true false"
)
KEYWORDS = {word: word.upper() for word in re.findall(r"\w+", _KEYWORDS)}
#: Names of the standard that hold a keyword.
_STANDARD = ("date and time", "days and time duration", "years and months duration")

_NAME_START = r"(?:[^\W\d]|[?\U00010000-\U000EFFFF])"
_SPACE = re.compile(r"(?:[\s\u0085\u180E\u200B\uFEFF]|//[^\n]*)+")
_WORD = re.compile(_NAME_START + NAME_PART + "*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_AT = re.compile(r'@\s*"((?:[^"\\]|\\.)*)"')
_KEY = re.compile(_NAME_START + r"(?:[\w?'’.\-/+*\s\u0300-\u036F\U00010000-\U000EFFFF])*?(?=:)")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{6})|([\"'\\nrt])|(.))", re.DOTALL)
_SIGNS = {
    "..": "DOTS", "->": "ARROW", "**": "POWER", "<=": "LE", ">=": "GE", "!=": "NE",
    "<": "LT", ">": "GT", "=": "EQ", "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "OVER",
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE",
    ",": "COMMA", ":": "COLON", ".": "DOT",
}  # fmt: skip
_SIGN = re.compile("|".join(re.escape(sign) for sign in _SIGNS))
_OPENS, _CLOSES = {"LPAR", "LSQB", "LBRACE", "OPEN"}, {"RPAR", "RSQB", "RBRACE", "CLOSE"}
#: After these a value has ended: what follows is an operator, never the start of a range.
_ENDS = {
    "NAME",
    "NUMBER",
    "STRING",
    "AT",
    "RPAR",
    "RSQB",
    "RBRACE",
    "CLOSE",
    "NULL",
    "TRUE",
    "FALSE",
}


def tokens(text: str, names: Collection[str] = (), *, unary: bool = False) -> list[Token]:
    """The tokens of one expression, or of the unary tests of a table cell."""
    if len(text) > MAX_TEXT:
        raise ExpressionInvalid(f"The expression is longer than {MAX_TEXT} characters.")
    found = _Reader(text, names).read()
    return _with_not(found) if unary else found


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1, of a position in the text."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def refuse(text: str, at: int, what: str, **facts: Any) -> ExpressionInvalid:
    """The error for something at a place in the text; its facts hold `line`, `column` and what is given here."""
    line, column = place(text, at)
    return ExpressionInvalid(
        f"Line {line}, column {column}: {what}", line=line, column=column, **facts
    )


def normal(name: str) -> str:
    """A name with single spaces: `date  and\\ntime` is `date and time`."""
    return " ".join(name.split())


def unescape(body: str) -> str:
    """What a string literal says: `\\n`, `\\u00E6`, `\\U01F40E`; unknown escapes stay (`\\d` in patterns)."""
    body = str(body)
    if "\\" not in body:
        return body
    # A pair of surrogates (\uD83D\uDC0E) is one character.
    plain = _ESCAPE.sub(_escaped, body)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(match: re.Match[str]) -> str:
    short, long, known, other = match.groups()
    if short or long:
        code = int(short or long, 16)
        return chr(code) if code <= 0x10FFFF else match.group()
    if known:
        return {"n": "\n", "r": "\r", "t": "\t"}.get(known, known)
    return "\\" + (other or "")


class _Reader:
    """One walk over one text."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.text, self.at = text, 0
        self.known = _several(frozenset(names))
        #: Keys of contexts in the text itself.
        self.keys = Names()
        self.lines = [m.end() for m in re.finditer("\n", text)]
        self.found: list[Token] = []
        self.nest: list[str] = []

    def read(self) -> list[Token]:
        while self._skip_space():
            self._one()
        return self.found

    def _skip_space(self) -> bool:
        self.at = self._after_space(self.at)
        return self.at < len(self.text)

    def _after_space(self, at: int) -> int:
        """Where spaces and comments end that begin here."""
        while True:
            if match := _SPACE.match(self.text, at):
                at = match.end()
            if not self.text.startswith("/*", at):
                return at
            end = self.text.find("*/", at + 2)
            if end < 0:
                said = "the comment that begins here has no end."
                raise refuse(self.text, at, said, endless="comment")
            at = end + 2

    def _known_end(self, at: int) -> int:
        """Where the longest known name ends that begins here; `at` where there is none."""
        return max(self.known.longest(self.text, at), self.keys.longest(self.text, at))

    def _one(self) -> None:
        for reader in (self._key, self._name, self._number, self._string, self._sign):
            if reader():
                return
        raise self._stranger()

    def _stranger(self) -> ExpressionInvalid:
        sign = self.text[self.at]
        hint = meant(self.text[self.at : self.at + 2]) or meant(sign)
        return refuse(self.text, self.at, f"“{sign}” cannot stand here{tail(hint)}", nearest=hint)

    def _add(self, kind: str, value: str, end: int) -> bool:
        line = bisect_right(self.lines, self.at)
        column = self.at - (self.lines[line - 1] if line else 0) + 1
        self.found.append(
            Token(kind, value, start_pos=self.at, line=line + 1, column=column, end_pos=end)
        )
        self.at = end
        return True

    @property
    def _last(self) -> str:
        return self.found[-1].type if self.found else ""

    def _key(self) -> bool:
        if self._last not in ("LBRACE", "COMMA") or not self.nest or self.nest[-1] != "LBRACE":
            return False
        match = _KEY.match(self.text, self.at)
        if match is None:
            return False
        name = normal(match.group())
        if not _WORD.fullmatch(name):
            # Later entries, and paths into this context, read it by this name.
            self.keys.add(name)
        return self._add("NAME", name, match.end())

    def _name(self) -> bool:
        end = self._known_end(self.at)
        if end > self.at:
            return self._add("NAME", normal(self.text[self.at : end]), end)
        match = _WORD.match(self.text, self.at)
        if match is None:
            return False
        word, after_dot = match.group(), self._last == "DOT"
        if word in KEYWORDS and not after_dot:
            return self._add(KEYWORDS[word], word, match.end())
        if special := self._special(word, match.end()):
            return special
        end = self._words_end(match.end())
        return self._add("NAME", normal(self.text[self.at : end]), end)

    def _special(self, word: str, end: int) -> bool:
        if word == "instance" and (of := re.compile(r"\s+of\b").match(self.text, end)):
            return self._add("INSTANCE", "instance of", of.end())
        if word == "external" and self._last in ("RPAR",) and re.match(r"\s*\{", self.text[end:]):
            return self._add("EXTERNAL", word, end)
        return False

    def _words_end(self, end: int) -> int:
        """Where a name ends that goes on over spaces: `first name`, but not `first and`."""
        while (start := self._after_space(end)) > end:
            word = _WORD.match(self.text, start)
            if word is None or word.group() in KEYWORDS or self._known_end(start) > start:
                return end
            if re.match(r"instance\s+of\b", self.text[start : start + 40]):
                return end
            end = word.end()
        return end

    def _number(self) -> bool:
        # A minus before digits belongs to the number (rule 37) where no value has ended before it.
        signed = self.text[self.at] == "-" and self._last not in _ENDS
        match = _NUMBER.match(self.text, self.at + signed)
        if match is not None and signed:
            return self._add("NUMBER", "-" + match.group(), match.end())
        return match is not None and self._add("NUMBER", match.group(), match.end())

    def _string(self) -> bool:
        if match := _STRING.match(self.text, self.at):
            return self._add("STRING", match.group(1), match.end())
        if match := _AT.match(self.text, self.at):
            return self._add("AT", match.group(1), match.end())
        if self.text[self.at] == '"':
            said = "the text that begins here has no closing quote."
            raise refuse(self.text, self.at, said, endless="text")
        return False

    def _sign(self) -> bool:
        match = _SIGN.match(self.text, self.at)
        if match is None:
            return False
        kind = self._bracket(_SIGNS[match.group()], match.end())
        if kind in _OPENS:
            self.nest.append(kind)
            if len(self.nest) > MAX_NESTING:
                raise refuse(self.text, self.at, f"brackets nest deeper than {MAX_NESTING}.")
        elif kind in _CLOSES and self.nest:
            self.nest.pop()
        elif kind == "DOTS" and self.nest:
            self.nest[-1] = "RANGE"
        return self._add(kind, match.group(), match.end())

    def _bracket(self, kind: str, end: int) -> str:
        """`]1..2[`: brackets turned outwards open and close a range."""
        if kind == "RSQB" and self._last not in _ENDS and self._last != "LSQB":
            return "OPEN"
        if kind == "LSQB" and self.nest and self.nest[-1] == "RANGE" and self._last in _ENDS:
            rest = self.text[end : end + 200].lstrip()
            if re.match(r"$|[)\],}=!<>*/.]|(?:and|or|then|else|return|satisfies)\b", rest):
                return "CLOSE"
        return kind


@lru_cache(maxsize=64)
def _several(names: frozenset[str]) -> Names:
    """The names that hold more than one word, with those of the standard."""
    return Names([*_STANDARD, *(normal(n) for n in names if not _WORD.fullmatch(n))])


def _with_not(found: list[Token]) -> list[Token]:
    """In a table cell, `not(…)` around everything is the cell's own word and no function."""
    if len(found) > 2 and found[0] == "not" and found[1].type == "LPAR" and _wraps(found[1:]):
        found[0] = Token.new_borrow_pos("NOT", "not", found[0])
    return found


def _wraps(found: list[Token]) -> bool:
    depth = 0
    for nth, token in enumerate(found):
        depth += (token.type in _OPENS) - (token.type in _CLOSES)
        if depth == 0:
            return nth == len(found) - 1
    return False
