"""A real receiver of webhooks for tests: keeps what came, checks its signature, and answers what it is told to.

with hooked() as box:        # box.hook is what `STAFET_ALERT_HOOK` would say; box.calls what came, signed as ours
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from channels.where import Hook

SECRET = "en hemmelighed til prøver"


@dataclass
class Hooked:
    """What came; `answer` is the status and the headers that are answered."""

    hook: Hook
    calls: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    answer: tuple[int, dict[str, str]] = (204, {})
    endless: bool = False


@contextmanager
def hooked(path: str = "/stafet?hold=drift") -> Iterator[Hooked]:
    """A server on a free port of this machine."""
    box = Hooked(Hook("", SECRET))

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamp = self.headers["Stafet-Timestamp"]
            said = f"{stamp}.".encode() + body
            right = "v1=" + hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
            if self.path != path or self.headers["Stafet-Signature"] != right:
                self.send_error(401)
                return
            box.calls.append(json.loads(body))
            box.keys.append(self.headers["Idempotency-Key"])
            box.stamps.append(int(stamp))
            if box.endless:
                # A letter at a time, until the other side hangs up.
                try:
                    while True:
                        self.wfile.write(b"H")
                        self.wfile.flush()
                        threading.Event().wait(0.01)
                except OSError:
                    return
            status, headers = box.answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    box.hook = Hook(f"http://127.0.0.1:{server.server_port}{path}", SECRET)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
