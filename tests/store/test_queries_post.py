"""Messages and notices: who gets them, who may read them, what they say in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from engine import actions, queries
from engine.errors import NotFound
from engine.model import Actor
from engine.seals import message_place
from engine.store import Store
from engine.tables import consent, message, notice
from tests.store.cast import NOW, asked, done, opened
from tests.store.looking import looks

As = Callable[..., Actor]


def test_a_message_waits_for_the_unit_until_somebody_opens_it(store: Store, as_: As) -> None:
    case = opened(store)
    asked(store, case)
    jens = as_("jens")
    (one,) = queries.messages(store, jens, now=NOW)
    assert (one["title"], one["case"], one["status"]) == ("Plan til accept", case, "received")
    assert (one["from_unit_name"], one["to_unit_name"]) == (
        "Afsnit R1",
        "Kriminalforsorgen Midtjylland",
    )
    for login in ("ida", "bo", "karin", "sia", "ole"):
        assert queries.messages(store, as_(login), now=NOW) == []
    assert queries.message(store, jens, one["id"], now=NOW)["may_open"] is True
    at = NOW + timedelta(hours=1)
    actions.open_message(store, jens, one["id"], now=at)
    assert queries.messages(store, jens, now=at) == []
    read = queries.message(store, as_("ida"), one["id"], now=at)
    assert (read["opened_at"], read["opened_by"], read["may_open"]) == (at, "Jens Juhl", False)


def test_only_its_two_ends_may_read_a_message(store: Store, as_: As) -> None:
    asked(store, opened(store), "Kriminalforsorgen")
    (one,) = queries.messages(store, as_("jens"), now=NOW)
    for login in ("ida", "anna", "jens"):
        assert queries.message(store, as_(login), one["id"], now=NOW)["id"] == one["id"]
    for login in ("bo", "karin", "sia", "ole", "dan"):
        with pytest.raises(NotFound):
            queries.message(store, as_(login), one["id"], now=NOW)


def test_what_was_held_back_reaches_nobody(store: Store, as_: As) -> None:
    case = opened(store)
    with store.write() as db:
        db.execute(delete(consent).where(consent.c.case_id == case))
    asked(store, case, "Kriminalforsorgen")
    with store.read() as db:
        (number,) = db.scalars(select(message.c.id).where(message.c.status == "refused"))
    assert queries.messages(store, as_("jens"), now=NOW) == []
    assert queries.case(store, as_("jens"), case, now=NOW)["messages"] == []
    with pytest.raises(NotFound):
        queries.message(store, as_("jens"), number, now=NOW)
    assert queries.message(store, as_("ida"), number, now=NOW)["status"] == "refused"


def test_the_body_is_shown_in_the_words_of_the_forms(store: Store, as_: As) -> None:
    walk = asked(store, opened(store))
    (one,) = queries.messages(store, as_("jens"), now=NOW)
    said = {"plan_ref": "Plan 7", "accept": True, "parter": ["Kriminalforsorgen", "Egen læge"]}
    said |= {"tomt": None, "ukendt": False}
    with store.write() as db:
        key = db.scalar(select(message.c.key).where(message.c.id == one["id"]))
        assert key is not None
        sealed = store.keyring.seal_json(said, message_place(key))
        db.execute(update(message).where(message.c.id == one["id"]).values(body=sealed))
    found = queries.message(store, as_("jens"), one["id"], now=NOW)
    assert found["instance"] == walk
    assert found["body"] == {
        "Hvilken plan?": "Plan 7",
        "Accepterer I, at planen genbruges?": "Ja",
        "Hvem skal acceptere planen?": "Kriminalforsorgen, Egen læge",
        "tomt": "",
        "ukendt": "Nej",
    }


def test_reading_a_message_is_noted(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case)
    (one,) = queries.messages(store, as_("jens"), now=NOW)
    queries.message(store, as_("jens"), one["id"], now=NOW)
    (look,) = looks(store)
    assert (look["what"], look["case_id"], look["instance_id"]) == ("saw_message", case, walk)
    assert look["facts"] == {"message": one["id"]}


def test_reminders_go_to_the_unit_until_read_or_done(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    tuesday = datetime.fromisoformat("2024-04-02T09:00+02:00")
    actions.run_due(store, 50, now=tuesday)
    jens, bo = as_("jens"), as_("bo")
    (mine,) = queries.notices(store, jens, now=tuesday)
    assert (mine["kind"], mine["name"], mine["case"]) == (
        "reminder",
        "Tag stilling til planen",
        case,
    )
    assert (mine["instance"], mine["party"], mine["clause"]) == (
        walk,
        "Kriminalforsorgen",
        "MIDT-4.4-12",
    )
    assert mine["due_at"] == datetime.fromisoformat("2024-04-03T23:59:59+02:00")
    assert len(queries.notices(store, bo, now=tuesday)) == 1
    assert queries.notices(store, as_("karin"), now=tuesday) == []
    actions.read_notice(store, jens, mine["id"], now=tuesday)
    assert queries.notices(store, jens, now=tuesday) == []
    done(
        store,
        "bo",
        walk,
        "accepter_plan",
        {"accept": True},
        party="Kommunens myndighed",
        now=tuesday,
    )
    assert queries.notices(store, bo, now=tuesday) == []


def test_a_notice_for_one_person_is_for_that_person(store: Store, as_: As) -> None:
    asked(store, opened(store))
    with store.write() as db:
        db.execute(
            insert(notice).values(
                kind="overdue", deadline_id=1, task_id=3, unit_id=2, person_id=1, at=NOW
            )
        )
    assert queries.notices(store, as_("jens"), now=NOW) == []
