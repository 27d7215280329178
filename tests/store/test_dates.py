"""The dates that one's units owe: across cases, without what others owe, and in a feed that holds no names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from engine import actions, logins, queries
from engine.model import Actor
from engine.store import Store
from engine.tables import person
from tests.store.cast import NOW, SIGNE, open_task, opened, started

As = Callable[[str], Actor]


def sent(store: Store) -> int:
    """A plan that was sent to the parties, who owe an answer; the instance."""
    walk = started(store, opened(store))
    ida = logins.actor(store, "ida", now=NOW)
    number = open_task(store, walk, "vurder_behov")
    answers = {"justering_indsats": False, "justering_plan": False}
    actions.complete(store, ida, number, answers, now=NOW)
    actions.complete(store, ida, open_task(store, walk, "send_plan"), {}, now=NOW)
    return walk


def test_each_sees_what_the_own_unit_owes(store: Store, as_: As) -> None:
    walk = sent(store)
    (mine,) = queries.dates(store, as_("jens"), None, None, now=NOW)
    assert mine["name"] == "Tag stilling til planen"
    assert mine["citizen"] == SIGNE
    assert mine["task"] == open_task(store, walk, "accepter_plan", "Kriminalforsorgen")
    assert mine["status"] == "open"
    late = NOW + timedelta(days=20)
    assert [one["status"] for one in queries.dates(store, as_("jens"), None, None, now=late)] == [
        "overdue"
    ]
    assert queries.dates(store, as_("sia"), None, None, now=NOW) == []
    assert queries.dates(store, as_("jens"), None, mine["due_at"], now=NOW) == []
    assert queries.dates(store, as_("jens"), mine["due_at"], None, now=NOW) != []
    assert queries.dates(store, as_("jens"), None, None, mine=True, now=NOW) == []
    actions.claim(store, as_("jens"), mine["task"], now=NOW)
    assert len(queries.dates(store, as_("jens"), None, None, mine=True, now=NOW)) == 1
    actions.complete(store, as_("jens"), mine["task"], {"accept": True}, now=NOW)
    assert queries.dates(store, as_("jens"), None, None, now=NOW) == []


def test_a_feed_says_when_and_not_about_whom(store: Store, as_: As) -> None:
    sent(store)
    jens = as_("jens")
    assert logins.feed_of(store, jens) is None
    first = logins.make_feed(store, jens, now=NOW)
    secret = logins.make_feed(store, jens, now=NOW)
    assert logins.feed_of(store, jens) == NOW
    assert logins.fed(store, first, now=NOW) is None  # a new address makes the old one void
    who = logins.fed(store, secret, now=NOW)
    assert who is not None
    (one,) = queries.fed_dates(store, who, now=NOW)
    assert not {"citizen", "case"} & set(one)
    assert SIGNE not in str(one)
    with store.write() as db:
        db.execute(update(person).where(person.c.login == "jens").values(active=False))
    assert logins.fed(store, secret, now=NOW) is None
    with store.write() as db:
        db.execute(update(person).where(person.c.login == "jens").values(active=True))
    logins.drop_feed(store, jens, now=NOW)
    assert logins.fed(store, secret, now=NOW) is None
