"""The identity provider as an OIDC client sees it (Authlib); no Flask.

    provider = Provider(told)                      # issuer, client, callback
    provider.address(begun)                        # where the browser goes: code, PKCE (S256), nonce, state
    provider.claims(begun, answer, now=now)        # Answered(claims, sid, id_token), everything verified
    provider.logout_address(id_token, back)        # RP-initiated logout; "" where it has none
    provider.ended(logout_token, now=now)          # back-channel logout: (sid, subject, issued at)

Only asymmetric signatures count.  What it publishes is `web/published.py`'s.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from engine.errors import ProofRefused, ProviderDown, ProviderKnowsUsNot, ProviderSaidNo
from engine.logins import Begun
from web.published import PATIENCE, Published, ask

log = logging.getLogger("stafet.web")

#: Signatures that only the provider can make.
ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip
#: How far its clock may be from ours, in seconds.
SKEW = 60
_LARGEST = 16_000
#: How long what we sign of ourselves holds, in seconds.
_BRIEF = 60
#: What the provider says where it does not know our secret or key.
_UNKNOWN = ("invalid_client", "unauthorized_client")
#: The signatures of our own key, the first one that the provider takes.
_SIGNED = {"RSA": ("RS256", "PS256"), "P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",)}
_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_CODE = re.compile(r"[a-z_]{1,40}")


class Told(Protocol):
    """What the installation says of it."""

    issuer: str
    client_id: str
    client_secret: str
    client_key: Any
    scopes: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Who logged in, verified; `sid` is its name of the session."""

    claims: Mapping[str, Any] = field(repr=False)
    sid: str = field(repr=False)
    id_token: str = field(repr=False)


