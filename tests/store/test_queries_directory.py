"""What there is to choose from: units of today, agreements, pathways and their versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from engine import queries
from engine.errors import NotFound
from engine.model import Actor
from engine.store import Store
from engine.tables import deployment, pathway, unit
from tests.store.cast import NOW, UNITS

As = Callable[..., Actor]


def test_units_by_the_party_that_they_can_be(store: Store, as_: As) -> None:
    sia = as_("sia")
    everywhere = queries.units(store, sia, None, None, now=NOW)
    assert [one["name"] for one in everywhere] == sorted(each.name for each in UNITS)
    (court,) = queries.units(store, sia, "midtjylland", "Kriminalforsorgen", now=NOW)
    assert (court["id"], court["sector"]) == (2, "stat")
    assert court["parties"] == [{"agreement": "midtjylland", "party": "Kriminalforsorgen"}]
    assert queries.units(store, sia, "midtjylland", "Rådhus", now=NOW) == []
    assert queries.units(store, sia, "hovedstaden", None, now=NOW) == []


def test_a_unit_is_there_on_its_last_day_and_not_after(store: Store, as_: As) -> None:
    with store.write() as db:
        db.execute(update(unit).where(unit.c.id == 2).values(valid_to=NOW.date()))
    for now, there in ((NOW, 1), (NOW + timedelta(1), 0)):
        found = queries.units(store, as_("ida"), None, "Kriminalforsorgen", now=now)
        assert len(found) == there


def test_agreements_and_their_parties(store: Store, as_: As) -> None:
    (one,) = queries.agreements(store, as_("ida"), now=NOW)
    assert (one["slug"], one["prefix"]) == ("midtjylland", "MIDT")
    assert one["title"].startswith("Administrativ samarbejdsaftale")
    names = [p["name"] for p in one["parties"]]
    assert names == sorted(names)
    assert "Regionspsykiatrien" in names
    assert {p["hat"] for p in one["parties"]} >= {"bopæl", "handle", "ophold", "betaling"}


def test_pathways_in_their_newest_version(store: Store, as_: As) -> None:
    ida = as_("ida")
    first = {one["key"]: one for one in queries.pathways(store, ida, now=NOW)}
    assert {"midtjylland-planrunde", "faelles-uenighed"} <= set(first)
    assert queries.pathways(store, ida, "hovedstaden", now=NOW) == []
    again(store)
    second = {one["key"]: one for one in queries.pathways(store, ida, "midtjylland", now=NOW)}
    assert set(second) == set(first)
    assert (
        first["midtjylland-planrunde"]["version"],
        second["midtjylland-planrunde"]["version"],
    ) == (1, 2)
    assert second["faelles-uenighed"] == first["faelles-uenighed"]
    assert second["midtjylland-planrunde"]["deployed_at"] == NOW + timedelta(1)


def test_versions_newest_first(store: Store, as_: As) -> None:
    again(store)
    found = queries.versions(store, as_("ida"), "midtjylland-planrunde", now=NOW)
    assert [(one["version"], one["note"], one["by"]) for one in found] == [
        (2, "en gang til", "Dan Dinesen"),
        (1, "tests", None),
    ]
    for key, agreement in (("midtjylland-nej", None), ("midtjylland-planrunde", "hovedstaden")):
        with pytest.raises(NotFound):
            queries.versions(store, as_("ida"), key, agreement, now=NOW)


def test_a_drawing_and_the_same_by_lane(store: Store, as_: As) -> None:
    found = queries.drawing(store, as_("sia"), "midtjylland-planrunde", now=NOW)
    assert "<bpmn:process" in found["bpmn"]
    assert [lane["name"] for lane in found["lanes"]] == [
        "Kommunens myndighed", "Tværsektorielt team", "Regionspsykiatrien",
    ]  # fmt: skip
    elements = {one["id"]: one for lane in found["lanes"] for one in lane["elements"]}
    accept = elements["accepter_plan"]
    assert (accept["frist"], accept["clauses"], accept["form"]) == (
        "3 hverdage",
        ["MIDT-4.4-12"],
        "accept",
    )
    with pytest.raises(NotFound):
        queries.drawing(store, as_("sia"), "midtjylland-nej", now=NOW)


def test_a_compiled_version_and_none(store: Store, as_: As) -> None:
    number = queries.drawing(store, as_("ida"), "midtjylland-planrunde", now=NOW)["id"]
    assert queries.pathway(store, as_("ida"), number, now=NOW).key == "midtjylland-planrunde"
    with pytest.raises(NotFound):
        queries.pathway(store, as_("ida"), 999, now=NOW)


def again(store: Store) -> None:
    """Dan deploys the plan round once more."""
    with store.write() as db:
        old = db.execute(select(pathway).where(pathway.c.key == "midtjylland-planrunde")).one()
        made = insert(deployment).values(
            at=NOW + timedelta(1), person_id=8, note="en gang til", digest="x"
        )
        number = db.execute(made.returning(deployment.c.id)).scalar_one()
        values = {**old._mapping, "version": 2, "deployment_id": number, "digest": "y"}
        values.pop("id")
        db.execute(insert(pathway).values(**values))
