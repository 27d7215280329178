"""What operators do to an instance outside its diagram: hold it, end it, move a token, correct a value, set a timer.

    suspend  resume  cancel  retry  move  skip  restart  amend  reschedule

Each is `(store, operator, …, reason, dry_run=…, seen=…, now=…)`; `seen` is the `version` of the instance that whoever
acts looked at: it raises `InstanceMoved` where that is no longer so.

How such an act is written, rehearsed and noted: `engine/actions/hand.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from engine import pathway as steps
from engine.actions.hand import Act, Operated, alike, must_operate, operated, readable
from engine.actions.walk import Walk
from engine.bpmn.operate import Clock
from engine.errors import Invalid, NotFound
from engine.model import Actor, Json, Step
from engine.store import Store
from engine.tables import job

#: A timer may be set so far from today.
FARTHEST = timedelta(days=100 * 366)
#: What a field can be told here; for the catalogue.
FIELDS = {
    "far": "The moment is more than 100 years from now.",
    "task": "This pathway has no open task with that number.",
}


def suspend(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    clock: Clock = "runs",
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Nothing happens until `resume`: tasks stay and cannot be completed, timers rest, messages wait.

    `clock="stands"`: deadlines pause too; `"runs"`: what falls due meanwhile fires on resuming.
    """
    return operated(store, actor, instance_id, suspending(reason, now, clock), dry_run, now, seen)


