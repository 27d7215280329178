"""Text to tokens, with FEEL's names of several words.

A name may hold spaces (`date and time`, `forventet dato`) and even operators (`Profit & loss`, `x-1`).
The longest name that is known at that place wins; words side by side that no rule allows otherwise are
one name, too.  Keys of a context are names, whatever they hold.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from lark import Token

from engine.errors import ExpressionInvalid

#: Longer texts and deeper nesting are refused before anything is parsed.
MAX_TEXT = 100_000
MAX_NESTING = 120

_KEYWORDS = (
    "if then else for in return some every satisfies between and or function null true false"
)
KEYWORDS = {word: word.upper() for word in re.findall(r"\w+", _KEYWORDS)}
#: Names of the standard that hold a keyword.
_STANDARD = ("date and time", "days and time duration", "years and months duration")

_NAME_START = r"(?:[^\W\d]|[?\U00010000-\U000EFFFF])"
_NAME_PART = r"(?:[\w?'’·\u0300-\u036F\U00010000-\U000EFFFF])"
_SPACE = re.compile(r"(?:[\s\u0085\u180E\u200B\uFEFF]+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_WORD = re.compile(_NAME_START + _NAME_PART + "*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_AT = re.compile(r'@\s*"((?:[^"\\]|\\.)*)"')
_KEY = re.compile(_NAME_START + r"(?:[\w?'’.\-/+*\s\u0300-\u036F\U00010000-\U000EFFFF])*?(?=\s*:)")
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


def refuse(text: str, at: int, what: str) -> ExpressionInvalid:
    """The error for something at a place in the text."""
    line, column = place(text, at)
    return ExpressionInvalid(f"Line {line}, column {column}: {what}", line=line, column=column)


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
        self.known = {normal(n) for n in names if not _WORD.fullmatch(n)}
        self.known.update(_STANDARD)
        self.pattern = _known_names(frozenset(self.known))
        self.found: list[Token] = []
        self.nest: list[str] = []

    def read(self) -> list[Token]:
        while self._skip_space():
            self._one()
        return self.found

    def _skip_space(self) -> bool:
        if match := _SPACE.match(self.text, self.at):
            self.at = match.end()
        return self.at < len(self.text)

    def _one(self) -> None:
        for reader in (self._key, self._name, self._number, self._string, self._sign):
            if reader():
                return
        raise refuse(self.text, self.at, f"“{self.text[self.at]}” cannot stand here.")

    def _add(self, kind: str, value: str, end: int) -> bool:
        line, column = place(self.text, self.at) if "\n" in self.text else (1, self.at + 1)
        self.found.append(
            Token(kind, value, start_pos=self.at, line=line, column=column, end_pos=end)
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
            self.known.add(name)
            self.pattern = _known_names(frozenset(self.known))
        return self._add("NAME", name, match.end())

    def _name(self) -> bool:
        if match := self.pattern.match(self.text, self.at):
            return self._add("NAME", normal(match.group()), match.end())
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
        while (space := _SPACE.match(self.text, end)) and (
            word := _WORD.match(self.text, space.end())
        ):
            if word.group() in KEYWORDS or self.pattern.match(self.text, space.end()):
                return end
            if re.match(r"instance\s+of\b", self.text[space.end() : space.end() + 40]):
                return end
            end = word.end()
        return end

    def _number(self) -> bool:
        match = _NUMBER.match(self.text, self.at)
        return match is not None and self._add("NUMBER", match.group(), match.end())

    def _string(self) -> bool:
        if match := _STRING.match(self.text, self.at):
            return self._add("STRING", match.group(1), match.end())
        if match := _AT.match(self.text, self.at):
            return self._add("AT", match.group(1), match.end())
        if self.text[self.at] == '"':
            raise refuse(self.text, self.at, "the text that begins here has no closing quote.")
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


@lru_cache(maxsize=512)
def _known_names(names: frozenset[str]) -> re.Pattern[str]:
    parts = []
    for name in sorted(names, key=len, reverse=True):
        spaced = r"\s+".join(re.escape(word) for word in name.split(" "))
        parts.append(spaced + (rf"(?!{_NAME_PART})" if re.match(_NAME_PART, name[-1]) else ""))
    return re.compile("|".join(parts))


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
