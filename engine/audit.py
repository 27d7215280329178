"""The audit chain: who saw or did what, so that a later change to it shows.

Each entry's hash is an HMAC over its content and the hash before it.  Every thread of every
process writes a chain of its own for each month, so nobody waits for a lock.  Row 0 of a chain is
its head: an HMAC over the last entry and over the chains that nobody followed yet when this one
began.  Entry and head are one INSERT in the transaction that they tell about.

`verify` reads all of it again.  `docs/security.md` says what that proves and what it cannot.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, LargeBinary, Row, bindparam, exists, select, text

from engine.errors import Unavailable
from engine.model import Actor
from engine.prepared import Prepared
from engine.secrets import Keyring
from engine.tables import Moment, audit, case, task


class Readable(Protocol):
    """What `verify` needs of the store, which stands above this module and writes through it."""

    @property
    def keyring(self) -> Keyring:
        """Holds the chain's key."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`first_broken` is "chain:entry what", or None when all is well."""

    entries: int
    ok: bool
    first_broken: str | None


@dataclass(frozen=True, slots=True)
class _Chain:
    """Where a thread's chain stands.  `after` are the chains that it follows."""

    name: str
    month: str
    seq: int
    hash: bytes
    after: tuple[str, ...]


class Chains:
    """The writing side, one for a process; safe to share between threads."""

    def __init__(self, mac_key: bytes) -> None:
        """`mac_key` is the keyring's."""
        self._key = mac_key
        self._mine = _Mine()

    def record(
        self,
        db: Connection,
        *,
        now: datetime,
        actor: Actor,
        what: str,
        citizen: int | None = None,
        case: int | None = None,
        instance: int | None = None,
        task: int | None = None,
        on_behalf: int | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one entry inside the caller's transaction; `settle` must follow its end.

        `facts` are codes, ids and moments: never names, CPR numbers or what somebody wrote.
        """
        chain = self._current(db, now)
        entry: dict[str, Any] = {
            "chain": chain.name,
            "seq": chain.seq + 1,
            "at": now,
            "person_id": actor.id,
            "on_behalf": on_behalf,
            "what": what,
            "citizen_id": citizen,
            "case_id": case,
            "instance_id": instance,
            "task_id": task,
            "facts": _text(facts or {}),
        }
        entry["hash"] = _entry_hash(self._key, chain.hash, entry)
        chain = replace(chain, seq=chain.seq + 1, hash=entry["hash"])
        head = _head_hash(self._key, chain.name, chain.seq, chain.hash, chain.after)
        after = _text({"after": chain.after})
        if _INSERT.run(db, {**entry, "head": head, "after": after}).rowcount != 2:
            # The entry's place was taken.  Nothing may go on unrecorded.
            raise Unavailable
        self._mine.pending = chain

    def settle(self, committed: bool | None) -> None:
        """Say how the transaction ended; None where nobody knows, and then a new chain begins."""
        if committed and self._mine.pending:
            self._mine.settled = self._mine.pending
        elif committed is None:
            self._mine.settled = None
        self._mine.pending = None

    def _current(self, db: Connection, now: datetime) -> _Chain:
        chain = self._mine.pending or self._mine.settled
        month = f"{now.astimezone(UTC):%Y-%m}"
        if chain is None or chain.month != month:
            name = f"{month}/{secrets.token_hex(16)}"
            chain = _Chain(name, month, 0, _genesis(self._key, name), _unfollowed(db))
        return chain


class _Mine(threading.local):
    settled: _Chain | None = None
    pending: _Chain | None = None


def verify(store: Readable) -> Verdict:
    """Compute every chain again; also each case and each completed task must have an entry."""
    reading = _Reading(store.keyring.mac_key)
    with store.read() as db:
        rows = db.execution_options(yield_per=2000).execute(
            select(audit).order_by(audit.c.chain, audit.c.seq)
        )
        for row in rows:
            reading.take(row)
        reading.finish()
        broken = reading.broken or next(_unrecorded(db), None)
    return Verdict(reading.entries, broken is None, broken)


class _Reading:
    """One pass over all chains, in order; keeps the first thing that is wrong."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.entries = 0
        self.broken: str | None = None
        self._seen: set[str] = set()
        self._followed: set[str] = set()
        self._head: Row[Any] | None = None
        self._chain, self._seq, self._hash = "", 0, b""

    def take(self, row: Row[Any]) -> None:
        """The next row: a chain's head comes before its entries."""
        if row.chain != self._chain:
            self._close()
            self._chain, self._seq, self._hash = row.chain, 0, _genesis(self.key, row.chain)
            self._seen.add(row.chain)
            self._head = row if row.seq == 0 else None
            if row.seq == 0:
                return
        self.entries += 1
        if row.seq != self._seq + 1:
            self._say(f"{row.chain}:{self._seq + 1} is missing")
        expected = _entry_hash(self.key, self._hash, row._asdict())
        if not hmac.compare_digest(expected, bytes(row.hash)):
            self._say(f"{row.chain}:{row.seq} was changed")
        self._seq, self._hash = row.seq, bytes(row.hash)

    def finish(self) -> None:
        """After the last row: every chain that another one followed must still be here."""
        self._close()
        for lost in sorted(self._followed - self._seen):
            self._say(f"{lost}:1 is missing with its whole chain")

    def _close(self) -> None:
        if not self._chain:
            return
        if self._head is None:
            self._say(f"{self._chain}:0 is missing: the end of the chain cannot be checked")
            return
        after = _after(self._head.facts)
        expected = _head_hash(self.key, self._chain, self._seq, self._hash, after)
        if not hmac.compare_digest(expected, bytes(self._head.hash)):
            self._say(f"{self._chain}:{self._seq + 1} is missing, or the head was changed")
        self._followed.update(after)

    def _say(self, sentence: str) -> None:
        self.broken = self.broken or sentence


def _unrecorded(db: Connection) -> Iterator[str]:
    """Cases and completed tasks that no entry tells of: a chain went missing with its head."""
    lost_case = select(case.c.id).where(~exists().where(audit.c.case_id == case.c.id)).limit(1)
    if (number := db.scalar(lost_case)) is not None:
        yield f"case {number} has no entry"
    lost_task = (
        select(task.c.id)
        .where(task.c.status == "completed", ~exists().where(audit.c.task_id == task.c.id))
        .limit(1)
    )
    if (number := db.scalar(lost_task)) is not None:
        yield f"task {number} was completed without an entry"


def _unfollowed(db: Connection) -> tuple[str, ...]:
    """Chains that no other chain follows yet."""
    heads = db.execute(select(audit.c.chain, audit.c.facts).where(audit.c.seq == 0)).all()
    followed = {name for head in heads for name in _after(head.facts)}
    return tuple(sorted(head.chain for head in heads if head.chain not in followed))


#: Entry and head in one statement: the head's row is overwritten, an entry never.
_INSERT = Prepared(
    text(
        """
    INSERT INTO audit (chain, seq, at, person_id, on_behalf, what,
                       citizen_id, case_id, instance_id, task_id, facts, hash)
    VALUES (:chain, :seq, :at, :person_id, :on_behalf, :what,
            :citizen_id, :case_id, :instance_id, :task_id, :facts, :hash),
           (:chain, 0, :at, 0, NULL, 'head', NULL, NULL, NULL, NULL, :after, :head)
    ON CONFLICT (chain, seq) DO UPDATE SET hash = excluded.hash WHERE audit.seq = 0
    """
    ).bindparams(
        bindparam("at", type_=Moment()),
        bindparam("hash", type_=LargeBinary()),
        bindparam("head", type_=LargeBinary()),
    )
)


def _after(facts: str) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in json.loads(facts)["after"])
    except (ValueError, TypeError, LookupError):
        return ()  # the head's hash will not fit either


def _entry_hash(key: bytes, before: bytes, entry: Mapping[str, Any]) -> bytes:
    at = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    rest = [entry[name] for name in _CONTENT]
    return hmac.digest(key, b"entry" + before + _text([at, *rest]).encode(), "sha256")


_CONTENT = (
    "chain",
    "seq",
    "person_id",
    "on_behalf",
    "what",
    "citizen_id",
    "case_id",
    "instance_id",
    "task_id",
    "facts",
)


def _head_hash(key: bytes, name: str, seq: int, last: bytes, after: tuple[str, ...]) -> bytes:
    return hmac.digest(key, b"head" + last + _text([name, seq, list(after)]).encode(), "sha256")


def _genesis(key: bytes, name: str) -> bytes:
    return hmac.digest(key, b"chain" + name.encode(), "sha256")


#: Built once: `json.dumps` with settings builds one for each call.
_text = json.JSONEncoder(separators=(",", ":"), default=str).encode
