"""Operators' lists are looked up along an index: in order, whole, and without reading what is not shown."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from engine import actions, logins, queries
from engine.model import Actor, Membership
from engine.queries import InstanceFilter, machines, sought
from engine.secrets import Keyring
from engine.store import Store
from engine.tables import deployment, instance, pathway
from tests.store.cast import NOW, asked, opened, started
from tests.store.conftest import KEYS

SPECIAL = "700479-1013", "700580-1010", "700681-1018"
#: Two instances of another pathway than the rest; two of one that stand elsewhere than it began.
WANTED: dict[str, dict[str, Any]] = {
    "all": {},
    "status": {"status": "waiting"},
    "pathway": {"pathway": "planrunde"},
    "pathway and status": {"pathway": "planrunde", "status": "waiting"},
    "agreement": {"agreement": "midtjylland"},
    "version": {"version": 1},
    "no such version": {"version": 9},
    "element": {"element": "vurder_behov"},
    "party": {"party": "Kriminalforsorgen"},
    "element of a pathway": {"pathway": "planrunde", "element": "vurder_behov"},
    "since": {"since": NOW - timedelta(hours=3)},
    "not stuck": {"stuck": False},
    "stuck": {"stuck": True},
    "stuck and waiting": {"stuck": True, "status": "waiting"},
}


@pytest.fixture
def ole(store: Store) -> Actor:
    return logins.actor(store, "ole", now=NOW)


@pytest.fixture
def walks(store: Store) -> list[int]:
    """Five instances, the last moved first in front; two moved in the same moment."""
    made = [started(store, opened(store))]
    made += [started(store, opened(store, cpr=cpr)) for cpr in SPECIAL]
    made.append(asked(store, opened(store, cpr="700782-1014"), "Kriminalforsorgen"))
    with store.write() as db:
        for number, hours in zip(made, (5, 1, 3, 3, 2), strict=True):
            moved = {"moved_at": NOW - timedelta(hours=hours)}
            db.execute(update(instance).where(instance.c.id == number).values(moved))
        db.execute(update(instance).where(instance.c.id == made[1]).values(status="suspended"))
    return [made[1], made[4], made[3], made[2], made[0]]


def _read(store: Store, who: Actor, limit: int, **wanted: Any) -> tuple[list[int], int]:
    """The numbers in their order, and how many pages they took."""
    found: list[int] = []
    after, pages = None, 0
    while after is not None or pages == 0:
        page = queries.instances(
            store, who, InstanceFilter(limit=limit, after=after, **wanted), now=NOW
        )
        found += [one["id"] for one in page.items]
        after, pages = page.next, pages + 1
        assert pages < 50
    return found, pages


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
def test_pages_put_together_are_the_whole_list_however_few_rows_are_looked_at(
    store: Store, ole: Actor, walks: list[int], wanted: dict[str, Any], monkeypatch: Any
) -> None:
    actions.watch(store, now=NOW + timedelta(days=30), every=timedelta(0))
    whole, pages = _read(store, ole, 50, **wanted)
    assert pages == 1
    assert whole == [number for number in walks if number in whole]
    monkeypatch.setattr(sought, "LOOKED", 2)
    assert _read(store, ole, 1, **wanted)[0] == whole
    assert _read(store, ole, 50, **wanted)[0] == whole


def test_a_page_that_did_not_look_at_all_says_so_and_goes_on(
    store: Store, ole: Actor, walks: list[int], monkeypatch: Any
) -> None:
    monkeypatch.setattr(sought, "LOOKED", 1)
    rare = InstanceFilter(party="Kriminalforsorgen")
    first = queries.instances(store, ole, rare, now=NOW)
    assert (first.items, first.looked, bool(first.next)) == ([], 1, True)
    assert _read(store, ole, 50, party="Kriminalforsorgen") == ([walks[1]], 6)


def test_whoever_has_a_few_among_many_finds_them_at_once(
    store: Store, walks: list[int], monkeypatch: Any
) -> None:
    monkeypatch.setattr(sought, "LOOKED", 1)
    jens = logins.actor(store, "jens", now=NOW)
    assert _read(store, jens, 50) == ([walks[1]], 1)
    assert _read(store, jens, 50, pathway="planrunde", status="waiting")[1] == 1


def test_a_version_with_more_than_are_counted_says_so(
    store: Store, ole: Actor, walks: list[int], monkeypatch: Any
) -> None:
    monkeypatch.setattr(machines, "COUNTED", 3)
    (newest, *_) = queries.deployments(store, ole, now=NOW).items
    going = {one["key"]: (one["running"], one["more"]) for one in newest["versions"]}
    assert going["midtjylland-planrunde"] == (3, True)
    assert {said for key, said in going.items() if key != "midtjylland-planrunde"} == {(0, False)}
    assert walks


@pytest.mark.parametrize(
    ("list_of", "index"),
    [
        ("all", "ix_instance_moved"),
        ("status", "ix_instance_status"),
        ("pathway", "ix_instance_pathway"),
        ("element", "ix_instance_moved"),
        ("not stuck", "ix_instance_moved"),
        ("stuck", "INTEGER PRIMARY KEY"),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_sqlite_walks_along_the_index_that_the_list_is_sorted_by(
    tmp_path: Path, list_of: str, index: str, *, after: bool
) -> None:
    """A new SQLite, that was never told how its tables are spread."""
    cursor = "WyJtb3ZlZF9hdCIsIjIwMjQtMDMtMjZUMDk6MDA6MDArMDA6MDAiLDFd" if after else None
    wanted = InstanceFilter(after=cursor, **WANTED[list_of])
    plan = _plan(tmp_path, lambda store, ole: queries.instances(store, ole, wanted, now=NOW))
    rows = [step for step in plan if re.search(r"\b(SCAN|SEARCH) instance\b", step)]
    assert index in rows[0]
    assert all(re.search("ix_instance|INTEGER PRIMARY KEY", step) for step in rows)
    if list_of in ("all", "status"):
        assert not [step for step in plan if "TEMP B-TREE" in step]


def test_sqlite_reads_the_timers_and_nothing_else(tmp_path: Path) -> None:
    plan = _plan(tmp_path, lambda store, ole: queries.timers(store, ole, now=NOW))
    assert [step for step in plan if " job " in step and "ix_job_timer" not in step] == []
    assert not [step for step in plan if "TEMP B-TREE" in step]


def _plan(folder: Path, ask: Any) -> list[str]:
    """How a new SQLite would go about the first statement on instances or jobs."""
    said: list[tuple[str, Any]] = []
    with closing(Store(f"sqlite:///{folder}/stafet.db", Keyring.from_text(KEYS))) as store:
        store.upgrade()
        with store.write() as db:
            made = {"at": NOW, "digest": "x"}
            db.execute(insert(deployment).values(id=1, **made))
            one = {"key": "midtjylland-planrunde", "agreement": "midtjylland", "name": "Planrunde"}
            db.execute(
                insert(pathway).values(version=1, deployment_id=1, source="{}", digest="x", **one)
            )
        ole = Actor(1, "ole", "Ole", (Membership(9, "Stafets hus", "driftsansvarlig"),))
        event.listen(store.engine, "before_cursor_execute", lambda *a: said.append((a[2], a[3])))
        ask(store, ole)
        statement, values = next(
            one for one in said if re.search(r"(FROM|JOIN) (instance|job)\b", one[0])
        )
        with store.read() as db:
            return [row[3] for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
