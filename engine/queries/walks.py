"""Instances: where they stand, what happened on them, what they wait for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    select,
)

from engine import access
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.lists import TASK, deadlines, listed, tasks
from engine.queries.looks import saw
from engine.queries.paging import Page
from engine.queries.sought import ORDER, InstanceFilter, sought
from engine.queries.text import in_words, passed
from engine.queries.timers import timers_of
from engine.shown import instance_row
from engine.store import Store
from engine.tables import case, deadline, incident, job, pathway, task
from engine.tables import instance as instance_table

_ENDED = ("completed", "cancelled")
_open = incident.alias("open_incident")
_ROW = (
    *(column for column in instance_table.c if column.name != "state"),
    case.c.agreement,
    case.c.citizen_id,
    pathway.c.key.label("pathway_key"),
    pathway.c.name.label("pathway_name"),
    pathway.c.version.label("pathway_version"),
    _open.c.id.label("incident_id"),
    _open.c.at.label("incident_at"),
    _open.c.code.label("incident_code"),
    _open.c.sentence.label("incident_sentence"),
    _open.c.template.label("incident_template"),
    _open.c.facts.label("incident_facts"),
    _open.c.element.label("incident_element"),
)


def stands(
    store: Store, actor: Actor, numbers: list[int], *, now: datetime
) -> dict[int, list[str]]:
    """At which steps each of these instances stands, by the steps' names, each once; for operators.

    Steps of a part that the diagram calls have no name in it and are left out.
    """
    if not access.may_operate(actor):
        return {}
    asked = select(instance_table.c.id, instance_table.c.pathway_id, instance_table.c.tokens)
    found: dict[int, list[str]] = {}
    with store.read() as db:
        for row in db.execute(asked.where(instance_table.c.id.in_(numbers))).all():
            elements = store.pathway(db, row.pathway_id).elements
            names = (elements[each].name for each in row.tokens if each in elements)
            found[row.id] = list(dict.fromkeys(name for name in names if name))
    return found


def instances(store: Store, actor: Actor, wanted: InstanceFilter, *, now: datetime) -> Page:
    """The instances that the actor may see, the one that moved last first; no citizen.

    Each is `engine.shown.instance_row` with `incident` (None, or `code sentence template facts element at`).  Where
    `looked` says that no more were looked at, the page may be short, even empty, and `next` goes on.
    """
    with store.read() as db:
        found = sought(db, actor, wanted)
        rows = db.execute(_rows(instance_table.c.id.in_(found.numbers)).order_by(*ORDER.by()))
        items = [_shown(row) for row in rows]
    return Page(items, found.next, found.looked)


def instance(store: Store, actor: Actor, instance_id: int, *, now: datetime) -> Json:
    """An instance as in `instances`, with `version` (it counts what moved), `tokens` (element ids), `awaits` (message
    names), `parent`, `pathway_id`, its open `tasks`, its `deadlines` and its `timers`.  Operators see it too; nobody
    sees the citizen here.

    Who holds another unit's task is not told; `parent` is None where the actor does not see it.
    """
    with store.read() as db:
        row = row_of(db, actor, instance_id)
        work = (
            select(*TASK)
            .select_from(tasks())
            .where(task.c.instance_id == instance_id, task.c.status == "open")
            .order_by(task.c.due_at.is_(None), task.c.due_at, task.c.id)
        )
        found = {
            **_shown(row),
            "pathway_id": row.pathway_id,
            "parent": _parent(db, actor, row.parent_id),
            "version": row.version,
            "tokens": row.tokens,
            "awaits": row.awaits,
            "tasks": [_task(actor, each, now) for each in db.execute(work)],
            "deadlines": deadlines(store, db, deadline.c.instance_id == instance_id, now),
            "timers": timers_of(store, db, job.c.instance_id == instance_id),
        }
    saw_row(store, actor, "saw_instance", row, now)
    return found


def diagram(store: Store, actor: Actor, instance_id: int, *, now: datetime) -> Json:
    """The instance's diagram: `bpmn` (XML), `tokens` and `done` (element ids), and the same in words, `text`.

    `elements` says it in parts: [{id, name, kind, lane, state, next: [{name, when}]}] in the order of the flow.
    """
    with store.read() as db:
        row = row_of(db, actor, instance_id)
        walked = store.pathway(db, row.pathway_id)
        done = passed(db, row.case_id, *done_by(actor)).get(instance_id, set())
    saw_row(store, actor, "saw_diagram", row, now)
    elements, text = in_words(walked, row.tokens, done, actor.language)
    return {
        "bpmn": walked.source.bpmn,
        "tokens": list(row.tokens),
        "done": [name for name in walked.elements if name in done],
        "text": text,
        "elements": elements,
    }


# ---- inside ------------------------------------------------------------------------------
def _rows(*conditions: ColumnElement[bool]) -> Select[Any]:
    newest = (
        select(incident.c.id)
        .where(incident.c.instance_id == instance_table.c.id, incident.c.resolved_at.is_(None))
        .order_by(incident.c.id.desc())
        .limit(1)
        .correlate(instance_table)
        .scalar_subquery()
    )
    return (
        select(*_ROW)
        .join(case, case.c.id == instance_table.c.case_id)
        .join(pathway, pathway.c.id == instance_table.c.pathway_id)
        .outerjoin(_open, _open.c.id == newest)
        .where(*conditions)
    )


def row_of(db: Connection, actor: Actor, instance_id: int) -> Row[Any]:
    asked = _rows(instance_table.c.id == instance_id, access.visible_instances(actor))
    row = db.execute(asked).first()
    if row is None:
        raise NotFound
    return row


def done_by(actor: Actor) -> list[ColumnElement[bool]]:
    """Which rows of `history` of an instance that the actor sees: an operator's are all, without the citizen."""
    return [] if access.may_operate(actor) else [access.visible_history(actor)]


def _parent(db: Connection, actor: Actor, number: int | None) -> int | None:
    if number is None:
        return None
    seen = access.visible_instances(actor)
    return db.scalar(select(instance_table.c.id).where(instance_table.c.id == number, seen))


def _task(actor: Actor, row: Row[Any], now: datetime) -> Json:
    shown = listed(row._mapping, now)
    hidden = (
        {} if access.may_name(actor, row.unit_id) else {"assignee": None, "assignee_name": None}
    )
    return {**shown, **hidden}


def _shown(row: Row[Any]) -> Json:
    stuck = None
    if row.incident_id is not None:
        stuck = {
            "code": row.incident_code,
            "sentence": row.incident_sentence,
            "template": row.incident_template,
            "facts": row.incident_facts,
            "element": row.incident_element,
            "at": row.incident_at,
        }
    return {**instance_row(row._mapping), "incident": stuck}


def saw_row(store: Store, actor: Actor, what: str, row: Row[Any], now: datetime) -> None:
    saw(
        store,
        actor,
        what,
        now=now,
        citizen=row.citizen_id,
        case=row.case_id,
        instance=row.id,
    )
