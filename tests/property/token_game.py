"""What a block diagram means, told without tokens: an independent reference for the engine.

A block is a value; `begin` says what of it is open, `after` what is left when one thing happens.  Nothing here knows
of gateways, flows or joins: an AND block is "all of these are still to do", a loop is "this, and then perhaps again".
It shares no code with the engine, and it does not read BPMN: `draw` writes the same block as a diagram.

    Task(id)                              a person's task
    Seq(blocks) · And(blocks)
    Xor(((var, block), …), default)       the first whose variable is true
    Or(((var, block), …), default)        all whose variable is true
    Loop(body, var)                       again while the variable is true after the body
    Sub(block)                            an embedded sub-process
    Race(((message, block), …))           an event-based gateway
    Border(id, message, interrupting, handler)   a task with a message on its border
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Data = Mapping[str, bool]


# ---- blocks ------------------------------------------------------------------------------
@dataclass(frozen=True)
class Task:
    id: str


@dataclass(frozen=True)
class Seq:
    blocks: tuple[Any, ...]


@dataclass(frozen=True)
class And:
    blocks: tuple[Any, ...]


@dataclass(frozen=True)
class Xor:
    id: str
    branches: tuple[tuple[str, Any], ...]
    default: Any


@dataclass(frozen=True)
class Or:
    id: str
    branches: tuple[tuple[str, Any], ...]
    default: Any


@dataclass(frozen=True)
class Loop:
    id: str
    body: Any
    var: str


@dataclass(frozen=True)
class Sub:
    id: str
    block: Any


@dataclass(frozen=True)
class Race:
    id: str
    branches: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Border:
    id: str
    message: str
    interrupting: bool
    handler: Any


# ---- what is left to do ------------------------------------------------------------------
@dataclass(frozen=True)
class Open:
    """A task that somebody must do, a race that waits, a task with a message on its border."""

    block: Task | Race | Border


@dataclass(frozen=True)
class Then:
    """This, and afterwards those."""

    now: Any
    rest: tuple[Any, ...]


@dataclass(frozen=True)
class All:
    """Each of these."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Again:
    """The body of a loop."""

    now: Any
    loop: Loop


@dataclass(frozen=True)
class Room:
    """A sub-process: its main line and whatever was started beside it; done when all of it is."""

    parts: tuple[Any, ...]


DONE = None


def begin(block: Any, data: Data) -> Any:
    """What is open when the block has been reached; DONE where nothing in it waits."""
    match block:
        case Task() | Race() | Border():
            return Open(block)
        case Seq(blocks):
            return _then(DONE, blocks, data)
        case And(blocks):
            return _all(tuple(begin(b, data) for b in blocks))
        case Xor(_, branches, default):
            return begin(next((b for var, b in branches if data[var]), default), data)
        case Or(_, branches, default):
            return _all(
                tuple(
                    begin(b, data) for b in ([b for var, b in branches if data[var]] or [default])
                )
            )
        case Loop(_, body, _):
            return _again(begin(body, data), block, data)
        case Sub(_, inner):
            return _room((begin(inner, data),))
    raise TypeError(block)


def opened(left: Any) -> Iterator[tuple[str, str]]:
    """What can happen: ("task", id) and ("message", name), as often as it is open."""
    match left:
        case Open(Task(key)):
            yield "task", key
        case Open(Border(key, message, _, _)):
            yield "task", key
            yield "message", message
        case Open(Race(_, branches)):
            for message, _ in branches:
                yield "message", message
        case Then(now, _) | Again(now, _):
            yield from opened(now)
        case All(parts) | Room(parts):
            for part in parts:
                yield from opened(part)


def after(left: Any, what: tuple[str, str], data: Data) -> tuple[Any, tuple[Any, ...]]:
    """(what is left when this has happened to the first that it can happen to, what began beside it)."""
    match left:
        case Open(Task()):
            return DONE, ()
        case Open(Border(_, message, interrupting, handler) as block):
            if what != ("message", message):
                return DONE, ()
            started = begin(handler, data)
            return (started, ()) if interrupting else (Open(block), (started,))
        case Open(Race(_, branches)):
            return begin(dict(branches)[what[1]], data), ()
        case Then(now, rest):
            now, beside = after(now, what, data)
            return _then(now, rest, data), beside
        case Again(now, loop):
            now, beside = after(now, what, data)
            return _again(now, loop, data), beside
        case All(parts):
            parts, beside = _first(parts, what, data)
            return _all(parts), beside
        case Room(parts):
            parts, beside = _first(parts, what, data)
            return _room((*parts, *beside)), ()
    raise TypeError(left)


