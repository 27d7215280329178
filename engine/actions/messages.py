"""Messages: what happened elsewhere is told to the pathways of a case; receipts of those that came to a unit."""

from __future__ import annotations

import json
import secrets as chance
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine import access
from engine.actions import cases, jobs
from engine.actions.answers import in_clear
from engine.errors import Invalid, NotFound
from engine.model import Actor, Json
from engine.seals import message_place
from engine.store import Store
from engine.tables import case, instance, job, message, notice, pathway
from engine.versions import in_force

#: What a message is called whose name no diagram of the agreement knows; what its sender called it lies in the seal,
#: under `NAMED`: it is whatever somebody typed.
UNKNOWN, NAMED = "ukendt", "beskedens navn"
#: Letters of JSON that a message may carry.
LARGEST = 100_000


def send(
    store: Store,
    actor: Actor,
    name: str,
    case_id: int,
    data: Json,
    key: str | None = None,
    *,
    now: datetime,
) -> int:
    """Tell the case's pathways that something happened; the message's id.

    `key` is the sender's own id: a repeat gives the first message's id and changes nothing.  Who waits for the
    message, and has the sender's unit as a party, hears it before this returns, each in a transaction of its own; where
    nobody does it is kept and listed.
    """
    if len(json.dumps(data)) > LARGEST:
        raise Invalid("The message is too large.")
    # The sender's id is whatever somebody made of it, so it is kept as a fingerprint; older rows have it as it came.
    marks = [each.hex() for each in store.keyring.indexes("message.key", key)] if key else []
    mark = store.keyring.index("message.key", key).hex() if key else chance.token_hex(12)
    place = f"in:{case_id}:{mark}"
    places = [place, *(f"in:{case_id}:{each}"[:160] for each in (*marks, *([key] if key else [])))]
    with store.write() as db:
        row = cases.seen(db, actor, case_id)
        known = db.scalar(select(message.c.id).where(message.c.key.in_(places)))
        if known is not None:
            return int(known)
        heard = hearing(db, actor, case_id, name)
        _nobody_in_clear(db, store, heard, data)
        number = _told(db, store, actor, row, name, data, place, heard, now)
    for walk in heard:
        jobs.run_one(store, deliver_key(place, walk), now=now)
    return number


def open_message(store: Store, actor: Actor, message_id: int, *, now: datetime) -> None:
    """Somebody in the receiving unit has opened it; the sender sees when.  Opening it again changes nothing."""
    with store.write() as db:
        row = db.execute(
            select(message).where(message.c.id == message_id, access.visible_messages(actor))
        ).first()
        if row is None or (actor.id and row.to_unit_id not in actor.units):
            raise NotFound
        opened = update(message).where(message.c.id == message_id, message.c.status == "received")
        if db.execute(
            opened.values(status="opened", opened_at=now, opened_by=actor.id or None)
        ).rowcount:
            citizen_id = db.scalar(select(case.c.citizen_id).where(case.c.id == row.case_id))
            store.chains.record(
                db,
                now=now,
                actor=actor,
                what="message_opened",
                citizen=citizen_id,
                case=row.case_id,
                instance=row.instance_id,
                facts={"message": message_id},
            )


def read_notice(store: Store, actor: Actor, notice_id: int, *, now: datetime) -> None:
    """The reminder has been seen and leaves the inbox of the whole unit."""
    with store.write() as db:
        mine = (notice.c.id == notice_id) & access.visible_notices(actor)
        if db.scalar(select(notice.c.id).where(mine)) is None:
            raise NotFound
        seen = update(notice).where(notice.c.id == notice_id, notice.c.read_at.is_(None))
        if db.execute(seen.values(read_at=now)).rowcount:
            store.chains.record(
                db, now=now, actor=actor, what="notice_read", facts={"notice": notice_id}
            )


def tell(
    db: Connection, store: Store, actor: Actor, about: Row[Any], name: str, now: datetime
) -> list[str]:
    """`send` inside the caller's transaction, where anybody waits for it: the keys of the jobs to run afterwards."""
    heard = hearing(db, actor, about.case_id, name)
    place = f"in:{about.case_id}:{chance.token_hex(12)}"
    if heard:
        _told(db, store, actor, about, name, {}, place, heard, now)
    return [deliver_key(place, walk) for walk in heard]


