"""The database beside what people were answered: every "yes" is there once, nothing is there twice, nothing waits.

`reconcile(store, notes, now)` yields one sentence for each thing that is wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from engine import audit
from engine import pathway as steps
from engine.bpmn import codec
from engine.seals import answer_place
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import (
    answer,
    case,
    citizen,
    deadline,
    history,
    incident,
    instance,
    job,
    message,
    person,
    task,
)
from engine.tables import audit as audit_table
from engine.tables import pathway as pathway_table
from tests.crash.crowd import Note

#: What stands in the audit log when an instance has taken a step.
STEPS = ("started", "completed", "reported", "timer", "told", "woken", "rescheduled")
_WALKING = ("running", "waiting")


def reconcile(store: Store, notes: Iterable[Note], now: datetime) -> Iterator[str]:
    """Everything that does not fit; nothing when all is well."""
    acts: dict[str, list[Note]] = defaultdict(list)
    for note in notes:
        acts[note.act].append(note)
    verdict = audit.verify(store)
    if not verdict.ok:
        yield f"audit: {verdict.first_broken}"
    with store.read() as db:
        yield from _cases(db, store.keyring, acts["case"])
        for key in ("planrunde", "fast-kontakt"):
            yield from _starts(db, key, acts[key])
        yield from _completions(db, store.keyring, acts["complete"])
        yield from _messages(db, store.keyring, acts["message"])
        yield from _timers(db, acts["timer"])
        yield from _letters(db)
        yield from _jobs(db, now)
        yield from _instances(db, store, now)


def _cases(db: Connection, keys: Keyring, notes: list[Note]) -> Iterator[str]:
    found: dict[bytes, list[int]] = defaultdict(list)
    for row in db.execute(
        select(citizen.c.cpr_index, case.c.id).join(case, case.c.citizen_id == citizen.c.id)
    ):
        found[bytes(row.cpr_index)].append(row.id)
    for note in notes:
        there = found.pop(keys.index("citizen.cpr", note.about), [])
        if note.outcome == "yes" and there != [note.number]:
            yield f"case {note.number} of {note.about} was promised; there is {there}"
        if len(there) > (note.outcome != "no"):
            yield f"case of {note.about} ({note.outcome}) is there as {there}"
    if found:
        yield f"cases that nobody opened: {list(found.values())}"


def _starts(db: Connection, key: str, notes: list[Note]) -> Iterator[str]:
    wanted = (
        select(instance.c.id, instance.c.case_id)
        .join(pathway_table, pathway_table.c.id == instance.c.pathway_id)
        .where(pathway_table.c.key.in_((key, f"midtjylland-{key}")))
    )
    there = {row.id: row.case_id for row in db.execute(wanted)}
    by_case = Counter(there.values())
    for note in notes:
        if note.outcome == "yes" and there.get(note.number or 0) != note.about:
            yield f"{key} {note.number} on case {note.about} was promised and is not there"
        if by_case.pop(note.about, 0) > (note.outcome != "no"):
            yield f"{key} on case {note.about} ({note.outcome}) was begun too often"
    if by_case:
        yield f"{key} was begun by nobody on {dict(by_case)}"


def _completions(db: Connection, keys: Keyring, notes: list[Note]) -> Iterator[str]:
    said: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    who = {note.mark: note.who for note in notes}
    for note in notes:
        said[note.about][note.mark].add(note.outcome)
    closed = select(task.c.id, task.c.status, person.c.login).outerjoin(
        person, person.c.id == task.c.closed_by
    )
    marks, entries, lines = _marks(db, keys), _entries(db), _lines(db)
    for row in db.execute(closed):
        tried = said.pop(row.id, {})
        yes = [mark for mark, outcomes in tried.items() if "yes" in outcomes]
        maybe = [mark for mark, outcomes in tried.items() if "unknown" in outcomes]
        done = row.status == "completed"
        if len(yes) > 1:
            yield f"task {row.id}: {len(yes)} people were told that they completed it"
        if yes and not done:
            yield f"task {row.id}: completed, it was said, and it is {row.status}"
        times = (entries[row.id], lines[row.id], len(marks[row.id]))
        if times != (done, done, done):
            yield f"task {row.id} ({row.status}): audit, history and answers know it {times} times"
        elif done and (
            marks[row.id][0] not in (yes or maybe) or who[marks[row.id][0]] != row.login
        ):
            yield f"task {row.id}: holds {marks[row.id]} of {row.login}; said yes {yes}, maybe {maybe}"
    if said:
        yield f"tasks that are gone: {list(said)}"


def _marks(db: Connection, keys: Keyring) -> dict[int, list[str]]:
    """By task, the mark in each of its answers."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in db.execute(select(answer).where(answer.c.task_id.is_not(None))):
        place = answer_place(row.instance_id, row.element, row.at)
        values: dict[str, Any] = keys.open_json(row.values, place)
        found[row.task_id] += [v for v in values.values() if str(v).startswith("mærke-")]
    return found


def _entries(db: Connection) -> Counter[int]:
    asked = select(audit_table.c.task_id).where(audit_table.c.what == "completed")
    return Counter(db.scalars(asked))


