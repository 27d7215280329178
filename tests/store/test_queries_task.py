"""One task: who may open it, what its form begins with, whose draft it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, update

from engine import actions, queries
from engine.errors import NotFound
from engine.model import MACHINE, Actor
from engine.queries.tasks import clause_texts
from engine.store import Store
from engine.tables import membership, person, task
from tests.store.cast import CPR, NOW, SIGNE, SINCE, asked, done, open_task, opened, started
from tests.store.looking import looks

As = Callable[..., Actor]


def shown(store: Store, who: Actor, number: int, *, now: datetime = NOW) -> dict[str, Any]:
    return queries.task(store, who, number, now=now)


@pytest.mark.parametrize(
    ("element", "party", "sees"),
    [("vurder_behov", None, {"ida", "anna"}), ("accepter_plan", "Kriminalforsorgen", {"jens"})],
)
def test_only_the_unit_that_has_it_may_open_it(
    store: Store, as_: As, element: str, party: str | None, sees: set[str]
) -> None:
    case = opened(store)
    walk = (
        asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
        if party
        else started(store, case)
    )
    number = open_task(store, walk, element, party)
    for login in ("ida", "anna", "bo", "jens", "karin", "sia", "ole", "dan"):
        if login in sees:
            assert shown(store, as_(login), number)["id"] == number
        else:
            with pytest.raises(NotFound):
                shown(store, as_(login), number)
    assert shown(store, MACHINE, number)["id"] == number
    with pytest.raises(NotFound):
        shown(store, as_("ida"), 999)


def test_what_the_page_needs(store: Store, as_: As) -> None:
    walk = asked(store, opened(store), "Kriminalforsorgen", "Kommunens myndighed")
    found = shown(store, as_("jens"), open_task(store, walk, "accepter_plan", "Kriminalforsorgen"))
    assert found["citizen"] == {"name": SIGNE, "cpr": CPR}
    assert found["agreement_title"].startswith("Administrativ samarbejdsaftale")
    assert [one.get("key") for one in found["form"]["components"]] == [
        None,
        "accept",
        "dato",
        "kommentar",
    ]
    assert found["context"]["parter"] == ["Kriminalforsorgen", "Kommunens myndighed"]
    assert found["context"]["sagens_parter"] == [
        "Egen læge", "Kommunens myndighed", "Kriminalforsorgen", "Regionspsykiatrien",
    ]  # fmt: skip
    deadline = found["deadline"]
    assert deadline["frist"] == "3 hverdage"
    assert deadline["started_at"] == NOW
    assert deadline["due_at"] == datetime.fromisoformat("2024-04-03T23:59:59+02:00")
    assert (deadline["clause"], deadline["status"], deadline["met_at"]) == (
        "MIDT-4.4-12",
        "open",
        None,
    )
    assert (found["may_take"], found["instance_status"]) == (True, "running")


def test_a_task_without_form_or_date_says_so(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    assert shown(store, as_("ida"), number)["deadline"] is None
    with store.write() as db:
        db.execute(update(task).where(task.c.id == number).values(form=None))
    found = shown(store, as_("ida"), number)
    assert (found["form"], found["data"]) == (None, {})


def test_a_done_task_can_be_read_and_no_longer_taken(store: Store, as_: As) -> None:
    walk = asked(store, opened(store))
    number = done(store, "jens", walk, "accepter_plan", {"accept": True})
    found = shown(store, as_("jens"), number)
    assert (found["status"], found["may_take"], found["colleagues"]) == ("completed", False, [])
    assert found["deadline"]["status"] == "met"


# ---- what the form begins with -----------------------------------------------------------
LATE = datetime.fromisoformat("2024-04-04T08:00+02:00")
NEXT = datetime.fromisoformat("2024-04-08T08:00+02:00")


def test_the_same_task_again_keeps_the_words_and_forgets_the_decision(
    store: Store, as_: As
) -> None:
    walk = asked(store, opened(store))
    actions.run_due(store, 50, now=LATE)
    assert shown(store, as_("ida"), open_task(store, walk, "foelg_op"), now=LATE)["data"] == {}
    done(store, "ida", walk, "foelg_op", {"eskaler": False, "notat": "Ringet."}, now=LATE)
    actions.run_due(store, 50, now=NEXT)
    found = shown(store, as_("anna"), open_task(store, walk, "foelg_op"), now=NEXT)
    assert found["data"] == {"notat": "Ringet."}
    assert found["context"]["eskaler"] is False


def test_what_another_unit_wrote_is_not_handed_over(store: Store, as_: As) -> None:
    case = opened(store)
    walk = asked(store, case, "Kriminalforsorgen", "Kommunens myndighed")
    said = {"accept": True, "kommentar": "Kun for os."}
    done(store, "jens", walk, "accepter_plan", said, party="Kriminalforsorgen")
    number = open_task(store, walk, "accepter_plan", "Kommunens myndighed")
    found = shown(store, as_("bo"), number)
    assert found["data"] == {}
    assert "Kun for os." not in str(found)


def test_what_the_form_begins_with_can_be_sent_back(store: Store, as_: As) -> None:
    """`data` holds only names that the form has: a program may add its answers and complete the task."""
    walk = asked(store, opened(store))
    actions.run_due(store, 50, now=LATE)
    done(store, "ida", walk, "foelg_op", {"eskaler": False, "notat": "Ringet."}, now=LATE)
    actions.run_due(store, 50, now=NEXT)
    number = open_task(store, walk, "foelg_op")
    data = shown(store, as_("ida"), number, now=NEXT)["data"]
    actions.complete(store, as_("ida"), number, {**data, "eskaler": False}, now=NEXT)


# ---- drafts and colleagues ---------------------------------------------------------------
def test_a_draft_is_for_who_has_the_task(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    ida, anna = as_("ida"), as_("anna")
    assert shown(store, ida, number)["draft"] is None
    actions.claim(store, ida, number, now=NOW)
    actions.draft(store, ida, number, {"begrundelse": "Halvt skrevet"}, now=NOW)
    found = shown(store, ida, number)
    assert (found["draft"], found["draft_at"]) == ({"begrundelse": "Halvt skrevet"}, NOW)
    assert shown(store, anna, number)["draft"] is None
    actions.delegate(store, ida, number, "anna", now=NOW)
    assert shown(store, anna, number)["draft"] == {"begrundelse": "Halvt skrevet"}
    assert shown(store, ida, number)["draft"] is None


def test_colleagues_are_those_who_may_take_it_today(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    with store.write() as db:
        for key, role, unit, until, active in (
            (20, "sygeplejerske", 1, None, True),
            (21, "sekretær", 1, None, True),
            (22, "sygeplejerske", 1, NOW.date().replace(day=25), True),
            (23, "sygeplejerske", 3, None, True),
            (24, "sygeplejerske", 1, None, False),
        ):
            db.execute(
                insert(person).values(id=key, login=f"n{key}", name=f"N {key}", active=active)
            )
            db.execute(
                insert(membership).values(
                    person_id=key, unit_id=unit, role=role, valid_from=SINCE, valid_to=until
                )
            )
    assert shown(store, as_("ida"), number)["colleagues"] == [
        {"login": "anna", "name": "Anna Aagaard"},
        {"login": "n20", "name": "N 20"},
    ]


def test_a_role_that_may_not_take_it_reads_and_hands_on_nothing(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    with store.write() as db:
        db.execute(insert(person).values(id=30, login="sekretær", name="Sofus"))
        db.execute(
            insert(membership).values(person_id=30, unit_id=1, role="sekretær", valid_from=SINCE)
        )
    found = shown(store, as_("sekretær"), number)
    assert (found["may_take"], found["colleagues"]) == (False, [])


# ---- clauses, the look, cost -------------------------------------------------------------
def test_clauses_have_their_words() -> None:
    points = {"MIDT-1": {"tekst": "Planen sendes.", "afsnit": "1"}}
    walked: Any = SimpleNamespace(source=SimpleNamespace(settings={"punkter": points}))
    assert clause_texts(walked, ["MIDT-1", "MIDT-2"]) == [
        {"id": "MIDT-1", "text": "Planen sendes.", "section": "1"},
        {"id": "MIDT-2", "text": "", "section": ""},
    ]


def test_every_look_is_noted_and_a_refused_one_is_none(store: Store, as_: As) -> None:
    case = opened(store)
    walk = started(store, case)
    number = open_task(store, walk, "vurder_behov")
    shown(store, as_("ida"), number)
    shown(store, as_("ida"), number)
    with pytest.raises(NotFound):
        shown(store, as_("jens"), number)
    look = {
        "what": "saw_task", "person_id": 1, "citizen_id": 1, "case_id": case, "instance_id": walk, "task_id": number,
        "facts": {},
    }  # fmt: skip
    assert looks(store) == [look, look]


def test_six_statements_at_most(store: Store, as_: As, statements: list[str]) -> None:
    walk = asked(store, opened(store))
    jens, number = as_("jens"), open_task(store, walk, "accepter_plan")
    shown(store, jens, number)
    statements.clear()
    shown(store, jens, number)
    assert len(statements) <= 6, statements
