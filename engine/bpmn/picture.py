"""What there is to see of a run: open tasks, timers, what can be reported, where tokens stand."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn import codec, data, duties, events, scopes
from engine.bpmn.nodes import Person
from engine.bpmn.run import Run, at_stamp
from engine.bpmn.shapes import Node
from engine.bpmn.tokens import Token
from engine.model import Action, Status, Step, Task, Timer


def taken(run: Run) -> Step:
    """The whole picture after an event, with what the event itself gave."""
    alive = not run.completed
    if alive:
        duties.follow(run)
        duties.hand_over(run)
    deadlines = run.ledger.take_changed(run.now)
    tasks = tuple(_tasks(run)) if alive else ()
    return Step(
        state=codec.dump(run),
        status=_status(run, bool(tasks)),
        tasks=tasks,
        timers=tuple(_timers(run)) if alive and run.held is None else (),
        deadlines=deadlines,
        messages=tuple(run.messages),
        grounds=tuple(run.grounds),
        documents=tuple(run.documents),
        traces=tuple(run.traces),
        awaits=tuple(_awaits(run)) if alive else (),
        actions=tuple(_actions(run)) if alive and run.held is None else (),
        end_state=None if alive or run.cancelled else run.end_state,
        tokens=tuple(_tokens(run)) if alive else (),
        pauses=run.ledger.pauses,
        ways=tuple(run.ways),
    )


def is_open(token: Token) -> bool:
    """Whether this is a task that somebody can complete."""
    facts = token.facts
    return (
        isinstance(token.task_spec, Person)
        and "at" in facts
        and "round" not in facts
        and token.task_spec.node.kind != "receiveTask"
    )


def action(run: Run, node: Node, party: str) -> Action:
    """What somebody may report or begin at this node."""
    caught = node.event.name if node.event and node.event.kind == "message" else None
    work = run.plan.works[node.process, node.id]
    return Action(
        node.id, node.name or node.id, node.process, duties.lane(run, node), party, caught,
        node.attributes.get("form"), work.clauses,
    )  # fmt: skip


def _status(run: Run, tasks: bool) -> Status:
    if run.completed:
        return "cancelled" if run.cancelled else "completed"
    if run.held is not None:
        return "suspended"
    return "running" if tasks else "waiting"


def _tasks(run: Run) -> Iterator[Task]:
    for token in run.tasks.values():
        if not is_open(token):
            continue
        node, work, facts = token.task_spec.node, token.task_spec.work, token.facts
        round_ = token.scope.facts if "nth" in facts else {}
        yield Task(
            ref=token.id, element=node.id, name=node.name or node.id, process=node.process,
            lane=duties.lane(run, node), party=duties.party(run, token), form=node.attributes.get("form"),
            clauses=work.clauses, opened_at=at_stamp(facts["at"]), data={**work.told, **data.data_at(token)},
            nth=facts.get("nth", 0), of=len(round_.get("items", ())) or 1,
        )  # fmt: skip


def _timers(run: Run) -> Iterator[Timer]:
    for token in events.waiting(run, "timer"):
        if moment := events.due_at(run, token):
            yield Timer(token.id, token.task_spec.name, moment, "every" in token.facts)


def _awaits(run: Run) -> Iterator[str]:
    found = events.waiting(run, "message")
    yield from dict.fromkeys(token.task_spec.node.event.name for token in found)


def _actions(run: Run) -> Iterator[Action]:
    """One for each element, however many tokens wait there."""
    found: dict[tuple[str, str], Action] = {}
    for token in events.reported(run):
        node: Node = token.task_spec.node
        if (node.process, node.id) not in found:
            found[node.process, node.id] = action(run, node, _reporter(run, node, token))
    for scope, node in scopes.can_be_done(run):
        if (node.process, node.id) not in found:
            found[node.process, node.id] = action(run, node, _reporter(run, node, scope))
    yield from found.values()


def _reporter(run: Run, node: Node, token: Token) -> str:
    seen = data.Seen(run, token, None, False)
    return run.plan.agreement.lane_party(duties.lane(run, node), seen)


def _tokens(run: Run) -> Iterator[str]:
    names = (t.task_spec.name for t in run.tasks.values() if not t.listens and t is not run.root)
    yield from dict.fromkeys(names)
