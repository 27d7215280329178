"""What is hashed, and how: the same bytes when an entry is written and when it is read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted

#: A message's HMAC.
Mac = Callable[[bytes], bytes]


def keyed(key: bytes) -> Mac:
    """HMAC-SHA-256 with the key's part of the work done once; `hmac.digest` does it for each message."""
    block = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    inside = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outside = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def mac(message: bytes) -> bytes:
        inner, outer = inside.copy(), outside.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    return mac


def at_text(moment: datetime) -> str:
    """The moment as it is hashed."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


#: What an entry's hash is over, beside its moment.
CONTENT = (
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


def content(
    at: str,
    chain: str,
    seq: int,
    person_id: int,
    on_behalf: int | None,
    what: str,
    citizen_id: int | None,
    case_id: int | None,
    instance_id: int | None,
    task_id: int | None,
    facts: str,
) -> bytes:
    """The entry as one JSON list, byte for byte as `json` writes it; `ValueError` where a number is none."""
    return (
        f"[{quoted(at)},{quoted(chain)},{seq:d},{person_id:d},{_number(on_behalf)},{quoted(what)},"
        f"{_number(citizen_id)},{_number(case_id)},{_number(instance_id)},{_number(task_id)},{quoted(facts)}]"
    ).encode()


def _number(value: int | None) -> str:
    return "null" if value is None else f"{value:d}"


def head_hash(mac: Mac, name: str, seq: int, last: bytes, after: tuple[str, ...]) -> bytes:
    """Of row 0: what the chain's last entry is, and which chains it follows."""
    return mac(b"head" + last + to_text([name, seq, list(after)]).encode())


def genesis(mac: Mac, name: str) -> bytes:
    """What the first entry's hash builds on."""
    return mac(b"chain" + name.encode())


def followed(facts: str) -> tuple[str, ...]:
    """The chains that a head names; () where its facts cannot be read."""
    try:
        return tuple(str(name) for name in json.loads(facts)["after"])
    except (ValueError, TypeError, LookupError):
        return ()  # the head's hash will not fit either


#: Built once: `json.dumps` with settings builds one for each call.
to_text = json.JSONEncoder(separators=(",", ":"), default=str).encode
