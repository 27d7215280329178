"""One run: from an event until nobody can move by himself.

`Run` is a SpiffWorkflow `Workflow` whose tasks are tokens under their scopes.  It is made from a state, given one
event, and thrown away when its picture has been taken; time is a value of it, never the machine's.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from engine import feel
from engine.bpmn import events
from engine.bpmn.drawing import Flow, Node, walk
from engine.bpmn.nodes import Element, Inclusive, Joining, Parallel, ProcessSpec, Root
from engine.bpmn.plan import HOST_NAMES, Plan, Work
from engine.calendar import count, is_hverdag, next_hverdag, parse
from engine.deadlines import Ledger
from engine.errors import FristInvalid, LoopWithoutWait, StepFailed
from engine.model import Json, Outgoing, Trace

#: An element that is entered more often than this in one step goes round without waiting for anybody.
MAX_VISITS = 1_000
#: The most that one round (multi-instance) may open.
MAX_ROUND = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Run(Workflow):  # type: ignore[misc]
    """The tokens of one instance during one step."""

    def __init__(self, plan: Plan, specs: Mapping[str, ProcessSpec], now: datetime) -> None:
        super().__init__(specs[plan.key], deserializing=True)
        self.plan, self.specs, self.now = plan, specs, now
        self.parties: tuple[str, ...] = ()
        self.counter = 0
        self.end_state: str | None = None
        self.ledger = Ledger(plan.agreement.calendar)
        self.traces: list[Trace] = []
        self.messages: list[Outgoing] = []
        self.warnings: list[str] = []
        self._ready: deque[Task] = deque()
        self._settling: dict[str, None] = {}
        self._visits: Counter[tuple[str, str]] = Counter()
        self._answers: dict[str, Json] = {}

    # ---- tokens --------------------------------------------------------------------------
    @property
    def root(self) -> Task:
        """The outermost scope."""
        return self.task_tree

    def begin(self, data: Json, start: Node | None) -> None:
        """Open the instance with its data, at this start event (or as the diagram says)."""
        self.task_tree = self._token(self.spec.start, None, TaskState.STARTED)
        self.root.internal_data["data"] = self._kept(data, self.plan.key)
        self.open_scope(self.root, self.plan.key, self.plan.key, False, start)
        self.settle_all()

    def put(self, flow: Flow, scope: Task) -> None:
        """A new token at the end of a flow."""
        spec = self.spec_of(self.process_of(scope), flow.target)
        token = self.put_at(spec, scope)
        if isinstance(spec, Joining):
            token.internal_data["via"] = flow.id

    def put_at(self, spec: Element, scope: Task, **facts: Any) -> Task:
        """A new token on this element, ready to act."""
        where = (spec._wf_spec.name, spec.name)
        self._visits[where] += 1
        if self._visits[where] > MAX_VISITS:
            name = spec.node.name or spec.name
            raise LoopWithoutWait(
                f"“{name}” ({spec.name}) is reached again and again without anybody having to act.",
                element=spec.name,
            )
        token = self._token(spec, scope, TaskState.READY)
        token.internal_data.update(facts)
        self.trace("entered", spec.node, token)
        self._ready.append(token)
        return token

    def listen(self, spec: Element, owner: Task) -> Task:
        """A listener: waits beside its owner and does not keep its scope open."""
        token = self._token(spec, owner, TaskState.WAITING)
        token.internal_data["l"] = 1
        self.subscribe(token)
        return token

    def done(self, token: Task) -> None:
        """The token has completed its element: tell, record, and take it away."""
        spec: Element = token.task_spec
        self.trace("completed", spec.node, token)
        if spec.work.frist is not None:
            self.ledger.complete(token.id, self.now)
        if spec.work.message is not None and "round" not in token.internal_data:
            self._send(spec, token)
        self.take_away(token)

    def take_away(self, token: Task) -> None:
        """Remove a token and what stands in it; what was still alive in there is cancelled."""
        for child in list(token.children):
            self.cancel_token(child)
        parent = token.parent
        self.tasks.pop(token.id, None)
        token._children = []
        if parent is not None:
            if token.id in parent._children:
                parent._children.remove(token.id)
            self._settling[parent.id] = None

    def cancel_token(self, token: Task) -> None:
        """Take a living token away before it was done."""
        if "l" not in token.internal_data and not isinstance(token.task_spec, Root):
            self.trace("cancelled", token.task_spec.node, token)
        self.ledger.cancel(token.id, self.now)
        self.take_away(token)

    def settle_all(self) -> None:
        """Let tokens move until nobody can by himself."""
        while True:
            while self._ready:
                token = self._ready.popleft()
                if token.id in self.tasks and token.has_state(TaskState.READY):
                    token.run()
            if not (
                self._close_scopes() or self._open_inclusive() or events.check_conditions(self)
            ):
                return

    def settle(self, scope: Task) -> None:
        """Look later whether this scope is empty."""
        self._settling[scope.id] = None

    # ---- scopes --------------------------------------------------------------------------
    def open_scope(
        self, token: Task, process: str, scope: str, by_event: bool, start: Node | None = None
    ) -> None:
        """Put the first tokens of a process or sub-process, and listen for what may interrupt it."""
        token.internal_data["in"] = process
        spec = self.specs[process]
        for node in walk(spec.process, scope):
            if node.by_event:
                for inner in spec.starts(node.id):
                    self.listen(spec.task_specs[inner.id], token)
        found = [start] if start else spec.starts(scope)
        plain = [n for n in found if n.event is None or n.event.kind == "none"] or found[:1]
        if by_event:
            plain = found[:1]
        if not found:
            plain = [
                n
                for n in walk(spec.process, scope)
                if not n.incoming and not n.by_event and n.kind != "boundaryEvent"
            ]
        for node in plain[:1] if found else plain:
            self.put_at(spec.task_specs[node.id], token)
        self.settle(token)

    def _close_scopes(self) -> bool:
        closed = False
        for key in list(self._settling):
            del self._settling[key]
            token = self.tasks.get(key)
            if token is None or "in" not in token.internal_data or self.completed:
                continue
            if all("l" in child.internal_data for child in token.children):
                self.close(token)
                closed = True
        return closed

    def close(self, scope: Task) -> None:
        """The scope is empty: its activity is done, or the instance."""
        for child in list(scope.children):
            self.cancel_token(child)
        if scope is self.root:
            self.completed = True
            scope._set_state(TaskState.COMPLETED)
        else:
            scope.complete()

    def terminate(self, token: Task) -> None:
        """A terminate end event: everything in its scope stops, and the scope is done."""
        scope = token.parent
        self.done(token)
        for child in list(scope.children):
            self.cancel_token(child)
        self._settling[scope.id] = None

    def follow_link(self, node: Node, scope: Task) -> None:
        """Go on at the catching link of the same name in the same scope."""
        assert node.event is not None
        spec = self.specs[node.process]
        target = spec.links.get((node.scope, node.event.name))
        if target is None:
            raise StepFailed(
                f"The link “{node.event.name}” ({node.id}) has no end.", element=node.id
            )
        self.put_at(spec.task_specs[target.id], scope)

    def ended(self, token: Task) -> None:
        """An end event was reached: the instance's end state where it is the instance's own."""
        scope = token.parent
        while (
            scope is not self.root
            and scope.task_spec.node.by_event
            and not scope.internal_data.get("beside")
        ):
            scope = scope.parent
        if scope is self.root:
            self.end_state = token.task_spec.name

    # ---- joins ---------------------------------------------------------------------------
    def arrived_at_join(self, spec: Joining, token: Task) -> None:
        """Another token stands on a joining gateway; an inclusive one looks when all is quiet."""
        if not isinstance(spec, Parallel):
            return
        waiting = spec.waiting(token)
        if len(waiting) == len(spec.node.incoming):
            spec.open(self, [tokens[0] for tokens in waiting.values()])

    def _open_inclusive(self) -> bool:
        standing = [
            t
            for t in self.tasks.values()
            if isinstance(t.task_spec, Inclusive) and "w" in t.internal_data
        ]
        for token in standing:
            waiting = token.task_spec.waiting(token)
            if not self._may_still_come(token, waiting):
                token.task_spec.open(self, [tokens[0] for tokens in waiting.values()])
                return True
        return False

    def _may_still_come(self, token: Task, waiting: Mapping[str, list[Task]]) -> bool:
        spec = token.task_spec
        ahead = self.specs[spec.node.process].ahead
        missing = [flow.id for flow in spec.node.incoming if flow.id not in waiting]
        for other in token.parent.children:
            if "l" in other.internal_data or other.task_spec is spec:
                continue
            for flow in self._fronts(other):
                if any(flow in ahead[m] for m in missing) and not any(
                    flow in ahead[w] for w in waiting
                ):
                    return True
        return False

    def _fronts(self, token: Task) -> Iterator[str]:
        """The flows on which this token stands, or could go out."""
        if "via" in token.internal_data:
            yield token.internal_data["via"]
            return
        node: Node = token.task_spec.node
        nodes = self.specs[node.process].process.nodes
        for flow in (*node.outgoing, *(f for key in node.boundaries for f in nodes[key].outgoing)):
            yield flow.id

    # ---- rounds --------------------------------------------------------------------------
    def begin_round(self, spec: Element, token: Task) -> bool | None:
        """An activity that is done several times: open all (parallel) or the first (sequential, loop)."""
        loop = spec.node.loop
        assert loop is not None
        token.internal_data["round"] = 0
        if loop.kind == "standard":
            return None if self._next_turn(spec, token) else True
        items = self.value(spec.work.each, token)
        if isinstance(items, int) and not isinstance(items, bool):
            items = list(range(1, min(items, MAX_ROUND + 1) + 1))
        if items is None:
            items = []
        if not isinstance(items, list):
            raise spec.stuck("is to be repeated, but stafet:gentagFor gives no list.")
        if len(items) > MAX_ROUND:
            raise spec.stuck(f"is to be repeated more than {MAX_ROUND} times.")
        token.internal_data.update(items=items, got=[])
        if not items:
            self._collect(spec, token)
            return True
        for nth in range(len(items) if loop.kind == "parallel" else 1):
            self._inner(spec, token, nth)
        return None

    def next_in_round(self, spec: Element, round_: Task, inner: Task) -> None:
        """One of a round is done: keep its answers, open the next, or end the round."""
        loop, facts = spec.node.loop, round_.internal_data
        assert loop is not None
        facts["round"] += 1
        if loop.kind == "standard":
            if not self._next_turn(spec, round_):
                self._end_round(spec, round_)
            return
        own = inner.internal_data.get("own", {})
        facts["got"].append([inner.internal_data["nth"], own])
        self._collect(spec, round_)
        if not loop.collect:
            for name, value in own.items():
                if name != loop.name:
                    self.assign(round_.parent, name, value)
        if facts["round"] >= len(facts["items"]) or self._enough(spec, round_):
            self._end_round(spec, round_)
        elif loop.kind == "sequential":
            self._inner(spec, round_, facts["round"])

    def _next_turn(self, spec: Element, round_: Task) -> bool:
        loop, turns = spec.node.loop, round_.internal_data["round"]
        assert loop is not None
        if loop.maximum is not None and turns >= loop.maximum:
            return False
        if (
            (turns or loop.test_before)
            and spec.work.again is not None
            and self.value(spec.work.again, round_) is not True
        ):
            return False
        self._inner(spec, round_, 0)
        return True

    def _inner(self, spec: Element, round_: Task, nth: int) -> None:
        loop, items = spec.node.loop, round_.internal_data.get("items")
        assert loop is not None
        facts: Json = {"nth": nth}
        if items is not None:
            facts["own"] = {loop.name: items[nth]} if loop.name else {}
        self.put_at(spec, round_, **facts)

    def _enough(self, spec: Element, round_: Task) -> bool:
        if spec.work.until is None:
            return False
        facts = round_.internal_data
        counted = {
            "nrOfInstances": len(facts["items"]),
            "nrOfCompletedInstances": facts["round"],
            "nrOfActiveInstances": len([c for c in round_.children if "nth" in c.internal_data]),
        }
        return self.value(spec.work.until, round_, counted) is True

    def _collect(self, spec: Element, round_: Task) -> None:
        loop = spec.node.loop
        assert loop is not None
        if loop.collect:
            got = sorted(round_.internal_data["got"], key=lambda pair: pair[0])
            self.assign(round_.parent, loop.collect, [own for _, own in got])

    def _end_round(self, spec: Element, round_: Task) -> None:
        for child in list(round_.children):
            if "nth" in child.internal_data:
                self.cancel_token(child)
        round_.complete()

    # ---- data ----------------------------------------------------------------------------
    def value(self, expression: Any, token: Task, extra: Mapping[str, Any] | None = None) -> Any:
        """An expression's value where this token stands."""
        context = {
            name: found
            for name in expression.names
            if (found := self._lookup(name, token, extra)) is not None
        }
        return expression.evaluate(context)

    def data_at(self, token: Task) -> Json:
        """Every value that can be seen where this token stands."""
        found: Json = {}
        at: Task | None = token
        while at is not None:
            facts = at.internal_data
            for name, value in {**facts.get("data", {}), **facts.get("own", {})}.items():
                found.setdefault(name, value)
            if "data" in facts:
                break
            at = at.parent
        return found

    def assign(self, token: Task, name: str, value: Any) -> None:
        """Set a value where this token stands, if some expression reads it."""
        at = token
        while "data" not in at.internal_data and "own" not in at.internal_data:
            at = at.parent
        key = "own" if "own" in at.internal_data else "data"
        at.internal_data[key].update(self._kept({name: value}, self.process_of(at)))

    def answer(self, token: Task, values: Json) -> None:
        """What a person or message brought: kept for this step, and in the state what is read."""
        self._answers[token.id] = values
        for name, value in values.items():
            self.assign(token, name, value)

    def decide(self, name: str, token: Task) -> Any:
        """Ask a decision of this version."""
        found = next(d for d in self.plan.decisions.values() if name in d.names)
        inputs = {key: self._lookup(key, token, None) for key in found.inputs(name)}
        decided = found.decide(name, inputs)
        if decided.errors:
            raise StepFailed(
                f"The decision “{name}” gave no answer: {decided.errors[0]}", decision=name
            )
        return decided.value

    def handed_in(self, work: Work, token: Task, called: str) -> Json:
        """The data that a called part begins with."""
        if work.into is not None:
            given = {name: self.value(expression, token) for name, expression in work.into}
        else:
            given = self.data_at(token)
        return self._kept(given, called)

    def _lookup(self, name: str, token: Task, extra: Mapping[str, Any] | None) -> Any:
        if extra and name in extra:
            return extra[name]
        at: Task | None = token
        while at is not None:
            facts = at.internal_data
            for layer in ("own", "data"):
                if name in facts.get(layer, ()):
                    return facts[layer][name]
            if "data" in facts:
                break
            at = at.parent
        if name == "sagens_parter":
            return list(self.parties)
        if name in self.plan.agreement.parameters:
            return self.plan.agreement.parameters[name]
        return self._host(name) if name in HOST_NAMES else None

    def _host(self, name: str) -> Any:
        calendar = self.plan.agreement.calendar
        local_now = self.now.astimezone(calendar.timezone)

        def frist(text: str, start: Any = None) -> Any:
            try:
                return count(parse(text), start or self.now, calendar).due
            except FristInvalid:
                return None

        return {
            "now": lambda: local_now,
            "today": local_now.date,
            "frist": frist,
            "hverdag": lambda day: is_hverdag(day, calendar),
            "naeste_hverdag": lambda day: next_hverdag(day, calendar),
        }.get(name)

    def _kept(self, values: Mapping[str, Any], process: str) -> Json:
        reads = self.plan.reads[process]
        return {name: feel.to_json(value) for name, value in values.items() if name in reads}

    # ---- who and where -------------------------------------------------------------------
    def spec_of(self, process: str, element: str) -> Element:
        """The spec of an element."""
        found: Element = self.specs[process].task_specs[element]
        return found

    def process_of(self, token: Task) -> str:
        """The key of the process whose elements stand directly in this token's scope."""
        at = token
        while "in" not in at.internal_data:
            at = at.parent
        return str(at.internal_data["in"])

    def party(self, token: Task) -> str:
        """Who owes this: the party of the round's turn, else of the lane."""
        data = self.data_at(token)
        if "nth" in token.internal_data:
            for value in token.internal_data.get("own", {}).values():
                if isinstance(value, str) and value in self.plan.agreement.parties:
                    return value
        return self.plan.agreement.lane_party(self.lane(token.task_spec.node), data)

    def lane(self, node: Node) -> str:
        """The lane of a node; a boundary event without one is in its activity's."""
        if node.lane or not node.attached_to:
            return node.lane
        return self.specs[node.process].process.nodes[node.attached_to].lane

    def depth(self, token: Task) -> int:
        """How many scopes lie around a token."""
        return int(token.depth)

    def trace(self, what: Any, node: Node, token: Task) -> None:
        """Write down one thing that happened on the diagram."""
        party = self.party(token) if what != "entered" or node.kind == "userTask" else ""
        self.traces.append(Trace(what, node.id, node.name, node.process, node.kind, party))

    # ---- deadlines and messages ----------------------------------------------------------
    def begin_deadline(self, token: Task) -> None:
        """Open the element's deadline, where it has one."""
        spec: Element = token.task_spec
        work = spec.work
        if work.frist is None:
            return
        text, local = work.frist, spec.node.attributes.get("lokal") == "true"
        if not isinstance(text, str):
            text, local = self._stated(spec, token)
        if text is None or not work.deadline_clause:
            return
        person = spec.node.kind in ("userTask", "manualTask", "receiveTask")
        try:
            self.ledger.begin(
                token.id, element=spec.name, process=spec.node.process, task_ref=token.id if person else None,
                clause=work.deadline_clause, party=self.party(token), frist=text,
                fra=self._moment(self.value(work.fra, token)) if work.fra is not None else None,
                follows=work.fra is not None, now=self.now, local=local,
            )  # fmt: skip
        except FristInvalid as exc:
            raise spec.stuck(f"has a deadline that cannot be counted: {exc.sentence}") from exc

    def follow_deadlines(self) -> None:
        """Evaluate `fra` again for every deadline that hangs on it."""
        for act in self.ledger.followed():
            token = self.tasks.get(act.key) or self._scope_of(act.process)
            if token is None:
                continue
            spec = self.spec_of(act.process, act.element)
            try:
                self.ledger.follow(
                    act.key, self._moment(self.value(spec.work.fra, token)), self.now
                )
            except FristInvalid as exc:
                raise spec.stuck(f"has a deadline that cannot be counted: {exc.sentence}") from exc

    def _scope_of(self, process: str) -> Task | None:
        return next(
            (
                t
                for t in self.tasks.values()
                if t.internal_data.get("in") == process and "data" in t.internal_data
            ),
            None,
        )

    def _stated(self, spec: Element, token: Task) -> tuple[str | None, bool]:
        value = self.value(spec.work.frist, token)
        named = spec.node.attributes["frist"].removeprefix("=").strip()
        local = spec.node.attributes.get("lokal") == "true" or named in self.plan.agreement.local
        if isinstance(value, Mapping):
            return (str(value["frist"]) if value.get("frist") else None), bool(
                value.get("lokal", local)
            )
        if value is None:
            return None, local
        return str(feel.to_json(value)), local

    def _moment(self, value: Any) -> Any:
        return None if value in (None, "") else value

    def _send(self, spec: Element, token: Task) -> None:
        message = spec.work.message
        assert message is not None
        values = {**self.data_at(token), **self._answers.get(token.id, {})}
        data = {name: feel.to_json(values[name]) for name in message.fields if name in values}
        from_party = self.party(token)
        wanted = (
            self.value(message.to, token, values) if message.to is not None else message.to_party
        )
        parties = [self._named(p) for p in (wanted if isinstance(wanted, list) else [wanted]) if p]
        sent = [(party, None) for party in dict.fromkeys(parties)]
        if message.pathway:
            sent.append((None, message.pathway))
        for party, pathway in sent:
            self.messages.append(
                Outgoing(
                    message.name,
                    message.title,
                    spec.name,
                    spec.node.process,
                    from_party,
                    party,
                    pathway,
                    data,
                )
            )
        if sent:
            self.trace("sent", spec.node, token)

    def _named(self, party: Any) -> str:
        # A receiver is a party, or a lane that some party fills.
        agreement = self.plan.agreement
        if str(party) in agreement.parties:
            return str(party)
        return agreement.lane_party(str(party), {}) or str(party)

    # ---- events (see events.py) ----------------------------------------------------------
    def subscribe(self, token: Task) -> None:
        """Wait for the token's event from now on."""
        events.subscribe(self, token)

    def broadcast(self, signal: str) -> None:
        """Everybody in the instance who waits for this signal hears it."""
        events.broadcast(self, signal)

    def throw_error(self, spec: Element, code: str, scope: Task) -> None:
        """An error goes outwards until somebody catches it."""
        events.throw_error(self, spec, code, scope)

    def escalate(self, code: str, scope: Task) -> None:
        """An escalation goes outwards until somebody catches it, or nobody does."""
        events.escalate(self, code, scope)

    def stamp(self) -> int:
        """Now, as microseconds since 1970."""
        return (self.now - _EPOCH) // _TICK

    # ---- inside --------------------------------------------------------------------------
    def _token(self, spec: Any, parent: Task | None, state: int) -> Task:
        self.counter += 1
        return Task(self, spec, parent, state=state, id=str(self.counter))

    def _task_completed_notify(self, task: Task) -> None:
        return


def at_stamp(stamp: int) -> datetime:
    """The moment of a stamp."""
    return _EPOCH + stamp * _TICK
