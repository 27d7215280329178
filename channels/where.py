"""Where things leave to, as the settings say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


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
