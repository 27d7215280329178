"""Identifiers and what people wrote, encrypted; the blind index to find them by; CPR numbers.

A `Keyring` seals a text to one place: `bound_to` ("citizen.cpr:<index hex>", "message.body:17")
goes into the seal, so a row's value moved to another row or column cannot be opened.  A sealed
value is `format | key id | nonce | AES-256-GCM-SIV`; the ring's highest key seals and every key of
it opens, so a key is replaced by adding one.  So is the index' key: the highest makes what is written, and one looks
for what any of them made.  A key with a `+` is known and not used yet, until every server knows it.  The audit key
stays: what is chained hangs on it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import struct
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from engine.errors import CprInvalid, SecretUnreadable, SettingInvalid

_MARK = "stafet1"
_HEAD = struct.Struct(">BH12s")  # format, key id, nonce
_FORMAT = 1
_MADE_UP_DAYS = 60
_MOST_INDEXES = 99


class Keyring:
    """The keys of one installation: numbered ones that seal, numbered ones for the index, one for audit."""

    def __init__(
        self,
        keys: Mapping[int, bytes],
        index_keys: Mapping[int, bytes],
        audit_key: bytes,
        waiting: Collection[str] = (),
    ) -> None:
        """Each key is 32 random bytes; what is used is derived from it for its one purpose.

        `waiting` names those that are known and not used yet.
        """
        self._ciphers = {n: AESGCMSIV(_derive(key, "field")) for n, key in keys.items()}
        self._file_keys = {n: _derive(key, "file") for n, key in keys.items()}
        self._current = max(n for n in keys if str(n) not in waiting)
        newest = sorted(index_keys, reverse=True)
        self._index_keys = {n: _derive(index_keys[n], "index") for n in newest}
        #: The number of the key that makes what is written into an index.
        self.indexer = max(n for n in index_keys if _index_name(n) not in waiting)
        self.newest_index = max(index_keys)
        #: What other processes must know before this ring may write.
        self.names = frozenset(map(str, keys)) | frozenset(map(_index_name, index_keys))
        self.waiting = frozenset(waiting)
        #: For the audit chain's entries (`engine/audit.py`).
        self.mac_key = _derive(audit_key, "audit")
        self._mark_key = _derive(audit_key, "mark")
        self._signer = Ed25519PrivateKey.from_private_bytes(_derive(audit_key, "checkpoint"))

    def __repr__(self) -> str:
        return f"Keyring(keys={sorted(self._ciphers)})"

    @classmethod
    def from_text(cls, text: str) -> Keyring:
        """Read `stafet1 1=… 2=… index=… audit=…`; `SettingInvalid` repeats nothing of it."""
        named, waiting = _named_keys(text)
        numbered = {int(n): key for n, key in named.items() if n.isdecimal()}
        indexes = {_index_number(n): key for n, key in named.items() if n.startswith("index")}
        return cls(numbered, indexes, named["audit"], waiting)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Keyring:
        """The ring in `STAFET_KEYS`."""
        return cls.from_text(env.get("STAFET_KEYS", ""))

    @classmethod
    def generate(cls) -> str:
        """The text of a new ring."""
        return " ".join([_MARK, *(f"{name}={_new_key()}" for name in ("1", "index", "audit"))])

    @classmethod
    def extended(cls, text: str, *, index: bool = False) -> str:
        """The text of the same ring with one more key that waits: to seal, or for the `index`."""
        named, waiting = _named_keys(text)
        if waiting:
            raise SettingInvalid("The keyring has a key that waits: take it into use first.")
        mine = {_index_number(n) for n in named if n.startswith("index")}
        highest = max(mine) if index else max(int(n) for n in named if n.isdecimal())
        if highest == (_MOST_INDEXES if index else 0xFFFF):
            raise SettingInvalid("The keyring is full: no higher key number exists.")
        name = _index_name(highest + 1) if index else str(highest + 1)
        return f"{' '.join(text.split())} +{name}={_new_key()}"

    @classmethod
    def used(cls, text: str) -> str:
        """The text of the same ring with nothing that waits: what is written next is written with the newest keys."""
        _named, waiting = _named_keys(text)
        if not waiting:
            raise SettingInvalid("The keyring has no key that waits: add one first.")
        return " ".join(part.removeprefix("+") for part in text.split())

    @classmethod
    def without(cls, text: str, name: str) -> str:
        """The text of the same ring without a key that is to rest; raises `SettingInvalid`."""
        named, waiting = _named_keys(text)
        if name not in named or name == "audit":
            raise SettingInvalid("The keyring has no key of that number.")
        ring = cls.from_text(text)
        if name not in waiting and name in (str(ring.current), _index_name(ring.indexer)):
            raise SettingInvalid("That is the key that seals: add a newer one first.")
        return " ".join(p for p in text.split() if p.lstrip("+").partition("=")[0] != name)

    def seal(self, text: str, bound_to: str) -> bytes:
        """Encrypt `text` for one place in the database."""
        nonce = os.urandom(12)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), bound_to.encode())
        return _HEAD.pack(_FORMAT, self._current, nonce) + sealed

    def open(self, blob: bytes, bound_to: str) -> str:
        """Decrypt what was sealed for this place; raises `SecretUnreadable` for anything else."""
        try:
            kind, number, nonce = _HEAD.unpack_from(blob)
            if kind != _FORMAT:
                raise SecretUnreadable
            rest = bytes(blob[_HEAD.size :])
            return self._ciphers[number].decrypt(nonce, rest, bound_to.encode()).decode()
        except (struct.error, KeyError, ValueError, InvalidTag) as exc:
            raise SecretUnreadable from exc

    def seal_json(self, value: Any, bound_to: str) -> bytes:
        """`seal` for a JSON value."""
        return self.seal(msgspec.json.encode(value).decode(), bound_to)

    def open_json(self, blob: bytes, bound_to: str) -> Any:
        """`open` for a JSON value."""
        return msgspec.json.decode(self.open(blob, bound_to))

    def index(self, what: str, value: str) -> bytes:
        """16 bytes that are equal for equal values (case and spacing of names do not count).

        A CPR number has few likely values, so only the key protects it: keep it outside the
        database.
        """
        return self._indexed(self.indexer, what, value)

    def indexes(self, what: str, value: str) -> list[bytes]:
        """What any of the ring's keys would have made, the newest first: what one looks for."""
        return [self._indexed(number, what, value) for number in self._index_keys]

    def mark(self, what: str, value: str) -> bytes:
        """16 bytes that stand for a value for good, whatever key of the index is replaced; not for what a person is."""
        return _marked(self._mark_key, what, value)

    def _indexed(self, number: int, what: str, value: str) -> bytes:
        return _marked(self._index_keys[number], what, value)

    @property
    def public_key(self) -> bytes:
        """32 bytes with which anybody can tell that this ring signed something (Ed25519)."""
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return self._signer.public_key().public_bytes(*raw)

    def sign(self, what: bytes) -> bytes:
        """An Ed25519 signature: 64 bytes."""
        return self._signer.sign(what)

    @property
    def current(self) -> int:
        """The number of the key that seals."""
        return self._current

    def file_key(self, number: int, salt: bytes) -> bytes:
        """32 bytes for one file (`engine/sealedfile.py`); raises `KeyError` for a number that the ring lacks."""
        return HKDF(hashes.SHA256(), 32, salt, b"stafet/file/1").derive(self._file_keys[number])

    def stale(self, blob: bytes) -> bool:
        """Whether an older key than the ring's newest sealed this."""
        return len(blob) < _HEAD.size or _HEAD.unpack_from(blob)[1] != self._current


