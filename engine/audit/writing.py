"""The writing side: one entry and the chain's new head, in the transaction that they tell about."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, LargeBinary, bindparam, select, text

from engine.audit.hashes import (
    CONTENT,
    at_text,
    content,
    followed,
    genesis,
    head_hash,
    keyed,
    to_text,
)
from engine.errors import AuditClosed, Unavailable
from engine.faults import RAISED, translate
from engine.model import Actor
from engine.prepared import Prepared
from engine.tables import Moment, audit


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
        self._mac = keyed(mac_key)
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
            "facts": to_text(facts or {}),
        }
        told = content(at_text(now), *(entry[name] for name in CONTENT))
        entry["hash"] = self._mac(b"entry" + chain.hash + told)
        chain = replace(chain, seq=chain.seq + 1, hash=entry["hash"])
        head = head_hash(self._mac, chain.name, chain.seq, chain.hash, chain.after)
        after = to_text({"after": chain.after})
        try:
            written = _INSERT.run(db, {**entry, "head": head, "after": after}).rowcount
        except RAISED as exc:
            # Busy, full or away is told as such; whatever else it was, nothing may go on unrecorded.
            raise translate(exc) or AuditClosed() from exc
        if written != 2:
            raise Unavailable  # the entry's place was taken
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
            chain = _Chain(name, month, 0, genesis(self._mac, name), _unfollowed(db))
        return chain


class _Mine(threading.local):
    settled: _Chain | None = None
    pending: _Chain | None = None


def _unfollowed(db: Connection) -> tuple[str, ...]:
    """Chains that no other chain follows yet."""
    heads = db.execute(select(audit.c.chain, audit.c.facts).where(audit.c.seq == 0)).all()
    known = {name for head in heads for name in followed(head.facts)}
    return tuple(sorted(head.chain for head in heads if head.chain not in known))


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
