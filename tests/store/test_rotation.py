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
from sqlalchemy import LargeBinary, func, insert, select

from engine import actions, audit, owned, queries, rotation
from engine.errors import Conflict, SecretUnreadable, SettingInvalid
from engine.model import MACHINE, Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit as log
from engine.tables import citizen, identity, message, metadata
from tests.store.cast import CPR, NOW, PARTIES, asked, open_task, opened, started
from tests.store.conftest import KEYS
from tests.store.whole import whole

LONGER = Keyring.used(Keyring.extended(KEYS))
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


def test_what_stands_in_them_is_a_seal_and_nothing_in_clear(
    store: Store, as_: Callable[[str], Actor]
) -> None:
    """Of a citizen of whom every table holds something."""
    who, filled = whole(store), set()
    task = open_task(store, started(store, who.case), "vurder_behov")
    actions.draft(store, as_("ida"), task, {"begrundelse": f"{who.word} i en kladde"}, now=NOW)
    for one in queries.emergencies(store, MACHINE, now=NOW):
        actions.reviewed(store, MACHINE, one["id"], f"{who.word} var i fare", now=NOW)
    with store.read() as db:
        letters = list(db.scalars(select(message.c.id).where(message.c.status == "unmatched")))
    for letter in letters:
        actions.discard(store, as_("ole"), letter, f"{who.word} er set", now=NOW)
    with store.read() as db:
        for each in rotation.SEALED:
            for row in db.execute(select(each.column.table).where(each.column.is_not(None))):
                blob = bytes(row._mapping[each.column.name])
                said = store.keyring.open(blob, each.place(row))
                assert not [word for word in (who.name, who.word) if word.encode() in blob], each
                assert len(said) < 4 or said.encode() not in blob, each
                filled.add(each.name)
    theirs = {each.table.name for each in owned.OWNED} | {"citizen"}
    wanted = {each.name for each in rotation.SEALED if each.column.table.name in theirs}
    # Of a letter that did not get out: `tests/store/test_mail.py`.
    assert wanted - filled == {"outbox.note"}


def test_everything_is_sealed_again_and_says_the_same(store: Store, newer: Store) -> None:
    number = opened(store)
    asked(store, number)
    before = _opened(store)
    assert sum(rotation.left(newer, 1).values()) == len(before) > 2
    progress = list(rotation.resealed(newer, now=NOW))
    assert progress[-1] == (len(before), len(before))
    assert rotation.left(newer, 1) == {}
    assert _opened(newer) == before
    store.engine.dispose()
    alone = Keyring.from_text(rotation.retire(newer, LONGER, "1"))
    with closing(Store(_url(store), alone, demo=True)) as only:
        assert _opened(only) == before
        assert audit.verify(only).ok
    with pytest.raises(SecretUnreadable):
        _opened(store)


def test_a_key_that_is_needed_is_not_put_to_rest(store: Store, newer: Store) -> None:
    opened(store)
    store.engine.dispose()
    with pytest.raises(Conflict, match=r"Key 1 still opens [0-9]+ values"):
        rotation.retire(newer, LONGER, "1")
    _all(newer)
    store.engine.dispose()
    with pytest.raises(SettingInvalid, match="seals"):
        rotation.retire(newer, LONGER, "2")
    with pytest.raises(SettingInvalid, match="no key of that number"):
        rotation.retire(newer, LONGER, "7")


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
        told_of = []
        for line in child.stdout:
            told_of.append(line.strip())
            if told_of[-1] == "3":
                break
        child.send_signal(signal.SIGKILL)
    assert told_of == ["1", "2", "3"]
    assert _opened(newer) == before
    assert sum(rotation.left(newer, 1).values()) == len(before) - 3
    assert list(rotation.resealed(newer, now=NOW))[-1] == (len(before) - 3, len(before) - 3)
    assert _opened(newer) == before
    with newer.read() as db:
        told = select(log.c.facts).where(log.c.what == "resealed")
        assert [row.facts for row in db.execute(told)] == [
            f'{{"key":2,"values":{len(before) - 3}}}'
        ]


# ---- the index that citizens are found by --------------------------------------------------
WAITS = Keyring.extended(KEYS, index=True)
INDEXED = Keyring.used(WAITS)


@pytest.fixture
def waits(store: Store) -> Iterator[Store]:
    """A server that knows the new index key and does not use it yet."""
    with closing(Store(_url(store), Keyring.from_text(WAITS), demo=True)) as made:
        yield made


@pytest.fixture
def indexed(store: Store) -> Iterator[Store]:
    """A server that uses it."""
    with closing(Store(_url(store), Keyring.from_text(INDEXED), demo=True)) as made:
        yield made


def _people(store: Store, as_: Callable[[str], Actor]) -> list[tuple[str, str]]:
    """Three citizens, opened by the old ring."""
    people = [(f"7{day}0378-1016", f"Bo {day}") for day in range(3)]
    for number, name in people:
        actions.open_case(store, as_("ida"), "midtjylland", number, name, PARTIES, now=NOW)
    return people


def _found(store: Store, actor: Actor, people: list[tuple[str, str]]) -> bool:
    """Whether each is one citizen, found by number and by name, and can be read."""
    for number, name in people:
        by_number = queries.cases(store, actor, number, now=NOW).items
        by_name = queries.cases(store, actor, name, now=NOW).items
        if not by_number or {one["citizen"]["name"] for one in by_number} != {name}:
            return False
        if [one["id"] for one in by_name] != [one["id"] for one in by_number]:
            return False
        if len({queries.citizen_with(store, number)}) != 1:
            return False
    with store.read() as db:
        return db.scalar(select(func.count()).select_from(citizen)) == len(people)


