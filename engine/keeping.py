"""How long each case is still kept, and why: its agreement's rules, what runs, and what somebody holds back.

    for each in standings(store, db, now): …      # Standing(case=17, kind="sag", due_at=…, why="") may be erased now

A term is counted from the last entry about the citizen in any of his cases under the same agreement: what the law
calls the record is the citizen's, not the case's.  A case that is about nobody is a record of its own.  A case that is
younger than the shortest term is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, select

from engine.retention import KINDS, Rule, due
from engine.store import Store
from engine.tables import (
    answer,
    attachment,
    case,
    comment,
    consent,
    history,
    hold,
    instance,
    message,
    plan,
    plan_acceptance,
    plan_version,
    task,
)
from engine.versions import newest_of_agreements

#: Why something is still kept; "" is: it is not any more.
WHY = ("", "not_yet", "running", "held", "no_rule")
#: Cases looked at in one go.
MANY = 500
#: A month is never shorter: what is younger than so many of them cannot be due.
_MONTH = timedelta(days=28)
_VERSION = plan_version.join(plan, plan.c.id == plan_version.c.plan_id)
#: What counts as an entry: of which case, when, and where it stands.
_ENTRIES: tuple[tuple[ColumnElement[Any], ColumnElement[Any], FromClause], ...] = (
    (case.c.id, case.c.opened_at, case),
    (case.c.id, case.c.closed_at, case),
    (instance.c.case_id, instance.c.moved_at, instance),
    (instance.c.case_id, instance.c.ended_at, instance),
    (answer.c.case_id, answer.c.at, answer),
    (history.c.case_id, history.c.at, history),
    (message.c.case_id, message.c.sent_at, message),
    (message.c.case_id, message.c.handled_at, message),
    (consent.c.case_id, consent.c.given_at, consent),
    (consent.c.case_id, consent.c.withdrawn_at, consent),
    (plan.c.case_id, plan_version.c.made_at, _VERSION),
    (plan.c.case_id, plan_version.c.ended_at, _VERSION),
    (
        plan.c.case_id,
        plan_acceptance.c.answered_at,
        _VERSION.join(plan_acceptance, plan_acceptance.c.version_id == plan_version.c.id),
    ),
    (task.c.case_id, comment.c.at, task.join(comment, comment.c.task_id == task.c.id)),
    (task.c.case_id, attachment.c.at, task.join(attachment, attachment.c.task_id == task.c.id)),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How long one kind of a case is kept: until `due_at` by `rule`, or why (`WHY`) it is kept on."""

    case: int
    citizen: int | None
    agreement: str
    kind: str
    last: datetime
    rule: Rule | None
    due_at: datetime | None
    why: str


def standings(
    store: Store, db: Connection, now: datetime, case_id: int | None = None
) -> Iterator[Standing]:
    """Each case with each kind, in the order of their numbers; without `case_id` only what may be past its term."""
    known = rules_of(store, db, now)
    asked = select(case.c.id, case.c.citizen_id, case.c.agreement).order_by(case.c.id)
    if case_id is not None:
        rows = list(db.execute(asked.where(case.c.id == case_id)))
    else:
        shortest = [rule.months for found in known.values() for rule in found.values()]
        young = now - min(shortest, default=0) * _MONTH
        rows = list(db.execute(asked.where(case.c.opened_at <= young)))
    for start in range(0, len(rows), MANY):
        yield from _judged(db, rows[start : start + MANY], known, now)


def rules_of(store: Store, db: Connection, now: datetime) -> dict[str, Mapping[str, Rule]]:
    """Each agreement's rules that are in force."""
    numbers = db.scalars(newest_of_agreements(now)).all()
    found = (store.pathway(db, number).plan.agreement for number in numbers)
    return {each.slug: each.retention for each in found}


def in_force(now: datetime) -> ColumnElement[bool]:
    """Which rows of `hold` hold something back at this moment."""
    return and_(hold.c.set_at <= now, hold.c.lifted_at.is_(None), hold.c.ends_at > now)


def held(db: Connection, citizens: Iterable[int], now: datetime) -> set[tuple[int, int | None]]:
    """What of these citizens is held back now: (citizen, case), case None: all of his."""
    asked = select(hold.c.citizen_id, hold.c.case_id)
    found = db.execute(asked.where(hold.c.citizen_id.in_(list(citizens)), in_force(now)))
    return {(row.citizen_id, row.case_id) for row in found}


def running(db: Connection, cases: list[int]) -> set[int]:
    """Those of the cases on which a pathway runs."""
    going = instance.c.status.not_in(("completed", "cancelled"))
    return set(db.scalars(select(instance.c.case_id).where(instance.c.case_id.in_(cases), going)))


# ---- inside ------------------------------------------------------------------------------
def _judged(
    db: Connection, rows: list[Any], known: Mapping[str, Mapping[str, Rule]], now: datetime
) -> Iterator[Standing]:
    """A record is one citizen under one agreement: its cases share what was entered last, and what runs."""
    people = {row.citizen_id for row in rows if row.citizen_id is not None}
    asked = select(case.c.id, case.c.citizen_id, case.c.agreement)
    others = db.execute(asked.where(case.c.citizen_id.in_(people)))
    record = {row.id: _record(row) for row in (*others, *rows)}
    last = _last(db, record)
    back = held(db, people, now)
    runs = {record[number] for number in running(db, list(record))}
    for row in rows:
        of = record[row.id]
        for kind in KINDS:
            rule = known.get(row.agreement, {}).get(kind)
            ends = due(last[of], rule) if rule else None
            if back & {(row.citizen_id, None), (row.citizen_id, row.id)}:
                why = "held"
            elif of in runs:
                why = "running"
            elif ends is None:
                why = "no_rule"
            else:
                why = "not_yet" if ends > now else ""
            yield Standing(row.id, row.citizen_id, row.agreement, kind, last[of], rule, ends, why)


def _record(row: Any) -> tuple[int, str]:
    """Whose record it is: a citizen's by his number, a case about nobody by its own, below zero."""
    return (-row.id if row.citizen_id is None else row.citizen_id, row.agreement)


def _last(db: Connection, record: Mapping[int, tuple[int, str]]) -> dict[tuple[int, str], datetime]:
    found: dict[tuple[int, str], datetime] = {}
    for number, at, where in _ENTRIES:
        newest = func.max(at, type_=at.type)
        asked = select(number, newest).select_from(where).where(number.in_(record))
        for case_id, moment in db.execute(asked.group_by(number)):
            if moment is not None:
                of = record[case_id]
                found[of] = max(found.get(of, moment), moment)
    return found
