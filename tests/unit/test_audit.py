"""The audit chain: whatever is changed, removed or added later shows."""

from __future__ import annotations

import hmac
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

from engine import checkpoint
from engine.audit import Chains, Verdict, verify
from engine.audit.hashes import content, keyed, to_text
from engine.errors import Conflict, Unavailable
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
    rows_of = {
        name: {n for n, row in enumerate(removable) if row["chain"] == name} for name in heads
    }
    some = st.sets(st.integers(0, len(removable) - 1), min_size=1)
    # Or a chain with its head and all, as nothing but the one that followed it remembers.
    numbers = data.draw(some | st.sampled_from([rows_of[name] for name in heads]))
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


# ---- checkpoints ---------------------------------------------------------------------------
def noted(store: Store) -> checkpoint.Checkpoint:
    """A checkpoint that has been on paper."""
    file = checkpoint.signed(checkpoint.make(store, now=NOW), store.keyring)
    return checkpoint.read(file, store.keyring)


def test_what_was_there_at_the_checkpoint_is_there_still(store: Store) -> None:
    first = restarted(store)
    look(store, first)
    made = noted(store)
    assert (made.entries, len(made.ends), made.at) == (1, 1, NOW)
    look(store, first, 2)
    look(store, restarted(store), 3)
    assert verify(store, made.ends) == Verdict(3, True, None)


def test_an_older_database_put_back_is_found_by_the_checkpoint(store: Store) -> None:
    chains = restarted(store)
    look(store, chains)
    with store.read() as db:
        older = [row._asdict() for row in db.execute(select(audit))]
    look(store, chains, 2)
    made = noted(store)
    with store.write() as db:
        db.execute(delete(audit))
        db.execute(insert(audit), older)
    assert verify(store).ok  # an old state is a true state
    verdict = verify(store, made.ends)
    assert verdict.first_broken is not None
    assert verdict.first_broken.endswith(":2 is missing, which the checkpoint names")


def test_a_newest_chain_that_was_taken_away_is_found_by_the_checkpoint(store: Store) -> None:
    look(store, restarted(store))
    look(store, restarted(store), 2)
    made = noted(store)
    with store.write() as db:
        (newest,) = (
            row.chain
            for row in db.execute(select(audit).where(audit.c.seq == 0))
            if json.loads(row.facts)["after"]
        )
        db.execute(delete(audit).where(audit.c.chain == newest))
    assert verify(store).ok
    assert f"{newest}:1 is missing" in str(verify(store, made.ends).first_broken)


def test_another_history_of_the_same_length_is_found_by_the_checkpoint(store: Store) -> None:
    chains = restarted(store)
    look(store, chains)
    with store.read() as db:
        older = [row._asdict() for row in db.execute(select(audit))]
        settled = chains._mine.settled
    look(store, chains, 2)
    made = noted(store)
    with store.write() as db:
        db.execute(delete(audit))
        db.execute(insert(audit), older)
    chains._mine.settled = settled
    look(store, chains, 9)
    assert verify(store).ok
    assert "is another one than when" in str(verify(store, made.ends).first_broken)


def test_a_checkpoint_is_read_only_as_it_was_signed(store: Store) -> None:
    look(store, restarted(store))
    file = checkpoint.signed(checkpoint.make(store, now=NOW), store.keyring)
    wrong = [
        file[:-2],
        file.replace(b'"entries":1', b'"entries":0'),
        b"",
        b"\n\n",
        file + b"x",
        file[1:],
    ]
    for bad in wrong:
        with pytest.raises(checkpoint.CheckpointInvalid):
            checkpoint.read(bad, store.keyring)
    with pytest.raises(checkpoint.CheckpointInvalid):
        checkpoint.read(file, Keyring.from_text(Keyring.generate()))


def test_a_broken_chain_is_not_signed(store: Store) -> None:
    look(store, restarted(store))
    with store.write() as db:
        db.execute(update(audit).where(audit.c.seq == 1).values(what="logged_in"))
    with pytest.raises(Conflict, match="Nothing was signed"):
        checkpoint.make(store, now=NOW)


@pytest.mark.parametrize("column", ["seq", "person_id", "hash", "chain", "facts", "what", "at"])
def test_a_value_of_another_kind_shows(store: Store, column: str) -> None:
    """SQLite keeps a text in a column of numbers."""
    chains = restarted(store)
    look(store, chains)
    look(store, chains, 2)
    with store.write() as db:
        db.exec_driver_sql(f"UPDATE audit SET {column} = 'x\",1' WHERE seq = 1")
    assert not verify(store).ok


texts = st.text(max_size=20)
numbers = st.none() | st.integers(-(2**63), 2**63 - 1)


@given(texts, numbers, texts, numbers, texts)
def test_what_is_hashed_is_json_letter_by_letter(
    chain: str, on_behalf: int | None, what: str, citizen_id: int | None, facts: str
) -> None:
    """Nobody can move a letter from one column to the next without a change."""
    entry = (chain, 7, 3, on_behalf, what, citizen_id, 4, None, 5, facts)
    told = content("2026-11-24T12:00:00.000000+00:00", *entry)
    assert json.loads(told) == ["2026-11-24T12:00:00.000000+00:00", *entry]
    assert told == to_text(json.loads(told)).encode()


@given(st.binary(max_size=100), st.binary(max_size=200))
def test_a_hash_that_is_keyed_once_is_an_hmac(key: bytes, message: bytes) -> None:
    assert keyed(key)(message) == hmac.digest(key, message, "sha256")
