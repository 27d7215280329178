"""A backup: whole, sealed, made while others write, read into either kind of database, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from engine import actions, audit, logins
from engine.backup import LEFT_OUT, TABLES, backup, restore
from engine.errors import Conflict
from engine.model import Actor
from engine.sealedfile import PIECE, BackupUnreadable, reading, writing
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit as log
from engine.tables import case, metadata, unit
from tests import postgres
from tests.store.cast import CPR, NOW, PARTIES, asked, opened
from tests.store.conftest import KEYS

_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty database of either kind."""
    url = f"sqlite:///{tmp_path}/empty.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("pg")
        url = postgres.database(address, f"restored{next(_numbers)}")
    with closing(Store(url, Keyring.from_text(KEYS), demo=True)) as made:
        yield made


def contents(store: Store) -> dict[str, list[str]]:
    """Every row of what a backup holds, without the entry of the restore."""
    told = log.c.what.not_in(("restored", "head"))
    with store.read() as db:
        return {
            table.name: sorted(
                map(repr, db.execute(select(table).where(told) if table is log else select(table)))
            )
            for table in TABLES
        }


def test_everything_comes_back_and_one_goes_on(store: Store, empty: Store, tmp_path: Path) -> None:
    number = opened(store)
    asked(store, number)
    with store.write() as db:
        db.execute(insert(unit).values(id=90, name="Ny", sector="stat", valid_from=NOW.date()))
        older = {"id": 80, "name": "Ældre “ø”", "sector": "stat", "valid_from": NOW.date()}
        db.execute(insert(unit).values(**older, successor_id=90))
    file = tmp_path / "backup"
    saved = backup(store, file, now=NOW)
    assert restore(empty, file, now=NOW) == saved
    assert contents(empty) == contents(store)
    assert saved.rows["unit"] == 9
    assert audit.verify(empty).ok
    ida = logins.actor(empty, "ida", now=NOW)
    made = actions.open_case(empty, ida, "midtjylland", "720685-1033", "Bo", PARTIES, now=NOW)
    assert made == number + 1


def test_a_backup_holds_one_state_while_others_write(
    store: Store, empty: Store, tmp_path: Path, as_: Callable[[str], Actor]
) -> None:
    ida, stop, done = as_("ida"), threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            done.append(actions.open_case(store, ida, "midtjylland", CPR, "Bo", PARTIES, now=NOW))
            asked(store, done[-1])

    busy = threading.Thread(target=work)
    busy.start()
    try:
        while len(done) < 2:
            stop.wait(0.01)
        saved = backup(store, tmp_path / "backup", now=NOW)
        began = len(done)
        while len(done) < began + 2:
            stop.wait(0.01)
    finally:
        stop.set()
        busy.join()
    restore(empty, tmp_path / "backup", now=NOW)
    with empty.read() as db:
        held = db.scalar(select(func.count()).select_from(case))
    assert 2 <= saved.rows["case"] == held < len(done)
    assert audit.verify(empty).ok


def test_nothing_of_it_can_be_read_without_the_keys(store: Store, tmp_path: Path) -> None:
    asked(store, opened(store))
    file = tmp_path / "backup"
    backup(store, file, now=NOW)
    data = file.read_bytes()
    assert [word for word in (b"Ida Ibsen", b"planrunde", CPR.encode()) if word in data] == []
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupUnreadable):
        list(reading(file, Keyring.from_text(Keyring.generate()))[1])
    with pytest.raises(Conflict, match="there already"):
        backup(store, file, now=NOW)
    assert [each.name for each in tmp_path.iterdir()] == ["backup"]


def test_an_older_key_still_opens_its_backups(store: Store, empty: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "backup", now=NOW)
    empty.keyring = Keyring.from_text(Keyring.used(Keyring.extended(KEYS)))
    restore(empty, tmp_path / "backup", now=NOW)


def test_a_full_database_is_left_alone(store: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "backup", now=NOW)
    before = contents(store)
    with pytest.raises(Conflict, match="not empty"):
        restore(store, tmp_path / "backup", now=NOW)
    assert contents(store) == before


def test_a_backup_of_another_version_is_refused(
    store: Store, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.migrations.steps", lambda _db: ["0001"])
    backup(store, tmp_path / "backup", now=NOW)
    monkeypatch.undo()
    with pytest.raises(Conflict, match="another version"):
        restore(empty, tmp_path / "backup", now=NOW)
    assert not any(contents(empty).values())


def test_what_was_changed_or_cut_leaves_nothing_behind(
    store: Store, empty: Store, tmp_path: Path
) -> None:
    asked(store, opened(store))
    file = tmp_path / "backup"
    backup(store, file, now=NOW)
    whole, wrong = file.read_bytes(), tmp_path / "wrong"
    line = whole.index(b"\n") + 1
    bads = [whole[:-1], whole[:-40], whole[:line], whole[:20], b"", whole + b"x", whole + bytes(20)]
    for place in (3, line - 4, line + 1, line + 30, len(whole) - 3):
        bads.append(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    for bad in bads:
        wrong.write_bytes(bad)
        with pytest.raises((BackupUnreadable, Conflict)):
            restore(empty, wrong, now=NOW)
    empty.upgrade()
    assert not any(contents(empty).values())


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
def test_pieces_come_back_in_order_and_none_may_be_missing(size: int, tmp_path: Path) -> None:
    keys, file = Keyring.from_text(KEYS), tmp_path / "file"
    data = bytes(range(256)) * (size // 256 + 1)
    with writing(file, keys, {"at": "x"}) as write:
        for start in range(0, size, 700_000):
            write(data[start : min(size, start + 700_000)])
    assert b"".join(reading(file, keys)[1]) == data[:size]
    whole, line = file.read_bytes(), file.read_bytes().index(b"\n") + 1
    step = 4 + PIECE + 16
    for lost in range(size // step):
        at = line + lost * step
        file.write_bytes(whole[:at] + whole[at + step :])
        with pytest.raises(BackupUnreadable):
            list(reading(file, keys)[1])


def test_what_is_left_out_is_true_of_one_moment_only() -> None:
    assert {table.name for table in metadata.sorted_tables} == {
        *LEFT_OUT,
        *(table.name for table in TABLES),
    }


def test_time_passes_between_backup_and_restore(store: Store, empty: Store, tmp_path: Path) -> None:
    backup(store, tmp_path / "backup", now=NOW)
    restore(empty, tmp_path / "backup", now=NOW + timedelta(days=60))
    with empty.read() as db:
        whats: list[Any] = list(db.scalars(select(log.c.what).where(log.c.what == "restored")))
    assert whats == ["restored"]
    assert audit.verify(empty).ok
