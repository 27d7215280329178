"""What operators look through: instances by any filter, moments, messages, the outbox, workers, deployments."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

import scheduler
from engine import actions, logins, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor
from engine.queries import InstanceFilter
from engine.store import Store
from engine.tables import incident, instance, job, message
from tests.store.cast import NOW, asked, opened, started

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def ole(store: Store) -> Actor:
    return logins.actor(store, "ole", now=NOW)


def numbers(store: Store, ole: Actor, **wanted: Any) -> list[int]:
    found = queries.instances(store, ole, InstanceFilter(**wanted), now=NOW)
    return sorted(one["id"] for one in found.items)


def test_instances_are_found_by_every_filter(store: Store, ole: Actor) -> None:
    first = started(store, opened(store))
    second = asked(store, opened(store, cpr="700479-1013"), "Kriminalforsorgen")
    both = sorted((first, second))
    assert numbers(store, ole, agreement="midtjylland") == both
    assert numbers(store, ole, agreement="hovedstaden") == []
    assert numbers(store, ole, version=1) == both
    assert numbers(store, ole, version=2) == []
    assert numbers(store, ole, element="vurder_behov") == [first]
    assert numbers(store, ole, element="vurder%") == []
    assert numbers(store, ole, party="Kriminalforsorgen") == [second]
    with store.write() as db:
        long_ago = NOW - timedelta(days=9)
        db.execute(update(instance).where(instance.c.id == first).values(moved_at=long_ago))
        failed = {"at": NOW, "code": "failed", "sentence": "Nej."}
        db.execute(insert(incident).values(instance_id=second, **failed))
    assert numbers(store, ole, since=NOW - timedelta(days=1)) == [first]
    actions.beat(store, "w1", done=0, failed=0, now=NOW)
    actions.watch(store, now=NOW, every=timedelta(0))
    assert numbers(store, ole, reason="failed") == [second]
    assert queries.reasons(store, ole, both, now=NOW) == {second: ["failed"]}
    stuck = queries.causes(store, ole, queries.StuckFilter(), now=NOW).items
    assert numbers(store, ole, stuck=True) == sorted({one["instance"] for one in stuck})


def test_late_moments_are_told_apart_and_read_page_by_page(store: Store, ole: Actor) -> None:
    for cpr in ("700378-1016", "700479-1013", "700580-1010"):
        asked(store, opened(store, cpr=cpr), "Kriminalforsorgen")
    every = queries.timers(store, ole, now=NOW).items
    assert len(every) >= 3
    assert queries.timers(store, ole, late=True, now=NOW).items == []
    after = every[-1]["due_at"]
    assert queries.timers(store, ole, late=False, now=after).items == []
    page = queries.timers(store, ole, limit=2, now=NOW)
    rest = queries.timers(store, ole, limit=200, after=page.next, now=NOW)
    assert [one["id"] for one in page.items + rest.items] == [one["id"] for one in every]
    assert queries.timers(store, ole, of="planrunde", now=NOW).items == every
    assert queries.timers(store, ole, of="noget_andet", now=NOW).items == []


def test_a_message_that_nobody_waits_for_is_shown_with_near_misses(
    store: Store, ole: Actor
) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen")
    with store.write() as db:
        db.execute(update(instance).where(instance.c.id == walk).values(awaits=["svar"]))
    ida = logins.actor(store, "ida", now=NOW)
    letter = actions.send(store, ida, "svaret", case, {}, now=NOW)
    (one,) = queries.unmatched(store, ole, now=NOW).items
    # What its sender called it is sealed with it, for no diagram knows the name.
    assert (one["id"], one["name"], one["from_unit_name"]) == (letter, "ukendt", "Afsnit R1")
    (near,) = one["near"]
    assert (near["instance"], near["awaits"], near["fits"]) == (walk, ["svar"], False)
    assert queries.unmatched(store, ole, name="andet", now=NOW).items == []
    assert queries.unmatched_one(store, ole, letter, now=NOW) == {**one, "handled": None}
    actions.discard(store, ole, letter, "Sendt ved en fejl", now=NOW)
    assert queries.unmatched(store, ole, now=NOW).items == []
    dealt = queries.unmatched_one(store, ole, letter, now=NOW)["handled"]
    assert dealt == {"at": NOW, "by": ole.name, "reason": "Sendt ved en fejl", "aside": True}
    with pytest.raises(NotFound):
        queries.unmatched_one(store, ole, letter + 1, now=NOW)
    with pytest.raises(Conflict):
        actions.discard(store, ole, letter, "En gang til", now=NOW)


def test_the_outbox_tells_what_was_tried_in_vain(store: Store, ole: Actor) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen")
    ida = logins.actor(store, "ida", now=NOW)
    letter = actions.send(store, ida, "findes_ikke", case, {}, now=NOW)
    assert queries.outbox(store, ole, now=NOW).items == []
    with store.write() as db:
        key = db.execute(message.select().where(message.c.id == letter)).one().key
        late = {"kind": "deliver", "instance_id": walk, "due_at": NOW, "attempts": 2}
        told = {"data": {"message": key, "to": walk}, "error": "failed", "key": f"deliver:{key}"}
        db.execute(insert(job).values(**late, **told))
    (one,) = queries.outbox(store, ole, failed=True, now=NOW).items
    assert (one["message"], one["instance"], one["error"]) == (letter, walk, "failed")
    assert queries.outbox(store, ole, failed=False, now=NOW).items == []


def test_a_list_says_at_which_steps_an_instance_stands(store: Store, ole: Actor) -> None:
    walk = started(store, opened(store))
    assert queries.stands(store, ole, [walk], now=NOW) == {walk: ["Vurdér behov for justering"]}
    ida = logins.actor(store, "ida", now=NOW)
    assert queries.stands(store, ida, [walk], now=NOW) == {}


@pytest.mark.parametrize("told", [True, False])
def test_a_worker_that_is_told_to_stop_says_so_and_one_that_falls_does_not(
    store: Store, ole: Actor, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()

    def listen(*_: object) -> None:
        if not told:
            raise LookupError
        stop.set()

    monkeypatch.setattr(scheduler, "listen", listen)
    with nullcontext() if told else pytest.raises(LookupError):
        # The machine's clock: APScheduler counts from it how many beats were missed.
        scheduler.run(store, "w1", now=lambda: datetime.now(UTC), stop=stop)
    (one,) = queries.workers(store, ole, now=datetime.now(UTC))["items"]
    assert (one["ended_at"] is not None) is told


def test_workers_and_deployments_say_who_and_how_much(store: Store, ole: Actor) -> None:
    walk = started(store, opened(store))
    actions.beat(store, "w1", done=120, failed=1, now=NOW)
    found = queries.workers(store, ole, now=NOW)
    (one,) = found["items"]
    assert (one["name"], one["beating"], one["done"], one["failed"]) == ("w1", True, 120, 1)
    assert queries.workers(store, ole, now=NOW + timedelta(hours=1))["items"][0]["beating"] is False
    # One that was told to stop has not fallen silent; it may begin again.
    actions.leave(store, "w1", now=NOW)
    (one,) = queries.workers(store, ole, now=NOW)["items"]
    assert (one["beating"], one["ended_at"]) == (False, NOW)
    actions.beat(store, "w1", done=121, failed=1, now=NOW)
    (one,) = queries.workers(store, ole, now=NOW)["items"]
    assert (one["beating"], one["ended_at"]) == (True, None)
    newest = queries.deployments(store, ole, now=NOW).items[0]
    assert newest["note"]
    running = {each["key"]: each["running"] for each in newest["versions"]}
    assert running["midtjylland-planrunde"] == 1
    assert sum(running.values()) == 1
    assert walk


def test_an_operator_keeps_filters_of_his_list_beside_those_of_the_inbox(
    store: Store, ole: Actor
) -> None:
    said = {"status": "waiting", "reason": "message"}
    kept = actions.keep_filter(store, ole, "Venter", said, page="instances", now=NOW)
    assert queries.filters(store, ole, now=NOW) == []
    (one,) = queries.filters(store, ole, page="instances", now=NOW)
    assert (one["id"], one["wanted"]) == (kept, said)
    with pytest.raises(Invalid):
        actions.keep_filter(store, ole, "Nej", {"view": "mine"}, page="instances", now=LATER)


def test_only_operators_look_through_them(store: Store) -> None:
    ida = logins.actor(store, "ida", now=NOW)
    for look in (queries.unmatched, queries.outbox, queries.workers, queries.deployments):
        with pytest.raises(Forbidden):
            look(store, ida, now=NOW)
