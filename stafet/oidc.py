"""The settings of logins by an identity provider: read, and refused out loud.

`STAFET_OIDC_ISSUER` turns it on; then `STAFET_URL`, `STAFET_OIDC_CLIENT_ID`, `STAFET_OIDC_CLIENT_SECRET` (or
`_FILE`) and `STAFET_OIDC_RULES` are needed, and `STAFET_OIDC_NAME`, `STAFET_OIDC_SCOPES`, `STAFET_OIDC_NEW_PEOPLE` and
`STAFET_OIDC_DAYS` may be said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.errors import SettingInvalid

if TYPE_CHECKING:
    from engine.logins import Rules

#: Where http will do: nobody else's machine is in between.
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Oidc:
    """`name` stands on the button; `days`: how long the provider's word on a person's jobs holds."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scopes: str
    rules: Rules
    new_people: bool
    days: int


def read(
    given: Callable[[str], str],
    flag: Callable[[str, str], bool],
    number: Callable[[str, int, int, int], int],
) -> Oidc | None:
    """The provider that the environment names; None where it names none."""
    issuer = given("STAFET_OIDC_ISSUER")
    if not issuer:
        return None
    address("STAFET_OIDC_ISSUER", issuer)
    needed = (
        "STAFET_URL",
        "STAFET_OIDC_CLIENT_ID",
        "STAFET_OIDC_CLIENT_SECRET",
        "STAFET_OIDC_RULES",
    )
    if missing := [name for name in needed if not given(name)]:
        raise SettingInvalid(
            f"STAFET_OIDC_ISSUER is set, so {' and '.join(missing)} must be set too."
        )
    scopes = given("STAFET_OIDC_SCOPES") or "openid profile"
    if "openid" not in scopes.split():
        raise SettingInvalid(f"STAFET_OIDC_SCOPES must hold openid; it is “{scopes}”.")
    return Oidc(
        issuer,
        given("STAFET_OIDC_CLIENT_ID"),
        given("STAFET_OIDC_CLIENT_SECRET"),
        given("STAFET_OIDC_NAME") or "arbejdsgiverens login",
        scopes,
        _rules(Path(given("STAFET_OIDC_RULES"))),
        flag("STAFET_OIDC_NEW_PEOPLE", "1"),
        number("STAFET_OIDC_DAYS", 30, 1, 366),
    )


def address(name: str, text: str) -> str:
    """An address of a site without a slash at its end; https, or http on this machine."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.query or parts.fragment or parts.username:
        raise SettingInvalid(
            f"{name} must be an address like https://login.example; it is “{text}”."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOCAL):
        raise SettingInvalid(f"{name} must begin with https:// (http:// only on this machine).")
    return text.rstrip("/")


def _rules(path: Path) -> Rules:
    # The engine's logins load the database; commands that need none must not pay for it.
    from engine.logins import Rules  # noqa: PLC0415

    try:
        return Rules.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as exc:
        raise SettingInvalid(f"The file {path} cannot be read: {exc.__class__.__name__}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingInvalid(f"The file {path} is not TOML: {exc}.") from exc
