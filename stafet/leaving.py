"""The settings of what leaves the house: read, and refused out loud.

`STAFET_MAIL_HOST` turns mail on; then `STAFET_URL` and `STAFET_MAIL_FROM` are needed, and `STAFET_MAIL_PORT`, `_TLS`,
`_USER`, `_PASSWORD` (or `_PASSWORD_FILE`) and `_CA` may be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from channels.where import MailServer
from engine.errors import SettingInvalid

_SENDER = re.compile(r"[^@\s<>]+@[^@\s<>]+|[^<>\r\n]+ <[^@\s<>]+@[^@\s<>]+>")
_REST = ("FROM", "PORT", "TLS", "USER", "PASSWORD", "CA")


def mail(
    given: Callable[[str], str],
    choice: Callable[..., str],
    number: Callable[[str, int, int, int], int],
) -> MailServer | None:
    """Where mail is handed in, or None; half a setting is refused."""
    said = {name: given(f"STAFET_MAIL_{name}") for name in ("HOST", *_REST)}
    if not said["HOST"]:
        if alone := [name for name in _REST if said[name]]:
            raise SettingInvalid(f"STAFET_MAIL_{alone[0]} is set, and STAFET_MAIL_HOST is not.")
        return None
    if not _SENDER.fullmatch(said["FROM"]):
        raise SettingInvalid(
            "STAFET_MAIL_FROM must be an address, as stafet@example.org or Stafet <stafet@example.org>."
        )
    if not given("STAFET_URL"):
        raise SettingInvalid("STAFET_MAIL_HOST needs STAFET_URL: mails hold a link.")
    if bool(said["USER"]) != bool(said["PASSWORD"]):
        raise SettingInvalid("STAFET_MAIL_USER and STAFET_MAIL_PASSWORD belong together.")
    tls: Any = choice("STAFET_MAIL_TLS", "starttls", "tls", "none")
    if tls == "none" and said["USER"]:
        raise SettingInvalid("STAFET_MAIL_TLS is none: the password would be sent in the open.")
    if said["CA"] and not Path(said["CA"]).is_file():
        raise SettingInvalid(f"STAFET_MAIL_CA: there is no file {said['CA']}.")
    port = number("STAFET_MAIL_PORT", 465 if tls == "tls" else 587, 1, 65535)
    return MailServer(
        said["HOST"], port, tls, said["FROM"], said["USER"], said["PASSWORD"], said["CA"]
    )