def seal_head(number: int) -> bytes:
    """The first bytes of everything that the key of this number sealed."""
    return _HEAD.pack(_FORMAT, number, bytes(12))[:3]


#: As people write a CPR number; `web/src/keeping.js` looks for the same while one types.
CPR_SHAPED = re.compile(r"(?<!\d)(?:[0-24-9]\d|3[01])(?:0\d|1[0-2])\d\d[ –-]?\d{4}(?!\d)")


def cpr(text: str) -> str:
    """The ten digits of a CPR number written with or without its hyphen.

    The date must exist in the century that the seventh digit gives; 60 may be added to the day, as
    in made-up numbers.  No modulus 11: numbers without it are given since 2007.
    """
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"[0-9]{10}", digits) or len(text) > 20:
        raise CprInvalid
    born(digits)
    return digits


def born(digits: str) -> date:
    """The birthday that the ten digits say; raises `CprInvalid` where there is no such day."""
    day, month = int(digits[:2]), int(digits[2:4])
    try:
        return date(_year(digits), month, day - _MADE_UP_DAYS if day > _MADE_UP_DAYS else day)
    except ValueError:
        raise CprInvalid from None


def made_up(digits: str) -> bool:
    """Whether the number can be nobody's: 60 is added to its day."""
    return int(digits[:2]) > _MADE_UP_DAYS


def show_cpr(digits: str) -> str:
    """As people write it: `700378-1016`."""
    return f"{digits[:6]}-{digits[6:]}"


def _year(digits: str) -> int:
    short, seventh = int(digits[4:6]), int(digits[6])
    if seventh <= 3 or (seventh in (4, 9) and short > 36):
        return 1900 + short
    if seventh in (4, 9) or short <= 57:
        return 2000 + short
    return 1800 + short


def _named_keys(text: str) -> tuple[dict[str, bytes], frozenset[str]]:
    """Keys by name, and the names of those that wait."""
    mark, *pairs = text.split() or [""]
    if mark != _MARK:
        raise SettingInvalid("The keyring cannot be read. Make one with `stafet keys new`.")
    named: dict[str, bytes] = {}
    waiting = set()
    for pair in pairs:
        said, _, value = pair.partition("=")
        name = said.removeprefix("+")
        known = re.fullmatch(r"audit|index(?:[2-9]|[1-9][0-9])?|[1-9][0-9]{0,4}", name)
        if not known or name in named or (name.isdecimal() and int(name) > 0xFFFF):
            raise SettingInvalid("The keyring has a part with an unknown or repeated name.")
        named[name] = _key(value)
        if name != said:
            waiting.add(name)
    used = named.keys() - waiting
    kinds = {"index" if n.startswith("index") else "1" if n.isdecimal() else n for n in used}
    if kinds != {"1", "index", "audit"}:
        raise SettingInvalid("The keyring needs a numbered key, an index key and an audit key.")
    return named, frozenset(waiting)


def _index_name(number: int) -> str:
    return "index" if number == 1 else f"index{number}"


def _index_number(name: str) -> int:
    return int(name.removeprefix("index") or 1)


def _key(value: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise SettingInvalid("The keyring has a key that is not 32 bytes in base64.")
    return key


def _new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDFExpand(hashes.SHA256(), 32, f"stafet/{purpose}/1".encode()).derive(key)


def _marked(key: bytes, what: str, value: str) -> bytes:
    plain = " ".join(unicodedata.normalize("NFC", value).casefold().split())
    return hmac.digest(key, f"{what}\0{plain}".encode(), "sha256")[:16]
