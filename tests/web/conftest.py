"""The whole site over a small database: one ward, Ida the nurse, no cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from engine.logins import hash_password
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import membership, person, unit
from stafet.app import create
from stafet.settings import ROOT, from_env

NOW = datetime(2026, 11, 30, 8, 21, tzinfo=UTC)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    """The app with its clock stopped at a Monday morning."""
    env = {"DATABASE_URL": f"sqlite:///{tmp_path}/stafet.db", "STAFET_KEYS": Keyring.generate()}
    settings = from_env({**env, "STAFET_PROCESSES": str(ROOT / "processes")})
    store = Store(settings.database_url, Keyring.from_text(settings.keys))
    store.upgrade()
    with store.write() as db:
        since = date(2020, 1, 1)
        db.execute(insert(unit).values(id=1, name="Afsnit N1", sector="region", valid_from=since))
        db.execute(
            insert(person).values(
                id=1, login="ida", name="Ida Holm", password_hash=hash_password("ret kode")
            )
        )
        db.execute(
            insert(membership).values(
                person_id=1, unit_id=1, role="sygeplejerske", valid_from=since
            )
        )
    yield create(settings, store, now=lambda: NOW)
    store.close()


@pytest.fixture
def visitor(site: Flask) -> FlaskClient:
    """A browser that nobody has logged in with."""
    return site.test_client()


@pytest.fixture
def token() -> Callable[[FlaskClient, str], str]:
    """The CSRF token that a page carries."""

    def read(client: FlaskClient, path: str) -> str:
        text = client.get(path).text
        return text.split('name="csrf" value="')[1].split('"')[0]

    return read


@pytest.fixture
def ida(visitor: FlaskClient, token: Callable[[FlaskClient, str], str]) -> FlaskClient:
    """Ida, logged in."""
    form = {"csrf": token(visitor, "/log-ind"), "login": "ida", "password": "ret kode"}
    assert visitor.post("/log-ind", data=form).status_code == 302
    return visitor
