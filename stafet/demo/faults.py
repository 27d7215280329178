"""Made-up cases that are stuck, one for each reason: to see what operators see, and to test that it is found.

What can be brought about by waiting, sending or holding is brought about that way.  The rest is broken by hand in the
tables, as a lost write or a person in the database would: such a row says so beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from engine import actions, logins
from engine.store import Store
from engine.tables import incident, instance, job, task
from stafet.demo.people import DemoCitizen
from stafet.demo.units import demo_parties

DAYS = timedelta(days=1)
AGREEMENT, PATHWAY = "midtjylland", "planrunde"
PARTIES = ("Regionspsykiatrien", "Kriminalforsorgen", "Kommunens myndighed")
CITIZENS = (
    DemoCitizen("610170-1018", "Ebbe Fabricius"), DemoCitizen("620271-1015", "Gudrun Ravn"),
    DemoCitizen("630372-1012", "Holger Brandt"), DemoCitizen("640473-1019", "Jytte Skov"),
    DemoCitizen("650574-1016", "Knud Riis"), DemoCitizen("660675-1013", "Lis Damgaard"),
    DemoCitizen("670776-1010", "Mogens Krag"), DemoCitizen("680877-1017", "Nanna Friis"),
    DemoCitizen("690978-1014", "Otto Vinther"), DemoCitizen("711079-1013", "Petra Lauritsen"),
)  # fmt: skip
ORDINARY = DemoCitizen("711180-1015", "Rasmus Nygaard")


def seed(store: Store, *, now: datetime) -> dict[str, list[int]]:
    """Add a stuck case for each reason; the instances by reason."""
    found: dict[str, list[int]] = {}
    for citizen, (reason, make) in zip(CITIZENS, _MAKERS, strict=False):
        if reason == "timer":
            _caught_up(store, now)
        found.setdefault(reason, []).append(make(store, citizen, now))
    actions.watch(store, now=now, every=timedelta(0))
    return found


def ordinary(store: Store, *, now: datetime) -> int:
    """A case that waits legitimately: somebody holds its first task; the case's number."""
    walk = _begun(store, ORDINARY, now)
    _claimed(store, walk, now)
    with store.read() as db:
        return int(db.execute(select(instance.c.case_id).where(instance.c.id == walk)).scalar_one())


