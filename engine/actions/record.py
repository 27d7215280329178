"""The only writer of a step: instance, tasks, deadlines, jobs, messages, history, answers and audit agree.

`record` runs inside the caller's transaction.  The version in the UPDATE of the instance is what a lost race
breaks on, whatever was locked or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from engine import feel, gate, measures, offers
from engine.actions import documents, grounds, meetings, telling
from engine.actions.parties import join, take_part
from engine.actions.remembering import Done, remembered
from engine.actions.walk import Walk
from engine.errors import Conflict
from engine.model import Actor, Deadline, Json, Outgoing, Step, Task, Timer, Trace
from engine.prepared import Prepared, upsert
from engine.seals import answer_place, message_place
from engine.shown import instance_row, task_row
from engine.store import Store
from engine.tables import answer, deadline, history, incident, instance, job, message, task

#: `deliver` jobs find their message by its key, which is known before the row is.
CONSENT_PATHWAY = "samtykke"


@dataclass(frozen=True, slots=True)
class Moved:
    """What an action gave: the instance and its open tasks that the actor may see, as the API shows them."""

    instance: Json
    tasks: list[Json]


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: for audit and history.  `task` is the one completed, `answers` what was written."""

    what: str
    actor: Actor
    element: str = ""
    party: str = ""
    task: int | None = None
    ref: str | None = None
    answers: Json | None = None
    facts: Mapping[str, Any] | None = None


def record(
    db: Connection, store: Store, walk: Walk, step: Step, event: Event, now: datetime
) -> Moved:
    """Write everything that the step changed; raises `Conflict` when somebody else was first."""
    joined = join(db, walk, step, now)
    step = meetings.with_agreed(walk, step, event.element, event.party, event.answers)
    row = _write_instance(db, walk, step, now, _before(walk, step, event, bool(joined)))
    grounds.note(db, walk, step, now)
    refs = _write_tasks(db, walk, step, event, now)
    _write_deadlines(db, walk, step, refs)
    opened = [row for ref, row in refs.items() if ref not in walk.tasks]
    telling.new_tasks(db, opened, event.actor, now)
    letters = list(_letters(walk, _with_answers(db, store, walk, step), store))
    take_part(db, walk, _takers(walk, step, event, letters), now, instance_id=row["id"])
    papers = documents.write(db, store, walk, step, event.actor, now)
    held = [(it.it.from_party, str(it.it.to_party)) for it in letters if it.basis is None]
    held += documents.untold(walk, step, papers)
    _write_jobs(db, store, walk, step, letters, held, now)
    _write_history(db, walk, step, event, now)
    if event.answers is not None:
        _write_answers(db, walk, event, store, now)
    if letters:
        db.execute(insert(message), [letter.row(now) for letter in letters])
    more: Json = {"joined": list(joined)} if joined else {}
    if papers:
        more["documents"] = papers
    _write_audit(db, store, walk, event, more, now)
    if walk.status == "incident":
        db.execute(_RESOLVE, {"walk": walk.id, "now": now})
    measures.tell(
        "step", event.what, perf_counter() - walk.since,
        instance=walk.id, pathway=walk.pathway.key, element=event.element,
    )  # fmt: skip
    return _moved(walk, step, row, refs, event.actor)


def _takers(walk: Walk, step: Step, event: Event, letters: list[_Letter]) -> set[str]:
    """The parties that take part with this step and that no open task has shown to do so already."""
    known = {row.party for row in walk.tasks.values()}
    found = {it.party for it in step.tasks} | {it.party for it in step.deadlines}
    agreement = walk.pathway.plan.agreement
    # Who may report something in it must know that it runs.
    found |= {
        it.party for it in step.actions if not offers.of_anybody(agreement, it.lane, runs=True)
    }
    for letter in letters:
        # What is held back tells nobody anything.
        found |= {letter.it.from_party} | (
            {letter.it.to_party or ""} if letter.basis is not None else set()
        )
    return (found | _doer(walk, event)) - known


def _doer(walk: Walk, event: Event) -> set[str]:
    """The party for which a person began or reported; where anybody may, one of his own."""
    if not event.party:
        return set()
    own = [party for party, unit in walk.around.parties.items() if unit.id in event.actor.units]
    return {event.party} if event.party in own else set(own[:1])


