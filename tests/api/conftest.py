"""The whole site in this process, over made-up people and cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.logins import make_token
from stafet.app import clock
from tests.api.walk import Get
from tests.web.house import demo_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with demo_site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture(scope="session")
def as_(site: Flask) -> Get:
    """`as_("laege")`: a client that sends that person's token; `as_()` one that sends none."""
    tokens: dict[str, str] = {}

    def client(login: str | None = None) -> FlaskClient:
        made = site.test_client()
        if login is not None:
            if login not in tokens:
                store = site.extensions["stafet"].store
                tokens[login] = make_token(store, login, now=clock())
            made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens[login]}"
        return made

    return client


@pytest.fixture(scope="session")
def described(site: Flask) -> dict[str, Any]:
    answer = site.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found
