"""The operators' page among 10,000 and among 1,000,000 running instances, on a PostgreSQL of its own; and one look.

Both have the same stuck ones (`stafet demo --faults`); the others wait legitimately, as copies of one case.  The page
is what a browser asks for, the last look being fresh, as where a worker lives.  `STAFET_BENCH_MANY` makes it smaller.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from engine import actions, logins
from engine.secrets import Keyring
from engine.store import Store
from stafet.app import create
from stafet.demo.crowd import multiply
from stafet.demo.faults import ordinary, seed
from stafet.demo.filling import fill
from stafet.demo.people import PASSWORD
from stafet.prepare import deploy_all
from stafet.settings import ROOT, Settings
from tests import postgres

FEW, MANY = 10_000, int(os.environ.get("STAFET_BENCH_MANY", "1000000"))
TIMES = 15
#: The page's time among many ÷ among few; seconds of one look among many (found within five, looked every three).
LIMIT, LOOK = 1.5, 2.0


def run() -> dict[str, Any]:
    """Milliseconds of the page and of one look for each size, and their ratios."""
    with postgres.server() as address:
        url = postgres.database(address, "bench")
        settings = Settings(url, "", 0, ROOT / "processes", "", True, False, 8, 0)
        store = Store(url, Keyring.from_text(Keyring.generate()), demo=True)
        now = datetime.now(UTC)
        store.upgrade()
        deploy_all(settings, store, now=now)
        fill(store, now=now)
        like = ordinary(store, now=now)
        seed(store, now=now)
        found, there = {}, 1
        for size in (FEW, MANY):
            multiply(store, like, size - there)
            there = size
            found[size] = _measured(settings, store)
        store.close()
    few, many = found[FEW], found[MANY]
    ratio = many["page"] / few["page"]
    return {
        "page, milliseconds": {f"{n:,}": round(each["page"] * 1e3, 1) for n, each in found.items()},
        "one look, milliseconds": {
            f"{n:,}": round(each["look"] * 1e3) for n, each in found.items()
        },
        "causes": {f"{n:,}": each["causes"] for n, each in found.items()},
        "page ÷ page": {"ratio": round(ratio, 2), "limit": LIMIT, "ok": ratio <= LIMIT},
        "look": {"seconds": round(many["look"], 2), "limit": LOOK, "ok": many["look"] <= LOOK},
    }


def _measured(settings: Settings, store: Store) -> dict[str, Any]:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("VACUUM ANALYZE")
    now = datetime.now(UTC)
    actions.beat(store, "bench", done=0, failed=0, now=now)
    look = _median(lambda: actions.watch(store, now=now, every=timedelta(0)), 3)
    site = create(settings, store, now=lambda: now).test_client()
    session = logins.log_in(store, "drift", PASSWORD, address="bench", now=now)
    site.set_cookie(logins.COOKIE, session.secret)
    pages = ("/drift", "/drift?aarsag=zombie", "/drift?aarsag=orphaned")

    def ask() -> None:
        for page in pages:
            answer = site.get(page)
            assert answer.status_code == 200, answer.status
            assert "st-cause" in answer.text

    ask()
    with store.read() as db:
        causes = db.exec_driver_sql("SELECT count(*) FROM stuck").scalar_one()
    return {"look": look, "page": _median(ask, TIMES) / len(pages), "causes": causes}


def _median(what: Callable[[], object], times: int) -> float:
    seconds = []
    for _ in range(times):
        since = time.perf_counter()
        what()
        seconds.append(time.perf_counter() - since)
    return median(seconds)
