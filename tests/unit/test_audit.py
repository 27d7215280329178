"""The audit chain: whatever is changed, removed or added later shows."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update

from engine.audit import Chains, Verdict, verify
from engine.errors import Unavailable
from engine.model import Actor
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit, case, citizen

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
IDA = Actor(7, "ida", "Ida Ibsen")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path}/stafet.db", Keyring.from_text(Keyring.generate()))
    made.upgrade()
    yield made
    made.close()


def look(store: Store, chains: Chains, case_id: int = 1, *, now: datetime = NOW) -> None:
    with store.write() as db:
        chains.record(db, now=now, actor=IDA, what="saw_case", case=case_id, facts={"ø": case_id})
    chains.settle(True)


def restarted(store: Store) -> Chains:
    """The same keys in a new process."""
    return Chains(store.keyring.mac_key)


def test_an_untouched_log_is_whole(store: Store) -> None:
    assert verify(store) == Verdict(0, True, None)
    first, second = restarted(store), restarted(store)
    for number in range(5):
        look(store, first, number)
        look(store, second, number, now=NOW + timedelta(days=20 * number))
    verdict = verify(store)
    assert verdict == Verdict(10, True, None)


def test_threads_write_side_by_side(store: Store) -> None:
    chains = restarted(store)

    def work() -> None:
        for number in range(10):
            look(store, chains, number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verify(store) == Verdict(40, True, None)
    with store.read() as db:
        assert db.scalar(select(func.count(audit.c.chain.distinct()))) == 4


def test_a_rollback_takes_the_chain_back(store: Store) -> None:
    chains = restarted(store)
    look(store, chains)
    with suppress(ZeroDivisionError), store.write() as db:
        chains.record(db, now=NOW, actor=IDA, what="saw_case", case=2)
        raise ZeroDivisionError
    chains.settle(False)
    look(store, chains, 3)
    assert verify(store) == Verdict(2, True, None)
    with store.read() as db:
        assert db.scalar(select(func.max(audit.c.seq))) == 2


def test_after_an_unknown_commit_a_new_chain_begins(store: Store) -> None:
    chains = restarted(store)
    look(store, chains)
    with store.write() as db:
        chains.record(db, now=NOW, actor=IDA, what="saw_case", case=2)
    chains.settle(None)  # it was written, but the connection broke before the answer came
    look(store, chains, 3)
    assert verify(store) == Verdict(3, True, None)


def test_two_entries_in_one_transaction_stand_one_after_the_other(store: Store) -> None:
    chains = restarted(store)
    with store.write() as db:
        chains.record(db, now=NOW, actor=IDA, what="saw_case", case=1)
        chains.record(db, now=NOW, actor=IDA, what="saw_case", case=2)
    chains.settle(True)
    assert verify(store) == Verdict(2, True, None)


def test_an_entry_whose_place_is_taken_is_refused(store: Store) -> None:
    chains = restarted(store)
    look(store, chains)
    with store.write() as db:
        mine = chains._mine.settled
        assert mine is not None
        row = db.execute(select(audit).where(audit.c.seq == 1)).one()._asdict()
        db.execute(insert(audit).values(**{**row, "seq": 2}))
    with pytest.raises(Unavailable), store.write() as db:
        chains.record(db, now=NOW, actor=IDA, what="saw_case", case=2)


COLUMNS = {
    "at": NOW + timedelta(microseconds=1),
    "person_id": 8,
    "on_behalf": 8,
    "what": "logged_in",
    "citizen_id": 9,
    "case_id": 9,
    "instance_id": 9,
    "task_id": 9,
    "facts": "{}",
    "hash": b"\0" * 32,
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("seq", [1, 3])
def test_a_changed_entry_shows(store: Store, column: str, seq: int) -> None:
    chains = restarted(store)
    for number in range(1, 4):
        look(store, chains, number)
    with store.write() as db:
        changed = update(audit).where(audit.c.seq == seq).values({column: COLUMNS[column]})
        assert db.execute(changed).rowcount == 1
    verdict = verify(store)
    assert not verdict.ok
    assert verdict.first_broken is not None
    assert verdict.first_broken.endswith(f":{seq} was changed")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("whole")
    made = Store(f"sqlite:///{folder}/stafet.db", Keyring.from_text(Keyring.generate()))
    made.upgrade()
    for _ in range(3):
        chains = restarted(made)
        for number in range(4):
            look(made, chains, number)
    yield made
    made.close()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_rows_are_removed_it_shows(whole: Store, data: st.DataObject) -> None:
    """Any rows of any chains, as long as the newest chain's head is left."""
    with whole.read() as db:
        rows = [row._asdict() for row in db.execute(select(audit))]
    heads = {row["chain"]: json.loads(row["facts"])["after"] for row in rows if row["seq"] == 0}
    (newest,) = heads.keys() - {name for after in heads.values() for name in after}
    removable = [row for row in rows if (row["chain"], row["seq"]) != (newest, 0)]
    numbers = data.draw(st.sets(st.integers(0, len(removable) - 1), min_size=1))
    lost = [removable[n] for n in numbers]
    with whole.write() as db:
        for row in lost:
            gone = delete(audit).where(audit.c.chain == row["chain"], audit.c.seq == row["seq"])
            db.execute(gone)
    try:
        assert not verify(whole).ok
    finally:
        with whole.write() as db:
            db.execute(insert(audit), lost)
    assert verify(whole).ok


def test_an_entry_from_somebody_without_the_key_shows(store: Store) -> None:
    look(store, restarted(store))
    look(store, Chains(b"guessed" * 5), 2)
    assert not verify(store).ok


def test_an_older_head_cannot_be_made_from_what_is_left(store: Store) -> None:
    """Cutting the last entry off and giving the head the hash of the one before does not help."""
    chains = restarted(store)
    look(store, chains)
    look(store, chains, 2)
    with store.write() as db:
        before = db.scalar(select(audit.c.hash).where(audit.c.seq == 1))
        db.execute(delete(audit).where(audit.c.seq == 2))
        db.execute(update(audit).where(audit.c.seq == 0).values(hash=before))
    assert not verify(store).ok


def test_emptying_the_log_shows_by_the_cases_that_nobody_opened(store: Store) -> None:
    with store.write() as db:
        db.execute(
            insert(citizen).values(id=1, cpr=b"c", cpr_index=b"i", name=b"n", name_index=b"j")
        )
        db.execute(insert(case).values(id=1, agreement="midtjylland", citizen_id=1, opened_at=NOW))
    look(store, restarted(store), case_id=1)
    assert verify(store).ok
    with store.write() as db:
        db.execute(delete(audit))
    assert verify(store) == Verdict(0, False, "case 1 has no entry")
