"""One run: from an event until nobody can move by himself.

`Run` is a SpiffWorkflow `Workflow` whose tasks are tokens under their scopes.  It is made from a state, given one
event, and thrown away when its picture has been taken; time is a value of it, never the machine's.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from SpiffWorkflow.workflow import Workflow

from engine.bpmn import data, documents, duties, events, joins, scopes
from engine.bpmn.nodes import Element, Joining
from engine.bpmn.plan import Plan
from engine.bpmn.shapes import Flow, Node
from engine.bpmn.specs import ProcessSpec, Root
from engine.bpmn.tokens import READY, STARTED, WAITING, Token
from engine.deadlines import Ledger
from engine.errors import LoopWithoutWait, StepFailed
from engine.model import DocumentAct, Grounds, Json, Outgoing, Trace

#: An element that is entered more often than this in one scope and one step goes round without waiting for anybody.
MAX_VISITS = 1_000
#: The most tokens that one step may put, and scopes that may lie inside each other.
MAX_TOKENS = 50_000
MAX_DEPTH = 150
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Run(Workflow):  # type: ignore[misc]
    """The tokens of one instance during one step."""

    def __init__(self, plan: Plan, specs: Mapping[str, ProcessSpec], now: datetime) -> None:
        # What stock's __init__ would do, without a first task of its own.
        self.spec: ProcessSpec = specs[plan.key]
        self.tasks: dict[str, Token] = {}
        self.completed = False
        self.plan: Plan = plan
        self.specs = specs
        self.now: datetime = now
        self.parties: tuple[str, ...] = ()
        self.counter = self.first = 0
        self.end_state: str | None = None
        self.cancelled = False
        self.held: Json | None = None
        self.ledger = Ledger(plan.agreement.calendar)
        self.traces: list[Trace] = []
        #: Which flows were taken and which rules of tables held, each with its process.
        self.ways: list[tuple[str, str]] = []
        self.messages: list[Outgoing] = []
        self.grounds: list[Grounds] = []
        self.documents: list[DocumentAct] = []
        self.answers: dict[str, Json] = {}
        #: Scopes that something left, and tokens that stand on inclusive gateways.
        self.settling: dict[str, None] = {}
        self.standing: dict[str, Token] = {}
        #: Tokens whose element has an event that can be caught.
        self.catching: dict[str, Token] = {}
        self._ready: deque[Token] = deque()
        self._visits: Counter[tuple[str, str]] = Counter()
        self._put = 0

    # ---- tokens --------------------------------------------------------------------------
    @property
    def root(self) -> Token:
        """The outermost scope."""
        found: Token = self.task_tree
        return found

    def begin(self, values: Json, start: Node | None) -> None:
        """Open the instance with its data at this start event; None: it waits for a timer or condition to start it."""
        key = self.plan.key
        spec = self.specs[key]
        starts = spec.starts(key)
        self.open(values, [start] if start else [] if starts else spec.process.begins(key))
        if start is None:
            for node in starts:
                self.put_at(self.spec_of(key, node.id), self.root, waits=1)
        self.settle_all()

    def open(self, values: Json, first: list[Node]) -> None:
        """Make the outermost scope with its data, and put a token on each of these."""
        key = self.plan.key
        self.task_tree = self.token(self.spec.start, None, STARTED, {})
        self.root.facts.update(data=data.kept(self, values, key))
        scopes.opened(self, self.root, key, key, first)

    def token(self, spec: Any, parent: Token | None, state: int, facts: Json) -> Token:
        """A new token with the next number."""
        self.counter += 1
        return Token(self, spec, parent, state, str(self.counter), facts)

    def put(self, flow: Flow, scope: Token) -> None:
        """A new token at the end of a flow."""
        process = self.process_of(scope)
        self.ways.append((process, flow.id))
        spec = self.spec_of(process, flow.target)
        token = self.put_at(spec, scope)
        if isinstance(spec, Joining):
            token.facts["via"] = flow.id

    def put_at(self, spec: Element, scope: Token, **facts: Any) -> Token:
        """A new token on this element, ready to act."""
        self._bounded(spec, scope, facts)
        token = self.token(spec, scope, READY, facts)
        self.trace("entered", spec.node, token)
        self._ready.append(token)
        return token

    def listen(self, spec: Element, owner: Token) -> Token:
        """A listener: waits beside its owner and does not keep its scope open."""
        token = self.token(spec, owner, WAITING, {"l": 1})
        events.subscribe(self, token)
        return token

    def done(self, token: Token) -> None:
        """The token has completed its element: tell, record, and take it away."""
        spec: Element = token.task_spec
        self.trace("completed", spec.node, token)
        if spec.work.frist is not None:
            self.ledger.complete(token.id, self.now)
        if spec.work.grounds and "round" not in token.facts:
            duties.note(self, token)
        sent = len(self.messages)
        if spec.work.messages and "round" not in token.facts:
            duties.send(self, token)
        if spec.work.papers and "round" not in token.facts:
            documents.note(self, token, self.messages[sent:])
        self.take_away(token)

    def take_away(self, token: Token) -> None:
        """Remove a token and what stands in it; what was still alive in there is cancelled."""
        for child in token.children:
            self.cancel_token(child)
        token.forget()
        self.standing.pop(token.id, None)
        if "data" in token.facts:
            duties.leave(self, token)
        if token.parent is not None:
            self.settle(token.parent)

    def cancel_token(self, token: Token) -> None:
        """Take a living token away before it was done."""
        if not token.listens:
            self.trace("cancelled", token.task_spec.node, token)
        self.ledger.cancel(token.id, self.now)
        self.take_away(token)

    # ---- moving on -----------------------------------------------------------------------
    def settle(self, scope: Token) -> None:
        """Look later whether this scope is done."""
        self.settling[scope.id] = None

    def settle_all(self) -> None:
        """Let tokens move until nobody can by himself."""
        while True:
            while self._ready:
                token = self._ready.popleft()
                if token.id in self.tasks and token._state == READY:
                    token.run()
            if not (
                scopes.close_settled(self)
                or joins.open_inclusive(self)
                or events.check_conditions(self)
            ):
                return

    def begin_anew(self) -> None:
        """Another event of the same step: what went round before it does not count."""
        self._visits.clear()

    def _bounded(self, spec: Element, scope: Token, facts: Json) -> None:
        """Nothing goes round, or grows, without end inside one step."""
        self._put += 1
        if self._put > MAX_TOKENS:
            raise spec.stuck(
                "%(where)s is one of more than %(most)s steps that would be taken at once.",
                most=MAX_TOKENS,
            )
        if "round" in scope.facts and spec.counts_turns:
            return
        self._visits[scope.id, spec.name] += 1
        if self._visits[scope.id, spec.name] > MAX_VISITS:
            raise self._goes_round(spec, scope)
        if "nth" not in facts and spec.node.children and _depth(scope) > MAX_DEPTH:
            raise spec.stuck("%(where)s lies more than %(most)s scopes deep.", most=MAX_DEPTH)

    def _goes_round(self, spec: Element, scope: Token) -> StepFailed:
        nodes = self.specs[spec.process].process.nodes
        turning = [
            nodes[name]
            for (where, name), times in self._visits.items()
            if where == scope.id and times > MAX_VISITS // 2
        ]
        names = " → ".join(node.shown for node in turning)
        return LoopWithoutWait(
            "The pathway goes round without anybody having to act: %(names)s → …",
            names=names,
            element=spec.name,
            elements=tuple(node.id for node in turning),
        )

    # ---- where ---------------------------------------------------------------------------
    def spec_of(self, process: str, element: str) -> Element:
        """The spec of an element."""
        found: Element = self.specs[process].task_specs[element]
        return found

    def link_end(self, spec: Element) -> Element:
        """Where a link leads."""
        node = spec.node
        assert node.event is not None
        return self.spec_of(
            node.process, self.specs[node.process].links[node.scope, node.event.name]
        )

    def process_of(self, scope: Token) -> str:
        """The key of the process whose elements stand directly in this scope."""
        at: Token | None = scope
        while at is not None and "in" not in at.facts:
            at = at.parent
        return str(at.facts["in"]) if at is not None else self.plan.key

    def answer(self, token: Token, values: Json) -> None:
        """What a person or message brought: kept for this step, and in the state what is read."""
        self.answers[token.id] = values
        data.assign(self, token, values)

    def trace(self, what: Any, node: Node, token: Token) -> None:
        """Write down one thing that happened on the diagram."""
        told = what != "entered" or node.kind == "userTask"
        self.traces.append(
            Trace(
                what,
                node.id,
                node.name,
                node.process,
                node.kind,
                duties.party(self, token) if told else "",
            )
        )

    def stamp(self) -> int:
        """Now, as microseconds since 1970."""
        return (self.now - _EPOCH) // _TICK


def _depth(token: Token) -> int:
    depth, at = 0, token.parent
    while at is not None:
        depth, at = depth + 1, at.parent
    return depth


def at_stamp(stamp: int) -> datetime:
    """The moment of a stamp."""
    return _EPOCH + stamp * _TICK


__all__ = ["MAX_VISITS", "Root", "Run", "at_stamp"]
