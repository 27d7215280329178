"""A file that is sealed as it is written: AES-256-GCM in pieces, so that no size is too large for the memory.

    with writing(path, keyring, header) as write:  write(b"…")
    header, pieces = reading(path, keyring)        # raises `BackupUnreadable` where a letter was changed or is missing

The file is one line of JSON (what it is, which key, a salt), then pieces of at most a mebibyte, each with its length
before it.  Each file has a key of its own, derived from the ring's and the salt.  A piece's nonce is its number and
whether it is the last, so that none can be moved, left out or added, and the end cannot be cut off; the first line
belongs to each of them.  The file appears under its name when it is whole and on the disk.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import Conflict, Invalid
from engine.secrets import Keyring

PIECE = 1 << 20
_TAG = 16
_LENGTH = struct.Struct(">I")
_NONCE = struct.Struct(">QI")
_MARK = "stafet-backup-1"


class BackupUnreadable(Invalid):
    """This is no backup that these keys open, or it was changed or cut off. Nothing was restored."""

    code = "backup_unreadable"


@contextmanager
def writing(
    path: Path, keyring: Keyring, header: dict[str, Any]
) -> Iterator[Callable[[bytes], None]]:
    """What takes bytes; raises `Conflict` where the file is there already, and leaves nothing half."""
    if path.exists():
        raise Conflict(f"{path} is there already. A backup is never written over another file.")
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            sealing = _Sealing(file, keyring, header)
            yield sealing.write
            sealing.end()
            file.flush()
            os.fsync(file.fileno())
        os.link(half, path)  # unlike a rename it takes nobody's place
    finally:
        with suppress(FileNotFoundError):
            half.unlink()


class _Sealing:
    def __init__(self, file: BinaryIO, keyring: Keyring, header: dict[str, Any]) -> None:
        salt = os.urandom(32)
        key = keyring.file_key(keyring.current, salt)
        told = {"format": _MARK, "key": keyring.current, "salt": salt.hex(), **header}
        self._line = json.dumps(told, separators=(",", ":")).encode() + b"\n"
        self._file, self._cipher = file, AESGCM(key)
        self._held, self._number = bytearray(), 0
        file.write(self._line)

    def write(self, data: bytes) -> None:
        self._held += data
        # One piece is kept back: nobody knows yet whether it is the last.
        while len(self._held) > PIECE:
            self._piece(bytes(self._held[:PIECE]), last=False)
            del self._held[:PIECE]

    def end(self) -> None:
        self._piece(bytes(self._held), last=True)

    def _piece(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_NONCE.pack(self._number, last), data, self._line)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


def reading(path: Path, keyring: Keyring) -> tuple[dict[str, Any], Iterator[bytes]]:
    """The header and the pieces; the header may be believed once a piece has been read."""
    with path.open("rb") as file:
        line = file.readline(1 << 16)
    try:
        told = json.loads(line)
        if told["format"] != _MARK:
            raise BackupUnreadable
        key = keyring.file_key(told["key"], bytes.fromhex(told["salt"]))
    except (ValueError, TypeError, LookupError) as exc:
        raise BackupUnreadable from exc
    return told, _pieces(path, line, AESGCM(key))


def _pieces(path: Path, line: bytes, cipher: AESGCM) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(len(line))
        number, head = 0, file.read(_LENGTH.size)
        while True:
            length = _length(head)
            sealed = file.read(length)
            if len(sealed) != length:
                raise BackupUnreadable
            head = file.read(_LENGTH.size)
            try:
                yield cipher.decrypt(_NONCE.pack(number, not head), sealed, line)
            except (InvalidTag, ValueError) as exc:
                raise BackupUnreadable from exc
            if not head:
                return
            number += 1


def _length(head: bytes) -> int:
    length: int = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
    if not _TAG <= length <= PIECE + _TAG:
        raise BackupUnreadable
    return length
