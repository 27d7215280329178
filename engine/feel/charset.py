"""Sets of characters in patterns (XML Schema part 2, appendix F), and reading them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from engine.feel.values import Wrong

_MOST_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Charset:
    """Characters, ranges, categories and inner sets; perhaps negated, perhaps without another set."""

    chars: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    inner: tuple[Charset, ...] = ()
    negated: bool = False
    without: Charset | None = None


def weight(charset: Charset) -> int:
    """How many things must be looked at to know whether a character is in the set."""
    own = 1 + len(charset.ranges) + len(charset.categories)
    inner = sum(weight(one) for one in charset.inner)
    return own + inner + (weight(charset.without) if charset.without else 0)


def holds(charset: Charset, char: str, *, ignore_case: bool = False) -> bool:
    """Whether a character is in the set; with `ignore_case` any of its cases."""
    cases = {char, *_cases(char)} if ignore_case else {char}
    found = any(_in(charset, c) for c in cases)
    if found is charset.negated:
        return False
    return charset.without is None or not holds(charset.without, char, ignore_case=ignore_case)


def _in(charset: Charset, char: str) -> bool:
    if char in charset.chars or any(low <= char <= high for low, high in charset.ranges):
        return True
    if charset.categories and unicodedata.category(char).startswith(charset.categories):
        return True
    return any(holds(one, char) for one in charset.inner)


def _cases(char: str) -> list[str]:
    return [c for c in (char.lower(), char.upper(), char.swapcase()) if len(c) == 1]


def fold(text: str) -> str:
    """The text without cases."""
    return text.lower()


_SPACE = Charset(frozenset(" \t\n\r"))
_DIGIT = Charset(categories=("Nd",))
_WORD = Charset(categories=("P", "Z", "C"), negated=True)
_INITIAL = Charset(frozenset("_:"), categories=("L", "Nl"))
_NAME = Charset(frozenset("_:-.·"), categories=("L", "Nl", "Nd", "M"))
_CLASSES = {"s": _SPACE, "d": _DIGIT, "w": _WORD, "i": _INITIAL, "c": _NAME}
_SINGLES = {"n": "\n", "r": "\r", "t": "\t", **{c: c for c in "\\|.-^?*+{}()[]$"}}
_CATEGORIES = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?")
#: The blocks that Danish and its neighbours need.
_BLOCKS = {
    "BasicLatin": ("\x00", "\x7f"), "Latin-1Supplement": ("\x80", "\xff"),
    "LatinExtended-A": ("\u0100", "\u017f"), "LatinExtended-B": ("\u0180", "\u024f"),
    "IPAExtensions": ("\u0250", "\u02af"), "CombiningDiacriticalMarks": ("\u0300", "\u036f"),
    "Greek": ("\u0370", "\u03ff"), "GreekandCoptic": ("\u0370", "\u03ff"),
    "Cyrillic": ("\u0400", "\u04ff"), "Hebrew": ("\u0590", "\u05ff"), "Arabic": ("\u0600", "\u06ff"),
    "LatinExtendedAdditional": ("\u1e00", "\u1eff"), "GeneralPunctuation": ("\u2000", "\u206f"),
    "CurrencySymbols": ("\u20a0", "\u20cf"), "Arrows": ("\u2190", "\u21ff"),
    "MathematicalOperators": ("\u2200", "\u22ff"),
}  # fmt: skip


class Reader:
    """A pattern, read from left to right; with `spaced` (flag x), white space counts only in sets."""

    def __init__(self, text: str, *, spaced: bool) -> None:
        self.text = _unspaced(text) if spaced else text
        self.at, self.depth = 0, 0

    def more(self) -> bool:
        """Whether there is something left."""
        return self.at < len(self.text)

    def peek(self) -> str:
        """The next character."""
        return self.text[self.at]

    def next(self) -> str:
        """The next character, taken; raises Wrong at the end."""
        if not self.more():
            raise Wrong("the pattern ends too early.")
        self.at += 1
        return self.text[self.at - 1]

    def take(self, text: str) -> bool:
        """Take this text where it comes next."""
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def bounds(self) -> tuple[int, int | None] | None:
        """A repetition (`* + ? {2} {2,} {2,5}`), where one comes next."""
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return bounds
        if not self.take("{"):
            return None
        inside, closed, _ = self.text[self.at :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not _is_number(low) or (high and not _is_number(high)):
            raise Wrong("a repetition in the pattern is not written as {2,5}.")
        self.at += len(inside) + 1
        least, most = int(low), (int(high) if high else None) if comma else int(low)
        if most is not None and most < least:
            raise Wrong("a repetition in the pattern ends before it begins.")
        return least, most

    def reference(self, groups: int) -> int | None:
        """The number of a group after a backslash, as many digits as there are groups."""
        if not self.more() or self.peek() not in "123456789":
            return None
        nth = int(self.next())
        while self.more() and self.peek() in "0123456789" and nth * 10 + int(self.peek()) <= groups:
            nth = nth * 10 + int(self.next())
        return nth

    def escape(self) -> Charset:
        """What stands after a backslash; raises Wrong."""
        char = self.next()
        if char in _SINGLES:
            return Charset(frozenset(_SINGLES[char]))
        if char.lower() in _CLASSES:
            known = _CLASSES[char.lower()]
            return known if char.islower() else Charset(inner=(known,), negated=True)
        if char in "pP":
            return self._property(negated=char == "P")
        raise Wrong(f"“\\{char}” means nothing in a pattern.")

    def _property(self, *, negated: bool) -> Charset:
        inside, closed, _ = self.text[self.at + 1 :].partition("}")
        if not self.take("{") or not closed:
            raise Wrong("a category is written as \\p{L}.")
        self.at += len(inside) + 1
        if _CATEGORIES.fullmatch(inside):
            return Charset(categories=(inside,), negated=negated)
        if inside[:2] == "Is" and inside[2:] in _BLOCKS:
            return Charset(ranges=(_BLOCKS[inside[2:]],), negated=negated)
        raise Wrong(f"there is no category “{inside}”.")

    def charset(self) -> Charset:
        """A set, after its opening bracket; raises Wrong."""
        self.depth += 1
        if self.depth > _MOST_DEPTH:
            raise Wrong("the sets in the pattern nest too deep.")
        negated = self.take("^")
        chars: set[str] = set()
        ranges: list[tuple[str, str]] = []
        inner: list[Charset] = []
        without: Charset | None = None
        start = self.at
        while not self.take("]"):
            if self.at > start and self.take("-["):
                without = self.charset()
                if not self.take("]"):
                    raise Wrong("after what is taken from a set, the set ends.")
                break
            one = self._member(first=self.at == start)
            if isinstance(one, Charset):
                inner.append(one)
            elif self._starts_range():
                ranges.append(self._range(one))
            else:
                chars.add(one)
        if not (chars or ranges or inner):
            raise Wrong("a set in the pattern is empty.")
        self.depth -= 1
        return Charset(frozenset(chars), tuple(ranges), (), tuple(inner), negated, without)

    def _starts_range(self) -> bool:
        return self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in (
            "]", "[", "",
        )  # fmt: skip

    def _range(self, low: str) -> tuple[str, str]:
        self.take("-")
        high = self._member(first=False, last=True)
        if isinstance(high, Charset) or high < low:
            raise Wrong("a range in a set of the pattern ends before it begins.")
        return low, high

    def _member(self, *, first: bool, last: bool = False) -> str | Charset:
        """One character, or a class; a minus stands for itself only at the ends of a set."""
        char = self.next()
        if char == "\\":
            found = self.escape()
            return next(iter(found.chars)) if len(found.chars) == 1 else found
        if char == "[":
            raise Wrong("a “[” inside a set is written “\\[”.")
        if char == "-" and not (first or self.text[self.at : self.at + 1] == "]") and not last:
            raise Wrong("a “-” inside a set is written “\\-”.")
        return char


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5


def _unspaced(text: str) -> str:
    kept: list[str] = []
    depth = 0
    for at, char in enumerate(text):
        escaped = at > 0 and text[at - 1] == "\\"
        depth += (char == "[" and not escaped) - (char == "]" and not escaped and depth > 0)
        if depth or char not in " \t\n\r":
            kept.append(char)
    return "".join(kept)
