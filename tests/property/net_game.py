"""What a diagram of any shape means: a second reference, by the standard's own rules for tokens on flows.

The blocks of `token_game.py` have one way in and one way out; real diagrams have not: joins without a split, ways
into the middle of a loop, two tokens on one task.  A `Net` is nodes and flows; `settle` plays its tokens until nobody
can move by himself.  Where the standard leaves an order open (which of two inclusive joins goes first, which of two
like tokens is meant) every outcome is kept, and the engine must be among them.

    Net          nodes by id, flows by id; nodes of a sub-process name it as their scope
    a scope      a sorted tuple of what stands in it:
                   ("on", flow)  waits before a join   ("at", node)  a task, an event, a race   ("in", node, scope)
    settle       (tokens on flows, what stands) → every way in which it may come to rest
    happens      the same after a task was completed or a message came

It shares no code with the engine: no run, no spec, no table of ways worked out beforehand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Data = Mapping[str, bool]
Scope = tuple[Any, ...]
#: More moves than this before everybody waits go round without end; more outcomes are not followed.
MOST_MOVES, MOST_OUTCOMES, MOST_TOKENS = 1_500, 60, 25


#: What stands where it never comes to rest.
ENDLESS: Scope = (("endless", ""),)


class TooMany(Exception):
    """More outcomes or tokens than this walk follows."""


@dataclass
class Flow:
    id: str
    source: str
    target: str
    var: str = ""


@dataclass
class Node:
    id: str
    kind: str  # task xor and or race catch sub end terminate start
    scope: str
    message: str = ""
    default: str = ""
    out: list[Flow] = field(default_factory=list)
    into: list[Flow] = field(default_factory=list)
    borders: list[Border] = field(default_factory=list)


@dataclass
class Border:
    """A message on a task or sub-process; `out` lead on from it."""

    id: str
    message: str
    interrupting: bool
    out: list[Flow] = field(default_factory=list)


@dataclass
class Net:
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)

    def start(self, scope: str) -> Node:
        return next(n for n in self.nodes.values() if n.scope == scope and n.kind == "start")


# ---- moving ------------------------------------------------------------------------------
class Game:
    """One net being played; `data` decides the choices."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def begin(self, data: Data) -> set[Scope]:
        """Every way in which the instance may come to rest after its start."""
        return self._opened("", data)

    def happens(self, root: Scope, what: tuple[str, str], data: Data) -> set[Scope]:
        """Every way in which it may come to rest after this happened to one that it can happen to."""
        return set(self._in_scope(root, what, data))

    def _in_scope(self, scope: Scope, what: tuple[str, str], data: Data) -> Iterator[Scope]:
        for item in set(scope):
            rest = _without(scope, item)
            for moving, stays in self._strikes(item, what):
                yield from self.settle(moving, (*rest, *stays), data)
            if item[0] != "in":
                continue
            for inner in self._in_scope(item[2], what, data):
                if inner == ENDLESS:
                    yield ENDLESS
                elif inner:
                    yield from self.settle([], (*rest, ("in", item[1], inner)), data)
                else:
                    yield from self.settle(list(self.net.nodes[item[1]].out), rest, data)

    def _strikes(self, item: Any, what: tuple[str, str]) -> Iterator[tuple[list[Flow], Scope]]:
        """(flows that get a token, what stays) where the event can happen to this item."""
        if item[0] == "on":
            return
        node = self.net.nodes[item[1]]
        kind, name = what
        if kind == "task" and item[0] == "at" and node.kind == "task" and node.id == name:
            yield list(node.out), ()
        if kind == "message":
            for border in node.borders:
                if border.message == name:
                    yield list(border.out), () if border.interrupting else (item,)
            if item[0] == "at" and node.kind == "catch" and node.message == name:
                yield list(node.out), ()
            for flow in node.out if node.kind == "race" else ():
                if self.net.nodes[flow.target].message == name:
                    yield list(self.net.nodes[flow.target].out), ()

    def _opened(self, scope: str, data: Data) -> set[Scope]:
        return self.settle(list(self.net.start(scope).out), (), data)

    def settle(self, moving: list[Flow], standing: Scope, data: Data) -> set[Scope]:
        """Every way in which this scope may come to rest, `ENDLESS` where it may go round for ever."""
        results: set[Scope] = set()
        branches = [(moving, standing, 0)]
        while branches:
            moving, standing, moves = branches.pop()
            for scope, made in self._unhurried(moving, standing, moves, data):
                ready = [g for g in self._inclusive(scope) if self._may_go(g, scope)]
                branches += [(*self._go(gate, scope, data), made) for gate in ready]
                if not ready:
                    results.add(scope)
            if len(results) + len(branches) > MOST_OUTCOMES:
                raise TooMany
        return results

    def _unhurried(
        self, moving: list[Flow], standing: Scope, moves: int, data: Data
    ) -> Iterator[tuple[Scope, int]]:
        """All moves but those of inclusive joins: their order makes no difference, but a sub-process has outcomes."""
        states = [(list(moving), list(standing), moves)]
        while states:
            tokens, here, made = states.pop()
            while tokens and made <= MOST_MOVES:
                made += 1
                node = self.net.nodes[(flow := tokens.pop(0)).target]
                if node.kind == "terminate":
                    if ENDLESS[0] in here:  # whether what goes round is stopped in time is not said
                        yield ENDLESS, made
                    tokens, here = [], []
                elif node.kind == "sub":
                    inner, *others = sorted(self._opened(node.id, data))
                    for other in others:
                        states.append((list(tokens), list(here), made))
                        self._enter(states[-1][0], states[-1][1], node, other)
                    self._enter(tokens, here, node, inner)
                else:
                    self._arrive(node, flow, tokens, here, data)
            if len(here) > MOST_TOKENS and made <= MOST_MOVES:
                raise TooMany
            if made > MOST_MOVES or ENDLESS[0] in here:
                yield ENDLESS, made
            else:
                yield tuple(sorted(here)), made

    def _enter(self, tokens: list[Flow], here: list[Any], node: Node, inner: Scope) -> None:
        if inner == ENDLESS:
            here.append(ENDLESS[0])
        elif inner:
            here.append(("in", node.id, inner))
        else:
            tokens += node.out

    def _arrive(
        self, node: Node, flow: Flow, tokens: list[Flow], here: list[Any], data: Data
    ) -> None:
        if node.kind in ("task", "catch", "race"):
            here.append(("at", node.id))
        elif node.kind in ("and", "or") and len(node.into) > 1:
            here.append(("on", flow.id))
            wanted = [("on", f.id) for f in node.into]
            if node.kind == "and" and all(w in here for w in wanted):
                for one in wanted:
                    here.remove(one)
                tokens += node.out
        elif node.kind != "end":
            tokens += _taken(node, data)

    # ---- inclusive joins -----------------------------------------------------------------
    def _inclusive(self, scope: Scope) -> list[Node]:
        found = {self.net.flows[i[1]].target for i in scope if i[0] == "on"}
        return [n for key in sorted(found) if (n := self.net.nodes[key]).kind == "or"]

    def _may_go(self, gate: Node, scope: Scope) -> bool:
        """No token elsewhere can come to a flow that has none, unless it can come to one that has (13.3.3)."""
        have = {f.id for f in gate.into if ("on", f.id) in scope}
        for item in scope:
            if item[0] == "on" and self.net.flows[item[1]].target == gate.id:
                continue
            ends = self._reaches(item, gate)
            if ends - have and not ends & have:
                return False
        return True

    def _reaches(self, item: Any, gate: Node) -> set[str]:
        """The flows into the gate to which a way leads from where this token stands, not through the gate."""
        if item[0] == "on":
            waiting = [self.net.flows[item[1]]]
        else:
            node = self.net.nodes[item[1]]
            waiting = [*node.out, *(f for b in node.borders for f in b.out)]
        seen = {f.id for f in waiting}
        while waiting:
            target = self.net.nodes[waiting.pop().target]
            if target.id == gate.id:
                continue
            for flow in (*target.out, *(f for b in target.borders for f in b.out)):
                if flow.id not in seen:
                    seen.add(flow.id)
                    waiting.append(flow)
        return seen & {f.id for f in gate.into}

    def _go(self, gate: Node, scope: Scope, data: Data) -> tuple[list[Flow], Scope]:
        for flow in gate.into:
            if ("on", flow.id) in scope:
                scope = _without(scope, ("on", flow.id))
        return _taken(gate, data), scope


