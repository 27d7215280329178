"""One act on a whole group: what could not be done says why, a dead worker changes nothing, a pause is undone."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import func, insert, select, update

from engine import actions, logins, queries
from engine.actions.chosen import CHOSEN, MOST
from engine.errors import BatchRuns, Conflict, Forbidden, Invalid
from engine.store import Store
from engine.tables import audit, batch, batch_item, incident, instance
from stafet.cli import cli
from stafet.demo.crowd import multiply
from tests.store.cast import NOW, opened, started
from tests.store.conftest import KEYS

#: The module; the package's name for it is the act.
made = importlib.import_module("engine.actions.many")
MANY, IMPOSSIBLE = 60, 37
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def walks(store: Store) -> list[int]:
    """So many instances whose step failed; some of them have been ended since the operator looked."""
    first = started(store, opened(store))
    multiply(store, 1, MANY - 1)
    with store.write() as db:
        numbers = list(db.scalars(select(instance.c.id).order_by(instance.c.id)))
        db.execute(update(instance).values(status="incident"))
        failed = {"at": NOW, "code": "failed", "sentence": "Nej."}
        db.execute(insert(incident).values([{"instance_id": n, **failed} for n in numbers]))
    assert first in numbers
    actions.beat(store, "w1", done=0, failed=0, now=NOW)
    actions.watch(store, now=NOW, every=timedelta(0))
    return numbers


def ended(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    for number in walks:
        actions.cancel(store, ole, number, "Ikke længere aktuelt", now=NOW)


def begun(store: Store, act: str, **more: Any) -> int:
    ole = logins.actor(store, "ole", now=NOW)
    return actions.many(store, ole, act, "failed", "Rettet i diagrammet", now=NOW, **more)


def told(store: Store, number: int) -> dict[str, Any]:
    ole = logins.actor(store, "ole", now=NOW)
    return queries.batch_of(store, ole, number, now=NOW)


def work(store: Store) -> None:
    while actions.run_batches(store, 25, now=LATER):
        pass


def statuses(store: Store) -> dict[str, int]:
    with store.read() as db:
        by = select(instance.c.status, func.count()).group_by(instance.c.status)
        return {row[0]: row[1] for row in db.execute(by)}


def test_those_that_could_not_be_done_say_why_and_the_others_are_done(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    number = begun(store, "retry")
    ended(store, walks[:IMPOSSIBLE])
    before = told(store, number)
    assert (before["total"], before["done"], before["done_at"]) == (MANY, 0, None)
    assert actions.run_batches(store, 10, now=LATER) == 10
    assert told(store, number)["done"] + told(store, number)["impossible"] == 10
    work(store)
    after = told(store, number)
    assert (after["done"], after["impossible"]) == (MANY - IMPOSSIBLE, IMPOSSIBLE)
    assert after["done_at"] == LATER
    assert after["reason"] == "Rettet i diagrammet"
    (kept,) = after["kept"]
    assert (kept["code"], kept["count"]) == ("instance_ended", IMPOSSIBLE)
    assert kept["instances"] == walks[:IMPOSSIBLE]
    actions.watch(store, now=LATER, every=timedelta(0))
    assert "failed" not in {g["reason"] for g in queries.groups(store, ole, now=LATER)}
    # One entry for each that was done, with the operator's name and the batch; none for the others.
    with store.read() as db:
        did = select(func.count()).where(audit.c.what == "retried", audit.c.person_id == ole.id)
        assert db.scalar(did) == MANY - IMPOSSIBLE
    assert actions.run_batches(store, 10, now=LATER) == 0


def test_what_would_become_of_it_is_told_and_nothing_is_kept(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    ended(store, walks[:3])
    seen = actions.outlook(store, ole, "retry", "failed", now=NOW)
    assert (seen.total, seen.looked) == (MANY, made.REHEARSED)
    assert (seen.possible, seen.impossible) == (made.REHEARSED - 3, {"instance_ended": 3})
    assert statuses(store) == {"incident": MANY - 3, "cancelled": 3}
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(batch)) == 0


def test_a_worker_that_dies_between_an_act_and_its_mark_has_done_neither(
    store: Store, walks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = begun(store, "suspend")

    class PowerCut(BaseException):
        """Nobody catches it."""

    def dies(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as broken:
        broken.setattr(made, "_mark", dies)
        with pytest.raises(PowerCut):
            actions.run_batches(store, 1, now=LATER)
    assert statuses(store) == {"incident": MANY}
    assert told(store, number)["done"] == 0
    work(store)
    assert statuses(store) == {"suspended": MANY}
    with store.read() as db:
        assert db.scalar(select(func.count()).where(audit.c.what == "suspended")) == MANY


def test_a_batch_whose_last_two_were_done_in_the_same_moment_is_over_at_the_next_look(
    store: Store, walks: list[int]
) -> None:
    number = begun(store, "suspend")
    work(store)
    # As two workers leave it, each of which saw the other's item waiting: PostgreSQL shows what is committed.
    with store.write() as db:
        db.execute(update(batch).values(done_at=None))
    with pytest.raises(BatchRuns):
        begun(store, "suspend")
    assert actions.run_batches(store, 25, now=LATER) == 0
    assert told(store, number)["done_at"] == LATER


def test_a_pause_of_many_is_taken_back_once_and_only_where_it_was_made(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    actions.suspend(store, ole, walks[0], "Var det allerede", now=NOW)
    number = begun(store, "suspend", clock="stands")
    with pytest.raises(Conflict):
        actions.many_undo(store, ole, number, "For tidligt", now=LATER)
    work(store)
    assert told(store, number)["impossible"] == 1
    back = actions.many_undo(store, ole, number, "Fejl i gruppen", now=LATER)
    work(store)
    assert told(store, number)["undone_by"] == back
    assert told(store, back)["done"] == MANY - 1
    with store.read() as db:
        still = db.scalars(select(instance.c.id).where(instance.c.status == "suspended")).all()
    assert list(still) == walks[:1]
    with pytest.raises(Conflict):
        actions.many_undo(store, ole, number, "En gang til", now=LATER)


def test_of_two_operators_at_once_the_second_is_told(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    first = begun(store, "retry")
    with pytest.raises(BatchRuns):
        actions.many(store, ole, "retry", "failed", "Rettet", now=LATER)
    assert actions.many(store, ole, "suspend", "failed", "Vent", now=LATER) > first
    work(store)
    listed = queries.batches(store, ole, cause="failed", now=LATER).items
    assert [one["act"] for one in listed] == ["suspend", "retry"]
    assert queries.batches(store, ole, runs=True, now=LATER).items == []
    assert actions.many(store, ole, "retry", "failed", "Igen", now=LATER + timedelta(minutes=1))


def test_one_that_has_nothing_to_be_reminded_of_does_not_hold_up_the_others(
    store: Store, walks: list[int]
) -> None:
    number = begun(store, "remind")
    work(store)
    after = told(store, number)
    assert (after["done"], after["impossible"], after["left"]) == (0, MANY, 0)
    assert [one["code"] for one in after["kept"]] == ["nothing_to_remind"]


def test_those_that_were_chosen_are_done_and_no_others(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)

    def ask(ids: Iterable[int], act: str = "suspend", cause: str = CHOSEN, **at: Any) -> int:
        how = {"now": NOW} | at
        return actions.many(store, ole, act, cause, "Fejl i formularen", ids=tuple(ids), **how)

    ended(store, walks[:1])
    seen = actions.outlook(store, ole, "suspend", CHOSEN, ids=walks[:5], now=NOW)
    assert (seen.total, seen.possible, seen.impossible) == (5, 4, {"instance_ended": 1})
    assert [one["instance"] for one in seen.each] == walks[:5]
    assert [bool(one["changes"]) for one in seen.each] == [False, True, True, True, True]
    number = ask(walks[:5])
    with pytest.raises(BatchRuns):
        ask(walks[4:9])
    assert ask(walks[5:6], now=LATER) > number
    work(store)
    assert statuses(store) == {"cancelled": 1, "suspended": 5, "incident": MANY - 6}
    assert (told(store, number)["cause"], told(store, number)["total"]) == (CHOSEN, 5)
    actions.many_undo(store, ole, number, "Forkerte", now=LATER + timedelta(minutes=1))
    work(store)
    assert statuses(store)["suspended"] == 1
    for wrong, fields in (
        (lambda: ask(()), {"ids"}),
        (lambda: ask([*walks, 999_999]), {"ids"}),
        (lambda: ask(range(1, MOST + 2)), {"ids"}),
        (lambda: ask(walks, cause="failed"), {"ids"}),
        (lambda: ask(walks, act="give"), {"act"}),
        (lambda: ask(walks, act="discard"), {"act"}),
    ):
        with pytest.raises(Invalid) as refused:
            wrong()
        assert set(refused.value.fields) == fields


def test_the_list_that_is_chosen_from_ends_where_too_many_are_found(
    store: Store, walks: list[int]
) -> None:
    ole, ida = (logins.actor(store, login, now=NOW) for login in ("ole", "ida"))
    ended(store, walks[:2])
    every = queries.InstanceFilter(pathway="planrunde")
    assert queries.numbers(store, ole, every, MANY, now=NOW) == walks[2:]
    assert len(queries.numbers(store, ole, every, 5, now=NOW)) == 6
    found = queries.chosen(store, ole, walks, now=NOW)
    assert (found["total"], found["ended"]) == (MANY, 2)
    assert [(one["name"], one["count"]) for one in found["versions"]] == [
        ("Planrunde ved genindlæggelse", MANY)
    ]
    for ask in (
        lambda: queries.numbers(store, ida, every, 5, now=NOW),
        lambda: queries.chosen(store, ida, walks, now=NOW),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_a_group_that_emptied_meanwhile_begins_nothing(store: Store, walks: list[int]) -> None:
    ended(store, walks)
    actions.watch(store, now=LATER, every=timedelta(0))
    with pytest.raises(Conflict):
        begun(store, "retry")
    ole = logins.actor(store, "ole", now=NOW)
    assert actions.outlook(store, ole, "retry", "failed", now=LATER).total == 0
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(batch)) == 0


def test_only_what_stands_as_the_batch_left_it_is_counted_as_undoable(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    number = begun(store, "suspend")
    work(store)
    actions.resume(store, ole, walks[0], "Denne skal videre", now=LATER)
    found = told(store, number)
    assert (found["undoable"], found["may_undo"]) == (MANY - 1, True)


def test_who_may_not_and_what_cannot_be_done_is_refused(store: Store, walks: list[int]) -> None:
    ida, ole = (logins.actor(store, login, now=NOW) for login in ("ida", "ole"))
    for ask in (
        lambda who: actions.many(store, who, "retry", "failed", "Rettet", now=NOW),
        lambda who: actions.outlook(store, who, "retry", "failed", now=NOW),
        lambda who: queries.batches(store, who, now=NOW),
    ):
        with pytest.raises(Forbidden):
            ask(ida)
    for act, cause, reason, refused in (
        ("retry", "failed", " ", Invalid),
        ("retry", "failed", "Det er 700378-1016", Invalid),
        ("move", "failed", "Rettet", Invalid),
        ("retry", "zombie", "Rettet", Conflict),
    ):
        with pytest.raises(refused):
            actions.many(store, ole, act, cause, reason, now=NOW)
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(batch_item)) == 0


def test_the_command_begins_tells_and_takes_back(store: Store, walks: list[int]) -> None:
    url = store.engine.url.render_as_string(hide_password=False)
    env = {"DATABASE_URL": url, "STAFET_KEYS": KEYS}

    def run(*args: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["batch", *args], env=env, standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.return_value or 0, done.output

    asked = ("suspend", "failed", "--reason", "Fejl i formularen", "--by", "ole")
    assert run("begin", *asked, "--dry-run") == (
        0, f"{MANY} stuck; of 50 tried, 50 can be done.\n",
    )  # fmt: skip
    for empty in ("", "   ", "Om 700378-1016"):
        for only in ([], ["--dry-run"]):
            with pytest.raises(Invalid) as refused:
                run("begin", "suspend", "failed", "--reason", empty, "--by", "ole", *only)
            assert set(refused.value.fields) == {"reason"}
    assert run("begin", *asked)[1].startswith("Batch 1 has begun")
    ended(store, walks[:2])
    work(store)
    status, said = run("show", "1")
    assert status == 1
    assert f"{MANY - 2} of {MANY} done, 2 impossible, done" in said
    assert "instance_ended" in said
    assert run("undo", "1", "--reason", "Forkert gruppe", "--by", "ole")[1].startswith("Batch 2")
    with pytest.raises(Forbidden):
        run("begin", *asked[:-1], "ida")
    chosen = ("begin", "cancel", "--ids", f"{walks[2]},{walks[3]}", *asked[2:])
    status, said = run(*chosen, "--dry-run", "--json")
    assert (status, [one["instance"] for one in json.loads(said)["each"]]) == (0, walks[2:4])
    assert run(*chosen, "--dry-run")[1] == "2 chosen; of 2 tried, 2 can be done.\n"
    assert run(*chosen)[1].startswith("Batch 3 has begun")
    with pytest.raises(click.BadParameter):
        run("begin", "cancel", "--ids", "7;9", *asked[2:])
