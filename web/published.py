"""What an identity provider publishes of itself: its addresses and its keys.

Read when it is first needed and again after an hour; the keys also when a token names an unknown one.  It is asked over
https (http only where the issuer is on this machine), never redirected, and for some seconds only.  While it does not
answer, it is asked again only now and then, so that a login does not keep others waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from engine.errors import ProviderDown

log = logging.getLogger("stafet.web")

#: Seconds for a connection, and for each answer.
PATIENCE = (3.05, 10)
#: Seconds that what it publishes is believed; how soon an unknown key has the keys read again; how long it is left
#: alone where it did not answer.
_FRESH, _AGAIN, _ALONE = 3600, 30, 5
_NEVER = float("-inf")


class Published:
    """Of one issuer; threads share it."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._keys: Any = None
        self._read_at = self._keys_at = self._failed_at = _NEVER

    def says(self, name: str) -> Any:
        """A field of the discovery document; raises `ProviderDown`."""
        with self._lock:
            if not self._metadata or _since(self._read_at) > _FRESH:
                where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                found = self._again(where)
                if found.get("issuer") != self._issuer:
                    log.error("oidc: the discovery document names another issuer")
                    raise ProviderDown
                self._metadata, self._read_at = found, time.monotonic()
            return self._metadata.get(name)

    def endpoint(self, field: str) -> str:
        """An address that it names, where that may be used."""
        found = self.says(field)
        parts = urlsplit(found if isinstance(found, str) else "")
        near = parts.scheme == "http" and self._issuer.startswith("http://")
        if not parts.netloc or not (parts.scheme == "https" or near):
            log.error("oidc: the discovery document has no usable %s", field)
            raise ProviderDown
        return parts.geturl()

    def keys(self, *, again: bool) -> Any:
        """Its keys; `again`: a token named one that is not among them."""
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        where = self.endpoint("jwks_uri")
        with self._lock:
            if self._keys is None or _since(self._keys_at) > (_AGAIN if again else _FRESH):
                found: Any = self._again(where)
                try:
                    self._keys = KeySet.import_key_set(found)
                except (JoseError, ValueError, TypeError, KeyError) as exc:
                    log.error("oidc: its keys cannot be read: %s", exc.__class__.__name__)
                    raise ProviderDown from exc
                self._keys_at = time.monotonic()
            return self._keys

    def _again(self, address: str) -> dict[str, Any]:
        if _since(self._failed_at) < _ALONE:
            raise ProviderDown
        try:
            return ask(address)
        except ProviderDown:
            self._failed_at = time.monotonic()
            raise


def ask(address: str, access_token: str = "") -> dict[str, Any]:  # none: no token  # nosec B107
    """A JSON object of the provider; raises `ProviderDown`."""
    from requests import RequestException, get  # noqa: PLC0415

    headers = {"Accept": "application/json"}
    if access_token:
        headers["Authorization"] = f"Bearer {access_token}"
    try:
        answer = get(address, headers=headers, timeout=PATIENCE, allow_redirects=False)
        found = answer.json() if answer.status_code == 200 else None
    except (RequestException, ValueError) as exc:
        log.warning("oidc: %s: %s", urlsplit(address).path, exc.__class__.__name__)
        raise ProviderDown from exc
    if not isinstance(found, dict):
        log.warning("oidc: %s answers %s", urlsplit(address).path, answer.status_code)
        raise ProviderDown
    return found


def _since(moment: float) -> float:
    return time.monotonic() - moment