# ---- inside ------------------------------------------------------------------------------
def _told(
    db: Connection,
    store: Store,
    actor: Actor,
    about: Row[Any],
    name: str,
    data: Json,
    place: str,
    heard: list[int],
    now: datetime,
) -> int:
    number = _keep(db, store, actor, place, name, about.case_id, data, bool(heard), now)
    plan(db, place, heard, now)
    facts: Json = {"message": number, "heard_by": len(heard)}
    if heard:
        # A name that a diagram waits for; any other is whatever the sender wrote, and the log is kept for ever.
        facts["name"] = name
    store.chains.record(
        db,
        now=now,
        actor=actor,
        what="message_in",
        citizen=about.citizen_id,
        case=about.case_id,
        facts=facts,
    )
    return number


def _nobody_in_clear(db: Connection, store: Store, heard: list[int], data: Json) -> None:
    """Raise `Invalid` where those who hear it would keep a CPR number in what they decide by."""
    asked = select(instance.c.pathway_id).where(instance.c.id.in_(heard)).distinct()
    numbers = list(db.scalars(asked)) if heard and data else []
    reads = frozenset().union(*(store.pathway(db, number).reads() for number in numbers))
    if wrong := in_clear(data, reads):
        raise Invalid(fields={f"data.{name}": said for name, said in wrong.items()})


def hearing(db: Connection, actor: Actor, case_id: int, name: str) -> list[int]:
    """The instances of the case that wait for this message; one that is suspended hears it when it goes on."""
    rows = db.execute(
        select(instance.c.id, instance.c.awaits)
        .where(
            instance.c.case_id == case_id,
            instance.c.status.not_in(("completed", "cancelled")),
            access.takes_part(actor, instance.c.id),
        )
        .order_by(instance.c.id)
    )
    return [row.id for row in rows if name in row.awaits]


def _keep(
    db: Connection,
    store: Store,
    actor: Actor,
    place: str,
    name: str,
    case_id: int,
    data: Json,
    heard: bool,
    now: datetime,
) -> int:
    mine = actor.memberships[0] if actor.memberships else None
    said = name if heard or _drawn(db, store, case_id, name, now) else UNKNOWN
    if said == UNKNOWN:
        data = {**data, NAMED: name}
    values: Json = {
        "case_id": case_id,
        "name": said,
        "title": said,
        "from_party": mine.unit_name[:120] if mine else "",
        "from_unit_id": mine.unit if mine else None,
        "body": store.keyring.seal_json(data, message_place(place)),
        "channel": "udefra",
        "status": "sent" if heard else "unmatched",
        "sent_at": now,
        "key": place,
    }
    return int(db.execute(insert(message).values(**values).returning(message.c.id)).scalar_one())


def _drawn(db: Connection, store: Store, case_id: int, name: str, now: datetime) -> bool:
    """Whether some pathway of the case's agreement, as it is in force, can hear a message of that name."""
    agreement = select(case.c.agreement).where(case.c.id == case_id).scalar_subquery()
    numbers = db.scalars(in_force(now, pathway.c.agreement == agreement))
    return any(name in store.pathway(db, number).messages for number in list(numbers))


def name_of(store: Store, row: Row[Any]) -> str:
    """What the sender called a message; `row` is its row."""
    if row.name != UNKNOWN or row.body is None:
        return str(row.name)
    body = store.keyring.open_json(row.body, message_place(row.key))
    return str(body.get(NAMED, row.name))


def plan(db: Connection, place: str, heard: list[int], now: datetime) -> None:
    """Let each of these instances hear the message with this key."""
    rows = [
        {
            "kind": "deliver",
            "instance_id": walk,
            "key": deliver_key(place, walk),
            "due_at": now,
            "element": None,
            "data": {"message": place, "to": walk},
            "attempts": 0,
        }
        for walk in heard
    ]
    if rows:
        db.execute(insert(job), rows)


def deliver_key(place: str, walk: int) -> str:
    """The key of the job that tells this instance."""
    return f"deliver:{place}:{walk}"[:160]
