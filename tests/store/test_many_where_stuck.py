"""One act on a group where each of it is stuck: tasks given to one person, steps that are let past."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, update

from engine import actions, logins, queries
from engine.errors import Invalid
from engine.store import Store
from engine.tables import audit, batch, membership, person, stuck, task
from stafet.cli import cli
from stafet.demo.crowd import multiply
from tests.store.cast import NOW, SINCE, opened, started
from tests.store.conftest import KEYS

MANY = 12
LATER = NOW + timedelta(minutes=1)
WHY = "Hun er på orlov"


@pytest.fixture
def walks(store: Store) -> list[int]:
    """So many tasks whose holder has left the unit, and a colleague who may take them."""
    started(store, opened(store))
    multiply(store, 1, MANY - 1)
    with store.write() as db:
        gone = {"id": 77, "login": "gitte", "name": "Gitte Gram", "active": False}
        db.execute(insert(person).values(**gone))
        db.execute(update(task).where(task.c.status == "open").values(assignee_id=77))
        numbers = list(db.scalars(select(task.c.instance_id).where(task.c.status == "open")))
    look(store, NOW)
    assert len(numbers) == MANY
    return sorted(numbers)


def look(store: Store, now: datetime) -> None:
    actions.beat(store, "w1", done=0, failed=0, now=now)
    actions.watch(store, now=now, every=timedelta(0))


def work(store: Store, number: int) -> dict[str, Any]:
    while actions.run_batches(store, 25, now=LATER):
        pass
    return queries.batch_of(store, logins.actor(store, "ole", now=LATER), number, now=LATER)


def test_all_tasks_are_given_to_one_who_may_take_them(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    able = queries.able_in(store, ole, "orphaned", now=NOW)
    assert (able[0]["can"], "ida" in {one["login"] for one in able}) == (MANY, True)
    seen = actions.outlook(store, ole, "give", "orphaned", to="ida", now=NOW)
    assert (seen.total, seen.possible, seen.impossible) == (MANY, MANY, {})
    with store.read() as db:
        assert db.scalar(select(func.count()).where(task.c.assignee_id == 77)) == MANY
    number = actions.many(store, ole, "give", "orphaned", WHY, to="ida", now=NOW)
    # One goes on by itself before the workers come.
    with store.write() as db:
        db.execute(update(stuck).where(stuck.c.instance_id == walks[0]).values(reason="overdue"))
    found = work(store, number)
    assert (found["done"], found["impossible"], found["to"]) == (MANY - 1, 1, "ida")
    assert [(one["code"], one["instances"]) for one in found["kept"]] == [
        ("no_longer_stuck", [walks[0]])
    ]
    with store.read() as db:
        ida = db.scalar(select(person.c.id).where(person.c.login == "ida"))
        assert db.scalar(select(func.count()).where(task.c.assignee_id == ida)) == MANY - 1
        told = select(audit.c.facts).where(audit.c.what == "given", audit.c.person_id == ole.id)
        facts = [json.loads(one) for one in db.scalars(told)]
    assert [one["batch"] for one in facts] == [number] * (MANY - 1)


def test_who_may_not_take_them_is_told_before_and_in_the_report(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    for nobody in ("jens", "findes-ikke"):
        seen = actions.outlook(store, ole, "give", "orphaned", to=nobody, now=NOW)
        assert (seen.possible, seen.impossible) == (0, {"may_not_take": MANY})
    found = work(store, actions.many(store, ole, "give", "orphaned", WHY, to="jens", now=NOW))
    assert (found["done"], found["impossible"]) == (0, MANY)
    for missing in (None, " "):
        with pytest.raises(Invalid) as told:
            actions.many(store, ole, "give", "orphaned", WHY, to=missing, now=NOW)
        assert set(told.value.fields) == {"to"}
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(batch)) == 1


def test_only_some_of_the_units_know_the_person(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    with store.write() as db:
        db.execute(update(task).where(task.c.instance_id.in_(walks[:5])).values(unit_id=2))
        job = {"person_id": 78, "unit_id": 2, "role": "sygeplejerske", "valid_from": SINCE}
        db.execute(insert(person).values(id=78, login="bea", name="Bea Bay"))
        db.execute(insert(membership).values(**job))
    found = work(store, actions.many(store, ole, "give", "orphaned", WHY, to="bea", now=NOW))
    assert (found["done"], found["impossible"]) == (5, MANY - 5)
    able = queries.able_in(store, ole, "orphaned", now=NOW)
    assert [one["can"] for one in able if one["login"] == "bea"] in ([], [5])


def test_each_is_let_past_the_step_where_it_is_stuck(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    with store.read() as db:
        before = set(db.scalars(select(task.c.id).where(task.c.status == "open")))
    seen = actions.outlook(store, ole, "skip", "orphaned", now=NOW)
    found = work(store, actions.many(store, ole, "skip", "orphaned", WHY, now=NOW))
    assert (found["done"], found["impossible"]) == (seen.possible, MANY - seen.possible)
    with store.read() as db:
        still = set(
            db.scalars(select(task.c.id).where(task.c.status == "open", task.c.id.in_(before)))
        )
    assert len(still) == MANY - seen.possible
    assert sum(seen.impossible.values()) == MANY - seen.possible


def test_the_command_gives_them(
    store: Store, walks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)

    def line(*more: str) -> Any:
        arguments = ("give", "orphaned", "--reason", WHY, "--by", "ole", *more)
        return CliRunner().invoke(cli, ["batch", "begin", *arguments], standalone_mode=False)

    tried = line("--to", "jens", "--dry-run")
    assert tried.return_value == 1
    assert "may_not_take: Nobody in the unit who may take the task has that login." in tried.output
    assert isinstance(line().exception, Invalid)
    assert line("--to", "ida").output.startswith("Batch 1 has begun")
