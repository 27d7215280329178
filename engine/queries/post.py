"""What came in for a person's units: messages between parties, reminders and word of dates that have passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from engine import access
from engine.errors import NotFound
from engine.model import Actor, Json
from engine.pathway import Pathway
from engine.queries.looks import saw
from engine.seals import message_place
from engine.store import Store
from engine.tables import case, deadline, instance, notice, pathway, person, task, unit
from engine.tables import message as message_table
from forms.components import Component, everything
from forms.reading import read

#: How many messages and notices are listed; the oldest that nobody opened come first.
MOST = 100
_from, _to, _opener = unit.alias("sender"), unit.alias("receiver"), person.alias("opener")
_MESSAGE = (
    *(column for column in message_table.c if column.name not in ("body", "key", "opened_by")),
    _from.c.name.label("from_unit_name"),
    _to.c.name.label("to_unit_name"),
    _opener.c.name.label("opened_by"),
)


def messages(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Messages to the actor's units that nobody has opened, oldest first; neither body nor citizen.

    `id name title case instance from_party from_unit_name to_party to_unit to_unit_name basis status sent_at
    received_at opened_at opened_by`.
    """
    mine = (
        message_table.c.to_unit_id.in_(actor.units),
        message_table.c.status == "received",
        access.visible_messages(actor),
    )
    asked = _messages(*mine).order_by(message_table.c.sent_at, message_table.c.id).limit(MOST)
    with store.read() as db:
        return [_message(row) for row in db.execute(asked)]


def message(store: Store, actor: Actor, message_id: int, *, now: datetime) -> Json:
    """A message with its `body` ({label: text}); `may_open`: the actor's unit received it and can say so."""
    asked = _messages(message_table.c.id == message_id, access.visible_messages(actor))
    asked = asked.add_columns(message_table.c.body, message_table.c.key, case.c.citizen_id)
    asked = asked.outerjoin(case, case.c.id == message_table.c.case_id)
    with store.read() as db:
        row = db.execute(asked).first()
        if row is None:
            raise NotFound
        body: Json = {}
        if row.body is not None:
            body = store.keyring.open_json(row.body, message_place(row.key)) or {}
        walked = _walked(store, db, row.instance_id)
    if row.case_id is not None:
        saw(
            store,
            actor,
            "saw_message",
            now=now,
            citizen=row.citizen_id,
            case=row.case_id,
            instance=row.instance_id,
            facts={"message": message_id},
        )
    may_open = row.to_unit_id in actor.units and row.opened_at is None
    return {**_message(row), "body": dict(in_words(body, walked, row.name)), "may_open": may_open}


def of_case(db: Connection, actor: Actor, case_id: int) -> list[Json]:
    """The messages of a case that the actor may see, newest first."""
    asked = _messages(message_table.c.case_id == case_id, access.visible_messages(actor))
    rows = db.execute(asked.order_by(message_table.c.sent_at.desc(), message_table.c.id.desc()))
    return [_message(row) for row in rows]


def to_own_units(
    db: Connection, actor: Actor, case_id: int, instance_id: int | None = None
) -> list[Row[Any]]:
    """What another unit sent to one of the actor's in the instances of the case, or in one of them, oldest first."""
    asked = (
        _messages(
            message_table.c.case_id == case_id,
            message_table.c.to_unit_id.in_(actor.units),
            message_table.c.received_at.is_not(None),
            message_table.c.from_unit_id != message_table.c.to_unit_id,
            access.visible_messages(actor),
        )
        .add_columns(pathway.c.key.label("pathway_key"), pathway.c.name.label("pathway_name"))
        .join(instance, instance.c.id == message_table.c.instance_id)
        .join(pathway, pathway.c.id == instance.c.pathway_id)
        .order_by(message_table.c.received_at, message_table.c.id)
    )
    if instance_id is not None:
        asked = asked.where(message_table.c.instance_id == instance_id)
    return list(db.execute(asked))