def resume(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Go on after `suspend`: timers are set anew, and what waited is delivered."""
    return operated(store, actor, instance_id, resuming(reason, now), dry_run, now, seen)


def cancel(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """End it where it stands: open tasks, timers and open deadlines are called off."""
    return operated(store, actor, instance_id, cancelling(reason, now), dry_run, now, seen)


def retry(
    store: Store,
    actor: Actor,
    instance_id: int,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Try again what failed: what is due fires now, failed jobs are due at once, and the incident is resolved.

    Where the step still cannot be taken this raises what stands in the way, and nothing is changed.
    """
    return operated(store, actor, instance_id, retrying(reason, now), dry_run, now, seen)


def move(
    store: Store,
    actor: Actor,
    instance_id: int,
    source: str | int,
    target: str,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Take a token from `source` (an element's id, or the number of an open task) and put it on `target`."""
    act = moving(source, target, reason, now)
    return operated(store, actor, instance_id, act, dry_run, now, seen)


def moving(source: str | int, target: str, reason: str, now: datetime) -> Act:
    """What `move` does to an instance."""

    def step(walk: Walk) -> Step:
        return steps.move(walk.pathway, walk.state, _ref(walk, source), target, now)

    return Act("moved", reason, step).knowing(source=source, target=target)


def skip(
    store: Store,
    actor: Actor,
    instance_id: int,
    source: str | int,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Let the token go past `source` (as in `move`) by its one way out; its deadline is called off, nothing is done."""
    return operated(store, actor, instance_id, skipping(source, reason, now), dry_run, now, seen)


def skipping(source: str | int, reason: str, now: datetime) -> Act:
    """What `skip` does to an instance."""
    act = Act("skipped", reason, lambda w: steps.skip(w.pathway, w.state, _ref(w, source), now))
    return act.knowing(source=source)


def restart(
    store: Store,
    actor: Actor,
    instance_id: int,
    target: str,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Call off every open task, timer and deadline, and go on from `target` with the data as they are."""
    act = restarting(target, reason, now)
    return operated(store, actor, instance_id, act, dry_run, now, seen)


def restarting(target: str, reason: str, now: datetime) -> Act:
    """What `restart` does to an instance."""
    act = Act("restarted", reason, lambda w: steps.restart(w.pathway, w.state, target, now))
    return act.knowing(target=target)


def turned_back(act: str, changes: Json) -> Json | None:
    """`{source, target}` of the move that takes back a move, skip or restart; None where none does.

    One task must have become another; a restart may have called off more, which no move would put back.
    """
    opened, closed = changes["tasks_opened"], changes["tasks_closed"]
    if len(opened) != 1 or len(closed) != 1:
        return None
    if act == "restart" and changes["left"] != [closed[0]["element"]]:
        return None
    return {"source": opened[0]["element"], "target": closed[0]["element"]}


def amend(
    store: Store,
    actor: Actor,
    instance_id: int,
    values: Json,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Correct values that the pathway decides by; what no expression of it reads, or is of another type, is refused.

    What was there before is kept beside what is there now, sealed with the reason; `changes` has `values`: [{name was
    now}].
    """
    act = amending(values, reason, now)
    return operated(store, actor, instance_id, act, dry_run, now, seen)


def amending(values: Json, reason: str, now: datetime) -> Act:
    """What `amend` does to an instance."""
    was: Json = {}

    def step(walk: Walk) -> Step:
        readable(values, walk.pathway, "data")
        was.update(steps.values(walk.pathway, walk.state, values, now))
        alike(values, was, "data")
        return steps.amend(walk.pathway, walk.state, values, now)

    # Names may stand in the audit chain, values may not: they are sealed beside the reason.
    def told(_db: Connection, _walk: Walk, _step: Step) -> Json:
        rows = [{"name": name, "was": was[name], "now": values[name]} for name in sorted(values)]
        return {"values": rows}

    act = Act("amended", reason, step, values=values, was=was, also=told)
    return act.knowing(names=sorted(values))


def reschedule(
    store: Store,
    actor: Actor,
    timer_id: int,
    due_at: datetime,
    reason: str,
    *,
    dry_run: bool = False,
    seen: int | None = None,
    now: datetime,
) -> Operated:
    """Let a waiting timer fire at another moment; `timer_id` is that of `queries.timers`."""
    must_operate(actor)
    if abs(due_at - now) > FARTHEST:
        raise Invalid(fields={"due_at": FIELDS["far"]})
    with store.read() as db:
        row = db.execute(
            select(job.c.instance_id, job.c.key, job.c.element).where(
                job.c.id == timer_id, job.c.kind == "timer"
            )
        ).first()
    if row is None:
        raise NotFound
    ref = row.key.rpartition(":")[2]
    act = rescheduling({ref: due_at}, reason, now)
    act = act.knowing(timer=timer_id, at=row.element, due_at=due_at.isoformat())
    return operated(store, actor, row.instance_id, act, dry_run, now, seen)


# ---- acts for one or many ----------------------------------------------------------------
def suspending(reason: str, now: datetime, clock: Clock = "runs") -> Act:
    """What `suspend` does to an instance."""
    act = Act("suspended", reason, lambda w: steps.suspend(w.pathway, w.state, now, clock=clock))
    return act.knowing(clock=clock)


def resuming(reason: str, now: datetime) -> Act:
    """What `resume` does."""
    return Act("resumed", reason, lambda w: steps.resume(w.pathway, w.state, now), again=True)


def cancelling(reason: str, now: datetime) -> Act:
    """What `cancel` does."""
    return Act("cancelled", reason, lambda w: steps.cancel(w.pathway, w.state, now))


def retrying(reason: str, now: datetime) -> Act:
    """What `retry` does."""

    def step(walk: Walk) -> Step:
        walk.must_go_on()
        return steps.wake(walk.pathway, walk.state, now)

    return Act("retried", reason, step, again=True)


def rescheduling(moments: Mapping[str, datetime], reason: str, now: datetime) -> Act:
    """What `reschedule` does: each timer by its ref, and when it is to fire."""

    def step(walk: Walk) -> Step:
        (ref, due_at), *others = moments.items()
        found = steps.reschedule(walk.pathway, walk.state, ref, due_at, now)
        for ref, due_at in others:
            found = steps.reschedule(walk.pathway, found.state, ref, due_at, now)
        return found

    return Act("rescheduled", reason, step)


# ---- inside ------------------------------------------------------------------------------
def _ref(walk: Walk, source: str | int) -> str:
    if isinstance(source, str):
        return source
    for ref, row in walk.tasks.items():
        if row.id == source:
            return ref
    raise Invalid(fields={"task": FIELDS["task"]})
