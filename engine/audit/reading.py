"""The reading side: every entry computed again, straight from the driver, for years of entries are many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, exists, select

from engine.audit.hashes import CONTENT, Mac, content, followed, genesis, head_hash, keyed
from engine.secrets import Keyring
from engine.tables import audit, case, task


class Readable(Protocol):
    """What `verify` needs of the store, which stands above this module and writes through it."""

    @property
    def keyring(self) -> Keyring:
        """Holds the chain's key."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""


#: So many chains must all fail before the key is said to be another one.
_LOOKED_AT = 5
#: Where chains ended when somebody looked: name → (number, hash in hex) of the last entry.
Ends = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`first_broken` is "chain:entry what", or None when all is well."""

    entries: int
    ok: bool
    first_broken: str | None


def verify(store: Readable, ends: Ends | None = None) -> Verdict:
    """Compute every chain again; also each case and each completed task must have an entry.

    `ends` are those of a checkpoint: what stood there must still stand there.
    """
    reading = _Reading(keyed(store.keyring.mac_key), ends or {})
    with store.read() as db:
        reading.run(rows(db))
        reading.finish()
        broken = reading.broken or next(_unrecorded(db), None)
    return Verdict(reading.entries, broken is None, broken)


def fits(store: Readable) -> bool:
    """Whether the store's key is the one that wrote the log: of the newest chains one ends as its head says.

    A look at some chains and no proof: who changed an entry must not be able to keep a server from starting.
    """
    mac = keyed(store.keyring.mac_key)
    with store.read() as db:
        newest = select(audit.c.chain, audit.c.facts, audit.c.hash).where(audit.c.seq == 0)
        heads = db.execute(newest.order_by(audit.c.at.desc()).limit(_LOOKED_AT)).all()
        for head in heads:
            mine = select(audit.c.seq, audit.c.hash).where(audit.c.chain == head.chain)
            last = db.execute(mine.order_by(audit.c.seq.desc()).limit(1)).one()
            said = head_hash(mac, head.chain, last.seq, bytes(last.hash), followed(head.facts))
            if said == bytes(head.hash):
                return True
    return not heads


class _Reading:
    """One pass over all chains, in order; keeps the first thing that is wrong."""

    def __init__(self, mac: Mac, ends: Ends) -> None:
        self.entries = 0
        self.broken: str | None = None
        self._mac, self._ends = mac, ends
        self._seen: set[str] = set()
        self._followed: set[str] = set()
        #: Facts and hash of the chain's row 0.
        self._head: tuple[str, bytes] | None = None
        self._chain, self._seq, self._hash = "", 0, b""
        self._end: tuple[int, str] | None = None

    def run(self, rows: Iterable[Row]) -> None:
        """All rows.  What is as it should be, which is nearly all, takes the short way."""
        mac, last = self._mac, (self._chain, self._seq)
        for row in rows:
            chain, seq, told, _facts, digest = row
            if (
                (chain, seq) == (last[0], last[1] + 1)
                and self._end is None
                and told is not None
                and mac(b"entry" + self._hash + told) == digest
            ):
                self._seq, self._hash = seq, digest
                self.entries += 1
            else:
                self.take(*row)
            last = (self._chain, self._seq)

    def take(
        self, chain: str, seq: int, told: bytes | None, facts: str | None, digest: bytes
    ) -> None:
        """The next row: a chain's head comes before its entries."""
        if type(chain) is not str or type(seq) is not int or type(digest) is not bytes:
            self._say(f"{chain}:{seq} was changed")  # SQLite keeps whatever one puts into a column
            return
        if chain != self._chain:
            self._close()
            self._chain, self._seq, self._hash = chain, 0, genesis(self._mac, chain)
            self._seen.add(chain)
            self._end = self._ends.get(chain)
            self._head = (facts or "", digest) if seq == 0 else None
            if seq == 0:
                return
        self.entries += 1
        if seq != self._seq + 1:
            self._say(f"{chain}:{self._seq + 1} is missing")
        if told is None or self._mac(b"entry" + self._hash + told) != digest:
            self._say(f"{chain}:{seq} was changed")
        if self._end is not None and self._end[0] == seq and self._end[1] != digest.hex():
            self._say(f"{chain}:{seq} is another one than when the checkpoint was written")
        self._seq, self._hash = seq, digest

    def finish(self) -> None:
        """After the last row: every chain that another one followed must still be here, and what was written down."""
        self._close()
        for lost in sorted(self._followed - self._seen):
            self._say(f"{lost}:1 is missing with its whole chain")
        for lost in sorted(self._ends.keys() - self._seen):
            self._say(f"{lost}:1 is missing with its whole chain, which the checkpoint names")

    def _close(self) -> None:
        if not self._chain:
            return
        if self._end is not None and self._seq < self._end[0]:
            self._say(f"{self._chain}:{self._seq + 1} is missing, which the checkpoint names")
        if self._head is None:
            self._say(f"{self._chain}:0 is missing: the end of the chain cannot be checked")
            return
        after = followed(self._head[0])
        if head_hash(self._mac, self._chain, self._seq, self._hash, after) != self._head[1]:
            self._say(f"{self._chain}:{self._seq + 1} is missing, or the head was changed")
        self._followed.update(after)

    def _say(self, sentence: str) -> None:
        self.broken = self.broken or sentence


#: Chain, number, the bytes that are hashed (None: of another type than we write), a head's facts, and the hash.
Row = tuple[str, int, bytes | None, str | None, bytes]


def rows(db: Connection) -> Iterator[Row]:
    """Every row in order, heads before their entries."""
    if not db.in_transaction():
        db.begin()
    line: Any = db.connection.driver_connection
    if db.dialect.name == "postgresql":
        # As they come: the server writes the next ones while these are computed.
        with line.cursor() as cursor:
            for chain, seq, told, facts, digest in cursor.stream(
                _ON_POSTGRES, binary=True, size=1000
            ):
                yield chain, seq, told.encode(), facts, digest
        return
    rest = ", ".join(CONTENT)
    at = "replace(at, ' ', 'T') || '+00:00'"
    with closing(line.cursor()) as cursor:
        # Columns by the names that stand in hashes.py.
        # nosemgrep: sql-put-together
        cursor.execute(f"SELECT {at}, {rest}, hash FROM audit ORDER BY chain, seq")  # nosec B608
        for moment, *found, digest in cursor:
            yield found[0], found[1], _told(moment, found), found[-1], digest


def _told(at: str, found: list[Any]) -> bytes | None:
    try:
        return content(at, *found)
    except (ValueError, TypeError, UnicodeError):
        return None


#: `hashes.content`, written by the server.  All that we write is ASCII (`to_text`), where PostgreSQL quotes as we do.
_ON_POSTGRES = """
    SELECT chain, seq,
        format('["%s",%s,%s,%s,%s,%s,%s,%s]',
            to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), to_json(chain), seq, person_id,
            coalesce(on_behalf::text, 'null'), to_json(what),
            array_to_string(ARRAY[citizen_id, case_id, instance_id, task_id], ',', 'null'), to_json(facts)),
        CASE WHEN seq = 0 THEN facts END, hash
    FROM audit ORDER BY chain, seq
"""


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
