"""Workers are killed while a batch runs, at every point and at random: no instance is lost, none is done twice."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from engine import actions, logins, queries
from engine import audit as chain
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import audit, batch, batch_item, history, incident, instance
from stafet.demo.crowd import multiply
from tests import postgres, seeds
from tests.crash.cut import Workload, cut, points
from tests.crash.ready import KEYS, Copies, fill
from tests.store.cast import NOW, opened, started

SOAK = bool(os.environ.get("STAFET_SOAK"))
STRIDE = 1 if SOAK else 7
#: Instances of the group, and those that have been ended since the operator looked.
FEW, LEFT = 4, 2
MANY, ENDED = (10_000, 37) if SOAK else (120, 5)
LATER = NOW + timedelta(minutes=1)
#: Workers at once (SQLite has one server), and the longest that one lives: a little longer each time, so that any
#: machine comes to an end.
WORKERS, LIVES = {"sqlite": 1, "postgresql": 3}, 5 if SOAK else 0.5


def _ready(url: str, folder: Path, many: int, ended: int) -> None:
    """So many instances whose step failed, and a batch that is to suspend them."""
    fill(url, folder)
    with closing(_store(url)) as store:
        started(store, opened(store))
        multiply(store, 1, many - 1)
        with store.write() as db:
            numbers = list(db.scalars(select(instance.c.id).order_by(instance.c.id)))
            db.execute(update(instance).values(status="incident"))
            failed = {"at": NOW, "code": "failed", "sentence": "Nej."}
            db.execute(insert(incident).values([{"instance_id": n, **failed} for n in numbers]))
        actions.beat(store, "w1", done=0, failed=0, now=NOW)
        actions.watch(store, now=NOW, every=timedelta(0))
        ole = logins.actor(store, "ole", now=NOW)
        actions.many(store, ole, "suspend", "failed", "Rettes i diagrammet", now=NOW)
        for number in numbers[:: many // ended][:ended]:
            actions.cancel(store, ole, number, "Ikke længere aktuelt", now=NOW)


def ready(url: str, folder: Path) -> None:
    """What `copies` copies."""
    _ready(url, folder, FEW, LEFT)


def _store(url: str) -> Store:
    return Store(url, Keyring.from_text(KEYS), demo=True)


def _work(store: Store) -> None:
    while actions.run_batches(store, 2, now=LATER):
        pass


def _by_status(db: Connection, table: Table) -> dict[str, int]:
    counted = select(table.c.status, func.count().label("n")).group_by(table.c.status)
    return {row.status: row.n for row in db.execute(counted)}


def _account(store: Store) -> dict[str, Any]:
    """Everything that a batch leaves; how often each instance was done stands in three places."""
    with store.read() as db:
        items = _by_status(db, batch_item)
        stand = _by_status(db, instance)
        entries = Counter(
            db.scalars(select(audit.c.instance_id).where(audit.c.what == "suspended"))
        )
        lines = Counter(
            db.scalars(select(history.c.instance_id).where(history.c.what == "suspended"))
        )
        over = db.scalars(select(batch.c.done_at.is_not(None))).all()
    return {
        "items": items,
        "instances": stand,
        "times": [sorted(set(entries.values())), sorted(set(lines.values()))],
        "done": [len(entries), len(lines)],
        "over": [bool(each) for each in over],
        "whole": chain.verify(store).ok,
    }


def _expected(many: int, ended: int) -> dict[str, Any]:
    did = many - ended
    return {
        "items": {"done": did, "impossible": ended},
        "instances": {"suspended": did, "cancelled": ended},
        "times": [[1], [1]],
        "done": [did, did],
        "over": [True],
        "whole": True,
    }


def test_a_batch_that_is_cut_off_anywhere_goes_on_and_does_none_twice(copies: Copies) -> None:
    batching = Workload(_work, _account)
    names, expected = points(copies(), KEYS, batching)
    assert expected == {**_expected(FEW, LEFT), "exit": 0}
    for number in range(1, len(names) + 1, STRIDE):
        died, found = cut(copies(), KEYS, number, batching)
        assert died, f"point {number} ({names[number - 1]}) was never reached"
        assert found == expected, f"after a cut at point {number} ({names[number - 1]})"


@pytest.fixture(params=["sqlite", "postgresql"])
def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/crowd.db"
        _ready(url, tmp_path, MANY, ENDED)
        yield url
        return
    with postgres.server() as address:
        url = postgres.database(address, "crowd")
        _ready(url, tmp_path, MANY, ENDED)
        yield url


def _worker(url: str) -> int:
    """A worker in a process of its own; its number."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with closing(_store(url)) as store:
                _work(store)
            status = 0
        finally:
            os._exit(status)
    return child


def _come_to(url: str) -> int:
    """How many of the batch are done with, as its page tells."""
    with closing(_store(url)) as store:
        (one,) = queries.batches(store, logins.actor(store, "ole", now=LATER), now=LATER).items
        return int(one["done"]) + int(one["impossible"])


def test_workers_killed_at_random_lose_nothing_and_do_nothing_twice(crowd: str) -> None:
    luck, at_once = random.Random(seeds.run_seed()), WORKERS[crowd.split("+")[0].split(":")[0]]
    seen = [0]
    killed, ended, rounds = 0, 0, 0
    while not ended:
        rounds += 1
        workers = [_worker(crowd) for _ in range(at_once)]
        time.sleep(luck.uniform(0.02, LIVES * rounds))
        for each in workers:
            os.kill(each, signal.SIGKILL)
            _, status = os.waitpid(each, 0)
            code = os.waitstatus_to_exitcode(status)
            assert code in (0, -signal.SIGKILL)
            killed += code != 0
            ended += code == 0
        seen.append(_come_to(crowd))
    assert seen == sorted(seen)
    assert killed, "no worker was killed"
    with closing(_store(crowd)) as store:
        _work(store)
        with store.read() as db:
            left = db.scalars(select(instance.c.id).where(instance.c.status == "cancelled"))
            number, ole = db.scalar(select(batch.c.id)), logins.actor(store, "ole", now=LATER)
            gone = sorted(left)
        told = queries.batch_of(store, ole, number or 0, now=LATER)
        assert (told["done"], told["impossible"], told["left"]) == (MANY - ENDED, ENDED, 0)
        assert sorted(n for why in told["kept"] for n in why["instances"]) == gone
        assert all(why["sentence"] for why in told["kept"])
        assert _account(store) == _expected(MANY, ENDED)
