"""Databases to be cut off: one of each kind that is ready, and copies of it."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator

import pytest

from tests import postgres
from tests.crash.ready import Copies, fill


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copies(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Copies]:
    """Fresh copies of a database with people and the plan round, on disk as in production.

    A module may have a `ready(url, folder)` of its own that makes the database to be copied.
    """
    make = getattr(request.module, "ready", fill)
    folder, numbers = tmp_path_factory.mktemp("cut"), itertools.count()
    if request.param == "sqlite":
        make(f"sqlite:///{folder}/ready.db", folder)

        def fresh() -> str:
            file = folder / f"{next(numbers)}.db"
            shutil.copy(folder / "ready.db", file)
            return f"sqlite:///{file}"

        yield fresh
        return
    with postgres.server() as address:
        make(postgres.database(address, "ready"), folder)
        yield lambda: postgres.database(address, f"cut{next(numbers)}", like="ready")
