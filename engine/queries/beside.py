"""Beside a task: comments, questions and files, read by those who see the task."""

from __future__ import annotations

import base64
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from engine import access
from engine.calendar import COPENHAGEN
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.looks import saw
from engine.seals import comment_place, file_name_place, file_place
from engine.store import Store
from engine.tables import attachment, case, comment, membership, person, task, valid_on

_by, _to = person.alias("writer"), person.alias("asked")
#: Questions that the inbox shows.
MOST = 20


def beside(store: Store, actor: Actor, task_id: int, *, now: datetime) -> Json:
    """`comments` [{id, task, task_name, at, by, to, text, answered}], oldest first, `files` [{id, task, task_name, at,
    by, name, kind, size, mine}], and `colleagues` [{login, name}] whom one may ask; none for who reads by a loan.

    Asked with the task, whose look covers it.
    """
    with store.read() as db:
        return {
            **_put_there(store, db, actor, task.c.id == task_id),
            "colleagues": _colleagues(db, actor, task_id, now),
        }


def beside_all(store: Store, actor: Actor, case_id: int) -> Json:
    """`comments` and `files` of the case's tasks that the actor sees, as in `beside`, each with `task` and `task_name`.

    Asked with the case, whose look covers it.
    """
    with store.read() as db:
        return _put_there(store, db, actor, task.c.case_id == case_id)


def attached(store: Store, actor: Actor, attachment_id: int, *, now: datetime) -> Json:
    """One file: `{name, kind, content}`; the look is noted."""
    wanted = (
        select(attachment, task.c.case_id, task.c.instance_id, case.c.citizen_id)
        .join(task, task.c.id == attachment.c.task_id)
        .join(case, case.c.id == task.c.case_id)
        .where(attachment.c.id == attachment_id, access.visible_tasks(actor))
    )
    with store.read() as db:
        row = db.execute(wanted).first()
    if row is None:
        raise NotFound
    saw(
        store,
        actor,
        "saw_file",
        now=now,
        citizen=row.citizen_id,
        case=row.case_id,
        instance=row.instance_id,
        task=row.task_id,
        facts={"file": attachment_id},
    )
    return {
        "name": store.keyring.open(row.name, file_name_place(row.task_id, row.at)),
        "kind": row.kind,
        "content": base64.b64decode(
            store.keyring.open(row.content, file_place(row.task_id, row.at))
        ),
    }


def questions(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """What colleagues have asked the actor and not heard about, oldest first: `{task, name, by, at}`, no words."""
    wanted = (
        select(comment.c.at, task.c.id, task.c.name, _by.c.name.label("by"))
        .join(task, task.c.id == comment.c.task_id)
        .join(_by, _by.c.id == comment.c.person_id)
        .where(
            comment.c.to_id == actor.id,
            comment.c.answered_at.is_(None),
            access.visible_tasks(actor),
        )
        .order_by(comment.c.id)
        .limit(MOST)
    )
    with store.read() as db:
        return [
            {"task": row.id, "name": row.name, "by": row.by, "at": row.at}
            for row in db.execute(wanted)
        ]


def _put_there(store: Store, db: Connection, actor: Actor, where: ColumnElement[bool]) -> Json:
    said = (
        select(
            comment, task.c.name.label("task_name"), _by.c.name.label("by"), _to.c.name.label("to")
        )
        .join(task, task.c.id == comment.c.task_id)
        .join(_by, _by.c.id == comment.c.person_id)
        .outerjoin(_to, _to.c.id == comment.c.to_id)
        .where(where, access.visible_tasks(actor))
        .order_by(comment.c.id)
    )
    put = (
        select(
            *(each for each in attachment.c if each.name != "content"),
            task.c.name.label("task_name"),
            _by.c.name.label("by"),
        )
        .join(task, task.c.id == attachment.c.task_id)
        .join(_by, _by.c.id == attachment.c.person_id)
        .where(where, access.visible_tasks(actor))
        .order_by(attachment.c.id)
    )
    comments = [
        {
            "id": row.id,
            "task": row.task_id,
            "task_name": row.task_name,
            "at": row.at,
            "by": row.by,
            "to": row.to,
            "text": store.keyring.open(row.text, comment_place(row.task_id, row.at)),
            "answered": row.answered_at is not None,
        }
        for row in db.execute(said)
    ]
    files = [
        {
            "id": row.id,
            "task": row.task_id,
            "task_name": row.task_name,
            "at": row.at,
            "by": row.by,
            "name": store.keyring.open(row.name, file_name_place(row.task_id, row.at)),
            "kind": row.kind,
            "size": row.size,
            "mine": row.person_id == actor.id,
        }
        for row in db.execute(put)
    ]
    return {"comments": comments, "files": files}


def _colleagues(db: Connection, actor: Actor, task_id: int, now: datetime) -> list[Json]:
    there = select(task.c.unit_id).where(task.c.id == task_id, task.c.unit_id.in_(actor.units))
    wanted = (
        select(person.c.login, person.c.name)
        .join(membership, membership.c.person_id == person.c.id)
        .where(
            person.c.active,
            person.c.id != actor.id,
            membership.c.unit_id == there.scalar_subquery(),
            valid_on(membership, now.astimezone(COPENHAGEN).date()),
        )
        .distinct()
        .order_by(person.c.name)
    )
    return [{"login": row.login, "name": row.name} for row in db.execute(wanted)]
