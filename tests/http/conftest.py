"""Servers for these tests: the embedded one, and a web process with a worker on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.secrets import Keyring
from tests import postgres
from tests.http.served import Server, environment, running, stafet


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`stafet serve --demo` on SQLite, shared by the tests of this folder."""
    folder = tmp_path_factory.mktemp("served")
    env = environment(folder, f"sqlite:///{folder}/stafet.db")
    with running("serve", "--demo", env=env, log=folder / "log") as server:
        yield server


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two `stafet web` and a `stafet worker` on one PostgreSQL, with the demo's people."""
    folder = tmp_path_factory.mktemp("split")
    with postgres.server() as address:
        url = postgres.database(address, "stafet")
        env = environment(folder, url, STAFET_KEYS=Keyring.generate())
        stafet("db", "upgrade", env=env)
        stafet("demo", env=env)
        with (
            running("web", env=env, log=folder / "web1") as first,
            running("web", env=env, log=folder / "web2") as second,
            running("worker", env=env, log=folder / "worker", ready=""),
        ):
            yield first, second
