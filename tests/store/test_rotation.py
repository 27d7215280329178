"""The sealing key is replaced while others write, through a crash, and is not put to rest too early."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select

from engine import actions, audit, rotation
from engine.errors import Conflict, SecretUnreadable, SettingInvalid
from engine.model import Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit as log
from engine.tables import citizen, metadata
from tests.store.cast import CPR, NOW, PARTIES, asked, opened
from tests.store.conftest import KEYS

LONGER = Keyring.extended(KEYS)
#: Hashes of secrets and blind indexes: nobody opens these.
NOT_SEALED = {
    "session.key", "session.sid_index", "identity.subject_index", "login_request.key",
    "token.key", "feed.key", "citizen.cpr_index", "citizen.name_index", "audit.hash",
}  # fmt: skip


@pytest.fixture
def newer(store: Store) -> Iterator[Store]:
    """The same database with a ring that has one more key."""
    with closing(Store(_url(store), Keyring.from_text(LONGER), demo=True)) as made:
        yield made


def _url(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def _all(store: Store) -> None:
    for _ in rotation.resealed(store, now=NOW):
        pass


def _opened(store: Store) -> list[str]:
    """What every sealed value says."""
    with store.read() as db:
        return [
            store.keyring.open(row._mapping[each.column.name], each.place(row))
            for each in rotation.SEALED
            for row in db.execute(select(each.column.table).where(each.column.is_not(None)))
        ]


def test_every_column_of_bytes_is_sealed_or_named_here() -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert {each.name for each in rotation.SEALED} == found - NOT_SEALED


def test_everything_is_sealed_again_and_says_the_same(store: Store, newer: Store) -> None:
    number = opened(store)
    asked(store, number)
    before = _opened(store)
    assert sum(rotation.left(newer, 1).values()) == len(before) > 2
    progress = list(rotation.resealed(newer, now=NOW))
    assert progress[-1] == (len(before), len(before))
    assert rotation.left(newer, 1) == {}
    assert _opened(newer) == before
    alone = Keyring.from_text(rotation.retire(newer, LONGER, 1))
    with closing(Store(_url(store), alone, demo=True)) as only:
        assert _opened(only) == before
        assert audit.verify(only).ok
    with pytest.raises(SecretUnreadable):
        _opened(store)


def test_a_key_that_is_needed_is_not_put_to_rest(store: Store, newer: Store) -> None:
    opened(store)
    with pytest.raises(Conflict, match=r"Key 1 still opens [0-9]+ values"):
        rotation.retire(newer, LONGER, 1)
    _all(newer)
    with pytest.raises(SettingInvalid, match="seals"):
        rotation.retire(newer, LONGER, 2)
    with pytest.raises(SettingInvalid, match="no key of that number"):
        rotation.retire(newer, LONGER, 7)


def test_what_is_written_meanwhile_is_kept(
    store: Store, newer: Store, as_: Callable[[str], Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the servers have the longer ring, and write while values are sealed again."""
    ida = as_("ida")
    for nth in range(6):
        actions.open_case(store, ida, "midtjylland", CPR, f"Bo {nth}", PARTIES, now=NOW)
    stop = threading.Event()
    names: list[str] = []

    def work() -> None:
        while not stop.is_set():
            names.append(f"Ny {len(names)}")
            actions.open_case(newer, ida, "midtjylland", CPR, names[-1], PARTIES, now=NOW)

    monkeypatch.setattr(rotation, "SEALED", [replace(each, batch=1) for each in rotation.SEALED])
    writer = threading.Thread(target=work)
    writer.start()
    try:
        _all(newer)
    finally:
        stop.set()
        writer.join()
    assert names
    assert rotation.left(newer, 1) == {}
    assert names[-1] in _opened(newer)


def test_a_newer_value_is_not_written_over(store: Store, newer: Store) -> None:
    """Somebody changed the row after it was read: his value stays."""
    opened(store)
    each = rotation.SEALED[1]
    with newer.write() as db:
        row = db.execute(select(citizen)).first()
        assert row is not None
        sealed = newer.keyring.seal("Ny", each.place(row))
        db.execute(citizen.update().values(name=sealed))
        assert rotation._reseal(db, newer.keyring, each, row) == 0
    assert "Ny" in _opened(newer)


def test_killed_in_the_middle_it_goes_on(
    store: Store, newer: Store, as_: Callable[[str], Actor]
) -> None:
    """Another process seals, and is killed after its third batch of one."""
    for day in range(3):
        citizen_ = f"7{day}0378-1016"
        actions.open_case(store, as_("ida"), "midtjylland", citizen_, "Bo", PARTIES, now=NOW)
    before = _opened(store)
    code = (
        "import os, sys, dataclasses\n"
        "from datetime import datetime\n"
        "from engine import rotation\n"
        "from engine.secrets import Keyring\n"
        "from engine.store import Store\n"
        "rotation.SEALED = [dataclasses.replace(s, batch=1) for s in rotation.SEALED]\n"
        "store = Store(os.environ['URL'], Keyring.from_text(os.environ['RING']))\n"
        "now = datetime.fromisoformat('2024-03-26T10:00+01:00')\n"
        "for done, total in rotation.resealed(store, now=now):\n"
        "    print(done, flush=True)\n"
        "    if done == 3: sys.stdin.read()\n"
    )
    env = {**os.environ, "URL": _url(store), "RING": LONGER}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout
        assert [next(child.stdout).strip() for _ in range(3)] == ["1", "2", "3"]
        child.send_signal(signal.SIGKILL)
    assert _opened(newer) == before
    assert sum(rotation.left(newer, 1).values()) == len(before) - 3
    assert list(rotation.resealed(newer, now=NOW))[-1] == (len(before) - 3, len(before) - 3)
    assert _opened(newer) == before
    with newer.read() as db:
        told = select(log.c.facts).where(log.c.what == "resealed")
        assert [row.facts for row in db.execute(told)] == [
            f'{{"key":2,"values":{len(before) - 3}}}'
        ]