def test_citizens_are_found_by_both_keys_while_the_index_is_made_anew(
    store: Store, waits: Store, indexed: Store, as_: Callable[[str], Actor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ida, people = as_("ida"), _people(store, as_)
    monkeypatch.setattr(rotation, "BATCH", 1)
    for done, total in rotation.reindexed(indexed, now=NOW):
        assert total == 3
        for server in (waits, indexed):
            assert _found(server, ida, people), done
        # Whoever opens another case meanwhile meets the same citizen.
        for server, (number, name) in zip((waits, indexed), people[:2], strict=True):
            actions.open_case(server, ida, "midtjylland", number, name, PARTIES, now=NOW)
    assert _found(indexed, ida, people)
    store.engine.dispose()
    waits.engine.dispose()
    alone = Keyring.from_text(rotation.retire(indexed, INDEXED, "index"))
    with closing(Store(_url(store), alone, demo=True)) as only:
        assert _found(only, ida, people)
        assert audit.verify(only).ok
        with only.read() as db:
            told = db.scalars(select(log.c.facts).where(log.c.what == "reindexed"))
            assert list(told) == ['{"key":2,"citizens":3}']


def test_indexing_that_is_killed_goes_on(
    store: Store, indexed: Store, as_: Callable[[str], Actor]
) -> None:
    people = _people(store, as_)
    code = (
        "import os, sys\n"
        "from datetime import datetime\n"
        "from engine import rotation\n"
        "from engine.secrets import Keyring\n"
        "from engine.store import Store\n"
        "rotation.BATCH = 1\n"
        "store = Store(os.environ['URL'], Keyring.from_text(os.environ['RING']))\n"
        "now = datetime.fromisoformat('2024-03-26T10:00+01:00')\n"
        "for done, total in rotation.reindexed(store, now=now):\n"
        "    print(done, flush=True)\n"
        "    if done == 2: sys.stdin.read()\n"
    )
    env = {**os.environ, "URL": _url(store), "RING": INDEXED}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout
        assert [next(child.stdout).strip() for _ in range(2)] == ["1", "2"]
        child.send_signal(signal.SIGKILL)
    assert rotation.unindexed(indexed, 1) == (1, 0)
    assert _found(indexed, as_("ida"), people)
    assert list(rotation.reindexed(indexed, now=NOW)) == [(1, 1)]
    assert rotation.unindexed(indexed, 1) == (0, 0)
    assert _found(indexed, as_("ida"), people)


def test_a_server_without_the_newest_index_key_makes_no_second_citizen(
    store: Store, indexed: Store, as_: Callable[[str], Actor]
) -> None:
    people = _people(store, as_)
    list(rotation.reindexed(indexed, now=NOW))
    with pytest.raises(SecretUnreadable):
        actions.open_case(store, as_("ida"), "midtjylland", *people[0], PARTIES, now=NOW)
    assert _found(indexed, as_("ida"), people)


def test_servers_that_write_with_two_index_keys_at_once_make_one_citizen(
    store: Store, waits: Store, indexed: Store, as_: Callable[[str], Actor]
) -> None:
    """Between the first restart and the last some write with the old key and some with the new."""
    ida, refused = as_("ida"), []

    def work(server: Store, ready: threading.Barrier) -> None:
        for nth in range(10):
            ready.wait()
            try:
                number = f"7{nth % 8}0378-101{nth}"
                actions.open_case(server, ida, "midtjylland", number, "Bo", PARTIES, now=NOW)
            except Conflict as exc:
                refused.append(exc)

    # On SQLite one server has the file.
    servers = (waits, indexed) if not store.sqlite else (indexed, indexed)
    ready = threading.Barrier(2)
    workers = [threading.Thread(target=work, args=(one, ready)) for one in servers]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert not refused
    with indexed.read() as db:
        assert db.scalar(select(func.count()).select_from(citizen)) == 10


def test_no_key_is_used_before_every_server_knows_it(
    store: Store, waits: Store, indexed: Store
) -> None:
    opened(store)
    if store.sqlite:
        store.claim_server()
    with pytest.raises(Conflict, match="lack a key"):
        rotation.known(waits)
    store.close()
    if store.sqlite:
        waits.claim_server()
    else:
        assert audit.fits(waits)
    rotation.known(indexed)
    # It knows the key and still writes with the old one: the old one is not put to rest.
    list(rotation.reindexed(indexed, now=NOW))
    with pytest.raises(Conflict, match="still write with index"):
        rotation.retire(indexed, INDEXED, "index")
    waits.close()
    assert rotation.retire(indexed, INDEXED, "index")


def test_an_index_key_that_is_needed_is_not_put_to_rest(store: Store, indexed: Store) -> None:
    opened(store)
    with store.write() as db:
        db.execute(insert(identity).values(person_id=1, subject_index=bytes(16), made_at=NOW))
    store.engine.dispose()
    with pytest.raises(Conflict, match="By index alone 1 citizens are found"):
        rotation.retire(indexed, INDEXED, "index")
    list(rotation.reindexed(indexed, now=NOW))
    with pytest.raises(Conflict, match="1 people are known to the identity provider"):
        rotation.retire(indexed, INDEXED, "index")
    assert rotation.retire(indexed, INDEXED, "index", anyway=True)
