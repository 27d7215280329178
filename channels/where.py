"""Where things leave to, as the settings say, and that one did not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal
from urllib.parse import urlsplit


class NotSent(Exception):
    """It could not be sent; `code` says why, `for_good` that trying again is of no use, `all`: nor any other now."""

    def __init__(self, code: str, *, for_good: bool = False, all: bool = False) -> None:
        """Never what the other side said: it may repeat an address."""
        super().__init__(code)
        self.code, self.for_good, self.all = code, for_good, all


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in.  `tls` is `starttls`, `tls` from the first byte, or `none`; `ca` a trusted file."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Hook:
    """Another system's address, called by POST; `secret` signs each call (`channels/hook.py`)."""

    address: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def host(self) -> str:
        """The machine's name, which is no secret: the rest of an address may be one."""
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class Alerting:
    """Who is told that something is stuck, and when (`engine/actions/alerting.py`)."""

    mail: tuple[str, ...] = ()
    hook: Hook | None = None
    quiet: tuple[time, time] | None = None
    urgent: frozenset[str] = frozenset()
    after: timedelta = timedelta(minutes=5)

    def receivers(self, mark: Callable[[str, str], bytes]) -> dict[tuple[str, str], str]:
        """Who is told, an address or a machine's name, by channel and the mark that stands for him in the database.

        `mark` is the keyring's: no address of theirs lies in the open, and a letter finds its receiver after a key of
        the index was replaced.
        """
        named = [("mail", each) for each in self.mail]
        if self.hook is not None:
            named.append(("webhook", self.hook.host))
        return {(way, mark("alert.to", who).hex()[:16]): who for way, who in named}