def _lines(db: Connection) -> Counter[int]:
    asked = select(history.c.task_id).where(
        history.c.task_id.is_not(None), history.c.what == "completed"
    )
    return Counter(db.scalars(asked))


def _messages(db: Connection, keys: Keyring, notes: list[Note]) -> Iterator[str]:
    """One row for each id that a sender gave, however often it was sent; heard once."""
    there: dict[str, list[Any]] = defaultdict(list)
    for row in db.execute(select(message).where(message.c.channel == "udefra")):
        there[row.key.split(":", 2)[2]].append(row)
    heard = Counter(
        db.scalars(select(audit_table.c.instance_id).where(audit_table.c.what == "told"))
    )
    for mark in {note.mark for note in notes}:
        mine = [note for note in notes if note.mark == mark]
        rows = there.pop(keys.index("message.key", mark).hex(), [])
        numbers = {note.number for note in mine if note.outcome == "yes"}
        if len(rows) > 1 or not numbers <= {row.id for row in rows}:
            yield f"message {mark}: promised as {numbers}, there as {[row.id for row in rows]}"
        if any(row.status != "matched" for row in rows):
            yield f"message {mark} was not heard: {[row.status for row in rows]}"
    if there:
        yield f"messages that nobody sent: {list(there)}"
    if twice := [number for number, times in heard.items() if times > 1]:
        yield f"instances that heard a message twice: {twice}"


def _timers(db: Connection, notes: list[Note]) -> Iterator[str]:
    """A timer that was made due has fired, once."""
    fired = Counter(
        db.scalars(
            select(history.c.instance_id).where(
                history.c.element == "fremstilling_mangler", history.c.what == "fired"
            )
        )
    )
    for note in notes:
        times = fired.pop(note.about, 0)
        if times > 1 or (note.outcome == "yes" and times != 1):
            yield f"timer of instance {note.about} ({note.outcome}) fired {times} times"
    if fired:
        yield f"timers fired that nobody made due: {dict(fired)}"


def _letters(db: Connection) -> Iterator[str]:
    """A message to another pathway has arrived, and a disagreement was begun once for each that was raised."""
    waiting = db.scalars(
        select(message.c.id).where(message.c.to_pathway.is_not(None), message.c.status == "sent")
    ).all()
    if waiting:
        yield f"messages still on their way: {list(waiting)}"
    raised = db.scalar(
        select(func.count()).where(message.c.name == "uenighed", message.c.to_pathway.is_not(None))
    )
    begun = db.scalar(
        select(func.count())
        .select_from(instance)
        .join(pathway_table, pathway_table.c.id == instance.c.pathway_id)
        .where(pathway_table.c.key == "faelles-uenighed")
    )
    if raised != begun:
        yield f"{raised} disagreements were raised and {begun} begun"


def _jobs(db: Connection, now: datetime) -> Iterator[str]:
    for row in db.execute(select(job).where((job.c.due_at <= now) | job.c.error.is_not(None))):
        yield f"job {row.key} is left: due {row.due_at}, error {row.error}"
    for row in db.execute(select(incident)):
        yield f"incident {row.code} at instance {row.instance_id}"


def _instances(db: Connection, store: Store, now: datetime) -> Iterator[str]:
    """Its version counts its steps, and the rows beside it are those that its state asks for."""
    taken = Counter(
        db.scalars(select(audit_table.c.instance_id).where(audit_table.c.what.in_(STEPS)))
    )
    open_tasks = _by_instance(
        db, select(task.c.instance_id, task.c.ref).where(task.c.status == "open")
    )
    jobs = _by_instance(
        db, select(job.c.instance_id, job.c.key, job.c.due_at).where(job.c.kind == "timer")
    )
    dates = _by_instance(
        db,
        select(deadline.c.instance_id, deadline.c.ref).where(
            deadline.c.status.in_(("open", "overdue"))
        ),
    )
    for row in db.execute(select(instance)):
        if taken[row.id] != row.version:
            yield f"instance {row.id}: version {row.version} after {taken[row.id]} steps"
        walked = store.pathway(db, row.pathway_id)
        step = steps.view(walked, row.state, now)
        run = codec.load(row.state, walked.plan, walked.specs, now)
        for what, there, wanted in (
            ("tasks", open_tasks, {(t.ref,) for t in step.tasks}),
            ("timers", jobs, {(f"timer:{row.id}:{t.ref}", t.due_at) for t in step.timers}),
            ("deadlines", dates, {(d.ref,) for d in run.ledger.running(now)}),
        ):
            if there[row.id] != wanted:
                yield f"instance {row.id} ({row.status}): its {what} are {there[row.id]}, by its state {wanted}"
        if row.status in _WALKING and not (step.tasks or step.timers or step.awaits):
            yield f"instance {row.id} waits for nobody and nothing"


def _by_instance(db: Connection, asked: Any) -> dict[int, set[tuple[Any, ...]]]:
    found: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
    for number, *rest in db.execute(asked):
        found[number].add(tuple(rest))
    return found