def _taken(node: Node, data: Data) -> list[Flow]:
    if node.kind not in ("xor", "or") or len(node.out) < 2:
        return list(node.out)
    held = [f for f in node.out if f.var and data[f.var]]
    default = [f for f in node.out if f.id == node.default]
    return (held[:1] if node.kind == "xor" else held) or default


def _without(scope: Scope, item: Any) -> Scope:
    at = scope.index(item)
    return (*scope[:at], *scope[at + 1 :])


def opened(net: Net, scope: Scope) -> Counter[tuple[str, str]]:
    """What can happen: ("task", id) and ("message", name), as often as somebody waits for it."""
    found: Counter[tuple[str, str]] = Counter()
    for item in scope:
        if item[0] == "on":
            continue
        node = net.nodes[item[1]]
        if item[0] == "in":
            found += opened(net, item[2])
        elif node.kind == "task":
            found["task", node.id] += 1
        elif node.kind == "catch":
            found["message", node.message] += 1
        for flow in node.out if node.kind == "race" else ():
            found["message", net.nodes[flow.target].message] += 1
        for border in node.borders:
            found["message", border.message] += 1
    return found


# ---- random nets -------------------------------------------------------------------------
class Maker:
    """Makes nets from a stream of small numbers."""

    def __init__(self, pick: Any) -> None:
        self.pick, self.net, self.made = pick, Net(), 0

    def make(self) -> Net:
        self._scope("", 2)
        return self.net

    def _scope(self, scope: str, depth: int) -> None:
        start = self._node("start", scope)
        there = [start]
        for _ in range(3 + self.pick(6)):
            node = self._node(self._kind(depth), scope)
            self._flow(self._any(there, out=True), node)
            there.append(node)
            if node.kind == "sub":
                self._scope(node.id, depth - 1)
            elif node.kind == "race":
                for _ in range(2):
                    caught = self._node("catch", scope)
                    caught.message = f"m{self.made}"
                    self._flow(node, caught)
                    there.append(caught)
        for _ in range(self.pick(5)):
            target = there[1 + self.pick(len(there) - 1)]
            if target.kind != "catch":
                self._flow(self._any(there, out=True), target)
        self._borders(there)
        self._ends(there, scope)
        for node in there:
            self._choices(node)

    def _kind(self, depth: int) -> str:
        kinds = ["task", "task", "task", "xor", "and", "or", "race", "sub"]
        return kinds[self.pick(len(kinds) if depth > 0 else len(kinds) - 1)]

    def _any(self, there: list[Node], out: bool = False) -> Node:
        fit = [n for n in there if n.kind != "race" and not (n.kind == "start" and n.out)]
        return fit[self.pick(len(fit))] if fit else there[0]

    def _borders(self, there: list[Node]) -> None:
        targets = [n for n in there if n.kind not in ("start", "catch")]
        for node in there:
            if node.kind not in ("task", "sub") or self.pick(4):
                continue
            self.made += 1
            border = Border(f"b{self.made}", f"m{self.made}", bool(self.pick(2)))
            node.borders.append(border)
            self._flow(border, targets[self.pick(len(targets))])

    def _ends(self, there: list[Node], scope: str) -> None:
        for node in list(there):
            if not node.out and (node.kind not in ("task", "sub", "catch") or self.pick(2)):
                self._flow(node, self._node("end" if self.pick(8) else "terminate", scope))

    def _choices(self, node: Node) -> None:
        if node.kind in ("xor", "or") and len(node.out) > 1:
            node.default = node.out[self.pick(len(node.out))].id
            for flow in node.out:
                flow.var = "" if flow.id == node.default else f"v{self.pick(4)}"

    def _node(self, kind: str, scope: str) -> Node:
        self.made += 1
        node = Node(f"{kind}{self.made}", kind, scope)
        self.net.nodes[node.id] = node
        return node

    def _flow(self, source: Node | Border, target: Node) -> None:
        self.made += 1
        flow = Flow(f"f{self.made}", source.id, target.id)
        self.net.flows[flow.id] = flow
        source.out.append(flow)
        target.into.append(flow)


