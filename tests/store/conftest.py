"""Every test in here runs twice: on an SQLite file and on a real PostgreSQL.

`store` is a database of its own for each test, a copy of one that has the schema, the people of `cast.py`, and
Midtjylland's plan round with the shared disagreement.  PostgreSQL missing is a failure.  One worker runs the folder,
so that there is one server.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from engine import logins
from engine.deploy import deploy
from engine.model import MACHINE, Actor
from engine.secrets import Keyring
from engine.store import Store
from tests import postgres
from tests.store.cast import NOW, organise

PROCESSES = Path(__file__).parents[2] / "processes"
#: What is deployed: few and settled pathways, so that a test of the store does not hang on others.
USED = (
    "midtjylland/agreement.toml",
    "midtjylland/clauses.yaml",
    "midtjylland/planrunde",
    "faelles/uenighed",
    "faelles/samtykke",
)
KEYS = Keyring.generate()
_numbers = itertools.count(1)


def _fill(url: str, folder: Path) -> None:
    """The schema, the people and the pathways."""
    for name in USED:
        source, target = PROCESSES / name, folder / "processes" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)
    made = Store(url, Keyring.from_text(KEYS))
    with closing(made):
        made.upgrade()
        organise(made)
        deploy(made, MACHINE, folder / "processes" / "midtjylland", "tests", now=NOW)


class Home:
    """A kind of database: `copy` gives the URL of a fresh one and what takes it away again."""

    def copy(self) -> tuple[str, Callable[[], None]]:
        raise NotImplementedError


class _Sqlite(Home):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _fill(f"sqlite:///{folder}/ready.db", folder)

    def copy(self) -> tuple[str, Callable[[], None]]:
        file = self.folder / f"{next(_numbers)}.db"
        shutil.copy(self.folder / "ready.db", file)
        return f"sqlite:///{file}", lambda: None


class _Postgres(Home):
    def __init__(self, address: str, folder: Path) -> None:
        self.address = address
        _fill(postgres.database(address, "ready"), folder)

    def copy(self) -> tuple[str, Callable[[], None]]:
        name = f"copy{next(_numbers)}"
        url = postgres.database(self.address, name, like="ready")
        return url, lambda: postgres.drop(self.address, name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep this folder on one worker."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("store"))


@pytest.fixture(scope="session")
def pg() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with postgres.server() as address:
        yield address


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The kind of database, with one that is ready to be copied."""
    folder = tmp_path_factory.mktemp("store")
    if request.param == "sqlite":
        return _Sqlite(folder)
    return _Postgres(request.getfixturevalue("pg"), folder)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """A store on a fresh copy; made-up citizens have given their consent."""
    url, forget = home.copy()
    made = Store(url, Keyring.from_text(KEYS), demo=True)
    yield made
    made.close()
    forget()


@pytest.fixture
def statements(store: Store) -> Iterator[list[str]]:
    """Every statement that the store is given, as long as the test runs."""
    seen: list[str] = []

    def note(_db: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


@pytest.fixture
def as_(store: Store) -> Callable[[str], Actor]:
    """`as_("ida")`: that person as of `NOW`."""

    def actor(login: str, now: datetime = NOW) -> Actor:
        return logins.actor(store, login, now=now)

    return actor
