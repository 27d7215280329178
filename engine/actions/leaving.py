"""What leaves the house: taken from the outbox one by one, sent by whoever called, ended or put off.

    it = take(store, ("mail",), now=now)      # a `Leaving`, this worker's for `LEASE`; None where nothing is due
    sent(store, it, now=now)                  # it is out
    failed(store, it, "mail_later", now=now)  # tried again after a growing pause; given up after `TRIES`

A row is written with what it tells of and sent afterwards, outside any transaction: a worker that dies in between
leaves it to the next one, so it may come twice and never not at all; `Leaving.key` is the same each time.  Whether
it is still true, and still this person's to know, is asked when it is taken.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update

from engine import access, logins
from engine.calendar import COPENHAGEN
from engine.errors import Forbidden, NotFound
from engine.model import Actor, Json
from engine.seals import address_place
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import alert, comment, deadline, mail_choice, outbox, person, task

#: How long one worker has what it took, and how often it is tried: some sixteen hours in all.
LEASE, TRIES = timedelta(minutes=5), 12
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=4)
#: What has ended is kept for so long; rows that go in one look.
KEPT, AT_ONCE = timedelta(days=90), 500


@dataclass(frozen=True, slots=True)
class Leaving:
    """One thing to send.  `code` is what confirms an address.

    `to` is a person's address; None: whom the settings know by the mark `facts["to"]` (`alerting.py`).
    """

    id: int
    channel: str
    kind: str
    key: str
    made_at: datetime
    facts: Mapping[str, Any]
    task: int | None
    attempts: int
    to: str | None = field(repr=False)
    language: str = "da"
    code: str = field(default="", repr=False)


def take(store: Store, channels: Collection[str], *, now: datetime) -> Leaving | None:
    """The oldest that is due on one of these channels; what is nobody's to know any more is dropped on the way."""
    due = (
        outbox.c.status == "waiting",
        outbox.c.due_at <= now,
        outbox.c.channel.in_(tuple(channels)),
    )
    while True:
        # Looking takes no lock: on SQLite an idle worker must not stand in the writers' queue.
        with store.read() as db:
            if db.scalar(select(outbox.c.id).where(*due).limit(1)) is None:
                return None
        with store.write() as db:
            asked = select(outbox).where(*due).order_by(outbox.c.due_at, outbox.c.id).limit(1)
            row = db.execute(asked.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            mine = {"due_at": now + LEASE, "attempts": row.attempts + 1}
            db.execute(update(outbox).where(outbox.c.id == row.id).values(**mine))
        found = _leaving(store, row, now)
        if isinstance(found, Leaving):
            return found
        _end(store, "dropped", found, now, outbox.c.id == row.id)


def sent(store: Store, it: Leaving, *, now: datetime) -> None:
    """It is out, whoever has it by now."""
    _end(store, "sent", None, now, outbox.c.id == it.id)


def failed(store: Store, it: Leaving, code: str, *, for_good: bool = False, now: datetime) -> None:
    """It could not be sent; `for_good`: trying again is of no use.  Not where another worker has it by now."""
    if for_good or it.attempts >= TRIES:
        _end(store, "given_up", code, now, *_held(it))
        return
    pause = min(FIRST * 2 ** (it.attempts - 1), LONGEST)
    with store.write() as db:
        later = {"due_at": now + pause, "error": code[:60]}
        db.execute(update(outbox).where(*_held(it)).values(**later))


def send_again(store: Store, actor: Actor, *, now: datetime) -> int:
    """Try everything again that was given up; how much that is."""
    if not access.may_operate(actor):
        raise Forbidden("Only operators may send again.")
    anew = {"status": "waiting", "ended_at": None, "due_at": now, "attempts": 0, "error": None}
    with store.write() as db:
        many = db.execute(
            update(outbox).where(outbox.c.status == "given_up").values(**anew)
        ).rowcount
        facts = {"outbox": many}
        store.chains.record(db, now=now, actor=actor, what="sent_again", facts=facts)
    return int(many)


def forget_sent(store: Store, *, now: datetime) -> int:
    """Take away what ended long ago, and alerts of which nothing is left; how much that was."""
    old = select(outbox.c.id).where(outbox.c.ended_at < now - KEPT).limit(AT_ONCE)
    told = select(outbox.c.alert_id).where(outbox.c.alert_id.is_not(None))
    bygone = select(alert.c.id).where(alert.c.ended_at < now - KEPT, alert.c.id.not_in(told))
    with store.read() as db:
        gone, over = list(db.scalars(old)), list(db.scalars(bygone.limit(AT_ONCE)))
    if gone or over:
        with store.write() as db:
            db.execute(delete(outbox).where(outbox.c.id.in_(gone)))
            db.execute(delete(alert).where(alert.c.id.in_(over)))
    return len(gone) + len(over)


def confirming(keyring: Keyring, person_id: int, asked_at: datetime, address: str) -> str:
    """The letters that confirm this address of this person, `ABCD-EFGH`; made anew each time, kept nowhere."""
    about = f"{person_id}:{asked_at.timestamp():.6f}:{address}"
    # With the oldest key: a code that was sent holds while a newer one comes into use.
    letters = base64.b32encode(keyring.indexes("mail_choice.confirm", about)[-1]).decode()
    return f"{letters[:4]}-{letters[4:8]}"


# ---- inside ------------------------------------------------------------------------------
_waits = outbox.c.status == "waiting"


def _held(it: Leaving) -> tuple[ColumnElement[bool], ...]:
    """It waits, and nobody has taken it since."""
    return (outbox.c.id == it.id, outbox.c.attempts == it.attempts, _waits)


def _end(
    store: Store, status: str, error: str | None, now: datetime, *which: ColumnElement[bool]
) -> None:
    over = {"status": status, "error": error and error[:60], "ended_at": now}
    with store.write() as db:
        db.execute(update(outbox).where(*which, _waits).values(**over))


def _leaving(store: Store, row: Row[Any], now: datetime) -> Leaving | str:
    """What is sent, or the code of why it is not."""
    plain = {
        "id": row.id, "channel": row.channel, "kind": row.kind, "key": row.key, "made_at": row.made_at,
        "facts": row.facts, "task": row.task_id, "attempts": row.attempts + 1,
    }  # fmt: skip
    if row.person_id is None:
        # That it began or lasts is old news where it is over, and would come after the end.
        over = select(alert.c.ended_at).where(alert.c.id == row.alert_id)
        with store.read() as db:
            ended = db.scalar(over) if row.alert_id is not None else None
        return "done" if ended and row.kind != "alert_end" else Leaving(**plain, to=None)
    with store.read() as db:
        whom = db.execute(
            select(mail_choice, person.c.login, person.c.language)
            .join(person, person.c.id == mail_choice.c.person_id)
            .where(mail_choice.c.person_id == row.person_id, person.c.active)
        ).first()
    if whom is None or whom.address is None:
        return "no_address"
    try:
        actor = logins.actor(store, whom.login, now=now)
    except NotFound:
        return "gone"
    if why := _why_not(store, row, whom, actor, now):
        return why
    address = store.keyring.open(whom.address, address_place(whom.person_id, whom.asked_at))
    code = ""
    if row.kind == "confirm":
        code = confirming(store.keyring, whom.person_id, whom.asked_at, address)
    return Leaving(**plain, to=address, language=whom.language, code=code)


def _why_not(store: Store, row: Row[Any], whom: Row[Any], actor: Actor, now: datetime) -> str:
    """Why this is not (any more) for this person; empty where it is."""
    if row.kind == "confirm":
        newest = (
            whom.asked_at == datetime.fromisoformat(row.facts["asked"])
            and whom.confirmed_at is None
        )
        return "" if newest else "stale"
    if whom.confirmed_at is None or whom.how != ("daily" if row.kind == "digest" else "at_once"):
        return "not_wanted"
    if row.kind == "digest":
        same = row.made_at.astimezone(COPENHAGEN).date() == now.astimezone(COPENHAGEN).date()
        return "" if same and actor.memberships else "stale"
    if row.unit_id not in actor.units:
        return "no_access"
    with store.read() as db:
        work = db.execute(select(task).where(task.c.id == row.task_id)).first()
        date = db.execute(select(deadline).where(deadline.c.id == row.deadline_id)).first()
    if date is not None and (date.met_at is not None or date.cancelled_at is not None):
        return "done"
    if row.kind == "escalation" and row.unit_id not in access.leads(actor):
        return "no_access"
    if work is None:
        return ""
    if row.kind in ("question", "answered"):
        return _heard(store, row, actor)
    if work.status != "open" or work.unit_id != row.unit_id:
        return "done"
    return "" if row.kind == "escalation" else _not_theirs(actor, work)


def _heard(store: Store, row: Row[Any], actor: Actor) -> str:
    """A question waits until it is answered, also when its task is done; an answer is always news."""
    about = select(task.c.id).join(comment, comment.c.task_id == task.c.id)
    about = about.where(comment.c.id == row.facts["comment"], task.c.unit_id == row.unit_id)
    if row.kind == "question":
        about = about.where(access.asked(actor))
    with store.read() as db:
        return "" if db.execute(about).first() else "done"


def _not_theirs(actor: Actor, work: Row[Any]) -> str:
    if work.assignee_id is not None:
        his = work.assignee_id == actor.id
        return "" if his or access.stands_in(actor, work.assignee_id, work.unit_id) else "taken"
    return "" if access.may_take(actor, work) else "no_access"


def waiting_row(
    channel: str, kind: str, key: str, now: datetime, *, facts: Json | None = None, **about: Any
) -> Json:
    """A row of the outbox that waits; `about` names its person, unit, task and deadline by column."""
    return {
        "channel": channel, "kind": kind, "key": key[:200], "facts": facts or {}, "made_at": now, "due_at": now,
        "attempts": 0, "status": "waiting", "person_id": None, "unit_id": None, "task_id": None, "deadline_id": None,
        **about,
    }  # fmt: skip
