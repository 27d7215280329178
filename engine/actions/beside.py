"""Beside a task: what colleagues say about it, what they ask each other, and the files that they put there.

None of it is the task's answer, and none of it is told to another party: it is read by those who see the task.  A
file is what its first bytes say that it is, never what its name says.
"""

from __future__ import annotations

import base64
import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine import access
from engine.actions.parties import member
from engine.errors import Conflict, Invalid, NotFound
from engine.model import Actor, Json
from engine.seals import comment_place, file_name_place, file_place
from engine.store import Store
from engine.tables import attachment, comment, instance, task
from engine.tables import case as case_table

#: Letters of a comment; bytes of a file, letters of its name, files of a task.
LONGEST, LARGEST, LONGEST_NAME, MOST = 2_000, 10_000_000, 120, 20
#: Media types by how their files begin.
BEGINS = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
FIELDS = {
    "text": "Write something, in at most 2,000 letters.",
    "to": "Nobody in the unit has that login.",
    "empty": "Choose a file.",
    "large": "The file is larger than 10 MB.",
    "kind": "Only PDF, PNG and JPEG files can be attached, and this is none of them inside.",
    "cpr": "Look whether the picture shows somebody else's CPR number, and say that you did.",
}


def comment_on(
    store: Store, actor: Actor, task_id: int, text: str, *, to: str = "", now: datetime
) -> None:
    """Say something about a task; `to` is the login of the colleague in the unit who is asked.

    What a person says answers what he was asked about the task.  Raises `Invalid` with `text` or `to`.
    """
    text = text.strip()
    if not 0 < len(text) <= LONGEST:
        raise Invalid(fields={"text": FIELDS["text"]})
    with store.write() as db:
        about = _task(db, actor, task_id)
        asked = member(db, to, about.unit_id, [], now) if to else None
        if to and asked is None:
            raise Invalid(fields={"to": FIELDS["to"]})
        mine = (comment.c.task_id == task_id, comment.c.to_id == actor.id)
        db.execute(
            update(comment).where(*mine, comment.c.answered_at.is_(None)).values(answered_at=now)
        )
        row = {"task_id": task_id, "at": now, "person_id": actor.id, "to_id": asked}
        sealed = store.keyring.seal(text, comment_place(task_id, now))
        db.execute(insert(comment).values(**row, text=sealed))
        _note(db, store, about, actor, "asked" if asked else "commented", now, {"to": asked})


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
    """Put a file beside an open task; its number.

    `looked`: the person says that no other citizen's CPR number is in the picture; nobody else can see that.
    Raises `Invalid` with `file` or `looked`, and `Conflict` where there are enough.
    """
    kind = next((kind for begin, kind in BEGINS.items() if data.startswith(begin)), "")
    if not data:
        raise Invalid(fields={"file": FIELDS["empty"]})
    if len(data) > LARGEST:
        raise Invalid(fields={"file": FIELDS["large"]})
    if not kind:
        raise Invalid(fields={"file": FIELDS["kind"]})
    if kind.startswith("image/") and not looked:
        raise Invalid(fields={"looked": FIELDS["cpr"]})
    with store.write() as db:
        about = _task(db, actor, task_id)
        if about.status != "open":
            raise Conflict("The task is not open.")
        if (db.scalar(select(func.count()).where(attachment.c.task_id == task_id)) or 0) >= MOST:
            raise Conflict("There are 20 files here already. Remove one first.")
        row = {
            "task_id": task_id,
            "at": now,
            "person_id": actor.id,
            "kind": kind,
            "size": len(data),
            "name": store.keyring.seal(plain_name(name, kind), file_name_place(task_id, now)),
            "content": store.keyring.seal(
                base64.b64encode(data).decode(), file_place(task_id, now)
            ),
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
    row = db.execute(wanted).first()
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