def _first(
    parts: tuple[Any, ...], what: tuple[str, str], data: Data
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    n = next(n for n, part in enumerate(parts) if what in opened(part))
    changed, beside = after(parts[n], what, data)
    return (*parts[:n], changed, *parts[n + 1 :]), beside


def _then(now: Any, rest: tuple[Any, ...], data: Data) -> Any:
    while now is DONE and rest:
        now, rest = begin(rest[0], data), rest[1:]
    return Then(now, rest) if now is not DONE and rest else now


def _again(now: Any, loop: Loop, data: Data) -> Any:
    turns = 0
    while now is DONE and data[loop.var]:
        turns += 1
        if turns > 3:
            raise RecursionError("a loop without anybody in it")
        now = begin(loop.body, data)
    return Again(now, loop) if now is not DONE else DONE


def _all(parts: tuple[Any, ...]) -> Any:
    left = tuple(part for part in parts if part is not DONE)
    return All(left) if left else DONE


def _room(parts: tuple[Any, ...]) -> Any:
    left = tuple(part for part in parts if part is not DONE)
    return Room(left) if left else DONE


# ---- the same as a diagram ---------------------------------------------------------------
class Drawing:
    """Writes blocks as BPMN elements; every block has one way in and one way out."""

    def __init__(self) -> None:
        self.messages: set[str] = set()
        self.flows = 0

    def process(self, key: str, block: Any) -> str:
        """The whole file."""
        body = self._inside(block, "main")
        messages = "".join(
            f'<b:message id="msg_{name}" name="{name}"/>' for name in sorted(self.messages)
        )
        return (
            '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
            f'{messages}<b:process id="{key}" isExecutable="true">{body}</b:process></b:definitions>'
        )

    def _inside(self, block: Any, name: str) -> str:
        first, last, text = self._block(block)
        start, end = f"start_{name}", f"end_{name}"
        flows = self._flow(start, first) + self._flow(last, end)
        return f'<b:startEvent id="{start}"/>{text}<b:endEvent id="{end}"/>{flows}'

    def _flow(self, source: str, target: str, var: str = "", key: str = "") -> str:
        self.flows += 1
        condition = f"<b:conditionExpression>={var} = true</b:conditionExpression>" if var else ""
        key = key or f"f{self.flows}"
        return f'<b:sequenceFlow id="{key}" sourceRef="{source}" targetRef="{target}">{condition}</b:sequenceFlow>'

    def _block(self, block: Any) -> tuple[str, str, str]:  # noqa: C901  (one line for each kind)
        match block:
            case Task(key):
                return key, key, f'<b:userTask id="{key}"/>'
            case Seq(blocks):
                made = [self._block(b) for b in blocks]
                joins = "".join(self._flow(a[1], b[0]) for a, b in pairwise(made))
                return made[0][0], made[-1][1], "".join(m[2] for m in made) + joins
            case And(blocks):
                self.flows += 1
                return self._split(
                    "parallelGateway", f"and{self.flows}", [("", b) for b in blocks], None
                )
            case Xor(key, branches, default):
                return self._split("exclusiveGateway", key, list(branches), default)
            case Or(key, branches, default):
                return self._split("inclusiveGateway", key, list(branches), default)
            case Loop(key, body, var):
                first, last, text = self._block(body)
                gates = (
                    f'<b:exclusiveGateway id="{key}_in"/><b:exclusiveGateway id="{key}_out" default="{key}_on"/>'
                    f'<b:exclusiveGateway id="{key}_end"/>'
                )
                flows = self._flow(f"{key}_in", first) + self._flow(last, f"{key}_out")
                flows += self._flow(f"{key}_out", f"{key}_in", var) + self._flow(
                    f"{key}_out", f"{key}_end", "", f"{key}_on"
                )
                return f"{key}_in", f"{key}_end", text + gates + flows
            case Sub(key, inner):
                return (
                    key,
                    key,
                    f'<b:subProcess id="{key}">{self._inside(inner, key)}</b:subProcess>',
                )
            case Race(key, branches):
                text = f'<b:eventBasedGateway id="{key}"/><b:exclusiveGateway id="{key}_end"/>'
                for n, (message, inner) in enumerate(branches):
                    first, last, made = self._block(inner)
                    text += self._catch(f"{key}_{n}", message) + made
                    text += (
                        self._flow(key, f"{key}_{n}")
                        + self._flow(f"{key}_{n}", first)
                        + self._flow(last, f"{key}_end")
                    )
                return key, f"{key}_end", text
            case Border():
                return self._border(block)
        raise TypeError(block)

    def _split(
        self, kind: str, key: str, branches: list[tuple[str, Any]], default: Any
    ) -> tuple[str, str, str]:
        text = f'<b:{kind} id="{key}"{f" default={chr(34)}{key}_default{chr(34)}" if default is not None else ""}/>'
        text += f'<b:{kind} id="{key}_end"/>'
        for var, inner in branches:
            first, last, made = self._block(inner)
            text += made + self._flow(key, first, var) + self._flow(last, f"{key}_end")
        if default is not None:
            first, last, made = self._block(default)
            text += (
                made + self._flow(key, first, "", f"{key}_default") + self._flow(last, f"{key}_end")
            )
        return key, f"{key}_end", text

    def _catch(self, key: str, message: str) -> str:
        self.messages.add(message)
        event = f'<b:messageEventDefinition id="{key}_d" messageRef="msg_{message}"/>'
        return f'<b:intermediateCatchEvent id="{key}">{event}</b:intermediateCatchEvent>'

    def _border(self, block: Border) -> tuple[str, str, str]:
        self.messages.add(block.message)
        key = block.id
        first, last, made = self._block(block.handler)
        event = f'<b:messageEventDefinition id="{key}_d" messageRef="msg_{block.message}"/>'
        cancel = "true" if block.interrupting else "false"
        text = f'<b:userTask id="{key}"/><b:exclusiveGateway id="{key}_end"/>{made}'
        border = f'id="{key}_b" attachedToRef="{key}" cancelActivity="{cancel}"'
        text += f"<b:boundaryEvent {border}>{event}</b:boundaryEvent>"
        text += self._flow(key, f"{key}_end") + self._flow(f"{key}_b", first)
        if block.interrupting:
            return key, f"{key}_end", text + self._flow(last, f"{key}_end")
        return (
            key,
            f"{key}_end",
            text + f'<b:endEvent id="{key}_aside"/>' + self._flow(last, f"{key}_aside"),
        )


# ---- random blocks -----------------------------------------------------------------------
KINDS = ("task", "task", "seq", "seq", "xor", "and", "or", "loop", "sub", "race", "border")


@dataclass
class Maker:
    """Makes blocks from a stream of small numbers, so that a failing one can be made smaller."""

    pick: Any  # pick(n) -> 0 … n-1
    made: int = 0

    def block(self, depth: int) -> Any:
        """A block at most this deep."""
        kinds = (
            ["task", "task", "seq", "seq", "xor", "and", "or", "loop", "sub", "race", "border"]
            if depth > 0
            else ["task"]
        )
        kind = kinds[self.pick(len(kinds))]
        key = self._name(kind)
        deeper = depth - 1
        match kind:
            case "seq":
                return Seq(tuple(self.block(deeper) for _ in range(2 + self.pick(2))))
            case "and":
                return And(tuple(self.block(deeper) for _ in range(2 + self.pick(2))))
            case "xor" | "or":
                branches = tuple((self._var(), self.block(deeper)) for _ in range(1 + self.pick(2)))
                return (Xor if kind == "xor" else Or)(key, branches, self.block(deeper))
            case "loop":
                return Loop(key, self.block(deeper), self._var())
            case "sub":
                return Sub(key, self.block(deeper))
            case "race":
                return Race(key, tuple((self._name("m"), self.block(deeper)) for _ in range(2)))
            case "border":
                interrupting, message, handler = (
                    bool(self.pick(2)),
                    self._name("m"),
                    self.block(deeper),
                )
                # What goes off several times at once meets itself in joins (so says the standard), and no block
                # means that; a sub-process keeps the rounds apart.
                return Border(
                    key,
                    message,
                    interrupting,
                    handler if interrupting else Sub(self._name("sub"), handler),
                )
        return Task(key)

    def _name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}{self.made}"

    def _var(self) -> str:
        return f"v{self.pick(4)}"


__all__ = ["DONE", "Drawing", "Maker", "Room", "after", "begin", "opened"]
