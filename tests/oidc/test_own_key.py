"""The installation shows who it is by a key of its own (`private_key_jwt`); one that is not known is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from engine.tables import session
from tests.oidc.conftest import OWN, House, Idp

#: A key that the provider does not know, under a name that it knows.
FALSE = RSAKey.generate_key(2048, {"kid": "rsa-1"})
Made = Callable[..., House]


@pytest.fixture
def signing(tmp_path: Path, ready: tuple[Path, str], idp: Idp) -> Iterator[Made]:
    """An installation that signs, with more settings."""
    made: list[House] = []

    def make(**more: str) -> House:
        told = {
            "STAFET_OIDC_CLIENT_ID": "signing",
            "STAFET_OIDC_CLIENT_SECRET": "",
            "STAFET_OIDC_CLIENT_KEY": OWN["rsa-1"].as_pem(private=True).decode(),
            "STAFET_OIDC_CLIENT_KEY_ID": "rsa-1",
        }
        made.append(House(tmp_path, ready, idp.issuer, **{**told, **more}))
        return made[-1]

    yield make
    for house in made:
        house.store.close()


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, list[str]]]:
    """What is sent to the token endpoint."""
    found: list[dict[str, list[str]]] = []
    send = requests.Session.send

    def spy(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> Any:
        if str(request.url).endswith("/token"):
            body = request.body.decode() if isinstance(request.body, bytes) else str(request.body)
            found.append({**parse_qs(body), "headers": list(request.headers)})
        return send(self, request, **how)

    monkeypatch.setattr(requests.Session, "send", spy)
    return found


def test_a_key_signs_in_place_of_a_secret(
    signing: Made, idp: Idp, posted: list[dict[str, list[str]]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    house = signing()
    for _ in range(2):
        answer = house.browser().log_in("s-ida")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    told = []
    for sent in posted:
        assert "client_secret" not in sent
        assert "Authorization" not in sent["headers"]
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        assert sent["client_assertion_type"] == [kind]
        found = jwt.decode(sent["client_assertion"][0], OWN["rsa-1"], algorithms=["RS256"])
        assert found.header["kid"] == "rsa-1"
        told.append(found.claims)
    for claims in told:
        assert (claims["iss"], claims["sub"]) == ("signing", "signing")
        assert claims["aud"] == f"{idp.issuer}/token"
        assert claims["exp"] - claims["iat"] == 60
    assert told[0]["jti"] != told[1]["jti"]
    secret = OWN["rsa-1"].as_dict(private=True)
    for private in (str(secret["d"])[:20], "PRIVATE", posted[0]["client_assertion"][0]):
        assert private not in caplog.text


def test_a_key_of_another_kind_as_jwk_brings_its_name_along(signing: Made) -> None:
    key = json.dumps(OWN["ec-1"].as_dict(private=True))
    house = signing(STAFET_OIDC_CLIENT_KEY=key, STAFET_OIDC_CLIENT_KEY_ID="")
    assert house.browser().log_in("s-ida").status_code == 302


def test_the_level_is_asked_for_as_always(signing: Made) -> None:
    answer = signing().browser().log_in("s-low")
    assert answer.status_code == 403
    assert "for lavt" in answer.text


@pytest.mark.parametrize(
    "more",
    [
        {"STAFET_OIDC_CLIENT_KEY": FALSE.as_pem(private=True).decode()},
        {"STAFET_OIDC_CLIENT_KEY_ID": "nobody-knows"},
        {"STAFET_OIDC_CLIENT_ID": "stafet"},  # there it awaits a secret
        {"STAFET_OIDC_CLIENT_KEY": "", "STAFET_OIDC_CLIENT_SECRET": "a secret of the tests"},
    ],
)
def test_a_key_that_the_provider_does_not_know_is_said_and_is_not_the_persons_fault(
    signing: Made, more: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    house = signing(**more)
    answer = house.browser().log_in("s-ida")
    assert answer.status_code == 503
    assert "godkender ikke Stafets egen nøgle" in answer.text
    with house.store.read() as db:
        assert db.execute(select(session)).all() == []
    told = [one for one in caplog.records if "it does not accept" in one.getMessage()]
    assert [one.levelname for one in told] == ["ERROR"]
    assert more.get("STAFET_OIDC_CLIENT_KEY_ID", "") in told[0].getMessage()
    secret = OWN["rsa-1"].as_dict(private=True), FALSE.as_dict(private=True)
    for private in (*(str(one["d"])[:20] for one in secret), "PRIVATE", "eyJ", "secret of"):
        assert private not in caplog.text
        assert private not in answer.text