class Provider:
    """One provider, as long as the process lives; threads share it."""

    def __init__(self, told: Told, callback: str, levels: tuple[str, ...] = ()) -> None:
        self._told, self._callback, self._levels = told, callback, levels
        self._published = Published(told.issuer)

    def ready(self) -> None:
        """Raises `ProviderDown` where one cannot log in now."""
        self._published.endpoint("authorization_endpoint")

    def address(self, begun: Begun) -> str:
        """Where the browser goes to log in; raises `ProviderDown`."""
        more = {"nonce": begun.nonce}
        if self._levels:
            more["acr_values"] = " ".join(self._levels)
        with self._client() as client:
            found = client.create_authorization_url(
                self._published.endpoint("authorization_endpoint"),
                state=begun.state,
                code_verifier=begun.verifier,
                **more,
            )
        return str(found[0])

    def claims(self, begun: Begun, answer: Mapping[str, str], *, now: datetime) -> Answered:
        """Whom the browser's answer vouches for; raises `ProofRefused`, or what says who is at fault (`errors.py`)."""
        self._must_be_this_provider(answer)
        if "error" in answer or not answer.get("code"):
            raise ProviderSaidNo
        tokens = self._redeem(begun, answer["code"], now)
        text = tokens.get("id_token")
        params = {
            "nonce": begun.nonce,
            "client_id": self._told.client_id,
            "access_token": tokens.get("access_token"),
        }
        claims = self._id_token(text, params, now)
        told = {**self._userinfo(tokens.get("access_token"), claims["sub"]), **claims}
        return Answered(told, str(claims.get("sid") or ""), str(text))

    def logout_address(self, id_token: str, back: str) -> str:
        """Where the browser goes to log out there too; "" where the provider offers none."""
        if not self._published.says("end_session_endpoint") or not id_token:
            return ""
        asked = {
            "id_token_hint": id_token,
            "client_id": self._told.client_id,
            "post_logout_redirect_uri": back,
        }
        address = self._published.endpoint("end_session_endpoint")
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"

    def ended(self, text: str, *, now: datetime) -> tuple[str, str, datetime]:
        """What a logout token ends; raises `ProofRefused`."""
        header, claims = self._verified(text)
        options = {name: {"essential": True} for name in ("iat", "jti", "events")}
        self._check(header, claims, now, options, {})
        events, sid, subject = claims["events"], claims.get("sid", ""), claims.get("sub", "")
        right = isinstance(events, dict) and isinstance(events.get(_EVENT), dict)
        known = isinstance(sid, str) and isinstance(subject, str) and (sid or subject)
        old = now.timestamp() - float(claims["iat"]) > 10 * SKEW
        if not right or not known or old or "nonce" in claims:
            raise ProofRefused
        return sid, subject, datetime.fromtimestamp(float(claims["iat"]) + SKEW, UTC)

    # ---- tokens --------------------------------------------------------------------------
    def _must_be_this_provider(self, answer: Mapping[str, str]) -> None:
        """RFC 9207: the answer says whose it is, so that no other provider's code is sent to this one."""
        says = self._published.says("authorization_response_iss_parameter_supported") is True
        issuer = answer.get("iss")
        if issuer is None and not says:
            return
        if not hmac.compare_digest((issuer or "").encode(), self._told.issuer.encode()):
            raise ProofRefused

    def _redeem(self, begun: Begun, code: str, now: datetime) -> Mapping[str, Any]:
        from authlib.integrations.base_client import OAuthError  # noqa: PLC0415
        from requests import RequestException  # noqa: PLC0415

        address = self._published.endpoint("token_endpoint")
        try:
            with self._client() as client:
                self._signs(client, now)
                found: Any = client.fetch_token(
                    address, code=code, code_verifier=begun.verifier, allow_redirects=False
                )
        except OAuthError as exc:
            said = str(exc.error)
            if said in _UNKNOWN:
                log.error("oidc: token endpoint: %s: it does not accept %s", said, self._proof())
                raise ProviderKnowsUsNot from exc
            log.warning("oidc: token endpoint: %s", said if _CODE.fullmatch(said) else "unreadable")
            # A code that is old, used or another's is the browser's; all else is the installation's.
            raise (ProofRefused if said == "invalid_grant" else ProviderDown) from exc
        except (RequestException, ValueError) as exc:
            log.warning("oidc: token endpoint: %s", exc.__class__.__name__)
            raise ProviderDown from exc
        return dict(found)

    def _id_token(self, text: Any, params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        header, claims = self._verified(text)
        self._check(header, claims, now, {"sub": {"essential": True}}, params)
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise ProofRefused
        return claims

    def _check(
        self,
        header: Mapping[str, Any],
        claims: Mapping[str, Any],
        now: datetime,
        more: Mapping[str, Any],
        params: Mapping[str, Any],
    ) -> None:
        """Issuer, audience, time, and for an ID token nonce, azp and at_hash."""
        from authlib.oauth2.claims import JWTClaims  # noqa: PLC0415
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        options = {
            "iss": {"essential": True, "value": self._told.issuer},
            "aud": {"essential": True, "value": self._told.client_id},
            **more,
        }
        kind = CodeIDToken if params else JWTClaims
        try:
            kind(claims, header, options, params).validate(int(now.timestamp()), SKEW)
        except (JoseError, ValueError, TypeError, KeyError) as exc:
            log.warning("oidc: token refused: %s", getattr(exc, "claim", exc.__class__.__name__))
            raise ProofRefused from exc

    def _verified(self, text: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token that this provider signed."""
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import InvalidKeyIdError, JoseError  # noqa: PLC0415

        if not isinstance(text, str) or not text.isascii() or len(text) > _LARGEST:
            raise ProofRefused
        for again in (False, True):
            try:
                found: Any = jwt.decode(
                    text, self._published.keys(again=again), algorithms=ALGORITHMS
                )
                return dict(found.header), dict(found.claims)
            except InvalidKeyIdError as exc:
                if again:
                    log.warning("oidc: token refused: unknown key")
                    raise ProofRefused from exc
            except (JoseError, ValueError, TypeError, KeyError) as exc:
                log.warning("oidc: token refused: %s", exc.__class__.__name__)
                raise ProofRefused from exc
        raise ProofRefused

    def _userinfo(self, access_token: Any, subject: str) -> dict[str, Any]:
        if not isinstance(access_token, str) or not self._published.says("userinfo_endpoint"):
            return {}
        found = ask(self._published.endpoint("userinfo_endpoint"), access_token)
        if found.get("sub") != subject:
            raise ProofRefused
        return found

    def _client(self) -> Any:
        # Loaded here: an installation without a provider must not pay for it.
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415

        return OAuth2Session(
            self._told.client_id,
            self._told.client_key or self._told.client_secret,
            scope=self._told.scopes,
            redirect_uri=self._callback,
            code_challenge_method="S256",
            default_timeout=PATIENCE,
            token_endpoint_auth_method=self._way_in(),
        )

    # ---- who Stafet itself is -----------------------------------------------------------------
    def _way_in(self) -> str:
        if self._told.client_key:
            return "private_key_jwt"
        ways = self._published.says("token_endpoint_auth_methods_supported")
        basic = not isinstance(ways, list) or "client_secret_basic" in ways
        return "client_secret_basic" if basic else "client_secret_post"

    def _signs(self, client: Any, now: datetime) -> None:
        """RFC 7523: a key of ours signs, for this provider and for a minute; it is never sent."""
        from authlib.oauth2.rfc7523 import PrivateKeyJWT  # noqa: PLC0415

        key = self._told.client_key
        if not key:
            return
        takes = self._published.says("token_endpoint_auth_signing_alg_values_supported")
        ours = _SIGNED[key.key_type if key.key_type == "RSA" else key.curve_name]
        at = int(now.timestamp())
        client.register_client_auth_method(
            PrivateKeyJWT(
                headers={"kid": key.kid},
                claims={"iat": at, "exp": at + _BRIEF},
                alg=next(
                    (one for one in ours if isinstance(takes, list) and one in takes), ours[0]
                ),
            )
        )

    def _proof(self) -> str:
        """What we show of ourselves, for the log: the key's name, never the key."""
        key = self._told.client_key
        return f"the key {key.kid!r}" if key else "the client secret"
