"""The ledger of one instance: which deadlines were opened, met, missed, moved, paused or called off.

A deadline belongs to one act: the completion of one element by one party.  `key` names that act (the task's
ref, say); the ledger makes the records' refs itself, in order.  Use, once a step:

    ledger = Ledger.from_json(state["deadlines"], calendar)      # Ledger(calendar) for a new instance
    ledger.begin("17", element="accept", process="midtjylland-planrunde", task_ref="17", clause="MIDT-4.4-12",
                 party="Kriminalforsorgen", frist="3 hverdage", fra=None, follows=False, now=now)
    ledger.complete("17", now)            # or cancel("17", now): the token was withdrawn
    for act in ledger.followed():         # every act whose element has `fra`: evaluate it again
        ledger.follow(act.key, value_of_fra, now)
    ledger.pause(now); ledger.resume(now)                        # bero, for the whole instance
    step_deadlines = ledger.take_changed(now)                    # records that are new or changed
    state["deadlines"] = ledger.to_json()

What is kept is small: acts that are not done, and of those that are done only the last one of each element
and party whose `fra` may still change.  Due moments are counted, never stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engine.calendar import Calendar, Count, Pause, count, parse, when
from engine.errors import StateUnreadable
from engine.model import Deadline, DeadlineStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
#: So many ended pauses are remembered; older ones no longer matter to a deadline that runs.
MOST_PAUSES = 50


@dataclass(slots=True)
class Act:
    """What is to be done, and the record that counts for it now (`ref` None: no record yet, see `before`).

    `start` is what the record counts from, `known_at` when that became known, `done_at` when the act was done.
    """

    key: str
    element: str
    process: str
    task_ref: str | None
    clause: str
    party: str
    frist: str
    local: bool
    follows: bool
    opened_at: datetime
    known_at: datetime
    start: datetime | None = None
    ref: str | None = None
    done_at: datetime | None = None
    #: Whether the record has been handed out as overdue.
    overdue: bool = False


class Ledger:
    """The deadlines of one instance; see the module's docstring for its use."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._acts: dict[str, Act] = {}
        self._pauses: list[Pause] = []
        self._last_ref = 0
        self._changed: dict[str, Deadline] = {}

    # ---- acts ----------------------------------------------------------------------------
    def begin(
        self,
        key: str,
        *,
        element: str,
        process: str,
        task_ref: str | None,
        clause: str,
        party: str,
        frist: str,
        fra: datetime | date | str | None,
        follows: bool,
        now: datetime,
        local: bool = False,
    ) -> None:
        """An element with a `frist` became active.  `follows`: it has `fra`, whose value comes as `fra`.

        Without a value of `fra` it counts from now; what is counted backwards has no record until there is
        one.  A key that has begun already is left alone.  Raises `FristInvalid`.
        """
        if key in self._acts:
            return
        parse(frist)
        for old in self._done_before(process, element, party):
            # The element is active anew: what was done last time stands, and no move concerns it now.
            del self._acts[old]
        act = Act(key, element, process, task_ref, clause, party, frist, local, follows, now, now)
        act.start = self._start(act, fra)
        self._open(act, now)
        self._acts[key] = act

    def follow(
        self, key: str, fra: datetime | date | str | None, now: datetime, frist: str | None = None
    ) -> None:
        """`fra` (or `frist`) was evaluated again.  Nothing happens unless it moved.

        A met or late record stays; one that is not done becomes cancelled; a new record opens, and takes the
        moment at which the act was done if it was.
        """
        act = self._acts.get(key)
        if act is None:
            return
        wanted = replace(act, frist=frist or act.frist)
        start = self._start(wanted, fra)
        if (start, wanted.frist) == (act.start, act.frist):
            return
        # Counted before anything changes, so that a bad text leaves the ledger as it was.
        if start is not None:
            count(parse(wanted.frist), start, self._calendar)
        if act.ref is not None and act.done_at is None:
            self._tell(act, now, cancelled_at=now)
        act.start, act.frist, act.known_at, act.overdue = start, wanted.frist, now, False
        self._open(act, now)

    def hand_over(self, key: str, party: str, now: datetime) -> None:
        """Another party owes the act now; its open record goes along, with the date it has."""
        act = self._acts.get(key)
        if act is None or act.done_at is not None or act.party == party:
            return
        act.party = party
        self._tell(act, now)

    def complete(self, key: str, now: datetime) -> None:
        """The element completed: its record is met or late.  Unknown keys and second calls are harmless."""
        act = self._acts.get(key)
        if act is None or act.done_at is not None:
            return
        act.done_at = now
        self._tell(act, now)
        if not act.follows:
            del self._acts[key]

    def cancel(self, key: str, now: datetime) -> None:
        """The element will not complete (interrupted, withdrawn): its open record is cancelled."""
        act = self._acts.get(key)
        if act is None or act.done_at is not None:
            return
        self._tell(act, now, cancelled_at=now)
        del self._acts[key]

    def forget(self, process: str) -> None:
        """The process runs no more in this instance: what was done in it stands as it is."""
        self._acts = {
            key: act
            for key, act in self._acts.items()
            if act.process != process or act.done_at is None
        }

    def followed(self) -> tuple[Act, ...]:
        """The acts whose `fra` can still move a record, done ones too; read only."""
        return tuple(act for act in self._acts.values() if act.follows)

    # ---- bero ----------------------------------------------------------------------------
    @property
    def paused(self) -> bool:
        """Whether the clocks stand still now."""
        return bool(self._pauses) and self._pauses[-1][1] is None

    @property
    def pauses(self) -> tuple[Pause, ...]:
        """The instance's own pauses, the last of them perhaps still open."""
        return tuple(self._pauses)

    def pause(self, now: datetime) -> None:
        """Stop the clocks of every deadline that is not done.  A second pause changes nothing."""
        if self.paused:
            return
        self._pauses.append((now, None))
        del self._pauses[:-MOST_PAUSES]
        self._tell_all(now)

    def resume(self, now: datetime) -> None:
        """Let the clocks run again."""
        if not self.paused:
            return
        self._pauses[-1] = (self._pauses[-1][0], now)
        self._tell_all(now)

    # ---- what is to be written -----------------------------------------------------------
    def take_changed(self, now: datetime) -> tuple[Deadline, ...]:
        """The records that are new or changed since the last call, by their refs' order."""
        for act in self._running():
            if not act.overdue and self._record(act, now).status == "overdue":
                self._tell(act, now)
        found = sorted(self._changed.values(), key=lambda record: int(record.ref))
        self._changed = {}
        return tuple(found)

    def running(self, now: datetime) -> tuple[Deadline, ...]:
        """The records that are still to be met, as they stand at `now`."""
        return tuple(self._record(act, now) for act in self._running())

    @property
    def last_ref(self) -> int:
        """The number of the newest record."""
        return self._last_ref

    def owed(self) -> tuple[Act, ...]:
        """The acts that are not done; read only."""
        return tuple(act for act in self._acts.values() if act.done_at is None)

    def to_json(self) -> list[Any]:
        """The ledger as plain lists: [last ref, pauses, acts]; moments are microseconds since 1970."""
        pauses = [[_stamp(a), _stamp(b)] for a, b in self._pauses]
        return [self._last_ref, pauses, [_packed(act) for act in self._acts.values()]]

    @classmethod
    def from_json(cls, data: Sequence[Any] | None, calendar: Calendar) -> Ledger:
        """Back from `to_json`; None or an empty list is a new ledger.  Raises `StateUnreadable`."""
        ledger = cls(calendar)
        if not data:
            return ledger
        try:
            last, pauses, acts = data
            ledger._last_ref = int(last)
            ledger._pauses = [(_known(a), _moment(b)) for a, b in pauses]
            ledger._acts = {act.key: act for act in map(_unpacked, acts)}
        except (TypeError, ValueError, OverflowError) as exc:
            raise StateUnreadable() from exc
        return ledger

    # ---- inside --------------------------------------------------------------------------
    def _running(self) -> Iterator[Act]:
        return (a for a in self._acts.values() if a.ref is not None and a.done_at is None)

    def _done_before(self, process: str, element: str, party: str) -> list[str]:
        same = (process, element, party)
        return [
            key
            for key, act in self._acts.items()
            if act.done_at is not None and (act.process, act.element, act.party) == same
        ]

    def _start(self, act: Act, fra: datetime | date | str | None) -> datetime | None:
        if fra is not None:
            return when(fra, self._calendar).astimezone(UTC)
        wanted = parse(act.frist)
        # A deadline before a date, or at one, does not exist before the date is known.
        return None if wanted.direction == "before" or wanted.needs_date else act.opened_at

    def _open(self, act: Act, now: datetime) -> None:
        act.ref = None
        if act.start is None:
            return
        found = self._count(act, now)
        self._last_ref += 1
        act.ref = str(self._last_ref)
        self._changed[act.ref] = self._as_record(act, found, now, None)

    def _tell(self, act: Act, now: datetime, cancelled_at: datetime | None = None) -> None:
        if act.ref is None:
            return
        record = self._record(act, now, cancelled_at)
        act.overdue = record.status == "overdue"
        self._changed[act.ref] = record

    def _tell_all(self, now: datetime) -> None:
        for act in list(self._running()):
            self._tell(act, now)

    def _record(self, act: Act, now: datetime, cancelled_at: datetime | None = None) -> Deadline:
        return self._as_record(act, self._count(act, now), now, cancelled_at)

    def _count(self, act: Act, now: datetime) -> Count:
        assert act.start is not None
        # A pause that still runs has lasted until now, and only that much is known of it.
        known = tuple((a, now if b is None else b) for a, b in self._touching(act))
        return count(parse(act.frist), act.start, self._calendar, known)

    def _touching(self, act: Act) -> tuple[Pause, ...]:
        begin = min(act.opened_at, act.start or act.opened_at)
        return tuple(
            (a, b)
            for a, b in self._pauses
            if (b is None or b > begin) and (act.done_at is None or a < act.done_at)
        )

    def _as_record(
        self, act: Act, found: Count, now: datetime, cancelled_at: datetime | None
    ) -> Deadline:
        assert act.start is not None
        assert act.ref is not None
        overdue_at = found.overdue_at.astimezone(UTC)
        return Deadline(
            ref=act.ref,
            element=act.element,
            process=act.process,
            task_ref=act.task_ref,
            clause=act.clause,
            party=act.party,
            frist=act.frist,
            started_at=act.start,
            due_at=found.due.astimezone(UTC),
            reminder_at=_reminder(found, act),
            overdue_at=overdue_at,
            status=_status(act.done_at, cancelled_at, overdue_at, now),
            met_at=act.done_at,
            cancelled_at=cancelled_at,
            paused=self._touching(act),
            local=act.local,
        )