# ---- instance ----------------------------------------------------------------------------
def _before(walk: Walk, step: Step, event: Event, joined: bool) -> Json | None:
    """What lets a person take back that he completed a task; None where nobody did."""
    if event.what != "completed" or not event.actor.id or not event.task or not event.ref:
        return None
    done = Done(event.actor.id, event.task, event.ref, bool(step.messages), joined)
    return remembered(walk, step, done)


def _write_instance(
    db: Connection, walk: Walk, step: Step, now: datetime, before: Json | None
) -> Json:
    ended = step.status in ("completed", "cancelled")
    values: Json = {
        "status": step.status,
        "end_state": step.end_state,
        "state": step.state,
        "tokens": list(step.tokens),
        "awaits": list(step.awaits),
        "version": walk.version + 1,
        "moved_at": now,
        "ended_at": now if ended else None,
    }
    if walk.id is None:
        begun: Json = {
            "case_id": walk.case_id,
            "pathway_id": walk.pathway_id,
            "parent_id": walk.parent_id,
            "started_at": walk.started_at,
        }
        walk.id = db.execute(_BEGIN, {**begun, **values}).scalar_one()
    else:
        keys = {"walk": walk.id, "seen": walk.version, "new_before": before}
        if _MOVE.run(db, {**keys, **{f"new_{k}": v for k, v in values.items()}}).rowcount != 1:
            raise Conflict
    return {
        **values,
        "id": walk.id,
        "case_id": walk.case_id,
        "agreement": walk.agreement,
        "started_at": walk.started_at,
        "pathway_key": walk.pathway.key,
        "pathway_name": walk.pathway.name,
        "pathway_version": walk.pathway_version,
    }


_BEGIN = insert(instance).returning(instance.c.id)
_MOVE = Prepared(
    update(instance)
    .where(instance.c.id == bindparam("walk"), instance.c.version == bindparam("seen"))
    .values({
        name: bindparam(f"new_{name}")
        for name in (
            "status", "end_state", "state", "tokens", "awaits", "version", "moved_at", "ended_at", "before",
        )
    })
)  # fmt: skip
_RESOLVE = (
    update(incident)
    .where(incident.c.instance_id == bindparam("walk"), incident.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("now"))
)


# ---- tasks -------------------------------------------------------------------------------
def _write_tasks(
    db: Connection, walk: Walk, step: Step, event: Event, now: datetime
) -> dict[str, Json]:
    """Close, change and open tasks; the open ones by ref, as rows."""
    dates = {d.task_ref: d for d in step.deadlines if d.task_ref and d.cancelled_at is None}
    left = {each.ref: each for each in step.tasks}
    open_now: dict[str, Json] = {}
    changed: list[Json] = []
    for ref, old in walk.tasks.items():
        if old.status == "open":
            row = _standing(walk, old, left.get(ref), dates.get(ref), event, now)
            if row["status"] == "open":
                open_now[ref] = {**_shown(walk, old, row), **row}
            if any(getattr(old, name) != value for name, value in row.items()):
                changed.append({"row": old.id, **{f"new_{k}": v for k, v in row.items()}})
    if changed:
        _CHANGE.run(db, changed)
    opened = [_opened(walk, t, dates.get(t.ref)) for t in step.tasks if t.ref not in walk.tasks]
    for new in opened:
        open_now[new["ref"]] = {
            **new,
            "id": _OPEN.run(db, new).fetchone()[0],
            "assignee": None,
            "assignee_name": None,
            "closed_at": None,
            "unit_name": walk.around.unit(new["party"]).name,
        }
    return open_now


def _standing(
    walk: Walk, old: Any, left: Task | None, record_: Deadline | None, event: Event, now: datetime
) -> Json:
    """What an open task becomes with this step; `left` is what the step says of it, None when it is gone."""
    done = old.ref == event.ref
    party = old.party if left is None else left.party
    unit = old.unit_id if party == old.party else walk.around.unit(party).id
    # What one unit has begun is not another's to read or to hold.
    kept = left is not None and unit == old.unit_id
    return {
        "status": "open" if left else "completed" if done else "cancelled",
        "party": party,
        "unit_id": unit,
        "assignee_id": old.assignee_id if kept or left is None else None,
        "closed_at": None if left else now,
        "closed_by": (event.actor.id or None) if done and not left else None,
        "due_at": record_.due_at if record_ else old.due_at,
        "overdue_at": record_.overdue_at if record_ else old.overdue_at,
        "draft": old.draft if kept else None,
    }


