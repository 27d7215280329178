"""Who saw or changed what of a citizen, told to whom it may be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from engine import actions, audit, queries
from engine.errors import CprInvalid, Forbidden, Invalid, NotFound
from engine.model import MACHINE, Actor
from engine.queries.seen import citizen_with
from engine.store import Store
from engine.tables import audit as log
from engine.tables import case, membership
from tests.store.cast import CPR, NOW, SINCE, asked, opened

As = Callable[..., Actor]


def appoint(store: Store, person: int, unit: int, role: str = "databeskyttelse") -> None:
    """Give somebody a second job: to look after what the unit's people see."""
    job = {"person_id": person, "unit_id": unit, "role": role, "valid_from": SINCE}
    with store.write() as db:
        db.execute(insert(membership).values(**job))


def told(store: Store, who: Actor, case_id: int, **more: Any) -> list[tuple[str, str]]:
    """Who did what, newest first; the machine is ""."""
    page = queries.seen(store, who, case_id=case_id, now=NOW, **more)
    return [(row["by"]["login"] if row["by"] else "", row["what"]) for row in page.items]


def test_a_unit_is_told_of_its_own_people_and_of_nobody_elses(store: Store, as_: As) -> None:
    number = opened(store)
    asked(store, number)
    for login in ("ida", "jens", "karin"):
        queries.case(store, as_(login), number, now=NOW)
    appoint(store, 2, 1)
    appoint(store, 4, 2, "leder")
    ward, probation = (told(store, as_(login), number) for login in ("anna", "jens"))
    assert ("ida", "saw_case") in ward
    assert ("ida", "case_opened") in ward
    assert {who for who, _ in ward} <= {"ida", "anna", ""}
    assert ("jens", "saw_case") in probation
    assert {who for who, _ in probation} <= {"jens", ""}
    everything = told(store, MACHINE, number, limit=200)
    assert {who for who, _ in everything} >= {"ida", "jens", "karin"}


def test_asking_is_in_the_log_itself(store: Store, as_: As) -> None:
    number = opened(store)
    appoint(store, 2, 1)
    assert told(store, as_("anna"), number)[0] == ("anna", "saw_audit")
    assert [row for row in told(store, as_("anna"), number) if row[1] == "saw_audit"] == [
        ("anna", "saw_audit")
    ] * 2
    assert audit.verify(store).ok


def test_only_who_looks_after_data_protection_may_ask(store: Store, as_: As) -> None:
    number = opened(store)
    for login in ("ida", "anna", "ole", "dan"):
        with pytest.raises(Forbidden):
            told(store, as_(login), number)


def test_where_the_unit_has_no_part_there_is_nothing(store: Store, as_: As) -> None:
    number = opened(store)
    appoint(store, 6, 7)
    with store.read() as db:
        citizen = db.scalar(select(case.c.citizen_id))
    for about in ({"case_id": number}, {"case_id": 10**9}, {"citizen_id": citizen}):
        with pytest.raises(NotFound):
            queries.seen(store, as_("sia"), **about, now=NOW)
    with pytest.raises(Invalid):
        queries.seen(store, as_("sia"), now=NOW)
    with pytest.raises(Invalid):
        queries.seen(store, as_("sia"), citizen_id=1, case_id=1, now=NOW)


def test_who_has_left_the_unit_is_told_of_while_he_was_there(store: Store, as_: As) -> None:
    number = opened(store)
    queries.case(store, as_("ida"), number, now=NOW)
    with store.write() as db:
        gone = update(membership).where(membership.c.person_id == 1)
        db.execute(gone.values(valid_to=NOW.date()))
    appoint(store, 2, 1)
    assert ("ida", "saw_case") in told(store, as_("anna"), number)
    with store.write() as db:
        db.execute(gone.values(valid_to=date(2024, 1, 1)))
    assert ("ida", "saw_case") not in told(store, as_("anna"), number)


def test_a_list_of_several_counts_for_each_of_them(store: Store, as_: As) -> None:
    first = opened(store)
    second = opened(store, cpr="720685-1033", name="Bjarne Holm")
    queries.cases(store, as_("ida"), now=NOW)
    appoint(store, 2, 1)
    for number in (first, second):
        page = queries.seen(store, as_("anna"), case_id=number, now=NOW)
        (row,) = [row for row in page.items if row["what"] == "saw_cases"]
        assert (row["by"]["login"], row["others"]) == ("ida", 1)
        assert "citizens" not in row["facts"]


def test_pages_follow_each_other_without_gap_or_repeat(store: Store, as_: As) -> None:
    number = opened(store)
    for minute in range(7):
        queries.case(store, as_("ida"), number, now=NOW + timedelta(minutes=minute // 3))
    whole = queries.seen(store, MACHINE, case_id=number, limit=200, now=NOW).items
    read, after = [], None
    while True:
        page = queries.seen(
            store, MACHINE, case_id=number, limit=2, after=after, now=NOW - timedelta(days=9)
        )
        read += [row for row in page.items if row["what"] != "saw_audit"]
        if (after := page.next) is None:
            break
    assert read == [row for row in whole if row["what"] != "saw_audit"]
    with pytest.raises(queries.CursorInvalid):
        queries.seen(store, MACHINE, case_id=number, after="x" * 40, now=NOW)


def test_a_citizen_is_found_by_cpr_without_the_number_in_any_address(store: Store) -> None:
    number = opened(store)
    with store.read() as db:
        assert citizen_with(store, CPR) == db.scalar(
            select(case.c.citizen_id).where(case.c.id == number)
        )
    with pytest.raises(NotFound):
        citizen_with(store, "720685-1033")
    with pytest.raises(CprInvalid):
        citizen_with(store, "1")


def test_what_a_sender_calls_a_message_that_nobody_waits_for_stays_out_of_the_log(
    store: Store, as_: As
) -> None:
    number = opened(store)
    actions.start(store, as_("ida"), number, "samtykke", {}, now=NOW)
    for name in ("Signe er syg", "samtykke_trukket"):
        actions.send(store, as_("ida"), name, number, {}, now=NOW)
    with store.read() as db:
        entries = select(log.c.facts).where(log.c.what == "message_in")
        facts = [row.facts for row in db.execute(entries)]
    assert sum("samtykke_trukket" in each for each in facts) == 1
    assert not any("Signe" in each for each in facts)
    assert len(facts) == 2
