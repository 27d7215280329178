"""A call to another system: JSON by POST, signed, to the address that the settings name and nowhere else.

    call(hook, {"event": "begin", …}, key, at)      # raises `NotSent`

The receiver knows it is ours by `Stafet-Signature: v1=<hex>`, HMAC-SHA256 over `Stafet-Timestamp`, a dot and the body;
it knows one that comes twice by `Idempotency-Key`.  The address comes from the operator's own settings, never from
what somebody writes in Stafet; it is https with a certificate that fits the name, so a name that leads elsewhere gets
nothing; a redirection is not followed, no proxy is used, and of the answer only the status is read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from typing import Any
from urllib.parse import urlsplit

from channels.where import Hook, NotSent

#: Seconds that the other side has for each answer, and for all of them.
PATIENCE, WHOLE = 10.0, 30.0
#: Refusals that are worth trying again; any other of the 400s is for good.
LATER = (408, 409, 423, 425, 429)


def call(hook: Hook, said: Mapping[str, Any], key: str, at: datetime) -> None:
    """One call; `at` is the moment that the signature holds, so an old one caught on the way can be told."""
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    stamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Stafet",
        "Idempotency-Key": key,
        "Stafet-Timestamp": stamp,
        "Stafet-Signature": f"v1={signature(hook.secret, stamp, body)}",
        "Connection": "close",
    }
    try:
        status = _called(hook.address, body, headers)
    except ssl.SSLError:
        raise NotSent("hook_tls", all=True) from None
    except (OSError, HTTPException):
        raise NotSent("hook_unreachable", all=True) from None
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotSent("hook_redirected", for_good=True)
    if status < 500:
        raise NotSent("hook_refused", for_good=status not in LATER)
    raise NotSent("hook_failed", all=True)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """What the receiver counts out too."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _called(address: str, body: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(address)
    line: HTTPConnection
    if parts.scheme == "https":
        trust = ssl.create_default_context()
        line = HTTPSConnection(parts.hostname or "", parts.port, timeout=PATIENCE, context=trust)
    else:
        line = HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.connect()
        with _at_most(WHOLE, line):
            line.request("POST", path, body, dict(headers))
            return line.getresponse().status
    finally:
        line.close()


@contextmanager
def _at_most(seconds: float, line: HTTPConnection) -> Iterator[None]:
    """Hang up on a side that answers a letter at a time: `PATIENCE` begins anew with each."""

    def hang_up() -> None:
        # It may be over at that moment.
        with suppress(OSError):
            line.sock.shutdown(SHUT_RDWR)

    clock = threading.Timer(seconds, hang_up)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
