"""Workers are told at commit what is to be done now: PostgreSQL's NOTIFY, heard on another connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Event, Thread

import psycopg
import pytest
from sqlalchemy import text

from engine import actions
from engine.model import Actor
from engine.store import Store
from scheduler.ears import listen
from tests.store.cast import NOW, PARTIES, opened

#: SQLite has no NOTIFY: its one process polls.
pytestmark = pytest.mark.parametrize("home", ["postgresql"], indirect=True)
#: Longer than any commit takes; only a failure waits for it.
PATIENCE = 30.0
SOON = 0.2


@pytest.fixture
def line(store: Store) -> Iterator[psycopg.Connection]:
    """A connection of its own that listens, as a worker's does."""
    address = store.engine.url.set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as db:
        db.execute("LISTEN stafet")
        yield db


def heard(line: psycopg.Connection, patience: float) -> bool:
    return any(True for _ in line.notifies(timeout=patience, stop_after=1))


def test_a_step_that_leaves_work_for_now_is_told_at_commit_and_not_before(
    store: Store, line: psycopg.Connection
) -> None:
    with suppress(ZeroDivisionError), store.write() as db:
        store.tell_workers(db)
        raise ZeroDivisionError
    assert not heard(line, SOON), "what was rolled back is nobody's business"
    with store.write() as db:
        store.tell_workers(db)
        assert not heard(line, SOON), "nothing is there to be done before the commit"
    assert heard(line, PATIENCE)


def test_completing_a_task_that_sends_for_a_pathway_wakes_the_workers(
    store: Store, as_: Callable[[str], Actor], line: psycopg.Connection
) -> None:
    ida, jens = as_("ida"), as_("jens")
    number = opened(store, parties=PARTIES)
    moved = actions.start(store, ida, number, "planrunde", {}, now=NOW)
    moved = actions.complete(
        store,
        ida,
        moved.tasks[0]["id"],
        {"justering_indsats": False, "justering_plan": False},
        now=NOW,
    )
    sent = {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]}
    while heard(line, SOON):
        pass
    actions.complete(store, ida, moved.tasks[0]["id"], sent, now=NOW)
    with store.read() as db:
        asked = db.scalar(text("SELECT id FROM task WHERE element = 'accepter_plan'"))
    while heard(line, SOON):
        pass
    actions.complete(store, jens, asked, {"accept": False}, now=NOW)
    assert heard(line, PATIENCE), "the disagreement is to begin at once"


def test_told_says_true_for_a_commit_and_false_for_silence(
    store: Store, line: psycopg.Connection
) -> None:
    with closing(store.told(SOON)) as told:
        assert next(told) is False
        with store.write() as db:
            store.tell_workers(db)
        assert next(told) is True
        assert next(told) is False
    # Its connection went with it: nobody else hears what it listened for.
    with store.read() as db:
        assert db.scalar(text("SELECT count(*) FROM pg_listening_channels()")) == 0


def test_the_ear_of_a_worker_hears_and_stops(store: Store, line: psycopg.Connection) -> None:
    stop, woken = Event(), Event()
    ear = Thread(target=listen, args=(store, stop, woken.set))
    ear.start()
    try:
        for _ in range(100):
            with store.write() as db:
                store.tell_workers(db)
            if woken.wait(SOON):
                break
        assert woken.is_set()
    finally:
        stop.set()
        ear.join(PATIENCE)
    assert not ear.is_alive()