def status_at(record: Deadline, now: datetime) -> DeadlineStatus:
    """How a stored record stands at `now`.  A record in a pause does not become overdue: its clock stands."""
    if record.paused and record.paused[-1][1] is None and record.paused[-1][0] < record.overdue_at:
        now = min(now, record.paused[-1][0])
    return _status(record.met_at, record.cancelled_at, record.overdue_at, now)


def _status(
    done_at: datetime | None, cancelled_at: datetime | None, overdue_at: datetime, now: datetime
) -> DeadlineStatus:
    if cancelled_at is not None:
        return "cancelled"
    if done_at is not None:
        return "met" if done_at < overdue_at else "late"
    return "overdue" if now >= overdue_at else "open"


def _reminder(found: Count, act: Act) -> datetime | None:
    if found.reminder_at is None:
        return None
    wanted = parse(act.frist)
    if wanted.direction == "before" or wanted.needs_date:
        # The trigger of what hangs on a date is the moment when that date became known.
        return found.reminder_at.astimezone(UTC) if found.reminder_at > act.known_at else None
    return found.reminder_at.astimezone(UTC)


# ---- plain lists -------------------------------------------------------------------------
def _packed(act: Act) -> list[Any]:
    flags = act.local + 2 * act.follows + 4 * act.overdue
    texts = [act.key, act.element, act.process, act.task_ref, act.clause, act.party, act.frist]
    moments = [_stamp(m) for m in (act.opened_at, act.known_at, act.start, act.done_at)]
    return [*texts, act.ref, flags, *moments]


def _unpacked(row: Sequence[Any]) -> Act:
    (
        key,
        element,
        process,
        task_ref,
        clause,
        party,
        frist,
        ref,
        flags,
        opened,
        known,
        start,
        done,
    ) = row
    return Act(
        key, element, process, task_ref, clause, party, frist,
        local=bool(flags & 1), follows=bool(flags & 2), opened_at=_known(opened), known_at=_known(known),
        start=_moment(start), ref=ref, done_at=_moment(done), overdue=bool(flags & 4),
    )  # fmt: skip


def _stamp(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // _TICK


def _moment(stamp: int | None) -> datetime | None:
    return None if stamp is None else _known(stamp)


def _known(stamp: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stamp)
