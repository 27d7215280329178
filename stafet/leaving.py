"""The settings of what leaves the house: read, and refused out loud.

`STAFET_MAIL_HOST` turns mail on; then `STAFET_URL` and `STAFET_MAIL_FROM` are needed, and `STAFET_MAIL_PORT`, `_TLS`,
`_USER`, `_PASSWORD` (or `_PASSWORD_FILE`) and `_CA` may be said.

`STAFET_ALERT_MAIL` (addresses) and `STAFET_ALERT_HOOK` (with `_HOOK_SECRET` or `_HOOK_SECRET_FILE`) say who is told
that something is stuck; then `_QUIET`, `_URGENT` and `_AFTER` say when.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from channels.where import Alerting, Hook, MailServer
from engine.errors import SettingInvalid

_SENDER = re.compile(r"[^@\s<>]+@[^@\s<>]+|[^<>\r\n]+ <[^@\s<>]+@[^@\s<>]+>")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) ?[-–] ?([01]?\d|2[0-3]):([0-5]\d)")
#: Machines that one may call in the open: this one.
_HERE = ("localhost", "127.0.0.1", "::1")
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


def alerts(
    given: Callable[[str], str],
    number: Callable[[str, int, int, int], int],
    server: MailServer | None,
) -> Alerting:
    """Who is told that something is stuck, and when; half a setting is refused."""
    mails = tuple(each.strip() for each in given("STAFET_ALERT_MAIL").split(",") if each.strip())
    for each in mails:
        if not _ADDRESS.fullmatch(each):
            raise SettingInvalid(
                "STAFET_ALERT_MAIL must be mail addresses with commas between them."
            )
    if mails and server is None:
        raise SettingInvalid("STAFET_ALERT_MAIL needs STAFET_MAIL_HOST.")
    hook = _hook(given)
    if not mails and hook is None:
        for name in ("QUIET", "URGENT", "AFTER"):
            if given(f"STAFET_ALERT_{name}"):
                raise SettingInvalid(
                    f"STAFET_ALERT_{name} is set, and neither STAFET_ALERT_MAIL nor STAFET_ALERT_HOOK is."
                )
    after = timedelta(minutes=number("STAFET_ALERT_AFTER", 5, 0, 1440))
    return Alerting(tuple(dict.fromkeys(mails)), hook, _quiet(given), _urgent(given), after)


def _hook(given: Callable[[str], str]) -> Hook | None:
    address, secret = given("STAFET_ALERT_HOOK"), given("STAFET_ALERT_HOOK_SECRET")
    if not address:
        if secret:
            raise SettingInvalid("STAFET_ALERT_HOOK_SECRET is set, and STAFET_ALERT_HOOK is not.")
        return None
    # The address is not repeated: what follows the machine's name is often a secret.
    wrong = "STAFET_ALERT_HOOK must be an https address, without a login and without #; http only on this machine."
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        raise SettingInvalid(wrong) from None
    plain = parts.scheme == "http" and parts.hostname in _HERE
    odd = (
        "@" in parts.netloc or "#" in address or not address.isascii() or not address.isprintable()
    )
    if not parts.hostname or odd or " " in address or not (plain or parts.scheme == "https"):
        raise SettingInvalid(wrong)
    if len(secret) < 16:
        raise SettingInvalid(
            "STAFET_ALERT_HOOK needs STAFET_ALERT_HOOK_SECRET (or _FILE): at least 16 characters that sign each call."
        )
    if not given("STAFET_URL"):
        raise SettingInvalid("STAFET_ALERT_HOOK needs STAFET_URL: alerts hold a link.")
    return Hook(address, secret)


def _quiet(given: Callable[[str], str]) -> tuple[time, time] | None:
    text = given("STAFET_ALERT_QUIET").strip()
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    hours = [int(each) for each in found.groups()] if found else [0, 0, 0, 0]
    begins, ends = time(hours[0], hours[1]), time(hours[2], hours[3])
    if begins == ends:
        raise SettingInvalid(
            f"STAFET_ALERT_QUIET must be from and to on the Danish clock, as 22:00-07:00; it is “{text}”."
        )
    return begins, ends


def _urgent(given: Callable[[str], str]) -> frozenset[str]:
    text = given("STAFET_ALERT_URGENT")
    if not text.strip():
        return frozenset()
    # What is stuck is found in tables: other commands must not pay for them.
    from engine.stuck import REASONS  # noqa: PLC0415

    named = {each.strip() for each in text.split(",") if each.strip()}
    if strange := sorted(named - set(REASONS)):
        raise SettingInvalid(
            f"STAFET_ALERT_URGENT: “{strange[0]}” is no cause; they are {', '.join(REASONS)}."
        )
    return frozenset(named)
