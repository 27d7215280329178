"""Beside a task: what colleagues say about it, what they ask each other, and the files that they put there.

None of it is the task's answer, and none of it is told to another party: it is read by those who see the task.  A
file is what its first bytes say that it is, never what its name says.
"""

from __future__ import annotations

import base64
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from engine import access
from engine.actions import telling
from engine.actions.parties import member
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor, Json
from engine.seals import comment_place, file_name_place, file_place
from engine.store import Store
from engine.tables import attachment, comment, instance, task
from engine.tables import case as case_table

#: Letters of a comment; bytes of a file, letters of its name, files of a task.
LONGEST, LARGEST, LONGEST_NAME, MOST = 2_000, 10_000_000, 120, 20
#: The same thing sent twice within this is one thing: a second press of a button, a second try over a bad line.
TWICE = timedelta(minutes=1)
#: Bytes of a request with a file in it, whatever stands around it.
REQUEST = LARGEST + 100_000
#: Media types by how their files begin.
BEGINS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
FIELDS = {
    "text": "Write something, in at most 2,000 letters.",
    "to": "Choose a colleague in the unit.",
    "empty": "Choose a file.",
    "large": "The file is larger than 10 MB.",
    "kind": "Only PDF, PNG and JPEG files can be attached, and this is none of them inside.",
    "cpr": "Look whether the picture shows somebody else's CPR number, and say that you did.",
}


def comment_on(
    store: Store, actor: Actor, task_id: int, text: str, *, to: str = "", now: datetime
) -> int:
    """Say something about a task; `to` is the login of the colleague in the unit who is asked, and told by mail.

    The comment's number; the same said again within a minute is said once.  Raises `Invalid` with `text` or `to`.
    """
    with store.write() as db:
        about = _task(db, actor, task_id)
        text = _words(text)
        asked = member(db, to, about.unit_id, [], now) if to else None
        if to and asked in (None, actor.id):
            raise Invalid(fields={"to": FIELDS["to"]})
        before = _said(
            db,
            store,
            actor,
            comment.c.task_id == task_id,
            comment.c.at > now - TWICE,
            comment.c.to_id == asked if asked else comment.c.to_id.is_(None),
            comment.c.answers_id.is_(None),
        )
        if before and before[1] == text:
            return before[0]
        row = {"task_id": task_id, "at": now, "person_id": actor.id, "to_id": asked}
        number = _say(db, store, row, text)
        if asked:
            telling.asked(db, "question", number, asked, about, now)
        _note(db, store, about, actor, "asked" if asked else "commented", now, {"to": asked})
        return number


def answer(
    store: Store,
    actor: Actor,
    question_id: int,
    text: str,
    *,
    now: datetime,
    task_id: int | None = None,
) -> int:
    """Answer a question as whom it was put to, or who stands in for him; who asked is told by mail.  The task's number.

    `task_id` is the task on whose page it stands: another task's question is not found.  Raises `Invalid` with `text`,
    and `Conflict` where it has its answer.
    """
    with store.write() as db:
        wanted = select(comment, task.c.unit_id).join(task, task.c.id == comment.c.task_id)
        asked = db.execute(wanted.where(comment.c.id == question_id)).first()
        if asked is None or asked.to_id is None or task_id not in (None, asked.task_id):
            raise NotFound
        about = _task(db, actor, asked.task_id)
        if not access.may_answer(actor, asked):
            raise Forbidden("Only who was asked may answer.")
        text = _words(text)
        waits = (comment.c.id == question_id, comment.c.answered_at.is_(None))
        if not db.execute(update(comment).where(*waits).values(answered_at=now)).rowcount:
            before = _said(db, store, actor, comment.c.answers_id == question_id)
            if before and before[1] == text:
                return int(about.id)
            raise Conflict("The question has its answer. Save yours as a comment if it says more.")
        row = {"task_id": about.id, "at": now, "person_id": actor.id, "answers_id": question_id}
        number = _say(db, store, row, text)
        telling.asked(db, "answered", number, asked.person_id, about, now)
        _note(db, store, about, actor, "commented", now, {"answers": question_id})
        return int(about.id)


def attach(
    store: Store,
    actor: Actor,
    task_id: int,
    name: str,
    data: bytes,
    *,
    looked: bool = False,
    now: datetime,
) -> int:
    """Put a file beside an open task; its number.  The same file sent again within a minute is put there once.

    `looked`: the person says that no other citizen's CPR number is in the picture; nobody else can see that.
    Raises `Invalid` with `file` or `looked`, and `Conflict` where there are enough.
    """
    with store.write() as db:
        about = _task(db, actor, task_id)
        kind = _kind(data, looked)
        if about.status != "open":
            raise Conflict("The task is not open.")
        known, content = plain_name(name, kind), base64.b64encode(data).decode()
        if before := _put(db, store, actor, task_id, (known, content), now):
            return before
        if (db.scalar(select(func.count()).where(attachment.c.task_id == task_id)) or 0) >= MOST:
            raise Conflict("There are 20 files here already. Remove one first.")
        row = {
            "task_id": task_id,
            "at": now,
            "person_id": actor.id,
            "kind": kind,
            "size": len(data),
            "name": store.keyring.seal(known, file_name_place(task_id, now)),
            "content": store.keyring.seal(content, file_place(task_id, now)),
        }
        made = db.execute(insert(attachment).values(**row)).inserted_primary_key
        assert made is not None
        _note(db, store, about, actor, "attached", now, {"file": int(made[0])})
        return int(made[0])


