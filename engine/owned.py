"""Which rows are a citizen's: every table is in `OWNED`, and its rows go when a case does, or in `KEPT`, with why.

    for each in OWNED: delete(each.table).where(each.of(case numbers))     # in this order no foreign key is in the way

A test walks every table and column (`tests/store/test_erasing.py`): who adds one decides here what it holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, or_, select

from engine.tables import (
    answer,
    attachment,
    batch_item,
    case,
    case_party,
    comment,
    consent,
    deadline,
    handover,
    history,
    hold,
    incident,
    instance,
    instance_party,
    job,
    loan,
    message,
    metadata,
    notice,
    outbox,
    plan,
    plan_acceptance,
    plan_version,
    review,
    stuck,
    task,
)

#: Numbers of cases: a list or a query.
Cases = list[int] | Select[Any]


@dataclass(frozen=True, slots=True)
class Owned:
    """A table whose rows hang on cases; `kind` says which term of `[opbevaring]` holds for them."""

    table: Table
    kind: str
    of: Callable[[Cases], ColumnElement[bool]]


def _direct(table: Table, kind: str = "sag") -> Owned:
    return Owned(table, kind, lambda cases: table.c.case_id.in_(cases))


def _through(table: Table, column: str, parent: Table, kind: str = "sag") -> Owned:
    """By a parent that stands on a case itself."""
    return Owned(
        table,
        kind,
        lambda cases: table.c[column].in_(select(parent.c.id).where(parent.c.case_id.in_(cases))),
    )


def _acceptances(cases: Cases) -> ColumnElement[bool]:
    versions = select(plan_version.c.id).join(plan, plan.c.id == plan_version.c.plan_id)
    return plan_acceptance.c.version_id.in_(versions.where(plan.c.case_id.in_(cases)))


def _stuck(cases: Cases) -> ColumnElement[bool]:
    walks = select(instance.c.id).where(instance.c.case_id.in_(cases))
    return or_(stuck.c.case_id.in_(cases), stuck.c.instance_id.in_(walks))


def _left(cases: Cases) -> ColumnElement[bool]:
    tasks = select(task.c.id).where(task.c.case_id.in_(cases))
    dates = select(deadline.c.id).where(deadline.c.case_id.in_(cases))
    return or_(outbox.c.task_id.in_(tasks), outbox.c.deadline_id.in_(dates))


def _acted_on(cases: Cases) -> ColumnElement[bool]:
    walks = select(instance.c.id).where(instance.c.case_id.in_(cases))
    letters = select(message.c.id).where(message.c.case_id.in_(cases))
    return or_(batch_item.c.instance_id.in_(walks), batch_item.c.message_id.in_(letters))


_ROWS = (
    Owned(case, "sag", lambda cases: case.c.id.in_(cases)),
    _direct(case_party),
    _direct(consent),
    _direct(loan),
    _through(review, "loan_id", loan),
    _direct(hold),
    _direct(instance),
    _direct(instance_party),
    _direct(task),
    _through(handover, "task_id", task),
    _through(comment, "task_id", task, "bilag"),
    _through(attachment, "task_id", task, "bilag"),
    _direct(answer),
    _direct(deadline),
    _direct(history),
    _direct(plan, "dokumenter"),
    _through(plan_version, "plan_id", plan, "dokumenter"),
    Owned(plan_acceptance, "dokumenter", _acceptances),
    _through(incident, "instance_id", instance),
    _through(job, "instance_id", instance),
    _direct(message, "beskeder"),
    _through(notice, "deadline_id", deadline),
    Owned(outbox, "sag", _left),
    Owned(stuck, "sag", _stuck),
    Owned(batch_item, "sag", _acted_on),
)
_PLACE = {table.name: nth for nth, table in enumerate(metadata.sorted_tables)}
#: What hangs on other rows first.
OWNED = tuple(sorted(_ROWS, key=lambda each: -_PLACE[each.table.name]))

#: Tables whose rows stay when a case is erased, and why they may.
KEPT = {
    "citizen": "erased by itself, when no case is left and the log's own term is over",
    "unit": "organisations",
    "unit_party": "organisations",
    "person": "staff",
    "membership": "staff",
    "deputy": "staff",
    "session": "staff; ends within hours",
    "token": "staff; ends by itself",  # no password, a table  # nosec B105
    "mail_choice": "staff; the address is sealed",
    "feed": "staff; holds no name of a citizen",
    "identity": "staff; a keyed index of the provider's number",
    "login_request": "half a login; kept for minutes",
    "login_attempt": "staff; kept for minutes",
    "saved_filter": "staff; never a search for a citizen",
    "glass_try": "staff; kept for an hour",
    "deployment": "what was put in force",
    "pathway": "what was put in force",
    "clause": "what was put in force",
    "draft": "drawings",
    "kept_file": "what was put in force, as it was written",
    "scenario": "made-up stories",
    "play": "made-up stories",
    "play_step": "made-up stories",
    "batch": "an operator's act on many; its reason is blanked, and it goes with its last instance",
    "alert": "codes and moments",
    "silence": "an operator's act on a cause; its reason is sealed, and names no case",
    "worker": "machines",
    "look": "counts",
    "audit": "numbers and codes; without the citizen's row they are nobody's, and the chain stays whole",
    "erasure": "the tombstones: numbers and codes",
}
