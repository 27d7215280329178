"""Alerts: operators are told that something is stuck for a cause, not of each instance; and that it is over.

    alert(store, rules, now=now)      # after each look (`watching.py`): what there is to tell is in the outbox
    silence(store, actor, "zombie", until, reason, now=now)      # an operator knows of it; `sound` takes that back

An alert is open from when the cause is found until nothing has been stuck for it for `rules.after`; what lasts shorter
than that tells nobody, neither that it came nor that it went.  It is told at its beginning, once a day while it lasts,
and at its end to who heard of it before.  In quiet hours nothing is told but what is urgent: when they end, what is
still true then.  While a cause is silenced nothing is told of it but that it is over, to who heard that it began.
Each letter is written once with what says that it was (one transaction); it may leave twice and never
not at all, with the same key (`leaving.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Update, insert, select, update

from engine.actions.hand import must_operate, spoken
from engine.actions.leaving import waiting_row
from engine.actions.watching import claimed
from engine.calendar import COPENHAGEN, day_of
from engine.errors import Invalid, NotFound
from engine.model import Actor, Json
from engine.seals import silence_place
from engine.store import Store
from engine.stuck import REASONS, grouped, since
from engine.tables import alert as alerts
from engine.tables import outbox
from engine.tables import silence as quiet

#: A cause is silenced for so long at most.
LONGEST = timedelta(days=14)
#: What a field can be told here; for the catalogue.
FIELDS = {
    "cause": "Choose one of the causes.",
    "until": "Choose a moment within the next 14 days.",
}
#: From when on the letter of another day is written, on the Danish clock.
MORNING = time(8)
#: Kinds of letters: it began, it lasts, it is over.
BEGUN, LASTS, OVER = "alert", "alert_day", "alert_end"


class NotSilent(NotFound):
    """That cause is not silenced, or no longer."""

    code = "not_silent"


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is told and when.

    `to`: channel and mark of each receiver (what the mark stands for is in the settings); `quiet`: from and to, on the
    Danish clock, maybe over midnight; `urgent`: causes that are told all the same; `after`: how long a cause must last,
    or be gone, before anybody is told.
    """

    to: tuple[tuple[str, str], ...] = ()
    quiet: tuple[time, time] | None = None
    urgent: frozenset[str] = field(default=frozenset())
    after: timedelta = timedelta(minutes=5)

    def hushed(self, cause: str, now: datetime) -> bool:
        """Whether nothing is told of this cause now, for the hour."""
        if self.quiet is None or cause in self.urgent:
            return False
        begins, ends = self.quiet
        clock = now.astimezone(COPENHAGEN).time()
        if begins < ends:
            return begins <= clock < ends
        return clock >= begins or clock < ends


def alert(store: Store, rules: Rules, *, now: datetime) -> int:
    """Bring the alerts up to what is stuck, and write what there is to tell; how many letters that is."""
    # Looking takes no lock: nearly always there is nothing to do.
    with store.read() as db:
        if not any(_next(*each, rules, now) for each in _standing(db, now)):
            return 0
    with store.write() as db:
        # Whoever moves the moment goes first; who comes after him finds it done.
        if not claimed(db, "alerts", now, timedelta(0)):
            return 0
        written = 0
        for cause, there, row, silent in _standing(db, now):
            while verb := _next(cause, there, row, silent, rules, now):
                written += _do(db, verb, cause, there, row, rules, now)
                row = db.execute(_open.where(alerts.c.cause == cause)).first()
        return written


def silence(
    store: Store, actor: Actor, cause: str, until: datetime, reason: str, *, now: datetime
) -> None:
    """Tell nothing of a cause until then, in place of a silence that it has; raises `Invalid`."""
    must_operate(actor)
    plain = spoken(reason)
    if cause not in REASONS:
        raise Invalid(fields={"cause": FIELDS["cause"]})
    if not now < until <= now + LONGEST:
        raise Invalid(fields={"until": FIELDS["until"]})
    with store.write() as db:
        db.execute(_silent(now).where(quiet.c.cause == cause).values(lifted_at=now))
        sealed = store.keyring.seal(plain, silence_place(cause, now))
        row = {"cause": cause, "at": now, "until": until, "person_id": actor.id, "reason": sealed}
        db.execute(insert(quiet).values(**row))
        mark = store.keyring.index("operator.reason", plain).hex()
        facts = {"cause": cause, "until": until.isoformat(), "reason": mark}
        store.chains.record(db, now=now, actor=actor, what="alert_silenced", facts=facts)


def sound(store: Store, actor: Actor, cause: str, *, now: datetime) -> None:
    """End the silence of a cause; raises `NotSilent` where it has none."""
    must_operate(actor)
    with store.write() as db:
        if not db.execute(
            _silent(now).where(quiet.c.cause == cause).values(lifted_at=now)
        ).rowcount:
            raise NotSilent
        facts = {"cause": cause}
        store.chains.record(db, now=now, actor=actor, what="alert_sounded", facts=facts)


