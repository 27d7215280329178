"""Beside a task: comments, questions and files, read by those who see the task."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from engine import access
from engine.calendar import COPENHAGEN
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.queries.looks import saw
from engine.queries.paging import Order, Page
from engine.seals import comment_place, file_name_place, file_place
from engine.store import Store
from engine.tables import attachment, case, comment, membership, person, task, valid_on

_by, _to = person.alias("writer"), person.alias("asked")
_reply, _answerer = comment.alias("reply"), person.alias("answerer")
#: Questions that the inbox shows.
MOST = 20
_SAID = Order("at", comment.c.at, comment.c.id)
_PUT = Order("put_at", attachment.c.at, attachment.c.id)


def beside(
    store: Store, actor: Actor, task_id: int, *, most: int | None = None, now: datetime
) -> Json:
    """`comments` [{id, task, task_name, at, by, to, text, answered, may_answer, answer: {id, at, by, text} | None}],
    oldest first, `files` [{id, task, task_name, at, by, name, kind, size, mine}], and `colleagues` [{login, name}] whom
    one may ask; none for who reads by a loan.

    An answer stands in the question that it answers.  `most`: only so many of the newest of each are opened;
    `comments_left` and `files_left` say how many more there are.  Asked with the task, whose look covers it.
    """
    with store.read() as db:
        return {
            **_put_there(store, db, actor, task.c.id == task_id, most),
            "colleagues": _colleagues(db, actor, task_id, now),
        }


def beside_all(store: Store, actor: Actor, case_id: int, *, most: int | None = None) -> Json:
    """`comments` and `files` of the case's tasks that the actor sees, and what is left, as in `beside`.

    Asked with the case, whose look covers it.
    """
    with store.read() as db:
        return _put_there(store, db, actor, task.c.case_id == case_id, most)


def comments(
    store: Store, actor: Actor, task_id: int, *, after: str | None = None, limit: int = 50
) -> Page:
    """A page of what was said about a task, oldest first, as in `beside`; the look at the task covers it."""
    wanted = _said(actor, task.c.id == task_id)
    return _paged(store, actor, _SAID, wanted, _comment, after, limit)


def attachments(
    store: Store, actor: Actor, task_id: int, *, after: str | None = None, limit: int = 50
) -> Page:
    """A page of a task's files, oldest first, as in `beside`; the look at the task covers it."""
    wanted = _put(actor, task.c.id == task_id)
    return _paged(store, actor, _PUT, wanted, _file, after, limit)


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
    """What colleagues have asked the actor and not heard about, oldest first: `{id, task, name, by, at}`, no words."""
    wanted = (
        select(
            comment.c.at, comment.c.id, task.c.id.label("task"), task.c.name, _by.c.name.label("by")
        )
        .join(task, task.c.id == comment.c.task_id)
        .join(_by, _by.c.id == comment.c.person_id)
        .where(access.asked(actor), access.visible_tasks(actor))
        .order_by(comment.c.id)
        .limit(MOST)
    )
    with store.read() as db:
        return [
            {"id": row.id, "task": row.task, "name": row.name, "by": row.by, "at": row.at}
            for row in db.execute(wanted)
        ]


def waiting_questions(store: Store, actor: Actor, *, now: datetime) -> int:
    """How many questions wait for the actor's answer."""
    there = comment.join(task, task.c.id == comment.c.task_id)
    which = (access.asked(actor), access.visible_tasks(actor))
    with store.read() as db:
        return db.scalar(select(func.count()).select_from(there).where(*which)) or 0


def _put_there(
    store: Store, db: Connection, actor: Actor, where: ColumnElement[bool], most: int | None
) -> Json:
    talk, talk_left = _newest(db, _said(actor, where), comment.c.id, most)
    there, there_left = _newest(db, _put(actor, where), attachment.c.id, most)
    return {
        "comments": [_comment(store, actor, row) for row in talk],
        "comments_left": talk_left,
        "files": [_file(store, actor, row) for row in there],
        "files_left": there_left,
    }


def _paged(
    store: Store,
    actor: Actor,
    order: Order,
    wanted: Select[Any],
    told: Callable[[Store, Actor, Row[Any]], Json],
    after: str | None,
    limit: int,
) -> Page:
    with store.read() as db:
        rows = list(db.execute(order.page(wanted, after, limit)))
    return Page([told(store, actor, row) for row in rows[:limit]], order.following(rows, limit))


def _said(actor: Actor, where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            comment,
            task.c.name.label("task_name"),
            task.c.unit_id,
            _by.c.name.label("by"),
            _to.c.name.label("to"),
            _reply.c.id.label("reply"),
            _reply.c.at.label("reply_at"),
            _reply.c.text.label("reply_text"),
            _answerer.c.name.label("reply_by"),
        )
        .join(task, task.c.id == comment.c.task_id)
        .join(_by, _by.c.id == comment.c.person_id)
        .outerjoin(_to, _to.c.id == comment.c.to_id)
        .outerjoin(_reply, _reply.c.answers_id == comment.c.id)
        .outerjoin(_answerer, _answerer.c.id == _reply.c.person_id)
        .where(where, access.visible_tasks(actor), comment.c.answers_id.is_(None))
    )


def _put(actor: Actor, where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            *(each for each in attachment.c if each.name != "content"),
            task.c.name.label("task_name"),
            _by.c.name.label("by"),
        )
        .join(task, task.c.id == attachment.c.task_id)
        .join(_by, _by.c.id == attachment.c.person_id)
        .where(where, access.visible_tasks(actor))
    )


def _comment(store: Store, actor: Actor, row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "task": row.task_id,
        "task_name": row.task_name,
        "at": row.at,
        "by": row.by,
        "to": row.to,
        "text": store.keyring.open(row.text, comment_place(row.task_id, row.at)),
        "answered": row.answered_at is not None,
        "may_answer": row.answered_at is None and access.may_answer(actor, row),
        "answer": _answer_in(store, row),
    }


def _file(store: Store, actor: Actor, row: Row[Any]) -> Json:
    return {
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


def _newest(
    db: Connection, asked: Select[Any], number: ColumnElement[int], most: int | None
) -> tuple[list[Row[Any]], int]:
    """The newest rows, oldest first, and how many more there are."""
    rows = db.execute(asked.order_by(number.desc()).limit(most)).all()[::-1]
    if most is None or len(rows) < most:
        return list(rows), 0
    counted = asked.with_only_columns(func.count(), maintain_column_froms=True)
    return list(rows), int(db.scalar(counted) or 0) - len(rows)


def _answer_in(store: Store, row: Row[Any]) -> Json | None:
    if row.reply is None:
        return None
    place = comment_place(row.task_id, row.reply_at)
    text = store.keyring.open(row.reply_text, place)
    return {"id": row.reply, "at": row.reply_at, "by": row.reply_by, "text": text}


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
