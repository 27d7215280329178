"""What the audit chain costs: entries appended by four processes, and all of it verified.

Appending: four processes on PostgreSQL, one commit each time, `Chains.record` in a `Store.write` beside a plain INSERT
of the same row by the same driver into a table without a chain, in turns of two seconds.  The server keeps its promises
to the disk (`fsync`).  Verifying: `audit.verify` over what was written, beside SHA-256 over the same bytes, entry by
entry, which lie in memory already.
"""

from __future__ import annotations

import multiprocessing
import statistics
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from time import perf_counter
from typing import Any

import psycopg

from engine import audit
from engine.audit.reading import rows
from engine.model import Actor
from engine.secrets import Keyring
from engine.store import Store
from tests import postgres

PROCESSES, ROUNDS, SECONDS, VERIFIED = 4, 5, 2.0, 5
#: What is verified at least: a year of a small house.
ENTRIES = 40_000
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
IDA = Actor(7, "ida", "Ida Ibsen")
FACTS = {"element": "vurder_behov"}
APPEND_LEAST, VERIFY_LEAST = 0.5, 0.1


def run() -> dict[str, Any]:
    """Both ratios with what they were measured against."""
    keys = Keyring.generate()
    with postgres.server(durable=True) as address:
        url = postgres.database(address, "bench")
        with closing(Store(url, Keyring.from_text(keys))) as store:
            store.upgrade()
            with store.write() as db:
                db.exec_driver_sql("CREATE TABLE plain (LIKE audit INCLUDING ALL)")
            pairs = [
                (_at_once(_append, url, keys), _at_once(_plain, url, keys)) for _ in range(ROUNDS)
            ]
            appended = statistics.median(mine / floor for mine, floor in pairs)
            _fill(store)
            entries, verified, hashed = _verified(store)
    return {
        "appended_per_second": round(statistics.median(mine for mine, _ in pairs)),
        "plain_inserts_per_second": round(statistics.median(floor for _, floor in pairs)),
        "processes": PROCESSES,
        "append_over_plain": round(appended, 3),
        "append_over_plain_least": APPEND_LEAST,
        "entries": entries,
        "verified_per_second": round(entries / verified),
        "sha256_per_second": round(entries / hashed),
        "verify_over_sha256": round(hashed / verified, 3),
        "verify_over_sha256_least": VERIFY_LEAST,
        "ok": appended >= APPEND_LEAST and hashed / verified >= VERIFY_LEAST,
    }


# ---- appending -----------------------------------------------------------------------------
Work = Callable[[str, str, Any, Any], None]


def _at_once(work: Work, url: str, keys: str) -> float:
    """Commits per second of all processes together."""
    context = multiprocessing.get_context("spawn")
    start, counts = context.Barrier(PROCESSES), context.Queue()
    crew = [context.Process(target=work, args=(url, keys, start, counts)) for _ in range(PROCESSES)]
    for one in crew:
        one.start()
    done = sum(counts.get(timeout=120) for _ in crew)
    for one in crew:
        one.join()
    return float(done / SECONDS)


def _append(url: str, keys: str, start: Any, counts: Any) -> None:
    with closing(Store(url, Keyring.from_text(keys))) as store:

        def once() -> None:
            with store.write() as db:
                store.chains.record(
                    db, now=NOW, actor=IDA, what="saw_case", citizen=1, case=1, facts=FACTS
                )

        counts.put(_for_a_while(once, start))


def _plain(url: str, keys: str, start: Any, counts: Any) -> None:
    values = "(%s, %s, %s, 7, NULL, 'saw_case', 1, 1, NULL, NULL, %s, %s)"
    statement = f"INSERT INTO plain VALUES {values}"
    facts, digest, chain = '{"element":"vurder_behov"}', bytes(32), f"{id(start)}/{perf_counter()}"
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        seq = iter(range(1, 10**9))

        def once() -> None:
            db.execute(statement, (chain, next(seq), NOW, facts, digest))
            db.commit()

        counts.put(_for_a_while(once, start))


def _for_a_while(once: Callable[[], None], start: Any) -> int:
    for _ in range(20):
        once()  # statements are prepared, pages are warm
    start.wait()
    until, done = perf_counter() + SECONDS, 0
    while perf_counter() < until:
        once()
        done += 1
    return done


def _fill(store: Store) -> None:
    """More entries, ten in each transaction, until there are enough to verify."""
    with store.read() as db:
        there = db.exec_driver_sql("SELECT count(*) FROM audit WHERE seq > 0").scalar_one()
    for _ in range(max(0, ENTRIES - there) // 10):
        with store.write() as db:
            for case in range(10):
                store.chains.record(
                    db, now=NOW, actor=IDA, what="saw_case", citizen=1, case=case, facts=FACTS
                )
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("VACUUM ANALYZE audit")


# ---- verifying -----------------------------------------------------------------------------
def _verified(store: Store) -> tuple[int, float, float]:
    """How many entries; seconds to verify them, and to hash their bytes; medians, measured in turns."""
    with store.read() as db:
        told = [bytes(32) + told for _, seq, told, *_ in rows(db) if seq > 0 and told is not None]
    verifying, hashing = [], []
    for _ in range(VERIFIED):
        began = perf_counter()
        verdict = audit.verify(store)
        verifying.append(perf_counter() - began)
        assert verdict == audit.Verdict(len(told), True, None), verdict
        began = perf_counter()
        for each in told:
            sha256(each).digest()
        hashing.append(perf_counter() - began)
    return len(told), statistics.median(verifying), statistics.median(hashing)
