"""A day's work that can be cut off anywhere and taken up again, as a client does who got no answer.

Rounds of the plan round: Ida and Anna both complete the first task (one of them is refused), the plan is sent, and
either the asked party accepts, or it stays silent until the date has passed and the region is asked to follow up.
What each step does and when follows from its number alone, so a run that was cut off and taken up again must leave
the same database as one that was not.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from engine import actions, audit, logins
from engine.errors import Conflict
from engine.store import Store
from engine.tables import (
    answer,
    case,
    deadline,
    history,
    incident,
    instance,
    job,
    message,
    notice,
    task,
)
from engine.tables import audit as audit_table
from tests.store.cast import NOW, PARTIES, opened

REUSED = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}
SENT = {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]}
#: How many rounds a day has.
ROUNDS = 4


def work(store: Store, rounds: int = ROUNDS) -> None:
    """Do everything that is not done yet."""
    with store.read() as db:
        known = db.scalar(select(case.c.id))
    number = known or opened(store, parties=PARTIES)
    for n in range(rounds):
        _round(store, number, n)
    for day in range(1, 15):
        _due(store, NOW + timedelta(days=day))


def _round(store: Store, number: int, n: int) -> None:
    now = NOW + timedelta(minutes=n)
    ida, anna, jens = (logins.actor(store, login, now=now) for login in ("ida", "anna", "jens"))
    with store.read() as db:
        walks = list(
            db.scalars(
                select(instance.c.id).where(instance.c.case_id == number).order_by(instance.c.id)
            )
        )
    # Nobody told us whether the last one was begun: look, as a client does.
    walk = (
        walks[n]
        if n < len(walks)
        else actions.start(store, ida, number, "planrunde", {}, now=now).instance["id"]
    )
    for who in (ida, anna):
        _complete(store, who, walk, "vurder_behov", REUSED, now)
    _complete(store, ida, walk, "send_plan", SENT, now)
    _due(store, now)
    if n % 2 == 0:
        _complete(store, jens, walk, "accepter_plan", {"accept": True}, now)
        _due(store, now)


def _complete(
    store: Store, who: Any, walk: int, element: str, answers: dict[str, Any], now: datetime
) -> None:
    with store.read() as db:
        found = db.scalar(
            select(task.c.id).where(task.c.instance_id == walk, task.c.element == element)
        )
    assert found is not None, f"the pathway never came to {element}"
    try:
        actions.complete(store, who, found, answers, now=now)
    except Conflict:
        return  # a colleague, or we ourselves before the power went


def _due(store: Store, now: datetime) -> None:
    while actions.run_due(store, 20, now=now):
        pass


def account(store: Store) -> dict[str, Any]:
    """Everything that must be the same after any crash, and what must never be."""
    with store.read() as db:
        counted = {
            "instances": _tally(db, instance.c.status, instance.c.end_state, instance.c.version),
            "tasks": _tally(db, task.c.element, task.c.status),
            "history": _tally(db, history.c.what, history.c.element),
            "answers": _tally(db, answer.c.element, answer.c.party),
            "deadlines": _tally(db, deadline.c.element, deadline.c.status),
            "messages": _tally(db, message.c.name, message.c.status),
            "notices": _tally(db, notice.c.kind),
            "incidents": _tally(db, incident.c.code),
            "jobs": _tally(db, job.c.kind),
            "audit": _tally(db, audit_table.c.what, where=audit_table.c.seq > 0),
        }
        twice = db.scalar(
            select(func.count()).select_from(
                select(audit_table.c.task_id)
                .where(audit_table.c.what == "completed")
                .group_by(audit_table.c.task_id)
                .having(func.count() > 1)
                .subquery()
            )
        )
    verdict = audit.verify(store)
    return {
        **counted,
        "completed twice": twice,
        "audit": counted["audit"],
        "broken": verdict.first_broken,
    }


def _tally(db: Any, *columns: Any, where: Any = None) -> dict[str, int]:
    wanted = select(*columns) if where is None else select(*columns).where(where)
    return dict(sorted(Counter(" ".join(map(str, row)) for row in db.execute(wanted)).items()))