def detach(store: Store, actor: Actor, attachment_id: int, *, now: datetime) -> int:
    """Remove a file of one's own while the task is open; the task's number."""
    with store.write() as db:
        row = db.execute(
            select(attachment.c.task_id, attachment.c.person_id).where(
                attachment.c.id == attachment_id
            )
        ).first()
        if row is None:
            raise NotFound
        about = _task(db, actor, row.task_id)
        if row.person_id != actor.id:
            raise NotFound
        if about.status != "open":
            raise Conflict("The task is not open.")
        db.execute(delete(attachment).where(attachment.c.id == attachment_id))
        _note(db, store, about, actor, "detached", now, {"file": attachment_id})
        return int(row.task_id)


def plain_name(name: str, kind: str) -> str:
    """A file's name as it may stand in a header and on a disk, with the ending of what it is."""
    ending = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}[kind]
    whole = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = whole.rsplit(".", 1)[0] if "." in whole else whole
    kept = "".join(each for each in stem if each.isprintable() and each not in '<>:"|?*;%')
    return (kept.strip(" .")[:LONGEST_NAME] or "bilag") + ending


# ---- inside ------------------------------------------------------------------------------
def _words(text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise Invalid(fields={"text": FIELDS["text"]})
    return text


def _said(
    db: Connection, store: Store, actor: Actor, *where: ColumnElement[bool]
) -> tuple[int, str] | None:
    """The newest of the person's own comments of these: its number and its words."""
    mine = select(comment).where(*where, comment.c.person_id == actor.id)
    row = db.execute(mine.order_by(comment.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return int(row.id), store.keyring.open(row.text, comment_place(row.task_id, row.at))


def _say(db: Connection, store: Store, row: Json, text: str) -> int:
    sealed = store.keyring.seal(text, comment_place(row["task_id"], row["at"]))
    made = db.execute(insert(comment).values(**row, text=sealed)).inserted_primary_key
    assert made is not None
    return int(made[0])


def _kind(data: bytes, looked: bool) -> str:
    """The media type that the first bytes say; raises `Invalid` for what may not be put there."""
    kind = next((kind for begin, kind in BEGINS.items() if data.startswith(begin)), "")
    if not data:
        raise Invalid(fields={"file": FIELDS["empty"]})
    if len(data) > LARGEST:
        raise Invalid(fields={"file": FIELDS["large"]})
    if not kind:
        raise Invalid(fields={"file": FIELDS["kind"]})
    if kind.startswith("image/") and not looked:
        raise Invalid(fields={"looked": FIELDS["cpr"]})
    return kind


def _put(
    db: Connection, store: Store, actor: Actor, task_id: int, file: tuple[str, str], now: datetime
) -> int | None:
    """The number of this file (name and content), where the person put just it there a moment ago."""
    mine = (attachment.c.task_id == task_id, attachment.c.person_id == actor.id)
    newest = select(attachment).where(*mine, attachment.c.at > now - TWICE)
    row = db.execute(newest.order_by(attachment.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    name = store.keyring.open(row.name, file_name_place(task_id, row.at))
    content = store.keyring.open(row.content, file_place(task_id, row.at))
    return int(row.id) if (name, content) == file else None


def _task(db: Connection, actor: Actor, task_id: int) -> Row[Any]:
    """Who reads a task by a loan says nothing on it."""
    wanted = (
        select(
            task.c.unit_id, task.c.status, task.c.id, task.c.case_id, instance.c.id.label("walk")
        )
        .add_columns(case_table.c.citizen_id)
        .join(instance, instance.c.id == task.c.instance_id)
        .join(case_table, case_table.c.id == task.c.case_id)
        .where(task.c.id == task_id, access.visible_tasks(actor))
    )
    # Locked, so that of the same thing sent twice at once the second sees the first.
    row = db.execute(wanted.with_for_update(of=task)).first()
    if row is None or row.unit_id not in actor.units:
        raise NotFound
    return row


def _note(
    db: Connection,
    store: Store,
    about: Row[Any],
    actor: Actor,
    what: str,
    now: datetime,
    facts: Json,
) -> None:
    store.chains.record(
        db,
        now=now,
        actor=actor,
        what=what,
        citizen=about.citizen_id,
        case=about.case_id,
        instance=about.walk,
        task=about.id,
        facts=facts,
    )
