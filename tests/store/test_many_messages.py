"""One act on all messages that nobody waits for: delivered, put aside, and put back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from engine import actions, logins, queries
from engine.errors import BatchRuns, Conflict, Invalid
from engine.store import Store
from engine.tables import batch_item, message
from tests.store.cast import NOW, opened

WHY = "Kom fra en prøve"
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def letters(store: Store) -> list[int]:
    """Five messages on one case: three that somebody waits for by now, two that nobody does."""
    case = opened(store)
    ida = logins.actor(store, "ida", now=NOW)
    names = ["samtykke_trukket"] * 3 + ["ukendt_besked"] * 2
    numbers = [actions.send(store, ida, name, case, {}, now=NOW) for name in names]
    actions.start(store, ida, case, "samtykke", {}, now=NOW)
    actions.beat(store, "w1", done=0, failed=0, now=NOW)
    return numbers


def begun(store: Store, act: str) -> int:
    ole = logins.actor(store, "ole", now=NOW)
    return actions.many(store, ole, act, "undeliverable", WHY, now=NOW)


def work(store: Store) -> None:
    while actions.run_batches(store, 3, now=LATER):
        pass
    actions.run_due(store, 100, now=LATER)


def waiting(store: Store) -> list[int]:
    ole = logins.actor(store, "ole", now=NOW)
    return [row["id"] for row in queries.unmatched(store, ole, now=LATER).items]


def test_what_somebody_waits_for_is_delivered_and_the_rest_says_why_not(
    store: Store, letters: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    seen = actions.outlook(store, ole, "deliver", "undeliverable", now=NOW)
    assert (seen.total, seen.possible, seen.impossible) == (5, 3, {"message_unmatched": 2})
    assert waiting(store) == letters, "a rehearsal delivers nothing"
    number = begun(store, "deliver")
    work(store)
    found = queries.batch_of(store, ole, number, now=LATER)
    assert (found["done"], found["impossible"], found["may_undo"]) == (3, 2, False)
    assert [(one["code"], one["messages"], one["instances"]) for one in found["kept"]] == [
        ("message_unmatched", letters[3:], [])
    ]
    with store.read() as db:
        stood = list(db.scalars(select(message.c.status).order_by(message.c.id)))
    # The first that was heard ended the consent; the others then found nobody and are seen again.
    assert stood[0] == "matched"
    assert set(stood[1:]) == {"unmatched"}
    assert waiting(store) == letters[1:]


def test_all_are_put_aside_and_put_back_where_they_lie(store: Store, letters: list[int]) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    number = begun(store, "discard")
    with pytest.raises(BatchRuns):
        begun(store, "discard")
    work(store)
    assert waiting(store) == []
    found = queries.batch_of(store, ole, number, now=LATER)
    assert (found["done"], found["undoable"], found["may_undo"]) == (5, 5, True)
    actions.put_back(store, ole, letters[0], WHY, now=LATER)
    assert queries.batch_of(store, ole, number, now=LATER)["undoable"] == 4
    back = actions.many_undo(store, ole, number, "Forkert gruppe", now=LATER)
    work(store)
    assert waiting(store) == letters
    told = queries.batch_of(store, ole, back, now=LATER)
    assert (told["act"], told["done"], told["impossible"]) == ("put_back", 4, 1)
    assert [one["code"] for one in told["kept"]] == ["message_handled"]
    with pytest.raises(Conflict):
        actions.many_undo(store, ole, number, WHY, now=LATER)


def test_a_message_is_nothing_to_do_where_an_instance_is_meant(
    store: Store, letters: list[int]
) -> None:
    ole = logins.actor(store, "ole", now=NOW)
    with pytest.raises(Invalid) as told:
        actions.many(store, ole, "discard", "failed", WHY, now=NOW)
    assert set(told.value.fields) == {"act"}
    with store.write() as db:
        db.execute(update(message).values(handled_at=NOW))
    with pytest.raises(Conflict):
        begun(store, "discard")


@pytest.mark.parametrize("names", [(), ("instance_id", "message_id")], ids=["none", "both"])
def test_an_item_is_an_instance_or_a_message(
    store: Store, letters: list[int], names: tuple[str, ...]
) -> None:
    number = begun(store, "discard")
    row = {"batch_id": number, "status": "waiting", **dict.fromkeys(names, 1)}
    with pytest.raises(Exception, match=r"(?i)constraint"), store.write() as db:
        db.execute(insert(batch_item).values(**row))
