"""A database that cannot: read-only, full, gone.  One sentence, nothing half written, and it goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from engine import actions
from engine.errors import DatabaseLocked, DatabaseReadOnly, DiskFull, Unavailable
from engine.model import Actor
from engine.store import Store
from engine.tables import instance, task
from tests.store.cast import NOW, open_task, opened, started

As = Callable[[str], Actor]
#: What only a file can have; PostgreSQL's own codes are in `engine/faults.py`.
only_sqlite = pytest.mark.parametrize("home", ["sqlite"], indirect=True, scope="session")
REUSE = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}


def test_a_database_that_can_only_be_read_changes_nothing(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number, ida = open_task(store, walk, "vurder_behov"), as_("ida")
    with _read_only(store), pytest.raises(DatabaseReadOnly):
        actions.complete(store, ida, number, REUSE, now=NOW)
    assert open_task(store, walk, "vurder_behov") == number
    actions.complete(store, ida, number, REUSE, now=NOW)


@only_sqlite
def test_a_full_disk_keeps_what_is_there(store: Store, as_: As) -> None:
    number, ida = opened(store), as_("ida")
    with store.read() as db:
        full = db.scalar(text("PRAGMA page_count")) + 1
    with _each_connection(store, f"PRAGMA max_page_count={full}"), pytest.raises(DiskFull):
        _begin_many(store, ida, number)
    with store.read() as db:
        begun = db.scalar(select(func.count()).select_from(instance))
        opened_tasks = db.scalar(select(func.count()).select_from(task))
    assert begun == opened_tasks, "an instance without its task is half written"
    with _each_connection(store, "PRAGMA max_page_count=1073741823"):
        actions.start(store, ida, number, "planrunde", {}, now=NOW)


@only_sqlite
def test_a_file_that_another_server_has_is_said(store: Store) -> None:
    store.claim_server()
    second = Store(str(store.engine.url), store.keyring)
    with pytest.raises(DatabaseLocked):
        second.claim_server()
    second.close()


def test_a_server_that_is_not_there_is_said(store: Store, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    url = f"sqlite:///{tmp_path}/file/x.db" if store.sqlite else nowhere
    lost = Store(url, store.keyring)
    with pytest.raises(Unavailable), lost.read() as db:
        db.execute(select(task))
    lost.close()


@only_sqlite
def test_a_file_that_is_no_database_is_said(store: Store, tmp_path: Any) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be one " * 40)
    strange = Store(f"sqlite:///{tmp_path}/x.db", store.keyring)
    with pytest.raises(Unavailable):
        strange.upgrade()
    strange.close()


def _begin_many(store: Store, ida: Actor, number: int) -> None:
    for _ in range(50):
        actions.start(store, ida, number, "planrunde", {}, now=NOW)


# ---- ways to break it --------------------------------------------------------------------
@contextmanager
def _read_only(store: Store) -> Iterator[None]:
    on = "PRAGMA query_only=ON" if store.sqlite else "SET default_transaction_read_only = on"
    off = "PRAGMA query_only=OFF" if store.sqlite else "SET default_transaction_read_only = off"
    with _each_connection(store, on):
        yield
    store.engine.dispose()
    with _each_connection(store, off), store.read() as db:
        db.execute(select(task.c.id).limit(1))


@contextmanager
def _each_connection(store: Store, said: str) -> Iterator[None]:
    """New connections are told this; those that are open are closed first."""
    store.engine.dispose()

    def tell(connection: Any, _record: object) -> None:
        # On PostgreSQL a setting that is made in a transaction goes with its rollback.
        if not store.sqlite:
            connection.autocommit = True
        connection.execute(said)
        if not store.sqlite:
            connection.autocommit = False

    event.listen(store.engine, "connect", tell)
    try:
        yield
    finally:
        event.remove(store.engine, "connect", tell)
        store.engine.dispose()
