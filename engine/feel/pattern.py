"""Regular expressions of XPath (as DMN asks for), matched in time proportional to text times pattern.

The pattern becomes a small program; a walk with an explicit stack tries it at each place and never
tries the same instruction at the same place twice, so no pattern can hang.  Each step is paid for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.feel.charset import Charset, Reader, fold, holds, weight
from engine.feel.values import Run, Wrong

#: Steps of the walk that cost one step of the evaluation.
STEPS = 8
#: Longer patterns are refused: reading one must not cost more than it says.
_MOST_TEXT = 2_000
_MOST_INSTRUCTIONS = 4_000
_MOST_GROUPS = 50
_MOST_NESTING = 40

#: One instruction: what it does, and its argument(s).
Instruction = tuple[Any, ...]


@dataclass(slots=True)
class Match:
    """Where a match lies, and its groups."""

    start: int
    end: int
    groups: tuple[int, ...]

    def group(self, text: str, nth: int) -> str:
        """What a group matched; nothing where it took no part."""
        if nth == 0:
            return text[self.start : self.end]
        low, high = self.groups[2 * nth - 2 : 2 * nth]
        return text[low:high] if low >= 0 and high >= 0 else ""


@dataclass(slots=True)
class Pattern:
    """A pattern ready to be searched for."""

    program: list[Instruction]
    groups: int
    ignore_case: bool
    multiline: bool
    refers: bool = False

    def search(self, text: str, start: int, run: Run) -> Match | None:
        """The first match at or after a place."""
        seen: set[Any] = set()
        for at in range(start, len(text) + 1):
            found = self._walk(text, at, run, seen)
            if found is not None:
                return found
        return None

    def all(self, text: str, run: Run) -> Iterator[Match]:
        """All matches, one after the other."""
        at = 0
        while (found := self.search(text, at, run)) is not None:
            yield found
            at = found.end if found.end > found.start else found.end + 1

    def _walk(self, text: str, start: int, run: Run, seen: set[Any]) -> Match | None:
        stack: list[tuple[int, int, tuple[int, ...]]] = [(0, start, (-1,) * (2 * self.groups))]
        steps, each = 0, 4 if self.refers else 1
        while stack:
            pc, at, groups = stack.pop()
            while True:
                instruction = self.program[pc]
                steps += instruction[2] if instruction[0] == "char" else each
                if steps >= STEPS:
                    run.spend(steps // STEPS)
                    steps %= STEPS
                key = (pc, at, groups) if self.refers else (pc, at)
                if key in seen:
                    break
                seen.add(key)
                step = self._step(instruction, text, pc, at, groups)
                if step is None:
                    break
                if step[0] < 0:
                    return Match(start, at, groups)
                pc, at, groups, other = step
                if other is not None:
                    stack.append((other, at, groups))
        run.spend(1)
        return None

    def _step(
        self, instruction: Instruction, text: str, pc: int, at: int, groups: tuple[int, ...]
    ) -> tuple[int, int, tuple[int, ...], int | None] | None:
        """Where the walk goes on (instruction, place, groups, another way to try later), or None."""
        what = instruction[0]
        if what == "char":
            if at < len(text) and holds(instruction[1], text[at], ignore_case=self.ignore_case):
                return pc + 1, at + 1, groups, None
            return None
        if what == "split":
            return instruction[1], at, groups, instruction[2]
        if what == "jump":
            return instruction[1], at, groups, None
        if what == "save":
            slot = instruction[1]
            return pc + 1, at, (*groups[:slot], at, *groups[slot + 1 :]), None
        if what == "done":
            return -1, at, groups, None
        return self._assert(instruction, text, pc, at, groups)

    def _assert(
        self, instruction: Instruction, text: str, pc: int, at: int, groups: tuple[int, ...]
    ) -> tuple[int, int, tuple[int, ...], int | None] | None:
        what = instruction[0]
        if what == "begin":
            ok = at == 0 or (self.multiline and text[at - 1] == "\n" and at < len(text))
            return (pc + 1, at, groups, None) if ok else None
        if what == "end":
            ok = at == len(text) or (self.multiline and text[at] == "\n")
            return (pc + 1, at, groups, None) if ok else None
        low, high = groups[2 * instruction[1] - 2 : 2 * instruction[1]]
        old = text[low:high] if low >= 0 and high >= 0 else ""
        new = text[at : at + len(old)]
        same = fold(new) == fold(old) if self.ignore_case else new == old
        return (pc + 1, at + len(old), groups, None) if same else None


def prepared(run: Run, text: str, flags: str | None = None) -> Pattern:
    """A pattern with XPath's flags `s m i x q`, paid for by its length; raises Wrong for one that is none."""
    if len(text) > _MOST_TEXT:
        raise Wrong("the pattern is too long.")
    run.spend(1 + len(text) // 4)
    found = _compiled(text, flags or "")
    run.spend(len(found.program) // 4)
    return found


@lru_cache(maxsize=256)
def _compiled(text: str, flags: str) -> Pattern:
    if unknown := set(flags) - set("smixq"):
        raise Wrong(f"there is no flag “{min(unknown)}”.")
    if "q" in flags:
        program: list[Instruction] = [_char(Charset(chars=frozenset(c))) for c in text]
        return Pattern([*program, ("done",)], 0, "i" in flags, False)
    parser = _Parser(Reader(text, spaced="x" in flags), dot_all="s" in flags)
    program = parser.whole()
    return Pattern(program, parser.groups, "i" in flags, "m" in flags, parser.refers)


class _Parser:
    """Recursive descent over the pattern; parts are lists of instructions with relative jumps."""

    def __init__(self, reader: Reader, *, dot_all: bool) -> None:
        self.reader = reader
        self.dot = Charset(negated=True) if dot_all else Charset(frozenset("\n\r"), negated=True)
        self.groups, self.closed, self.depth = 0, set[int](), 0
        self.refers = False

    def whole(self) -> list[Instruction]:
        part = self._choice()
        if self.reader.more():
            raise Wrong(f"“{self.reader.peek()}” cannot stand there in a pattern.")
        return _placed([*part, ("done",)])

    def _choice(self) -> list[Instruction]:
        self.depth += 1
        if self.depth > _MOST_NESTING:
            raise Wrong("the pattern nests too deep.")
        ways = [self._sequence()]
        while self.reader.take("|"):
            ways.append(self._sequence())
        self.depth -= 1
        part = ways.pop()
        for way in reversed(ways):
            part = [("split", 1, len(way) + 2), *way, ("jump", len(part) + 1), *part]
        return part

    def _sequence(self) -> list[Instruction]:
        part: list[Instruction] = []
        while self.reader.more() and self.reader.peek() not in "|)":
            part += self._repeated(self._atom())
            if len(part) > _MOST_INSTRUCTIONS:
                raise Wrong("the pattern is too long.")
        return part

    def _repeated(self, atom: list[Instruction]) -> list[Instruction]:
        bounds = self.reader.bounds()
        if bounds is None:
            return atom
        low, high = bounds
        lazy = self.reader.take("?")
        if self.reader.more() and self.reader.peek() in "*+?{":
            raise Wrong("two repetitions follow each other in the pattern.")
        if (len(atom) + 2) * max(low, high or 0, 1) > _MOST_INSTRUCTIONS:
            raise Wrong("the pattern repeats too much.")
        part = atom * low
        if high is None:
            return part + _either(len(atom) + 2, [*atom, ("jump", -len(atom) - 1)], lazy)
        tail: list[Instruction] = []
        for _ in range(high - low):
            tail = _either(len(atom) + len(tail) + 1, atom + tail, lazy)
        return part + tail

    def _atom(self) -> list[Instruction]:
        char = self.reader.next()
        if char == "(":
            return self._group()
        if char == "[":
            return [_char(self.reader.charset())]
        if char == ".":
            return [_char(self.dot)]
        if char == "^":
            return [("begin",)]
        if char == "$":
            return [("end",)]
        if char == "\\":
            return self._escape()
        if char in "*+?{}]":
            raise Wrong(f"“{char}” cannot stand there in a pattern.")
        return [_char(Charset(frozenset(char)))]

    def _group(self) -> list[Instruction]:
        if self.reader.take("?"):
            if not self.reader.take(":"):
                raise Wrong("a pattern has no look-ahead and no options in groups.")
            part = self._choice()
            self._close()
            return part
        self.groups += 1
        nth = self.groups
        if nth > _MOST_GROUPS:
            raise Wrong("the pattern has too many groups.")
        part = self._choice()
        self._close()
        self.closed.add(nth)
        return [("save", 2 * nth - 2), *part, ("save", 2 * nth - 1)]

    def _close(self) -> None:
        if not self.reader.take(")"):
            raise Wrong("a group in the pattern is not closed.")

    def _escape(self) -> list[Instruction]:
        digits = self.reader.reference(self.groups)
        if digits is None:
            return [_char(self.reader.escape())]
        if digits not in self.closed:
            raise Wrong(f"the pattern has no group {digits} there.")
        self.refers = True
        return [("same", digits)]


def _char(charset: Charset) -> Instruction:
    """One character of a set; large sets cost more steps."""
    return "char", charset, 1 + weight(charset) // STEPS


def _either(length: int, part: list[Instruction], lazy: bool) -> list[Instruction]:
    """Into `part` or past it, whichever is tried first."""
    return [("split", length, 1) if lazy else ("split", 1, length), *part]


def _placed(part: list[Instruction]) -> list[Instruction]:
    """Relative jumps as places in the program."""
    placed: list[Instruction] = []
    for at, (what, *facts) in enumerate(part):
        placed.append((what, *((at + f for f in facts) if what in ("split", "jump") else facts)))
    return placed


# ---- replace and split -------------------------------------------------------------------
def replace(run: Run, text: str, pattern: Pattern, new: str, flags: str) -> str:
    """All matches replaced; `$1` is a group, `\\$` a dollar sign; raises Wrong."""
    parts = [new] if "q" in flags else _template(new, pattern.groups)
    if pattern.search("", 0, run) is not None:
        raise Wrong("the pattern matches nothing at all, so there is nothing to replace.")
    made, at = [], 0
    for match in pattern.all(text, run):
        piece = "".join(p if isinstance(p, str) else match.group(text, p) for p in parts)
        made += [text[at : match.start], run.made(piece)]
        at = match.end
    return run.made("".join([*made, text[at:]]))


def split(run: Run, text: str, pattern: Pattern) -> list[str]:
    """The pieces between the matches; raises Wrong."""
    if pattern.search("", 0, run) is not None:
        raise Wrong("the delimiter matches nothing at all.")
    pieces, at = [], 0
    for match in pattern.all(text, run):
        pieces.append(text[at : match.start])
        at = match.end
    return [*pieces, text[at:]]


def _template(new: str, groups: int) -> list[str | int]:
    parts: list[str | int] = []
    at = 0
    while at < len(new):
        char, following = new[at], new[at + 1 : at + 2]
        if char == "\\":
            if following not in ("\\", "$"):
                raise Wrong("in a replacement, “\\” stands before “$” or “\\”.")
            parts.append(following)
            at += 2
        elif char == "$":
            if not following.isascii() or not following.isdigit():
                raise Wrong("in a replacement, “$” stands before the number of a group.")
            nth, at = _group_number(new, at + 1, groups)
            parts.append(nth if nth <= groups else "")
        else:
            parts.append(char)
            at += 1
    return parts


def _group_number(text: str, at: int, groups: int) -> tuple[int, int]:
    """The longest number that is a group, and where it ends."""
    nth = int(text[at])
    at += 1
    while at < len(text) and text[at].isascii() and text[at].isdigit():
        if nth * 10 + int(text[at]) > groups:
            break
        nth = nth * 10 + int(text[at])
        at += 1
    return nth, at