# ---- what is to be done ------------------------------------------------------------------
_open = select(alerts).where(alerts.c.ended_at.is_(None))


def _silent(now: datetime) -> Update:
    """A change of the silences that hold."""
    return update(quiet).where(quiet.c.lifted_at.is_(None), quiet.c.until > now)


def _standing(
    db: Connection, now: datetime
) -> list[tuple[str, datetime | None, Row[Any] | None, bool]]:
    """Each cause that is there or was: since when it is (None: it is gone), its open alert, whether it is silenced."""
    there = since(db)
    held = select(quiet.c.cause).where(quiet.c.lifted_at.is_(None), quiet.c.until > now)
    silent = set(db.scalars(held))
    rows = {row.cause: row for row in db.execute(_open)}
    return [
        (each, there.get(each), rows.get(each), each in silent)
        for each in REASONS
        if each in there or each in rows
    ]


def _next(
    cause: str,
    there: datetime | None,
    row: Row[Any] | None,
    silent: bool,
    rules: Rules,
    now: datetime,
) -> str:
    """The next thing to do about a cause; empty where it stands as it should."""
    if row is None:
        return "open" if there else ""
    hushed = rules.hushed(cause, now)
    if not there:
        if row.gone_at is None:
            return "gone"
        lasts = now - row.gone_at >= rules.after
        return "end" if lasts and not (hushed and row.told_at) else ""
    if row.gone_at is not None:
        return "back"
    if hushed or silent or not rules.to:
        return ""
    if row.told_at is None:
        return "begin" if now - row.since >= rules.after else ""
    here, last = (each.astimezone(COPENHAGEN) for each in (now, row.last_at))
    return "day" if here.date() > last.date() and here.time() >= MORNING else ""


def _do(
    db: Connection,
    verb: str,
    cause: str,
    there: datetime | None,
    row: Row[Any] | None,
    rules: Rules,
    now: datetime,
) -> int:
    """Do it; how many letters were written."""
    if row is None:
        db.execute(insert(alerts).values(cause=cause, since=min(there or now, now)))
        return 0
    change = update(alerts).where(alerts.c.id == row.id)
    if verb in ("gone", "back"):
        db.execute(change.values(gone_at=now if verb == "gone" else None))
        return 0
    if verb == "end":
        db.execute(change.values(ended_at=now))
        return _tell_end(db, row, rules, now)
    db.execute(change.values(told_at=row.told_at or now, last_at=now))
    kind = BEGUN if verb == "begin" else LASTS
    about = _about(db, cause, row, now)
    for each in rules.to:
        _write(db, kind, each, row, about, now)
    return len(rules.to)


# ---- letters -----------------------------------------------------------------------------
def _about(db: Connection, cause: str, row: Row[Any], now: datetime) -> Json:
    group = next((each for each in grouped(db, now) if each.reason == cause), None)
    counted: Json = {"count": 0, "instances": 0, "at_risk": 0, "oldest": None}
    if group is not None:
        counted = {name: getattr(group, name) for name in counted}
        counted["oldest"] = group.oldest.isoformat()
    return {"alert": row.id, "cause": cause, "since": row.since.isoformat(), **counted}


def _tell_end(db: Connection, row: Row[Any], rules: Rules, now: datetime) -> int:
    """Who heard of it hears that it is over; to whom nothing went yet, nothing goes (`leaving.take` drops it)."""
    about = _about(db, row.cause, row, now) | {"ended": row.gone_at.isoformat()}
    earlier = db.execute(
        select(outbox.c.channel, outbox.c.facts, outbox.c.status, outbox.c.attempts, outbox.c.due_at)
        .where(outbox.c.alert_id == row.id, outbox.c.kind != OVER)
    ).all()  # fmt: skip
    many = 0
    for each in rules.to:
        mine = [one for one in earlier if (one.channel, one.facts["to"]) == each]
        tried = [one for one in mine if one.status == "waiting" and one.attempts]
        if tried or any(one.status == "sent" for one in mine):
            # Not before what somebody may be sending at this moment.
            due = max([now, *(one.due_at for one in tried)])
            _write(db, OVER, each, row, about, now, due_at=due)
            many += 1
    return many


def _write(
    db: Connection,
    kind: str,
    to: tuple[str, str],
    row: Row[Any],
    about: Json,
    now: datetime,
    **more: Any,
) -> None:
    channel, mark = to
    day = day_of(now).isoformat()
    key = f"alert:{row.id}:{kind}:{day}:{mark}"
    waits = waiting_row(
        channel, kind, key, now, facts={**about, "to": mark}, alert_id=row.id, **more
    )
    db.execute(insert(outbox).values(**waits))
