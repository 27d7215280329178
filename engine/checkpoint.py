"""A checkpoint of the audit log: where each chain ended at one moment, signed, to be kept outside the database.

    made = make(store, now=now)                  # Checkpoint(at, entries, ends={"2026-11/…": (17, "ab12…")})
    file.write_bytes(signed(made, keyring))
    verify(store, read(file.read_bytes(), keyring).ends)

An older copy of the database put back, or the newest chain taken away with its head, is a true state by itself; it is
not one that ends where the checkpoint says.  The signature is Ed25519 with a key that is derived from the audit key, so
anybody who was given the public key can tell that a file is ours; only who has the ring can make one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import and_, func, select

from engine import audit
from engine.errors import Conflict, Invalid
from engine.secrets import Keyring
from engine.tables import audit as log

_FORMAT = "stafet-checkpoint-1"


class CheckpointInvalid(Invalid):
    """This is no checkpoint of this installation, or it was changed."""

    code = "checkpoint_invalid"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`ends` is the last entry of each chain: its number and hash (hex)."""

    at: datetime
    entries: int
    ends: audit.Ends


def make(store: audit.Readable, *, now: datetime) -> Checkpoint:
    """The chains as they end now; raises `Conflict` where they do not fit, for that must not be signed."""
    verdict = audit.verify(store)
    if not verdict.ok:
        raise Conflict(f"The audit chain is broken: {verdict.first_broken}. Nothing was signed.")
    last = select(log.c.chain, func.max(log.c.seq).label("seq")).group_by(log.c.chain).subquery()
    asked = select(log.c.chain, log.c.seq, log.c.hash).join(
        last, and_(last.c.chain == log.c.chain, last.c.seq == log.c.seq)
    )
    with store.read() as db:
        ends = {row.chain: (row.seq, bytes(row.hash).hex()) for row in db.execute(asked)}
    return Checkpoint(now, sum(seq for seq, _ in ends.values()), ends)


def signed(made: Checkpoint, keyring: Keyring) -> bytes:
    """The file: one line of JSON that is signed, one line with the signature in hex."""
    ends = sorted([chain, seq, digest] for chain, (seq, digest) in made.ends.items())
    told = {"format": _FORMAT, "at": made.at.isoformat(), "entries": made.entries, "ends": ends}
    line = json.dumps(told, separators=(",", ":")).encode()
    return line + b"\n" + keyring.sign(line).hex().encode() + b"\n"


def read(file: bytes, keyring: Keyring) -> Checkpoint:
    """What a file says; raises `CheckpointInvalid` unless this ring signed every letter of it."""
    try:
        line, signature = file.removesuffix(b"\n").split(b"\n")
        Ed25519PublicKey.from_public_bytes(keyring.public_key).verify(
            bytes.fromhex(signature.decode()), line
        )
        told = json.loads(line)
        ends = {chain: (seq, digest) for chain, seq, digest in told["ends"]}
        return Checkpoint(datetime.fromisoformat(told["at"]), told["entries"], ends)
    except (ValueError, InvalidSignature) as exc:
        raise CheckpointInvalid from exc
