"""Messages from outside that were kept before their senders' words were sealed: names and ids that may name a citizen.

What a sender calls a message is kept in clear only where a diagram of the agreement knows the name, and the sender's
own id as a keyed mark (`messages.send`); older rows have both as they came.  `stafet keys rotate` mends them.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from engine.actions.messages import NAMED, UNKNOWN
from engine.model import Json
from engine.seals import message_place, note_place
from engine.store import Store
from engine.tables import case, job, message, pathway

#: Rows in one transaction.
BATCH = 200
#: What we made ourselves: chance, or a keyed mark.
_OURS = re.compile(r"in:[0-9]+:(?:[0-9a-f]{24}|[0-9a-f]{32})")


def seal_names(store: Store) -> int:
    """Seal what senders called their messages where no diagram knows the name, and mark their ids; how many rows.

    One that is still to be delivered is left for the next time.  May be cut off anywhere and begun again.
    """
    known = _known(store)
    done, last = 0, 0
    while True:
        with store.write() as db:
            told = job.c.data["message"].as_string() == message.c.key
            waits = exists().where(job.c.kind == "deliver", told)
            asked = select(message, case.c.agreement).join(case, case.c.id == message.c.case_id)
            asked = asked.where(message.c.channel == "udefra", message.c.id > last, ~waits)
            rows = db.execute(asked.order_by(message.c.id).limit(BATCH)).all()
            for row in rows:
                done += _mend(db, store, row, known.get(row.agreement, frozenset()))
        if not rows:
            return done
        last = rows[-1].id


def _known(store: Store) -> dict[str, frozenset[str]]:
    """Names of messages that any version of any pathway could ever hear, by agreement."""
    found: dict[str, frozenset[str]] = {}
    with store.read() as db:
        for row in db.execute(select(pathway.c.id, pathway.c.agreement)).all():
            names = frozenset(store.pathway(db, row.id).messages)
            found[row.agreement] = found.get(row.agreement, frozenset()) | names
    return found


def _mend(db: Connection, store: Store, row: Row[Any], known: frozenset[str]) -> int:
    ring, said, key = store.keyring, row.name, row.key
    values: Json = {}
    body = ring.open_json(row.body, message_place(key)) if row.body is not None else {}
    if said != UNKNOWN and said not in known:
        body = {**body, NAMED: said}
        values |= {"name": UNKNOWN, "title": UNKNOWN}
    if not _OURS.fullmatch(key):
        own = key.removeprefix(f"in:{row.case_id}:")
        key = f"in:{row.case_id}:{ring.index('message.key', own).hex()}"
        values["key"] = key
    if not values:
        return 0
    values["body"] = ring.seal_json(body, message_place(key))
    if row.note is not None:
        values["note"] = ring.seal(ring.open(row.note, note_place(row.key)), note_place(key))
    same = message.c.id == row.id, message.c.key == row.key, message.c.status == row.status
    return int(db.execute(update(message).where(*same).values(**values)).rowcount)