def notices(store: Store, actor: Actor, *, now: datetime) -> list[Json]:
    """Reminders and overdue notices of the actor's units that nobody has read, newest first.

    `id kind at task name case instance party unit_name clause due_at overdue_at`; those of tasks that are done are
    left out.
    """
    asked: Select[Any] = (
        select(
            notice.c.id,
            notice.c.kind,
            notice.c.at,
            notice.c.task_id.label("task"),
            task.c.name,
            deadline.c.element,
            deadline.c.case_id.label("case"),
            deadline.c.instance_id.label("instance"),
            deadline.c.party,
            deadline.c.clause,
            deadline.c.due_at,
            deadline.c.overdue_at,
            unit.c.name.label("unit_name"),
        )
        .join(deadline, deadline.c.id == notice.c.deadline_id)
        .join(unit, unit.c.id == notice.c.unit_id)
        .outerjoin(task, task.c.id == notice.c.task_id)
        .where(
            access.visible_notices(actor),
            notice.c.read_at.is_(None),
            deadline.c.met_at.is_(None),
            deadline.c.cancelled_at.is_(None),
        )
        .order_by(notice.c.at.desc(), notice.c.id.desc())
        .limit(MOST)
    )
    if actor.id:
        asked = asked.where(notice.c.person_id.is_(None) | (notice.c.person_id == actor.id))
    with store.read() as db:
        return [_notice(row) for row in db.execute(asked)]


# ---- inside ------------------------------------------------------------------------------
def _messages(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_MESSAGE)
        .outerjoin(_from, _from.c.id == message_table.c.from_unit_id)
        .outerjoin(_to, _to.c.id == message_table.c.to_unit_id)
        .outerjoin(_opener, _opener.c.id == message_table.c.opened_by)
        .where(*conditions)
    )


def _message(row: Row[Any]) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "case": row.case_id,
        "instance": row.instance_id,
        "from_party": row.from_party,
        "from_unit": row.from_unit_id,
        "from_unit_name": row.from_unit_name,
        "to_party": row.to_party,
        "to_unit": row.to_unit_id,
        "to_unit_name": row.to_unit_name,
        "to_pathway": row.to_pathway,
        "basis": row.basis,
        "channel": row.channel,
        "status": row.status,
        "sent_at": row.sent_at,
        "received_at": row.received_at,
        "opened_at": row.opened_at,
        "opened_by": row.opened_by,
    }


def _notice(row: Row[Any]) -> Json:
    found = dict(row._mapping)
    element = found.pop("element")
    return {**found, "name": row.name or element}


def _walked(store: Store, db: Connection, instance_id: int | None) -> Pathway | None:
    if instance_id is None:
        return None
    number = db.scalar(select(instance.c.pathway_id).where(instance.c.id == instance_id))
    return None if number is None else store.pathway(db, number)


def in_words(body: Json, walked: Pathway | None, name: str) -> Iterator[tuple[str, str]]:
    """Each field under the label that the pathway's forms give it; codes as the option's label."""
    fields = _fields(walked, name) if walked is not None else {}
    for key, value in body.items():
        field = fields.get(key)
        yield (field.label or key if field else key), text_of(value, field)


def _fields(walked: Pathway, name: str) -> dict[str, Component]:
    """The fields by key; those of the forms whose elements send this message before others of the same key."""
    senders = {each.form for each in walked.elements.values() if each.message == name}
    found: dict[str, Component] = {}
    for form in sorted(walked.forms, key=lambda each: each not in senders):
        for one in everything(read(walked.forms[form]).components):
            if one.key:
                found.setdefault(one.key, one)
    return found


def text_of(value: Any, field: Component | None = None) -> str:
    """A value as people read it; a code as its option's label."""
    if isinstance(value, list):
        return ", ".join(text_of(one, field) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {text_of(one, None)}" for name, one in value.items())
    for option in (field.options or ()) if field else ():
        if type(option.value) is type(value) and option.value == value:
            return option.label
    if isinstance(value, bool):
        return "Ja" if value else "Nej"
    return "" if value is None else str(value)