# ---- the same as a diagram ---------------------------------------------------------------
_TAGS = {
    "task": "userTask", "xor": "exclusiveGateway", "and": "parallelGateway", "or": "inclusiveGateway",
    "race": "eventBasedGateway", "catch": "intermediateCatchEvent", "sub": "subProcess", "start": "startEvent",
    "end": "endEvent", "terminate": "endEvent",
}  # fmt: skip


def draw(net: Net, key: str) -> str:
    """The net as a BPMN file."""
    names = [n.message for n in net.nodes.values() if n.message]
    names += [b.message for n in net.nodes.values() for b in n.borders]
    messages = "".join(f'<b:message id="{name}" name="{name}"/>' for name in sorted(names))
    return (
        '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
        f'{messages}<b:process id="{key}" isExecutable="true">{_inside(net, "")}</b:process></b:definitions>'
    )


def _inside(net: Net, scope: str) -> str:
    text = ""
    for node in net.nodes.values():
        if node.scope != scope:
            continue
        tag = _TAGS[node.kind]
        default = f' default="{node.default}"' if node.default else ""
        event = f'<b:messageEventDefinition messageRef="{node.message}"/>' if node.message else ""
        event += "<b:terminateEventDefinition/>" if node.kind == "terminate" else ""
        inner = _inside(net, node.id) if node.kind == "sub" else ""
        text += f'<b:{tag} id="{node.id}"{default}>{event}{inner}</b:{tag}>'
        for border in node.borders:
            cancel = "true" if border.interrupting else "false"
            text += (
                f'<b:boundaryEvent id="{border.id}" attachedToRef="{node.id}" cancelActivity="{cancel}">'
                f'<b:messageEventDefinition messageRef="{border.message}"/></b:boundaryEvent>'
            )
        for flow in (*node.out, *(f for b in node.borders for f in b.out)):
            condition = (
                f"<b:conditionExpression>{flow.var} = true</b:conditionExpression>"
                if flow.var
                else ""
            )
            text += (
                f'<b:sequenceFlow id="{flow.id}" sourceRef="{flow.source}" targetRef="{flow.target}">'
                f"{condition}</b:sequenceFlow>"
            )
    return text