# ---- one each ----------------------------------------------------------------------------
def _failed(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """A timer that failed three times, and the incident that it left."""
    walk = _claimed(store, _begun(store, citizen, now - DAYS), now - DAYS)
    late: dict[str, Any] = {
        "kind": "timer",
        "instance_id": walk,
        "key": f"timer:{walk}:0",
        "data": {},
    }
    _write(
        store,
        insert(job).values(**late, due_at=now + timedelta(hours=1), attempts=3, error="failed"),
        _incident(walk, "failed", "The job failed for a reason that nobody foresaw.", now),
        update(instance).where(instance.c.id == walk).values(status="incident"),
    )
    return walk


def _overdue(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """The parties were asked three weeks ago, and one has not answered."""
    then = now - 21 * DAYS
    walk = _begun(store, citizen, then)
    nurse = logins.actor(store, "sygeplejerske", now=then)
    reuse = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Planen virker."}
    actions.complete(store, nurse, _task(store, walk, "vurder_behov"), reuse, now=then)
    sent = {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]}
    actions.complete(store, nurse, _task(store, walk, "send_plan"), sent, now=then)
    officer = logins.actor(store, "kriminalforsorg", now=then)
    with store.read() as db:
        left = select(task.c.id).where(task.c.instance_id == walk, task.c.status == "open")
        for number in db.scalars(left).all():
            actions.claim(store, officer, number, now=then)
    return walk


def _orphaned(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """Two weeks, and nobody has taken it.  (Where a holder has left, a worker frees the task within a minute.)"""
    return _begun(store, citizen, now - 14 * DAYS)


def _timer(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """A timer ten minutes late.  A worker that lives does it at its next look."""
    walk = _claimed(store, _begun(store, citizen, now - DAYS), now - DAYS)
    due = {"kind": "timer", "instance_id": walk, "key": f"timer:{walk}:0", "data": {}}
    _write(store, insert(job).values(**due, due_at=now - timedelta(minutes=10)))
    return walk


def _message(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """By hand: it has waited a month for an answer that nobody will send."""
    walk = _silent(store, citizen, now - 30 * DAYS)
    _write(store, update(instance).where(instance.c.id == walk).values(awaits=["svar"]))
    return walk


def _zombie(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """By hand: its task is gone, and nothing else would wake it."""
    return _silent(store, citizen, now - DAYS)


def _loop(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """Its step goes round without anybody having to act."""
    walk = _claimed(store, _begun(store, citizen, now - DAYS), now - DAYS)
    said = "The pathway goes round without anybody having to act: vurder_behov → …"
    _write(
        store,
        _incident(walk, "loop_without_wait", said, now),
        update(instance).where(instance.c.id == walk).values(status="incident"),
    )
    return walk


def _blocked(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """Suspended three weeks ago and forgotten."""
    then = now - 21 * DAYS
    walk = _begun(store, citizen, then)
    operator = logins.actor(store, "drift", now=then)
    actions.suspend(store, operator, walk, "Afventer svar fra kommunen", now=then)
    return walk


def _undeliverable(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    """Another system tells the case something that no pathway waits for."""
    walk = _claimed(store, _begun(store, citizen, now - DAYS), now - DAYS)
    nurse = logins.actor(store, "sygeplejerske", now=now)
    with store.read() as db:
        case_id = db.execute(select(instance.c.case_id).where(instance.c.id == walk)).scalar_one()
    actions.send(store, nurse, "bero_ophaevet", case_id, {}, now=now)
    return walk


_MAKERS: tuple[tuple[str, Callable[[Store, DemoCitizen, datetime], int]], ...] = (
    ("failed", _failed), ("overdue", _overdue), ("orphaned", _orphaned), ("message", _message),
    ("zombie", _zombie), ("loop", _loop), ("blocked", _blocked), ("undeliverable", _undeliverable),
    # The last: what is done on the way for the others would do it.
    ("timer", _timer),
)  # fmt: skip


def _caught_up(store: Store, now: datetime) -> None:
    while actions.run_due(store, 200, now=now):
        pass


# ---- with what ---------------------------------------------------------------------------
def _begun(store: Store, citizen: DemoCitizen, now: datetime) -> int:
    units = demo_parties(AGREEMENT)
    nurse = logins.actor(store, "sygeplejerske", now=now)
    named = {party: units[party] for party in PARTIES}
    case = actions.open_case(store, nurse, AGREEMENT, citizen.cpr, citizen.name, named, now=now)
    moved = actions.start(store, nurse, case, PATHWAY, {}, now=now)
    return int(moved.instance["id"])


def _claimed(store: Store, walk: int, now: datetime) -> int:
    nurse = logins.actor(store, "sygeplejerske", now=now)
    actions.claim(store, nurse, _task(store, walk, "vurder_behov"), now=now)
    return walk


def _silent(store: Store, citizen: DemoCitizen, then: datetime) -> int:
    walk = _begun(store, citizen, then)
    gone = update(task).where(task.c.instance_id == walk).values(status="cancelled", closed_at=then)
    waits = update(instance).where(instance.c.id == walk).values(awaits=[], status="waiting")
    _write(store, gone, delete(job).where(job.c.instance_id == walk), waits)
    return walk


def _task(store: Store, walk: int, element: str) -> int:
    wanted = select(task.c.id).where(
        task.c.instance_id == walk, task.c.element == element, task.c.status == "open"
    )
    with store.read() as db:
        return int(db.execute(wanted).scalar_one())


def _incident(walk: int, code: str, sentence: str, now: datetime) -> Any:
    return insert(incident).values(instance_id=walk, at=now, code=code, sentence=sentence)


def _write(store: Store, *statements: Any) -> None:
    with store.write() as db:
        for statement in statements:
            db.execute(statement)
