"""Overdue is decided in two places, in the ledger and in SQL: random ledgers with pauses must agree on every moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from engine.calendar import DANISH
from engine.deadlines import Ledger, status_at
from engine.model import Deadline
from engine.queries.lists import is_overdue
from engine.queries.looks import standing
from engine.store import Store
from engine.tables import deadline
from tests.store.cast import opened, started

BEGIN = datetime(2024, 3, 25, 8, tzinfo=UTC)
LEDGERS = 150


def test_sql_and_ledger_agree(store: Store) -> None:
    case = opened(store)
    walk = started(store, case)
    chance = random.Random(2024)
    records = [record for _ in range(LEDGERS) for record in _played(chance)]
    rows = [_row(record, ref, case, walk) for ref, record in enumerate(records)]
    with store.write() as db:
        db.execute(insert(deadline), rows)
    seen = set()
    with store.read() as db:
        kept = {int(row.ref): row for row in db.execute(select(deadline))}
        for _ in range(40):
            now = BEGIN + timedelta(minutes=chance.randrange(14 * 24 * 60))
            told = {int(r) for r in db.scalars(select(deadline.c.ref).where(is_overdue(now)))}
            truth = {ref: status_at(record, now) for ref, record in enumerate(records)}
            assert told == {ref for ref, status in truth.items() if status == "overdue"}
            assert {ref: standing(row._mapping, now) for ref, row in kept.items()} == truth
            seen |= set(truth.values())
    assert seen == {"open", "met", "late", "overdue", "cancelled"}
    assert any(record.paused and record.paused[-1][1] is None for record in records)


def _played(chance: random.Random) -> Iterator[Deadline]:
    """The records of an instance in which some of this happened: pauses, waking, completing, cancelling."""
    ledger, known, now = Ledger(DANISH), {}, BEGIN
    ledger.begin(
        "1", element="e", process="p", task_ref=None, clause="C-1", party="A",
        frist=chance.choice(("3 hverdage", "24 timer", "8 dage", "1 hverdage")), fra=None, follows=False, now=now,
    )  # fmt: skip
    for _ in range(chance.randrange(6)):
        now += timedelta(minutes=chance.randrange(4 * 24 * 60))
        happens = chance.choice(("pause", "pause", "resume", "wake", "complete", "cancel"))
        if happens in ("pause", "resume"):
            getattr(ledger, happens)(now)
        elif happens in ("complete", "cancel"):
            getattr(ledger, happens)("1", now)
        known |= {record.ref: record for record in ledger.take_changed(now)}
    known |= {record.ref: record for record in ledger.take_changed(now)}
    yield from known.values()


def _row(record: Deadline, ref: int, case: int, walk: int) -> dict[str, Any]:
    names = (
        "element", "process", "clause", "party", "frist", "started_at", "due_at", "reminder_at", "overdue_at", "met_at",
        "cancelled_at", "local", "status",
    )  # fmt: skip
    return {
        **{name: getattr(record, name) for name in names},
        "ref": str(ref),
        "instance_id": walk,
        "case_id": case,
        "agreement": "midtjylland",
        "unit_id": 1,
        "paused": [[a.isoformat(), b.isoformat() if b else None] for a, b in record.paused],
    }
