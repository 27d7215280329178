"""Servers for these tests: the embedded one, and a web process with a worker on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.served import Server, environment, running


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`stafet serve --demo` on SQLite, shared by the tests of this folder."""
    folder = tmp_path_factory.mktemp("served")
    env = environment(folder, f"sqlite:///{folder}/stafet.db")
    with running("serve", "--demo", env=env, log=folder / "log") as server:
        yield server
