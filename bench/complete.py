"""What a completion costs over the same thing done by hand.

The service: `engine.actions.complete` on SQLite, with form, access, deadline, jobs, history, encrypted answers and
audit; it opens one task with a deadline.  The floor, in the same run and interleaved: raw `sqlite3` with the same
pragmas, the same state and diagram: SELECT, load, step, dump, UPDATE, one commit.

The diagram is a loop, so the same run shows whether the thousandth turn costs what the first ones did.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select

from engine import actions
from engine import pathway as steps
from engine.deploy import deploy
from engine.model import MACHINE, Actor, Membership
from engine.pathway import Pathway
from engine.secrets import Keyring
from engine.store import _PRAGMAS, Store
from engine.tables import instance, membership, person, task, unit, unit_party

ROUNDS, EACH, TURNS = 9, 200, 1_000
START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ANSWER = {"igen": True, "bemaerkning": "Aftalt på mødet, at der følges op."}


def run() -> dict[str, Any]:
    """Ratios with what they were measured against; times in microseconds."""
    with tempfile.TemporaryDirectory(prefix="stafet-bench-") as folder:
        site = Site(Path(folder))
        service, floor = Turns(site), Floor(site, Path(folder) / "floor.db")
        _in_turns(service, floor, 50)  # caches, statements and pages are warm
        pairs = [_in_turns(service, floor, EACH) for _ in range(ROUNDS)]
        counted = site.counted(service)
        late, early = _late_and_early(site)
        site.store.close()
        floor.close()
    served, raw = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return {
        "service_us": round(served, 1),
        "floor_us": round(raw, 1),
        "service_over_floor": round(ratio, 2),
        "service_over_floor_most": 3,
        "rounds": ROUNDS,
        "completions_each": EACH,
        "sql_statements": counted["statements"],
        "sql_statements_most": 12,
        "commits": counted["commits"],
        "turns_951_1000_over_51_100": round(late / early, 3),
        "turns_most": 1.2,
        "ok": ratio <= 3
        and counted["statements"] <= 12
        and counted["commits"] == 1
        and late / early <= 1.2,
    }


class Site:
    """A store with one unit, one person and the loop deployed."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.store = Store(
            url or f"sqlite:///{folder}/service.db",
            Keyring.from_text(Keyring.generate()),
            demo=True,
        )
        self.store.upgrade()
        deploy(self.store, MACHINE, Path(__file__).parent / "processes", "bench", now=START)
        founded = {"valid_from": date(2020, 1, 1)}
        with self.store.write() as db:
            where = _made(
                db.execute(insert(unit).values(name="Afsnit", sector="region", **founded))
            )
            db.execute(
                insert(unit_party).values(
                    unit_id=where, agreement="maaling", party="Regionspsykiatrien"
                )
            )
            who = _made(db.execute(insert(person).values(login="ida", name="Ida")))
            db.execute(
                insert(membership).values(
                    person_id=who, unit_id=where, role="sygeplejerske", **founded
                )
            )
        self.actor = Actor(who, "ida", "Ida", (Membership(where, "Afsnit", "sygeplejerske"),))
        self.case = actions.open_case(
            self.store, self.actor, "maaling", "700378-1016", "Signe Sørensen", {}, now=START
        )

    def counted(self, once: Callable[[], None]) -> dict[str, int]:
        """Statements and commits of one completion."""
        seen = {"statements": 0, "commits": 0}
        said: list[str] = []
        with self.store.read() as db:
            # SQLite's own account, of the one connection that the pool will hand out next.
            line: Any = db.connection.driver_connection
        line.set_trace_callback(said.append)
        try:
            once()
        finally:
            line.set_trace_callback(None)
        # A statement for several rows is told once for each; they count as one.
        told = [sql for n, sql in enumerate(said) if n == 0 or _shape(sql) != _shape(said[n - 1])]
        seen["commits"] = sum(sql == "COMMIT" for sql in told)
        seen["statements"] = sum(
            sql.split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK") for sql in told
        )
        return seen


class Turns:
    """The service: completes the one open task of a loop of its own, again and again."""

    def __init__(self, site: Site) -> None:
        self.site, self.now = site, START
        begun = actions.start(site.store, site.actor, site.case, "sloejfe", {}, now=START)
        self.task = int(begun.tasks[0]["id"])

    def __call__(self) -> None:
        self.now += timedelta(minutes=1)
        moved = actions.complete(self.site.store, self.site.actor, self.task, ANSWER, now=self.now)
        self.task = int(moved.tasks[0]["id"])


class Floor:
    """The same step by hand: nothing but the state is read and written."""

    def __init__(self, site: Site, file: Path) -> None:
        begun = actions.start(site.store, site.actor, site.case, "sloejfe", {}, now=START)
        with site.store.read() as db:
            row = db.execute(select(instance).where(instance.c.id == begun.instance["id"])).one()
            self.ref = db.execute(
                select(task.c.ref).where(task.c.id == begun.tasks[0]["id"])
            ).scalar_one()
            self.pathway: Pathway = site.store.pathway(db, row.pathway_id)
        self.now = START
        self.db = sqlite3.connect(file, isolation_level=None)
        for pragma in _PRAGMAS:
            self.db.execute(pragma)
        self.db.execute(
            "CREATE TABLE instance (id INTEGER PRIMARY KEY, state TEXT, version INTEGER)"
        )
        self.db.execute("INSERT INTO instance VALUES (1, ?, 1)", (row.state,))

    def __call__(self) -> None:
        self.now += timedelta(minutes=1)
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        state, version = db.execute("SELECT state, version FROM instance WHERE id = 1").fetchone()
        step = steps.complete(self.pathway, state, self.ref, ANSWER, self.now)
        db.execute(
            "UPDATE instance SET state = ?, version = ? WHERE id = 1 AND version = ?",
            (step.state, version + 1, version),
        )
        db.execute("COMMIT")
        self.ref = step.tasks[0].ref

    def close(self) -> None:
        """Give the file back."""
        self.db.close()


def _in_turns(
    one: Callable[[], None], other: Callable[[], None], times: int
) -> tuple[float, float]:
    """The medians of both, done in turns so that a busy machine slows them alike; microseconds."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for once, mine in zip((one, other), taken, strict=True):
            began = perf_counter()
            once()
            mine.append(perf_counter() - began)
    first, second = (statistics.median(mine) * 1e6 for mine in taken)
    return first, second


def _late_and_early(site: Site) -> tuple[float, float]:
    """Turns 951 to 1,000 of one loop beside turns 51 to 100 of another."""
    old, young = Turns(site), Turns(site)
    for _ in range(TURNS - 50):
        old()
    for _ in range(50):
        young()
    return _in_turns(old, young, 50)


def _shape(sql: str) -> str:
    """The statement without its values."""
    return sql.split("VALUES")[0]


def _made(result: Any) -> int:
    return int(result.inserted_primary_key[0])
