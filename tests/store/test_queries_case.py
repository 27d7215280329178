"""A case as its parties see it, the list of cases, and what one may do on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from engine import actions, queries
from engine.errors import NotFound
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.tables import case as case_table
from engine.tables import consent
from tests.store.cast import CPR, NOW, PARTIES, SIGNE, asked, done, open_task, opened, started
from tests.store.looking import looks

As = Callable[..., Actor]
BJARNE = {"cpr": "720685-1033", "name": "Bjarne Holm"}
WARD_ONLY = {"Regionspsykiatrien": "Afsnit R1"}


def shown(store: Store, who: Actor, number: int, *, now: datetime = NOW) -> dict[str, Any]:
    return queries.case(store, who, number, now=now)


@pytest.mark.parametrize("read", [queries.case, queries.timeline, queries.actions])
def test_its_parties_see_a_case_and_nobody_else(store: Store, as_: As, read: Any) -> None:
    case = opened(store)
    asked(store, case)
    for login in ("ida", "anna", "bo", "jens", "karin"):
        read(store, as_(login), case, now=NOW)
    read(store, MACHINE, case, now=NOW)
    for login in ("sia", "ole", "dan"):
        with pytest.raises(NotFound):
            read(store, as_(login), case, now=NOW)
    with pytest.raises(NotFound):
        read(store, as_("ida"), 999, now=NOW)


def test_the_head_of_a_case(store: Store, as_: As) -> None:
    found = shown(store, as_("karin"), opened(store))
    assert found["citizen"] == {"name": SIGNE, "cpr": CPR}
    assert found["agreement"] == "midtjylland"
    assert found["agreement_title"].startswith("Administrativ samarbejdsaftale")
    assert {one["party"]: one["unit_name"] for one in found["parties"]} == PARTIES
    assert (found["opened_at"], found["closed_at"]) == (NOW, None)
    assert (found["instances"], found["deadlines"], found["messages"]) == ([], [], [])
    assert found["baton"] == {"now": [], "was": None}


def test_steps_and_baton_after_one_of_two_has_answered(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    morning = NOW + timedelta(hours=23)
    done(
        store,
        "jens",
        walk,
        "accepter_plan",
        {"accept": True},
        party="Kriminalforsorgen",
        now=morning,
    )
    waits = open_task(store, walk, "accepter_plan")
    found = shown(store, as_("bo"), case, now=morning)
    (instance,) = found["instances"]
    assert (instance["id"], instance["status"], instance["tokens"]) == (
        walk,
        "running",
        ["accepter_plan"],
    )
    assert [(s["element"], s["state"], s["times"]) for s in instance["steps"]] == [
        ("vurder_behov", "done", 1),
        ("send_plan", "done", 1),
        ("accepter_plan", "now", 1),
    ]
    lines = {line["party"]: line for line in instance["steps"][2]["parties"]}
    jens, bo = lines["Kriminalforsorgen"], lines["Kommunens myndighed"]
    # Bo learns which unit has answered, not who there.
    assert (jens["state"], jens["by"], jens["closed_at"], jens["task"]) == (
        "done",
        None,
        morning,
        None,
    )
    theirs = shown(store, as_("jens"), case, now=morning)["instances"][0]["steps"][2]["parties"]
    assert [line["by"] for line in theirs if line["party"] == "Kriminalforsorgen"] == ["Jens Juhl"]
    assert (bo["state"], bo["by"], bo["status"], bo["task"]) == ("now", None, "open", waits)
    assert jens["status"] == "met"
    drawn = queries.diagram(store, as_("bo"), walk, now=morning)["elements"]
    assert instance["elements"] == drawn
    (holder,) = found["baton"]["now"]
    assert (holder["unit_name"], holder["task"], holder["count"]) == ("Myndighed Aarhus", waits, 1)
    assert (holder["status"], holder["frist"]) == ("open", "3 hverdage")
    assert found["baton"]["was"]["unit_name"] == "Kriminalforsorgen Midtjylland"
    assert found["baton"]["was"]["at"] == morning
    assert shown(store, as_("ida"), case, now=morning)["baton"]["now"][0]["task"] is None


def test_what_is_done_again_stands_once(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case)
    late = datetime.fromisoformat("2024-04-04T08:00+02:00")
    then = datetime.fromisoformat("2024-04-08T08:00+02:00")
    actions.run_due(store, 50, now=late)
    done(store, "ida", walk, "foelg_op", {"eskaler": False}, now=late)
    actions.run_due(store, 50, now=then)
    steps = {
        s["element"]: s for s in shown(store, as_("ida"), case, now=then)["instances"][0]["steps"]
    }
    assert (steps["foelg_op"]["state"], steps["foelg_op"]["times"]) == ("now", 2)
    assert len(steps["foelg_op"]["parties"]) == 1


def test_deadlines_stand_as_they_stand_now(store: Store, as_: As) -> None:
    case = opened(store)
    asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    late = datetime.fromisoformat("2024-04-04T00:00+02:00")
    for now, status in ((late - timedelta(seconds=1), "open"), (late, "overdue")):
        found = shown(store, as_("bo"), case, now=now)["deadlines"]
        assert [(one["status"], one["party"]) for one in found] == [
            (status, "Kriminalforsorgen"),
            (status, "Kommunens myndighed"),
        ]
        assert {one["name"] for one in found} == {"Tag stilling til planen"}
        assert shown(store, as_("karin"), case, now=now)["deadlines"] == []


def test_each_sees_the_messages_of_the_own_unit(store: Store, as_: As) -> None:
    case = opened(store)
    asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    seen = {
        login: [m["to_party"] for m in shown(store, as_(login), case)["messages"]]
        for login in ("ida", "jens", "bo", "karin")
    }
    assert sorted(seen.pop("ida")) == ["Kommunens myndighed", "Kriminalforsorgen"]
    assert seen == {"jens": ["Kriminalforsorgen"], "bo": ["Kommunens myndighed"], "karin": []}


def test_consents(store: Store, as_: As) -> None:
    case = opened(store)
    law = {"kind": "hjemmel", "basis": "Lov", "parties": ["Egen læge"]}
    law["instance_id"] = started(store, case)
    dates = {"given_at": NOW + timedelta(1), "valid_to": NOW + timedelta(2)}
    with store.write() as db:
        db.execute(insert(consent).values(case_id=case, **law, **dates))
    given = shown(store, as_("ida"), case)["consents"]
    assert [(c["kind"], c["parties"], c["in_force"]) for c in given] == [
        ("samtykke", [], True),
        ("hjemmel", ["Egen læge"], False),
    ]
    tomorrow = shown(store, as_("ida"), case, now=NOW + timedelta(1))["consents"]
    assert [c["in_force"] for c in tomorrow] == [True, True]


# ---- timeline ----------------------------------------------------------------------------
def test_the_timeline_says_who_did_what_when(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case)
    at = NOW + timedelta(hours=2)
    number = done(store, "jens", walk, "accepter_plan", {"accept": True}, now=at)
    found = queries.timeline(store, as_("jens"), case, now=at)
    assert (found[0]["what"], found[0]["at"]) == ("opened", NOW)
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    (mine,) = (r for r in found if r["element"] == "accepter_plan" and r["by"])
    assert (mine["what"], mine["by"], mine["at"], mine["task"]) == (
        "completed",
        "Jens Juhl",
        at,
        number,
    )
    assert (mine["unit_name"], mine["pathway"]) == (
        "Kriminalforsorgen Midtjylland",
        "midtjylland-planrunde",
    )
    assert found[1:] == queries.history(store, as_("jens"), walk, now=at)


# ---- what one may do ---------------------------------------------------------------------
def test_each_is_offered_what_the_own_unit_may_begin(store: Store, as_: As) -> None:
    case = opened(store)
    offered = {
        login: {one["id"] for one in queries.actions(store, as_(login), case, now=NOW)}
        for login in ("ida", "jens", "karin")
    }
    assert "midtjylland-planrunde" in offered["ida"]
    assert "midtjylland-planrunde" not in offered["jens"] | offered["karin"]
    (round_,) = (
        one
        for one in queries.actions(store, as_("ida"), case, now=NOW)
        if one["id"] == "midtjylland-planrunde"
    )
    assert round_["name"] == "Planrunde ved genindlæggelse"
    assert (round_["clauses"], round_["form"], round_["instance"]) == ([], None, None)


def test_what_is_offered_is_what_may_be_done(store: Store, as_: As) -> None:
    case = opened(store)
    for one in queries.actions(store, as_("ida"), case, now=NOW):
        if one["form"] is None:
            moved = actions.act(store, as_("ida"), case, one["id"], {}, now=NOW)
            assert moved.instance["pathway"] == one["pathway"]


def test_nothing_can_be_done_on_a_closed_case(store: Store, as_: As) -> None:
    case = opened(store)
    with store.write() as db:
        db.execute(update(case_table).where(case_table.c.id == case).values(closed_at=NOW))
    assert queries.actions(store, as_("ida"), case, now=NOW) == []


# ---- the list ----------------------------------------------------------------------------
def test_cases_come_by_their_next_date(store: Store, as_: As) -> None:
    quiet = opened(store)
    later = opened(store, **BJARNE)
    soon = opened(store, cpr="810590-2018", name="Tine Rasmussen")
    alien = opened(store, parties=WARD_ONLY)
    started(store, quiet)
    asked(store, later, now=NOW + timedelta(days=7))
    asked(store, soon)
    found = queries.cases(store, as_("jens"), now=NOW)
    assert [one["id"] for one in found.items] == [soon, later, quiet]
    assert alien not in [one["id"] for one in found.items]
    first, _second, last = found.items
    assert first["citizen"] == {"name": "Tine Rasmussen", "cpr": "810590-2018"}
    assert (first["status"], first["frist"]) == ("open", "3 hverdage")
    assert [one["unit_name"] for one in first["baton"]] == ["Kriminalforsorgen Midtjylland"]
    assert (last["due_at"], last["status"]) == (None, None)
    assert last["baton"] == []  # Jens has no part in it yet
    (ours,) = (o for o in queries.cases(store, as_("ida"), now=NOW).items if o["id"] == quiet)
    assert [one["unit_name"] for one in ours["baton"]] == ["Afsnit R1"]
    pages, after = [], None
    while True:
        page = queries.cases(store, as_("jens"), limit=1, after=after, now=NOW)
        pages += [one["id"] for one in page.items]
        if (after := page.next) is None:
            break
    assert pages == [soon, later, quiet]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("700378-1016", True), ("7003781016", True), ("SIGNE sørensen", True), ("", True), ("Signe", False),
        ("700378", False), ("720685-1033", False), ("\0", False), ("%", False),
    ],
)  # fmt: skip
def test_a_search_needs_the_whole_name_or_number(
    store: Store, as_: As, q: str, found: bool
) -> None:
    case = opened(store)
    items = queries.cases(store, as_("karin"), q, now=NOW).items
    assert [one["id"] for one in items] == ([case] if found else [])
    assert queries.cases(store, as_("sia"), q, now=NOW).items == []


# ---- the look ----------------------------------------------------------------------------
def test_looks_are_noted(store: Store, as_: As) -> None:
    case, other = opened(store), opened(store, **BJARNE)
    walk = asked(store, case)
    jens = as_("jens")
    queries.case(store, jens, case, now=NOW)
    queries.timeline(store, jens, case, now=NOW)
    queries.actions(store, jens, case, now=NOW)
    queries.cases(store, jens, now=NOW)
    queries.cases(store, jens, SIGNE, now=NOW)
    queries.cases(store, jens, "Ingen Nogetsteds", now=NOW)
    queries.instance(store, jens, walk, now=NOW)
    queries.history(store, jens, walk, now=NOW)
    queries.diagram(store, jens, walk, now=NOW)
    with pytest.raises(NotFound):
        queries.case(store, as_("sia"), other, now=NOW)
    found = [
        (s["what"], s["citizen_id"], s["case_id"], s["instance_id"], s["facts"])
        for s in looks(store)
    ]
    assert found == [
        ("saw_case", 1, case, None, {}),
        ("saw_timeline", 1, case, None, {}),
        ("saw_actions", 1, case, None, {}),
        ("saw_cases", None, None, None, {"citizens": [1, 2]}),
        ("saw_cases", 1, None, None, {"citizens": [1]}),
        ("saw_instance", 1, case, walk, {}),
        ("saw_history", 1, case, walk, {}),
        ("saw_diagram", 1, case, walk, {}),
    ]
    assert {s["person_id"] for s in looks(store)} == {jens.id}


def test_the_page_of_a_case_costs_the_same_however_long_it_is(
    store: Store, as_: As, statements: list[str]
) -> None:
    case = opened(store)
    asked(store, case)
    counts = []
    for _ in range(2):
        shown(store, as_("ida"), case)
        statements.clear()
        shown(store, as_("ida"), case)
        counts.append(len(statements))
        for _more in range(3):
            asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    assert counts[0] == counts[1] <= 12, statements
