"""Held back from erasure: who may, until when, who learns of it, and that it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from engine import actions, audit, queries
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.model import MACHINE, Actor
from engine.store import Store
from engine.tables import audit as chain
from engine.tables import hold, membership
from tests.store.cast import NOW, SINCE, opened

As = Callable[..., Actor]
DAY = timedelta(days=1)
WHY, UNTIL = "Patienten har klaget til styrelsen.", NOW + 400 * DAY


@pytest.fixture
def led(store: Store) -> int:
    """A case; Anna leads the ward, Jens looks after data protection in the probation service."""
    with store.write() as db:
        for person, unit, role in ((2, 1, "leder"), (4, 2, "databeskyttelse")):
            job = {"person_id": person, "unit_id": unit, "role": role, "valid_from": SINCE}
            db.execute(insert(membership).values(**job))
    return opened(store)


def test_who_answers_for_a_party_holds_and_lifts(store: Store, led: int, as_: As) -> None:
    anna, jens = as_("anna"), as_("jens")
    number = actions.hold_back(store, anna, led, WHY, UNTIL, now=NOW)
    (found,) = queries.holds(store, anna, led, now=NOW)["items"]
    assert (found["id"], found["reason"], found["by"]) == (number, WHY, "Anna Aagaard")
    assert (found["running"], found["mine"], found["whole"]) == (True, True, False)
    (other,) = queries.holds(store, jens, led, now=NOW)["items"]
    assert (other["reason"], other["unit_name"], other["by"]) == ("", None, None)
    assert (other["ends_at"], other["mine"]) == (UNTIL, False)
    with pytest.raises(Forbidden, match="Only the unit"):
        actions.lift(store, jens, number, now=NOW)
    actions.lift(store, anna, number, now=NOW + DAY)
    with pytest.raises(Conflict):
        actions.lift(store, anna, number, now=NOW + DAY)
    (ended,) = queries.holds(store, anna, led, now=NOW + DAY)["items"]
    assert (ended["running"], ended["lifted_by"]) == (False, "Anna Aagaard")
    assert audit.verify(store).ok


def test_the_reason_is_sealed_and_the_log_has_its_mark(store: Store, led: int, as_: As) -> None:
    actions.hold_back(store, as_("anna"), led, WHY, UNTIL, now=NOW)
    queries.holds(store, as_("anna"), led, now=NOW)
    with store.read() as db:
        kept = bytes(db.execute(select(hold.c.reason)).scalar_one())
        facts = list(db.scalars(select(chain.c.facts).where(chain.c.what == "held_back")))
        looks = list(db.scalars(select(chain.c.person_id).where(chain.c.what == "saw_holds")))
    assert b"klaget" not in kept
    assert len(facts) == 1
    assert "klaget" not in facts[0]
    assert looks == [2]


def test_nobody_else_may(store: Store, led: int, as_: As) -> None:
    for login in ("ida", "bo", "ole"):
        error = Forbidden if login in ("ida", "bo") else NotFound
        with pytest.raises(error):
            actions.hold_back(store, as_(login), led, WHY, UNTIL, now=NOW)
        with pytest.raises(error):
            queries.holds(store, as_(login), led, now=NOW)
    number = actions.hold_back(store, as_("anna"), led, WHY, UNTIL, now=NOW)
    with pytest.raises(NotFound):
        actions.lift(store, as_("sia"), number, now=NOW)


@pytest.mark.parametrize("days", [0, -1, 5 * 366 + 1])
def test_a_hold_ends_within_five_years(store: Store, led: int, as_: As, days: int) -> None:
    with pytest.raises(Invalid) as refused:
        actions.hold_back(store, as_("anna"), led, WHY, NOW + days * DAY, now=NOW)
    assert set(refused.value.fields) == {"until"}


def test_a_reason_there_must_be_and_no_cpr_number(store: Store, led: int, as_: As) -> None:
    for reason in ("", "Om 700378-1016"):
        with pytest.raises(Invalid) as refused:
            actions.hold_back(store, as_("anna"), led, reason, UNTIL, now=NOW)
        assert set(refused.value.fields) == {"reason"}


def test_all_of_the_citizens_cases(store: Store, led: int) -> None:
    """Set from the command line; a case of somebody else is not held."""
    other = opened(store, now=NOW + DAY)
    stranger = opened(store, cpr="810590-2018", name="Tine Rasmussen")
    actions.hold_back(store, MACHINE, led, WHY, UNTIL, whole=True, now=NOW)
    for case, why in ((led, "held"), (other, "held"), (stranger, "not_yet")):
        found = queries.holds(store, MACHINE, case, now=NOW + DAY)
        assert {each["why"] for each in found["kept"]} == {why}
    again = queries.holds(store, MACHINE, led, now=UNTIL)
    assert {each["why"] for each in again["kept"]} == {"not_yet"}
