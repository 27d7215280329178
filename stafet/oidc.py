"""The settings of logins by an identity provider: read, and refused out loud.

`STAFET_OIDC_ISSUER` turns it on; then `STAFET_URL`, `STAFET_OIDC_CLIENT_ID`, `STAFET_OIDC_RULES` and either
`STAFET_OIDC_CLIENT_SECRET` or `STAFET_OIDC_CLIENT_KEY` are needed, and `STAFET_OIDC_CLIENT_KEY_ID`, `STAFET_OIDC_NAME`,
`STAFET_OIDC_SCOPES`, `STAFET_OIDC_NEW_PEOPLE` and `STAFET_OIDC_DAYS` may be said.
"""

from __future__ import annotations

import json
import tomllib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from engine.errors import SettingInvalid

if TYPE_CHECKING:
    from engine.logins import Rules

#: Where http will do: nobody else's machine is in between.
LOCAL = ("localhost", "127.0.0.1", "::1")
#: The shortest RSA key, in bits, and the curves that sign for us.
SHORTEST_RSA = 2048
CURVES = ("P-256", "P-384", "P-521")


@dataclass(frozen=True, slots=True)
class Oidc:
    """`name` stands on the button; `days`: how long the provider's word on a person's jobs holds.

    `client_key`: a private key (joserfc) that signs in place of `client_secret`, or None.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    client_key: Any = field(repr=False)
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
    secret, key = given("STAFET_OIDC_CLIENT_SECRET"), given("STAFET_OIDC_CLIENT_KEY")
    needed = ("STAFET_URL", "STAFET_OIDC_CLIENT_ID", "STAFET_OIDC_RULES")
    if missing := [name for name in needed if not given(name)]:
        raise SettingInvalid(
            f"STAFET_OIDC_ISSUER is set, so {' and '.join(missing)} must be set too."
        )
    if bool(secret) is bool(key):
        raise SettingInvalid(
            "STAFET_OIDC_ISSUER is set, so either STAFET_OIDC_CLIENT_SECRET or STAFET_OIDC_CLIENT_KEY must be set too"
            f"{', not both' if key else ''}."
        )
    scopes = given("STAFET_OIDC_SCOPES") or "openid profile"
    if "openid" not in scopes.split():
        raise SettingInvalid(f"STAFET_OIDC_SCOPES must hold openid; it is “{scopes}”.")
    return Oidc(
        issuer,
        given("STAFET_OIDC_CLIENT_ID"),
        secret,
        _key(key, given("STAFET_OIDC_CLIENT_KEY_ID")) if key else None,
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


def _key(text: str, name: str) -> Any:
    """The installation's own private key, PEM or JWK, under the name that the provider knows it by."""
    # Commands of an installation with a secret, or with no provider, must not pay for it.
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415

    found: Any = None
    for kind in (RSAKey, ECKey):
        try:
            with warnings.catch_warnings(action="ignore"):  # of a short key, which is refused below
                found = found or kind.import_key(json.loads(text) if text.startswith("{") else text)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue  # nothing of it is repeated: it is a secret
    size = found.raw_value.key_size if isinstance(found, RSAKey) else 0
    good = size >= SHORTEST_RSA if size else found is not None and found.curve_name in CURVES
    if not good or not found.is_private:
        raise SettingInvalid(
            "STAFET_OIDC_CLIENT_KEY must be a private key without a password, as PEM or JWK: RSA of at least"
            f" {SHORTEST_RSA} bits, or EC on {', '.join(CURVES)}."
        )
    bare = {
        k: v for k, v in found.as_dict(private=True).items() if k not in ("alg", "key_ops", "use")
    }
    return type(found).import_key({**bare, "kid": name or found.kid or found.thumbprint()})


def _rules(path: Path) -> Rules:
    # The engine's logins load the database; commands that need none must not pay for it.
    from engine.logins import Rules  # noqa: PLC0415

    try:
        return Rules.from_toml(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as exc:
        raise SettingInvalid(f"The file {path} cannot be read: {exc.__class__.__name__}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingInvalid(f"The file {path} is not TOML: {exc}.") from exc
