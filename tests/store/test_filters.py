"""Filters of the inbox: what they find, who may keep and use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import actions, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import Actor
from engine.queries import TaskFilter
from engine.store import Store
from engine.tables import saved_filter
from tests.store.cast import NOW, asked, opened, started

As = Callable[..., Actor]
WANTED = {"view": "ledige", "pathway": "midtjylland-planrunde"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"pathway": "midtjylland-planrunde"}, 2),
        ({"pathway": "midtjylland-uenighed"}, 0),
        ({"agreement": "midtjylland"}, 2),
        ({"agreement": "hovedstaden"}, 0),
        ({"agreement": "midtjylland", "pathway": "midtjylland-planrunde"}, 2),
        ({"party": "Regionspsykiatrien"}, 2),
        ({"party": "Kriminalforsorgen"}, 0),
        ({"dated": False}, 2),
        ({"dated": True}, 0),
        ({"due_after": NOW}, 0),
    ],
)
def test_a_filter_finds(store: Store, as_: As, wanted: dict[str, Any], found: int) -> None:
    case = opened(store)
    started(store, case)
    started(store, case)
    page = queries.inbox(store, as_("ida"), TaskFilter(**wanted), now=NOW)
    assert len(page.items) == found


def test_a_date_is_a_bound(store: Store, as_: As) -> None:
    asked(store, opened(store))
    (one,) = queries.inbox(store, as_("jens"), TaskFilter(dated=True), now=NOW).items
    due = one["due_at"]
    for bounds, found in (
        ({"due_after": due}, 1),
        ({"due_after": due + timedelta(seconds=1)}, 0),
        ({"due_before": due}, 0),
        ({"due_before": due + timedelta(seconds=1)}, 1),
    ):
        page = queries.inbox(store, as_("jens"), TaskFilter(**bounds), now=NOW)
        assert len(page.items) == found, bounds


def test_there_is_to_choose_what_the_units_can_have(store: Store, as_: As) -> None:
    found = queries.choices(store, as_("jens"), now=NOW)
    assert found["parties"] == ["Kriminalforsorgen"]
    assert [one["key"] for one in found["agreements"]] == ["midtjylland"]
    assert "midtjylland-planrunde" in [one["key"] for one in found["pathways"]]
    assert [one["key"] for one in queries.choices(store, as_("ida"), now=NOW)["colleagues"]] == [
        "anna"
    ]
    assert queries.choices(store, as_("ole"), now=NOW) == {
        "agreements": [], "pathways": [], "parties": [], "colleagues": [{"key": "dan", "name": "Dan Dinesen"}],
    }  # fmt: skip


def test_a_filter_is_its_makers_or_the_units(store: Store, as_: As) -> None:
    ida, anna, jens = as_("ida"), as_("anna"), as_("jens")
    own = actions.keep_filter(store, ida, " Ledige   planrunder ", WANTED, now=NOW)
    later = NOW + timedelta(seconds=1)
    shared = actions.keep_filter(store, ida, "Afsnittets", {"due": "uge"}, unit=1, now=later)
    seen = {who.login: queries.filters(store, who, now=NOW) for who in (ida, anna, jens)}
    assert [(one["id"], one["name"], one["mine"]) for one in seen["ida"]] == [
        (shared, "Afsnittets", True), (own, "Ledige planrunder", True),
    ]  # fmt: skip
    (hers,) = seen["anna"]
    assert (hers["id"], hers["by"], hers["unit_name"]) == (shared, "Ida Ibsen", "Afsnit R1")
    assert (hers["wanted"], hers["mine"]) == ({"due": "uge"}, False)
    assert seen["jens"] == []
    with store.read() as db:
        assert not any(b"Ledige" in bytes(name) for name in db.scalars(select(saved_filter.c.name)))
    with pytest.raises(NotFound):
        actions.drop_filter(store, anna, shared, now=NOW)
    actions.drop_filter(store, ida, shared, now=NOW)
    assert queries.filters(store, anna, now=NOW) == []


@pytest.mark.parametrize(
    ("name", "wanted", "field"),
    [
        ("", WANTED, "name"),
        ("n" * 61, WANTED, "name"),
        ("Tom", {}, "wanted"),
        # A search is not kept: its words are names and CPR numbers.
        ("Signe", {"q": "700378-1016"}, "wanted"),
        ("Tal", {"view": 7}, "wanted"),
        ("Lang", {"party": "p" * 201}, "wanted"),
    ],
)
def test_a_filter_that_is_none(
    store: Store, as_: As, name: str, wanted: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        actions.keep_filter(store, as_("ida"), name, wanted, now=NOW)
    assert list(refused.value.fields) == [field]


def test_a_filter_is_shared_with_own_units_only_and_there_is_an_end(store: Store, as_: As) -> None:
    with pytest.raises(Forbidden):
        actions.keep_filter(store, as_("ida"), "Hos dem", WANTED, unit=2, now=NOW)
    for n in range(30):
        at = NOW + timedelta(seconds=n)
        actions.keep_filter(store, as_("ida"), f"Nr. {n}", WANTED, now=at)
    with pytest.raises(Conflict):
        actions.keep_filter(store, as_("ida"), "En til", WANTED, now=NOW)
