"""Patterns of text fields, as the browser reads them, in time that grows only with the text.

Designers may write any pattern; Python's own matcher can be made to hang by some (`(a+)+$`), so this one follows all
ways through the pattern at once.  Supported: characters, `.`, classes, `\\d \\w \\s` and their opposites, groups, `|`,
`? * + {m,n}`, `^ $`.  Not supported: looking ahead or behind, back references, `\\b`, `\\p`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

#: A pattern that unfolds to more steps than this is refused.
MOST_STEPS = 2_000

Match = Callable[[str], bool]


class PatternInvalid(ValueError):
    """The pattern cannot be read, or uses what is not supported."""


@dataclass(slots=True)
class _State:
    """One place in the pattern: eats a character, stands at an edge, or goes on freely to `nexts`."""

    nexts: list[int]
    match: Match | None = None
    #: A character that `match` accepts, to make up samples.
    example: str = ""
    edge: str = ""


class Pattern:
    """A pattern that has been read."""

    def __init__(self, states: list[_State], start: int, end: int) -> None:
        self._states, self._start, self._end = states, start, end

    def found_in(self, text: str) -> bool:
        """Whether the pattern matches somewhere in the text, as `RegExp.test` does."""
        now: set[int] = set()
        for n in range(len(text) + 1):
            now = self._free({*now, self._start}, n == 0, n == len(text))
            if self._end in now:
                return True
            if n < len(text):
                now = self._eaten(now, text[n])
        return False

    def samples(self, least: int, most: int) -> Iterator[str]:
        """Texts that match as a whole, shortest first, one for each length from `least` to `most`."""
        layer = {frozenset({self._start}): ""}
        for length in range(most + 1):
            following: dict[frozenset[int], str] = {}
            for states, text in layer.items():
                if length >= least and self._end in self._free(states, length == 0, True):
                    yield text
                    break
            for states, text in layer.items():
                free = self._free(states, length == 0, False)
                for example in sorted({self._states[s].example for s in free} - {""}):
                    following.setdefault(frozenset(self._eaten(free, example)), text + example)
                if len(following) > MOST_STEPS:
                    return
            layer = following

    def _eaten(self, states: Iterable[int], char: str) -> set[int]:
        found: set[int] = set()
        for s in states:
            state = self._states[s]
            if state.match is not None and state.match(char):
                found.update(state.nexts)
        return found

    def _free(self, states: Iterable[int], first: bool, last: bool) -> set[int]:
        found, todo = set(states), list(states)
        while todo:
            state = self._states[todo.pop()]
            if state.match is not None or (state.edge == "^" and not first):
                continue
            if state.edge == "$" and not last:
                continue
            for s in state.nexts:
                if s not in found:
                    found.add(s)
                    todo.append(s)
        return found


@lru_cache(maxsize=512)
def read(text: str) -> Pattern:
    """Raises `PatternInvalid` saying what and where."""
    reader = _Reader(text)
    start, end = reader.choice()
    if reader.at < len(text):
        raise PatternInvalid(f"»{text[reader.at]}« (tegn {reader.at + 1})")
    return Pattern(reader.states, start, end)


_DIGIT: Match = lambda c: "0" <= c <= "9"  # noqa: E731
_WORD: Match = lambda c: c == "_" or (c.isascii() and c.isalnum())  # noqa: E731
_SPACE: Match = str.isspace
_ESCAPED = {"d": (_DIGIT, "1"), "w": (_WORD, "a"), "s": (_SPACE, " ")}
_OPPOSITE = {"D": (_DIGIT, "a"), "W": (_WORD, "-"), "S": (_SPACE, "a")}
_CLASSES = {f"\\{letter}" for letter in (*_ESCAPED, *_OPPOSITE)}
_CONTROL = {"n": "\n", "r": "\r", "t": "\t"}

Piece = tuple[int, int]


class _Reader:
    """Reads a pattern from left to right into states; a piece is its first and its last state."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.states: list[_State] = []

    def choice(self) -> Piece:
        """`a|b|c`"""
        pieces = [self._row()]
        while self._take("|"):
            pieces.append(self._row())
        if len(pieces) == 1:
            return pieces[0]
        start, end = self._state(*(p[0] for p in pieces)), self._state()
        for _first, last in pieces:
            self.states[last].nexts.append(end)
        return start, end

    def _row(self) -> Piece:
        start = end = self._state()
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            first, last = self._repeated()
            self.states[end].nexts.append(first)
            end = last
        return start, end

    def _repeated(self) -> Piece:
        begun = self.at
        piece = self._one()
        ended = self.at
        least, most = self._times()
        if (least, most) == (1, 1):
            return piece
        start = end = self._state()
        for _ in range(least):
            end = self._join(end, self._again(begun, ended))
        if most is None:
            first, last = self._again(begun, ended)
            self.states[end].nexts.append(first)
            self.states[last].nexts.append(end)
            return start, self._join(end, (s := self._state(), s))
        out = self._state()
        for _ in range(most - least):
            self.states[end].nexts.append(out)
            end = self._join(end, self._again(begun, ended))
        self.states[end].nexts.append(out)
        return start, out

    def _again(self, begun: int, ended: int) -> Piece:
        after, self.at = self.at, begun
        piece = self._one()
        assert self.at == ended  # the same text is read the same way
        self.at = after
        return piece

    def _join(self, end: int, piece: Piece) -> int:
        self.states[end].nexts.append(piece[0])
        return piece[1]

    def _times(self) -> tuple[int, int | None]:
        found: tuple[int, int | None] = (1, 1)
        for sign, times in (("?", (0, 1)), ("*", (0, None)), ("+", (1, None))):
            if self._take(sign):
                found = times
                break
        else:
            if self._take("{"):
                found = self._braces()
        if found != (1, 1):
            self._take("?")  # lazy or not matches the same texts
        return found

    def _braces(self) -> tuple[int, int | None]:
        inside, closed, _rest = self.text[self.at :].partition("}")
        low, comma, high = inside.partition(",")
        if (
            not closed
            or not low.isdecimal()
            or not (high.isdecimal() or not high)
            or len(inside) > 9
        ):
            raise self._wrong()
        self.at += len(inside) + 1
        least, most = int(low), int(high) if high else (None if comma else int(low))
        if max(least, most or 0) > MOST_STEPS or (most is not None and most < least):
            raise self._wrong()
        return least, most

    def _one(self) -> Piece:
        char = self.text[self.at]
        self.at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._char(*self._class())
        if char == "\\":
            return self._char(*self._escape())
        if char in "^$":
            end = self._state()  # past the edge: to stand before it is not to have passed it
            return self._state(end, edge=char), end
        if char in "?*+{":
            self.at -= 1
            raise self._wrong()
        if char == ".":
            return self._char(lambda c: c not in "\n\r\u2028\u2029", "a")
        return self._char(lambda c: c == char, char)

    def _group(self) -> Piece:
        if self._take("?") and not self._take(":"):
            raise self._wrong()
        self.depth += 1
        if self.depth > 50:
            raise self._wrong()
        piece = self.choice()
        self.depth -= 1
        if not self._take(")"):
            raise self._wrong()
        return piece

    def _escape(self) -> tuple[Match, str]:
        if self.at >= len(self.text):
            raise self._wrong()
        char = self.text[self.at]
        self.at += 1
        if char in _ESCAPED:
            return _ESCAPED[char]
        if char in _OPPOSITE:
            match, example = _OPPOSITE[char]
            return lambda c: not match(c), example
        if char in _CONTROL:
            char = _CONTROL[char]
        elif char.isalnum():
            self.at -= 1
            raise self._wrong()
        return lambda c: c == char, char

    def _class(self) -> tuple[Match, str]:
        opposite = self._take("^")
        parts: list[Match] = []
        examples: list[str] = []
        while not self._take("]"):
            match, example = self._range()
            parts.append(match)
            examples.append(example)
        if opposite:
            free = next((c for c in "a1 -A_.é" if not any(m(c) for m in parts)), "")
            return lambda c: not any(m(c) for m in parts), free
        return lambda c: any(m(c) for m in parts), examples[0] if examples else ""

    def _range(self) -> tuple[Match, str]:
        begun = self.at
        match, low = self._member()
        if self.text[self.at : self.at + 1] != "-" or self.text[self.at + 1 : self.at + 2] in (
            "]",
            "",
        ):
            return match, low
        several = self.text[begun : begun + 2] in _CLASSES
        self.at += 1
        begun = self.at
        _match, high = self._member()
        if several or low > high or self.text[begun : begun + 2] in _CLASSES:
            raise self._wrong()
        return lambda c: low <= c <= high, low

    def _member(self) -> tuple[Match, str]:
        if self.at >= len(self.text):
            raise self._wrong()
        char = self.text[self.at]
        self.at += 1
        return self._escape() if char == "\\" else (lambda c: c == char, char)

    def _char(self, match: Match, example: str) -> Piece:
        end = self._state()
        return self._state(end, match=match, example=example), end

    def _state(
        self, *nexts: int, match: Match | None = None, example: str = "", edge: str = ""
    ) -> int:
        if len(self.states) > MOST_STEPS:
            raise PatternInvalid("mønsteret er for stort")
        self.states.append(_State(list(nexts), match, example, edge))
        return len(self.states) - 1

    def _take(self, sign: str) -> bool:
        if self.text[self.at : self.at + 1] == sign:
            self.at += 1
            return True
        return False

    def _wrong(self) -> PatternInvalid:
        return PatternInvalid(
            f"»{self.text[self.at : self.at + 1] or 'slutningen'}« (tegn {self.at + 1})"
        )