def _shown(walk: Walk, old: Any, row: Json) -> Json:
    """An open task's row as it was, with the names of who has it now."""
    named = {**old._asdict(), "unit_name": _unit_name(walk, row["party"])}
    if row["unit_id"] != old.unit_id:
        named |= {"assignee": None, "assignee_name": None}
    return named


def _opened(walk: Walk, new: Task, record_: Deadline | None) -> Json:
    return {
        "instance_id": walk.id,
        "ref": new.ref,
        "case_id": walk.case_id,
        "agreement": walk.agreement,
        "pathway_key": walk.pathway.key,
        "element": new.element,
        "name": new.name[:200],
        "process": new.process,
        "lane": new.lane,
        "party": new.party,
        "unit_id": walk.around.unit(new.party).id,
        "roles": list(walk.pathway.plan.agreement.roles(new.lane)),
        "form": new.form,
        "clauses": list(new.clauses),
        "data": feel.to_json(new.data),
        "nth": new.nth,
        "of": new.of,
        "status": "open",
        "due_at": record_.due_at if record_ else None,
        "overdue_at": record_.overdue_at if record_ else None,
        "opened_at": new.opened_at,
    }


def _unit_name(walk: Walk, party: str) -> str:
    found = walk.around.parties.get(party)
    return found.name if found else ""


_OPEN = Prepared(
    insert(task).returning(task.c.id),
    "instance_id", "ref", "case_id", "element", "name", "process", "lane", "party", "unit_id", "roles", "form",
    "clauses", "data", "nth", "of", "status", "due_at", "overdue_at", "opened_at", "agreement", "pathway_key",
)  # fmt: skip
_CHANGE = Prepared(
    update(task)
    .where(task.c.id == bindparam("row"), task.c.status == "open")
    .values({
        name: bindparam(f"new_{name}")
        for name in (
            "status", "party", "unit_id", "assignee_id", "closed_at", "closed_by", "due_at", "overdue_at", "draft",
        )
    })
)  # fmt: skip


# ---- deadlines ---------------------------------------------------------------------------
def _write_deadlines(db: Connection, walk: Walk, step: Step, open_now: Mapping[str, Json]) -> None:
    if not step.deadlines:
        return
    numbers = {ref: row.id for ref, row in walk.tasks.items()}
    numbers |= {ref: row["id"] for ref, row in open_now.items()}
    rows = [_deadline(walk, each, numbers.get(each.task_ref or "")) for each in step.deadlines]
    _KEEP.run(db, rows)


_MOVING = (
    "party", "unit_id", "frist", "started_at", "due_at", "reminder_at", "overdue_at", "met_at", "cancelled_at",
    "paused", "status",
)  # fmt: skip
_KEEP = upsert(
    deadline, ("instance_id", "ref"), _MOVING,
    "case_id", "task_id", "agreement", "element", "process", "clause", "local",
)  # fmt: skip


def keep_deadlines(
    db: Connection, walk: Walk, records: Iterable[Deadline], tasks: Mapping[str, int | None]
) -> None:
    """Write these records over what stands; `tasks`: the task of each, by the record's ref."""
    _KEEP.run(db, [_deadline(walk, each, tasks[each.ref]) for each in records])


def _deadline(walk: Walk, it: Deadline, task_id: int | None) -> Json:
    return {
        "instance_id": walk.id,
        "ref": it.ref,
        "case_id": walk.case_id,
        "task_id": task_id,
        "agreement": walk.agreement,
        "element": it.element,
        "process": it.process,
        "clause": it.clause,
        "party": it.party,
        "unit_id": walk.around.unit(it.party).id,
        "frist": it.frist,
        "started_at": it.started_at,
        "due_at": it.due_at,
        "reminder_at": it.reminder_at,
        "overdue_at": it.overdue_at,
        "met_at": it.met_at,
        "cancelled_at": it.cancelled_at,
        "paused": [[a.isoformat(), b.isoformat() if b else None] for a, b in it.paused],
        "local": it.local,
        "status": it.status,
    }


