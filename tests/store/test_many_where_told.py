"""One act on a group as one was told: moments that are moved, and taken back where nothing happened since."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from engine import actions, logins, queries
from engine import pathway as steps
from engine.actions.chosen import CHOSEN
from engine.calendar import COPENHAGEN
from engine.errors import Conflict, Invalid, SeveralVersions
from engine.store import Store
from engine.tables import batch, instance, job, pathway, stuck
from stafet.cli import cli
from stafet.demo.crowd import multiply
from tests.store.cast import NOW, asked, opened
from tests.store.conftest import KEYS

MANY = 5
LATER = NOW + timedelta(minutes=1)
WHY = "Aftalt med afsnittet"
NTH = count()
WAIT = "vent_en_hverdag"


@pytest.fixture
def walks(store: Store) -> list[int]:
    """So many plan rounds: the first is asked still, the others wait a hverdag."""
    asked(store, opened(store), "Kriminalforsorgen")
    multiply(store, 1, MANY - 1)
    ole = logins.actor(store, "ole", now=NOW)
    with store.read() as db:
        numbers = list(db.scalars(select(instance.c.id).order_by(instance.c.id)))
    for each in numbers[1:]:
        actions.move(store, ole, each, "accepter_plan", WAIT, WHY, now=NOW)
    assert len(numbers) == MANY
    return numbers


def moments(store: Store) -> dict[int, datetime]:
    """When each that waits goes on."""
    with store.read() as db:
        asked = select(job.c.instance_id, job.c.due_at).where(job.c.element == WAIT)
        return {row.instance_id: row.due_at for row in db.execute(asked)}


def tokens(store: Store) -> dict[int, list[str]]:
    """Where each stands."""
    with store.read() as db:
        return {row.id: row.tokens for row in db.execute(select(instance.c.id, instance.c.tokens))}


def begun(store: Store, act: str, ids: list[int], **what: Any) -> int:
    ole = logins.actor(store, "ole", now=NOW)
    at = NOW + timedelta(seconds=next(NTH))  # an operator begins one at a time
    return actions.many(store, ole, act, CHOSEN, WHY, ids=ids, what=what, now=at)


def worked(store: Store, number: int) -> dict[str, Any]:
    while actions.run_batches(store, 25, now=LATER):
        pass
    return queries.batch_of(store, logins.actor(store, "ole", now=LATER), number, now=LATER)


def taken_back(store: Store, number: int) -> dict[str, Any]:
    ole = logins.actor(store, "ole", now=LATER)
    return worked(store, actions.many_undo(store, ole, number, WHY, now=LATER))


def codes(found: dict[str, Any]) -> list[tuple[str, list[int]]]:
    return [(one["code"], one["instances"]) for one in found["kept"]]


def test_the_moments_of_all_are_moved_and_set_back(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    before = moments(store)
    what = {"element": WAIT, "days": 7, "hours": 1}
    seen = actions.outlook(store, ole, "reschedule", CHOSEN, ids=walks, what=what, now=NOW)
    assert (seen.possible, seen.impossible) == (MANY - 1, {"no_timer_there": 1})
    # Clocks are set forward at Easter: seven days later it is the same on the clock, and then an hour.
    for one in seen.each[1:]:
        (timer,) = one["changes"]["timers"]
        was = timer["was"].astimezone(COPENHAGEN)
        assert timer["due_at"].astimezone(COPENHAGEN) - was == timedelta(days=7, hours=1)
    assert moments(store) == before
    number = begun(store, "reschedule", walks, **what)
    found = worked(store, number)
    assert codes(found) == [("no_timer_there", walks[:1])]
    assert (found["told"], found["undoable"], found["may_undo"]) == (what, MANY - 1, True)
    assert found["names"][WAIT]
    later = moments(store)
    assert all(later[each] > before[each] for each in walks[1:])
    # One is moved on by hand: that one stays as it is now.
    actions.move(store, ole, walks[1], WAIT, "foelg_op", WHY, now=LATER)
    assert worked(store, number)["undoable"] == MANY - 2
    back = taken_back(store, number)
    assert codes(back) == [("changed_since", walks[1:2])]
    assert moments(store) == {each: before[each] for each in walks[2:]}
    assert (back["undoable"], back["may_undo"]) == (0, False)
    with pytest.raises(Conflict):
        actions.many_undo(store, ole, back["id"], WHY, now=LATER)


def test_one_moment_for_all_that_are_late(
    store: Store, walks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = NOW + timedelta(days=30)
    actions.beat(store, "w1", done=0, failed=0, now=late)
    with store.write() as db:
        db.execute(update(job).where(job.c.kind != "timer").values(due_at=late + timedelta(1)))
    actions.watch(store, now=late, every=timedelta(0))
    with store.read() as db:
        stands = set(db.scalars(select(stuck.c.instance_id).where(stuck.c.reason == "timer")))
    assert stands >= set(walks[1:])
    monkeypatch.setenv("DATABASE_URL", store.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("STAFET_KEYS", KEYS)

    def line(*more: str) -> Any:
        told = ("reschedule", "timer", "--reason", WHY, "--by", "ole", "--element", WAIT, *more)
        return CliRunner().invoke(cli, ["batch", "begin", *told], standalone_mode=False)

    for wrong in (
        (),
        ("--due-at", "2024-05-01", "--days", "1"),
        ("--due-at", "2224-05-01"),
        ("--days", "9999"),
    ):
        assert isinstance(line(*wrong).exception, Invalid)
    assert line("--due-at", "2024-05-01T08:30").output.startswith("Batch 1 has begun")
    worked(store, 1)
    assert set(moments(store).values()) == {datetime.fromisoformat("2024-05-01T08:30+02:00")}


def test_tokens_are_moved_and_moved_back(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    what = {"source": WAIT, "target": "foelg_op"}
    number = begun(store, "move", walks, **what)
    found = worked(store, number)
    assert (codes(found), found["told"]) == ([("not_at_step", walks[:1])], what)
    assert tokens(store) == {
        walks[0]: ["accepter_plan"],
        **{each: ["foelg_op"] for each in walks[1:]},
    }
    # A moment became a task: no move would bring the moment back as it was.
    assert found["undoable"] == 0
    on = worked(store, begun(store, "move", walks[1:], source="foelg_op", target="vurder_behov"))
    assert on["undoable"] == MANY - 1
    actions.suspend(store, ole, walks[1], WHY, now=LATER)
    assert codes(taken_back(store, on["id"])) == [("changed_since", walks[1:2])]
    assert [tokens(store)[each] for each in walks[1:3]] == [["vurder_behov"], ["foelg_op"]]


def test_only_those_that_were_at_the_step_are_begun_again_there(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    actions.move(store, ole, walks[2], WAIT, "foelg_op", WHY, now=NOW)
    seen = actions.outlook(
        store, ole, "restart", CHOSEN, ids=walks, what={"target": "foelg_op"}, now=NOW
    )
    assert (seen.possible, seen.impossible) == (1, {"never_reached": MANY - 1})
    found = worked(store, begun(store, "restart", walks, target="foelg_op"))
    assert codes(found) == [("never_reached", [*walks[:2], *walks[3:]])]


def test_a_step_is_of_one_version(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    number = begun(store, "move", walks[1:], source=WAIT, target="foelg_op")
    with store.write() as db:
        mine = select(instance.c.pathway_id).where(instance.c.id == walks[0]).scalar_subquery()
        other = select(pathway.c.id).where(pathway.c.id != mine).limit(1).scalar_subquery()
        db.execute(update(instance).where(instance.c.id == walks[1]).values(pathway_id=other))
    assert codes(worked(store, number)) == [("other_version", walks[1:2])]
    with pytest.raises(SeveralVersions):
        actions.many(
            store, ole, "restart", CHOSEN, WHY, ids=walks, what={"target": WAIT}, now=LATER
        )
    for act, what, cause, ids, fields in (
        ("move", {"target": WAIT}, CHOSEN, walks[2:], {"source"}),
        ("restart", {}, CHOSEN, walks[2:], {"target"}),
        ("restart", {"target": WAIT}, "timer", [], {"act"}),
    ):
        with pytest.raises(Invalid) as refused:
            actions.many(store, ole, act, cause, WHY, ids=ids, what=what, now=LATER)
        assert set(refused.value.fields) == fields


def test_a_value_is_corrected_sealed_and_set_back(store: Store, walks: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)

    def stands(name: str) -> list[Any]:
        with store.read() as db:
            rows = db.execute(select(instance).order_by(instance.c.id)).all()
            return [
                steps.values(store.pathway(db, row.pathway_id), row.state, [name], NOW).get(name)
                for row in rows
            ]

    before = stands("parter")
    number = begun(store, "amend", walks, values={"parter": ["Egen læge"]})
    # In one of them it is something else by now.
    actions.amend(store, ole, walks[0], {"parter": None}, WHY, now=NOW)
    with store.read() as db:
        clear = db.execute(select(batch.c.given, batch.c.reason)).all()
    assert "Egen læge" not in str(clear)
    found = worked(store, number)
    assert (found["reason"], found["values"]) == (WHY, {"parter": ["Egen læge"]})
    assert stands("parter") == [["Egen læge"]] * MANY
    assert found["undoable"] == MANY
    back = taken_back(store, number)
    assert (back["reason"], back["done"]) == (WHY, MANY)
    assert stands("parter") == [None, *before[1:]]


def test_a_value_of_another_type_stays_and_an_unread_one_is_refused(
    store: Store, walks: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    found = worked(store, begun(store, "amend", walks, values={"parter": "Egen læge"}))
    assert codes(found) == [("other_type", walks)]
    for values, field in (
        ({}, "values"),
        ({"findes_ikke": 1}, "values.findes_ikke"),
        ({"parter": ["700378-1016"]}, "values.parter"),
    ):
        with pytest.raises(Invalid) as refused:
            actions.many(
                store, ole, "amend", CHOSEN, WHY, ids=walks, what={"values": values}, now=LATER
            )
        assert set(refused.value.fields) == {field}
