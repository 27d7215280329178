"""Somebody is away: the deputy does the work with the power that he was given, and what is left goes back by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine import actions, logins, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound, TaskTaken
from engine.model import Actor
from engine.store import Store
from engine.tables import audit, membership, person, task
from tests.store.cast import NOW, SINCE, open_task, opened, started

As = Callable[[str], Actor]
TODAY = date(2024, 3, 26)
LATER = NOW + timedelta(days=8)
ANSWERS = {"justering_indsats": False, "justering_plan": False}


@pytest.fixture
def mia(store: Store) -> None:
    """A secretary on the ward, who may not do a nurse's tasks, and its leader."""
    with store.write() as db:
        for number, login, role in ((21, "mia", "sekretær"), (22, "lea", "leder")):
            db.execute(insert(person).values(id=number, login=login, name=login.title()))
            job = {"person_id": number, "unit_id": 1, "role": role, "valid_from": SINCE}
            db.execute(insert(membership).values(**job))


def held(store: Store, who: Actor) -> int:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    actions.claim(store, who, number, now=NOW)
    return number


def now_(store: Store, login: str, **later: int) -> Actor:
    return logins.actor(store, login, now=NOW + timedelta(**later))


def away(
    store: Store, to: str = "anna", *, power: bool = True, days: int = 7, **more: Any
) -> list[int]:
    ida = logins.actor(store, "ida", now=NOW)
    until = TODAY + timedelta(days=days)
    return actions.appoint(store, ida, to, TODAY, until, power=power, now=NOW, **more)


def test_a_deputy_takes_over_and_what_is_left_goes_back(store: Store, as_: As) -> None:
    number = held(store, as_("ida"))
    with pytest.raises(TaskTaken):
        actions.claim(store, as_("anna"), number, now=NOW)
    away(store)
    anna = now_(store, "anna")
    (waits,) = queries.standing_in(store, anna, now=NOW)
    assert waits["id"] == number
    actions.claim(store, anna, number, now=NOW)
    actions.draft(store, anna, number, {"begrundelse": "Begyndt"}, now=NOW)
    assert holder(store, number) == "anna"
    assert actions.hand_back(store, now=NOW + timedelta(days=7)) == 0  # the last day is included
    assert actions.hand_back(store, now=LATER) == 1
    assert holder(store, number) == "ida"
    assert actions.hand_back(store, now=LATER) == 0
    again = queries.task(store, now_(store, "ida", days=8), number, now=LATER)
    assert again["draft"] == {"begrundelse": "Begyndt"}
    with pytest.raises(TaskTaken):
        actions.claim(store, now_(store, "anna", days=8), number, now=LATER)


def test_what_the_deputy_had_of_his_own_stays_with_him(store: Store, as_: As) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    away(store)
    anna = now_(store, "anna")
    actions.claim(store, anna, number, now=NOW)
    actions.hand_back(store, now=LATER)
    assert holder(store, number) == "anna"


@pytest.mark.usefixtures("mia")
def test_the_power_is_the_absent_persons_job_and_no_more(store: Store, as_: As) -> None:
    number = held(store, as_("ida"))
    away(store, "mia", power=False)
    with pytest.raises(Forbidden):
        actions.complete(store, now_(store, "mia"), number, ANSWERS, now=NOW)
    (mine,) = queries.deputies(store, as_("ida"), now=NOW)
    actions.call_off(store, as_("ida"), mine["id"], now=NOW)
    away(store, "mia", power=True)
    mia = now_(store, "mia")
    assert {m.role for m in mia.memberships} == {"sekretær", "sygeplejerske"}
    actions.complete(store, mia, number, ANSWERS, now=NOW)
    with store.read() as db:
        assert db.scalar(select(task.c.closed_by).where(task.c.id == number)) == 21
    after = now_(store, "mia", days=8)
    assert {m.role for m in after.memberships} == {"sekretær"}


def test_it_ends_with_either_ones_work_in_the_unit(store: Store, as_: As) -> None:
    away(store)
    assert now_(store, "anna").stands_in
    for login in ("ida", "anna"):
        gone = membership.c.person_id == as_(login).id
        with store.write() as db:
            db.execute(update(membership).where(gone).values(valid_to=TODAY - timedelta(days=1)))
        assert now_(store, "anna").stands_in == ()
        with store.write() as db:
            db.execute(update(membership).where(gone).values(valid_to=None))


@pytest.mark.parametrize(
    ("to", "since", "until", "field"),
    [
        ("ida", TODAY, TODAY, "deputy"),
        ("jens", TODAY, TODAY, "deputy"),
        ("findes-ikke", TODAY, TODAY, "deputy"),
        ("anna", None, TODAY, "since"),
        ("anna", TODAY, None, "until"),
        ("anna", TODAY, TODAY - timedelta(days=1), "until"),
        ("anna", TODAY - timedelta(days=9), TODAY - timedelta(days=1), "until"),
        ("anna", TODAY, TODAY + timedelta(days=400), "until"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    store: Store, as_: As, to: str, since: date | None, until: date | None, field: str
) -> None:
    with pytest.raises(Invalid) as said:
        actions.appoint(store, as_("ida"), to, since, until, now=NOW)
    assert list(said.value.fields) == [field]


@pytest.mark.usefixtures("mia")
def test_a_leader_arranges_it_for_who_fell_ill(store: Store, as_: As) -> None:
    lea = now_(store, "lea")
    actions.appoint(store, lea, "anna", TODAY, TODAY, of="ida", power=True, now=NOW)
    assert [it.name for it in now_(store, "anna").stands_in] == ["Ida Ibsen"]
    with pytest.raises(Invalid):  # twice at the same time
        away(store)
    with pytest.raises(Invalid) as said:
        actions.appoint(store, as_("anna"), "mia", TODAY, TODAY, of="ida", now=NOW)
    assert list(said.value.fields) == ["of"]
    (one,) = queries.deputies(store, lea, now=NOW)
    with pytest.raises(NotFound):
        actions.call_off(store, as_("jens"), one["id"], now=NOW)
    assert queries.deputies(store, as_("jens"), now=NOW) == []
    actions.call_off(store, lea, one["id"], now=NOW)
    assert now_(store, "anna").stands_in == ()
    with pytest.raises(Conflict):
        actions.call_off(store, lea, one["id"], now=NOW)


def test_a_task_whose_holder_left_is_free_again(store: Store, as_: As) -> None:
    number = held(store, as_("ida"))
    other = held_again(store, as_("anna"))
    with store.write() as db:
        mine = membership.c.person_id == as_("ida").id
        db.execute(update(membership).where(mine).values(valid_to=TODAY))
        db.execute(update(person).where(person.c.login == "anna").values(active=False))
    assert actions.hand_back(store, now=NOW) == 1  # she may finish her last day
    assert holder(store, other) is None
    assert actions.hand_back(store, now=NOW + timedelta(days=1)) == 1
    assert holder(store, number) is None
    with store.read() as db:
        noted = db.scalars(select(audit.c.what).where(audit.c.task_id.in_((number, other))))
        assert list(noted).count("let_go") == 2


def held_again(store: Store, who: Actor) -> int:
    case = opened(store, cpr="720685-1033", name="Bo Holm")
    number = open_task(store, started(store, case), "vurder_behov")
    actions.claim(store, who, number, now=NOW)
    return number


def holder(store: Store, number: int) -> str | None:
    wanted = (
        select(person.c.login)
        .join(task, task.c.assignee_id == person.c.id)
        .where(task.c.id == number)
    )
    with store.read() as db:
        found: str | None = db.scalar(wanted)
        return found