# ---- jobs --------------------------------------------------------------------------------
def _write_jobs(
    db: Connection,
    store: Store,
    walk: Walk,
    step: Step,
    letters: list[_Letter],
    held: list[tuple[str, str]],
    now: datetime,
) -> None:
    """`held`: who has something to tell, and which party may not be told yet."""
    # Of a deadline that is no longer open the jobs are left: they find nothing to do and go.
    rows = job_rows(walk, step.timers, step.deadlines)
    rows += [
        _job(
            walk,
            "deliver",
            f"deliver:{each.key}",
            now,
            each.it.element,
            _kept({"message": each.key}),
        )
        for each in letters
        if each.it.to_pathway
    ]
    if held:
        # Whoever has something to tell finds the basis for it.
        asked = {"parter": sorted({party for _, party in held}), "fagperson": held[0][0]}
        facts = {"case": walk.case_id, "pathway": CONSENT_PATHWAY, "data": asked}
        rows.append(_job(walk, "start", f"consent:{walk.case_id}", now, None, _kept(facts)))
    plan_jobs(db, store, rows, now)
    timers = {f"timer:{walk.id}:{one.ref}" for one in step.timers}
    if gone := [key for key in walk.around.timers if key not in timers]:
        db.execute(delete(job).where(job.c.key.in_(gone)))


def _kept(facts: Json) -> Json:
    """With what this belongs to, where somebody follows: it is done at once, in another process perhaps."""
    trace = measures.context()
    return {**facts, "trace": trace} if trace else facts


_PLAN = upsert(
    job, ("key",), ("due_at", "element", "data", "attempts", "error"), "kind", "instance_id"
)


def job_rows(walk: Walk, timers: Iterable[Timer], records: Iterable[Deadline]) -> list[Json]:
    """The jobs of timers that are not planned so already, and of open deadlines."""
    due = ((f"timer:{walk.id}:{one.ref}", one) for one in timers)
    known = walk.around.timers
    rows = [_job(walk, "timer", k, t.due_at, t.element) for k, t in due if known.get(k) != t.due_at]
    return rows + [row for it in records if it.status == "open" for row in _watching(walk, it)]


def plan_jobs(db: Connection, store: Store, rows: list[Json], now: datetime) -> None:
    """Let these be done when they are due."""
    if rows:
        _PLAN.run(db, rows)
    if any(row["due_at"] <= now for row in rows):
        store.tell_workers(db)


def _watching(walk: Walk, it: Deadline) -> Iterator[Json]:
    for kind, at in (("reminder", it.reminder_at), ("overdue", it.overdue_at)):
        if at is not None:
            key, facts = f"{kind}:{walk.id}:{it.ref}", {"deadline": it.ref}
            yield _job(walk, kind, key, at, it.element, facts)


def _job(
    walk: Walk, kind: str, key: str, due: datetime, element: str | None, data: Json | None = None
) -> Json:
    return {
        "kind": kind,
        "instance_id": walk.id,
        "key": key,
        "due_at": due,
        "element": element,
        "data": data or {},
        "attempts": 0,
        "error": None,
    }


# ---- messages ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Letter:
    """A message on its way out; `basis` None: held back at the gate."""

    it: Outgoing
    key: str
    walk: Walk
    basis: str | None
    store: Store

    def row(self, now: datetime) -> Json:
        """Its row in `message`."""
        around = self.walk.around
        sender = around.parties.get(self.it.from_party)
        receiver = around.unit(self.it.to_party) if self.it.to_party else None
        held = self.basis is None
        inbox = receiver is not None and not held
        body = feel.to_json(self.it.data)
        return {
            "case_id": self.walk.case_id,
            "instance_id": self.walk.id,
            "name": self.it.name,
            "title": self.it.title[:200],
            "from_party": self.it.from_party,
            "from_unit_id": sender.id if sender else None,
            "to_party": self.it.to_party,
            "to_unit_id": receiver.id if receiver else None,
            "to_pathway": self.it.to_pathway,
            "body": self.store.keyring.seal_json(body, message_place(self.key)),
            "basis": (self.basis or "")[:200],
            "channel": "indbakke" if self.it.to_party else "forloeb",
            "status": "refused" if held else "received" if inbox else "sent",
            "sent_at": now,
            "received_at": now if inbox else None,
            "key": self.key,
        }


