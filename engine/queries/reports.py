"""Reports over deadlines: how many were kept, by clause and party.  Counts only; nobody and no case stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, select

from engine import access, files
from engine.calendar import midnight
from engine.model import Actor, Json
from engine.queries.lists import is_overdue
from engine.store import Store
from engine.tables import deadline

COUNTS = ("kept", "late", "open", "overdue", "paused")


@dataclass(frozen=True, slots=True)
class DeadlineReport:
    """Which deadlines: those due from the first day to the last, both included; `local` numbers only if asked for."""

    agreement: str | None = None
    since: date | None = None
    until: date | None = None
    party: str | None = None
    local: bool = False


def deadlines(store: Store, actor: Actor, wanted: DeadlineReport, *, now: datetime) -> Json:
    """`{items, totals}`: each item `{agreement clause text party local kept late open overdue paused}`.

    `kept` was done in time, `late` afterwards; `open` is not done and its clock runs, `overdue` are those of them that
    are past due; `paused` stands in bero.  What was called off, or moved to another date, does not count.  Leaders
    count the pathways that their units take part in, operators all.  Raises `Forbidden`.
    """
    access.report(actor)
    asked = (
        select(
            deadline.c.agreement, deadline.c.clause, deadline.c.party, deadline.c.local, *_counts(now)
        )
        .where(deadline.c.cancelled_at.is_(None), *_which(actor, wanted))
        .group_by(deadline.c.agreement, deadline.c.clause, deadline.c.party, deadline.c.local)
        .order_by(deadline.c.agreement, deadline.c.clause, deadline.c.party, deadline.c.local)
    )  # fmt: skip
    with store.read() as db:
        rows = [dict(row) for row in db.execute(asked).mappings()]
        said = files.clauses(db, now)
    items = [
        {**row, "text": said.get(row["agreement"], {}).get(row["clause"], {}).get("tekst", "")}
        for row in rows
    ]
    return {"items": items, "totals": {name: sum(row[name] for row in rows) for name in COUNTS}}


def _counts(now: datetime) -> list[ColumnElement[int]]:
    going = deadline.c.met_at.is_(None)
    stands = and_(going, cast(deadline.c.paused, Text).like("%null]]"), ~is_overdue(now))
    conditions = {
        "kept": deadline.c.status == "met",
        "late": deadline.c.status == "late",
        "open": and_(going, ~stands),
        "overdue": is_overdue(now),
        "paused": stands,
    }
    return [func.sum(case((conditions[name], 1), else_=0)).label(name) for name in COUNTS]


def _which(actor: Actor, wanted: DeadlineReport) -> list[ColumnElement[bool]]:
    found = [access.counted(actor, deadline.c.instance_id)]
    if wanted.agreement is not None:
        found.append(deadline.c.agreement == wanted.agreement)
    if wanted.party is not None:
        found.append(deadline.c.party == wanted.party)
    if wanted.since is not None:
        found.append(deadline.c.due_at >= midnight(wanted.since))
    if wanted.until is not None and wanted.until < date.max:
        found.append(deadline.c.due_at < midnight(wanted.until + timedelta(days=1)))
    if not wanted.local:
        found.append(deadline.c.local.is_(False))
    return found
