"""What is held of a citizen, table by table: which rows somebody gets, which columns, and how they are said.

Every table of `engine/owned.py` is in `PARTS` or in `LEFT_OUT`, every column of a part is told or in `HIDDEN`,
with why: a test walks them.  Numbers of units and people are told as names; sealed values are opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, Table, exists, or_, select, true

from engine import access
from engine.model import Actor
from engine.rotation import SEALED
from engine.tables import (
    answer,
    attachment,
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
    loan,
    message,
    plan,
    plan_acceptance,
    plan_version,
    review,
    task,
)

Which = Callable[[Actor], ColumnElement[bool]]


def _takes_part(column: Column[Any]) -> Which:
    return lambda actor: access.takes_part(actor, column)


def _of_tasks(column: Column[Any]) -> Which:
    return lambda actor: column.in_(select(task.c.id).where(access.visible_tasks(actor)))


def _answers(actor: Actor) -> ColumnElement[bool]:
    """What one of the person's parties answered."""
    if actor.id == 0:
        return true()
    mine = case_party.alias("answering")
    same = (mine.c.case_id == answer.c.case_id, mine.c.party == answer.c.party)
    return exists(select(1).where(*same, mine.c.unit_id.in_(actor.units)))


def _versions(actor: Actor) -> Select[Any]:
    joined = plan_version.join(plan, plan.c.id == plan_version.c.plan_id)
    return select(plan_version.c.id).select_from(joined).where(access.visible_versions(actor))


def _plans(actor: Actor) -> ColumnElement[bool]:
    kept = select(plan_version.c.plan_id).where(plan_version.c.id.in_(_versions(actor)))
    return plan.c.id.in_(kept)


def _loans(actor: Actor) -> ColumnElement[bool]:
    """What the person's units lent; an emergency concerns every party."""
    return or_(access.visible_loans(actor), loan.c.unit_id.is_(None))


def _reviews(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.id == 0 else review.c.unit_id.in_(access.inspected(actor))


def _own_holds(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.id == 0 else hold.c.unit_id.in_(access.inspected(actor))


#: Table → which of its rows somebody gets, in the order in which they are told.
PARTS: dict[Table, Which] = {
    case: access.visible_cases,
    case_party: access.visible_parties,
    consent: lambda _actor: true(),  # and then only what speaks of the actor's parties
    instance: _takes_part(instance.c.id),
    instance_party: _takes_part(instance_party.c.instance_id),
    task: access.visible_tasks,
    answer: _answers,
    handover: _of_tasks(handover.c.task_id),
    comment: _of_tasks(comment.c.task_id),
    attachment: _of_tasks(attachment.c.task_id),
    deadline: _takes_part(deadline.c.instance_id),
    message: access.visible_messages,
    plan: _plans,
    plan_version: lambda actor: plan_version.c.id.in_(_versions(actor)),
    plan_acceptance: lambda actor: plan_acceptance.c.version_id.in_(_versions(actor)),
    history: access.visible_history,
    incident: _takes_part(incident.c.instance_id),
    loan: _loans,
    review: _reviews,
    hold: _own_holds,
}
#: Tables whose rows are not told, and why.
LEFT_OUT = {
    "job": "the machine's plan of work; what it does stands in the history",
    "notice": "a copy of a deadline, for an inbox",
    "stuck": "a finding about an instance, made again every few seconds",
    "outbox": "codes and counts of mails to staff; what they told of stands in tasks and deadlines",
    "batch_item": "an operator's list of instances; what was done stands in the history",
}
#: Columns that are not told, and why.
HIDDEN = {
    "instance.state": "where the tokens stand, for the engine; what was answered stands in the answers",
    "instance.tokens": "the same",
    "instance.awaits": "the same",
    "instance.version": "a count against races",
    "instance.pathway_id": "told as the pathway's name",
    "instance.parent_id": "a number of the diagram",
    "task.roles": "which job roles may take it",
    "task.data": "a copy of answers, for the form",
    "task.nth": "a number of the diagram",
    "task.of": "a number of the diagram",
    "message.key": "the sender's own mark",
    "deadline.paused": "told as the date that came of it",
    "incident.template": "the sentence before its places were filled",
    "incident.facts": "the same",
    "attachment.content": "the file itself lies beside",
}
#: Sealed columns that hold JSON.
OBJECTS = frozenset(
    ("answer.values", "task.draft", "plan_version.content", "message.body", "message.note")
)
_SEALED = {each.name: each for each in SEALED}


def told(
    ring: Any, table: Table, row: Row[Any], units: Mapping[int, str], people: Mapping[int, str]
) -> dict[str, Any]:
    """The row's columns by name; `unit_id` and whoever did it as names (None for a name that is not told)."""
    found: dict[str, Any] = {}
    for column in table.columns:
        name = f"{table.name}.{column.name}"
        if name in HIDDEN:
            continue
        value = row._mapping[column.name]
        targets = {key.column.table.name for key in column.foreign_keys}
        if value is not None and name in _SEALED:
            opened = ring.open_json if name in OBJECTS else ring.open
            value = opened(bytes(value), _SEALED[name].place(row))
        elif value is not None and "unit" in targets:
            value = units.get(value)
        elif value is not None and "person" in targets:
            value = people.get(value)
        found[column.name.removesuffix("_id") if targets else column.name] = value
    return found