def _with_answers(db: Connection, store: Store, walk: Walk, step: Step) -> Step:
    """The step with what its messages ask for and only the answers hold: the newest of this walk."""
    asked = {name for it in step.messages for name in it.asked}
    if not asked:
        return step
    wanted = select(answer.c.element, answer.c.at, answer.c["values"])
    wanted = wanted.where(answer.c.case_id == walk.case_id, answer.c.instance_id == walk.id)
    found: Json = {}
    for row in db.execute(wanted.order_by(answer.c.id)):
        place = answer_place(walk.id, row.element, row.at)
        given = store.keyring.open_json(row.values, place)
        found |= {name: value for name, value in given.items() if name in asked}
    messages = [
        replace(it, data={**{n: found[n] for n in it.asked if n in found}, **it.data})
        for it in step.messages
    ]
    return replace(step, messages=tuple(messages))


def _letters(walk: Walk, step: Step, store: Store) -> Iterator[_Letter]:
    for n, it in enumerate(step.messages):
        key = f"out:{walk.id}:{walk.version + 1}:{n}"
        yield _Letter(it, key, walk, _basis(walk, it), store)


def _basis(walk: Walk, it: Outgoing) -> str | None:
    """What goes to a pathway of the same case leaves nobody; what goes to another unit needs a basis."""
    if it.to_party is None:
        return gate.INSIDE
    sender = walk.around.parties.get(it.from_party)
    if sender is not None and sender.id == walk.around.unit(it.to_party).id:
        return gate.INSIDE
    return gate.basis(walk.around.consents, it.to_party)


# ---- what happened -----------------------------------------------------------------------
def _write_history(db: Connection, walk: Walk, step: Step, event: Event, now: datetime) -> None:
    rows = [_trace(walk, each, event, now) for each in step.traces]
    if rows:
        _HAPPENED.run(db, rows)


_HAPPENED = Prepared(
    insert(history),
    "instance_id", "case_id", "at", "what", "element", "name", "process", "kind", "party", "person_id", "task_id",
)  # fmt: skip


def _trace(walk: Walk, it: Trace, event: Event, now: datetime) -> Json:
    # A round is completed with its last turn, but only the turn is this person's.
    mine = (it.element, it.party) == (event.element, event.party) and it.what in (
        "completed",
        "caught",
    )
    return {
        "instance_id": walk.id,
        "case_id": walk.case_id,
        "at": now,
        "what": it.what,
        "element": it.element,
        "name": it.name[:200],
        "process": it.process,
        "kind": it.kind,
        "party": it.party,
        "person_id": (event.actor.id or None) if mine else None,
        "task_id": event.task if mine else None,
    }


def _write_answers(db: Connection, walk: Walk, event: Event, store: Store, now: datetime) -> None:
    bound = answer_place(walk.id, event.element, now)
    _ANSWER.run(
        db,
        {
            "case_id": walk.case_id,
            "instance_id": walk.id,
            "task_id": event.task,
            "element": event.element,
            "party": event.party,
            "at": now,
            "person_id": event.actor.id or None,
            "values": store.keyring.seal_json(event.answers, bound),
        },
    )


_ANSWER = Prepared(
    insert(answer),
    "case_id",
    "instance_id",
    "task_id",
    "element",
    "party",
    "at",
    "person_id",
    "values",
)


def _write_audit(
    db: Connection, store: Store, walk: Walk, event: Event, more: Json, now: datetime
) -> None:
    facts: Json = {"element": event.element, **(event.facts or {}), **more}
    store.chains.record(
        db,
        now=now,
        actor=event.actor,
        what=event.what,
        citizen=walk.citizen_id,
        case=walk.case_id,
        instance=walk.id,
        task=event.task,
        facts=facts,
    )


def _moved(walk: Walk, step: Step, row: Json, open_now: Mapping[str, Json], actor: Actor) -> Moved:
    names = {"pathway_key": walk.pathway.key, "pathway_name": walk.pathway.name}
    seen = [
        task_row({**each, **names})
        for each in open_now.values()
        if actor.id == 0 or each["unit_id"] in actor.units
    ]
    return Moved(instance_row(row), sorted(seen, key=lambda t: int(t["id"])))
