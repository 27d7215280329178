"""What is lent of a case, and what is opened in an emergency: who sees what, until when, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from engine import actions, audit, queries
from engine.actions.glass import MOST, WINDOW, NobodyFound
from engine.errors import Conflict, Forbidden, Invalid, NotFound, TooFast
from engine.model import Actor
from engine.store import Store
from engine.tables import audit as chain
from engine.tables import glass_try, loan, membership, message, person, plan, review
from tests.store.cast import CPR, NOW, SIGNE, SINCE, asked, open_task, opened

As = Callable[..., Actor]
WEEK, WHY = timedelta(days=7), "Hun er hans kontaktperson på bostedet."
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def ward(store: Store) -> dict[str, Any]:
    """A case on which a plan was sent to the probation service; Anna leads the ward, Jens the service."""
    with store.write() as db:
        for person, unit in ((2, 1), (4, 2)):
            job = {"person_id": person, "unit_id": unit, "role": "leder", "valid_from": SINCE}
            db.execute(insert(membership).values(**job))
    case = opened(store)
    walk = asked(store, case)
    with store.read() as db:
        letter = db.scalar(select(message.c.id).where(message.c.to_unit_id == 2))
        paper = db.scalar(select(plan.c.id).where(plan.c.case_id == case))
    return {"case": case, "walk": walk, "letter": letter, "paper": paper}


def lent(store: Store, as_: As, ward: dict[str, Any], by: str = "anna", **more: Any) -> int:
    given = {"to": "sia", "reason": WHY, "until": NOW + WEEK, "now": NOW, **more}
    return actions.lend(store, as_(by), ward["case"], **given)


def reads(store: Store, who: Actor, ward: dict[str, Any]) -> set[str]:
    """What of the case that person can read."""
    looks: dict[str, Callable[[], Any]] = {
        "case": lambda: queries.case(store, who, ward["case"], now=LATER),
        "timeline": lambda: queries.timeline(store, who, ward["case"], now=LATER),
        "walk": lambda: queries.instance(store, who, ward["walk"], now=LATER),
        "diagram": lambda: queries.diagram(store, who, ward["walk"], now=LATER),
        "letter": lambda: queries.message(store, who, ward["letter"], now=LATER),
        "paper": lambda: queries.document(store, who, ward["paper"], now=LATER),
    }
    found = set()
    for name, look in looks.items():
        try:
            look()
        except NotFound:
            continue
        found.add(name)
    return found


ALL = {"case", "timeline", "walk", "diagram", "letter", "paper"}


def test_who_is_lent_a_case_reads_what_the_unit_reads_until_the_end(
    store: Store, as_: As, ward: dict[str, Any]
) -> None:
    assert reads(store, as_("sia"), ward) == set()
    lent(store, as_, ward)
    assert reads(store, as_("sia"), ward) == ALL
    shown = queries.case(store, as_("sia"), ward["case"], now=LATER)
    assert shown["lent"] == {"emergency": False, "until": NOW + WEEK, "instance": None}
    assert [each["id"] for each in shown["instances"]] == [ward["walk"]]
    assert queries.cases(store, as_("sia"), now=LATER).items[0]["lent"] == shown["lent"]
    # The moment before the end, and the end.
    assert as_("sia", NOW + WEEK - timedelta(seconds=1)).lent
    assert reads(store, as_("sia", NOW + WEEK), ward) == set()


def test_what_the_lending_unit_does_not_see_is_not_lent(store: Store, as_: As, ward: Any) -> None:
    lent(store, as_, ward, by="jens")
    actions.start(store, as_("ida"), ward["case"], "samtykke", {}, now=NOW)
    shown = queries.case(store, as_("sia"), ward["case"], now=LATER)
    assert [each["id"] for each in shown["instances"]] == [ward["walk"]]
    ours = queries.case(store, as_("ida"), ward["case"], now=LATER)
    assert len(ours["instances"]) == 2


def test_one_instance_is_lent_alone(store: Store, as_: As, ward: Any) -> None:
    other = asked(store, ward["case"], now=LATER)
    lent(store, as_, ward, instance_id=ward["walk"])
    shown = queries.case(store, as_("sia", LATER), ward["case"], now=LATER)
    assert [each["id"] for each in shown["instances"]] == [ward["walk"]]
    with pytest.raises(NotFound):
        queries.instance(store, as_("sia", LATER), other, now=LATER)
    # Who is on the case for something else is not met in it.
    assert {row["party"] for row in shown["parties"]} == {"Regionspsykiatrien", "Kriminalforsorgen"}


def test_eyes_are_no_hands(store: Store, as_: As, ward: Any) -> None:
    lent(store, as_, ward)
    sia, case = as_("sia"), ward["case"]
    task = open_task(store, ward["walk"], "accepter_plan")
    for act in (
        lambda: queries.task(store, sia, task, now=LATER),
        lambda: actions.claim(store, sia, task, now=LATER),
        lambda: actions.complete(store, sia, task, {}, now=LATER),
        lambda: actions.open_message(store, sia, ward["letter"], now=LATER),
    ):
        with pytest.raises(NotFound):
            act()
    for act in (
        lambda: actions.send(store, sia, "samtykke_trukket", case, {}, now=LATER),
        lambda: actions.start(store, sia, case, "planrunde", {}, now=LATER),
        lambda: actions.act(store, sia, case, "midtjylland-planrunde", {}, now=LATER),
        lambda: lent(store, as_, ward, by="sia", to="bo"),
    ):
        with pytest.raises(Forbidden):
            act()
    assert queries.actions(store, sia, case, now=LATER) == []
    assert queries.inbox(store, sia, queries.TaskFilter(), now=LATER).items == []
    assert queries.messages(store, sia, now=LATER) == []


def test_only_a_leader_of_a_party_lends_and_takes_back(store: Store, as_: As, ward: Any) -> None:
    with pytest.raises(Forbidden):
        lent(store, as_, ward, by="ida")
    with pytest.raises(NotFound):
        lent(store, as_, ward, by="sia", to="bo")
    number = lent(store, as_, ward)
    with pytest.raises(NotFound):
        actions.withdraw(store, as_("jens"), number, now=LATER)
    with pytest.raises(NotFound):
        actions.withdraw(store, as_("ida"), number, now=LATER)
    actions.withdraw(store, as_("anna"), number, now=LATER)
    assert reads(store, as_("sia", LATER), ward) == set()
    with pytest.raises(Conflict):
        actions.withdraw(store, as_("anna"), number, now=LATER)
    rows = queries.loans(store, as_("anna"), ward["case"], now=LATER)
    assert [(r["to"], r["reason"], r["running"], r["withdrawn_by"]) for r in rows] == [
        ("sia", WHY, False, "Anna Aagaard")
    ]
    assert queries.loans(store, as_("jens"), ward["case"], now=LATER) == []
    assert queries.loans(store, as_("ida"), ward["case"], now=LATER) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": "nobody"}, "to"),
        ({"to": "ole"}, "to"),
        ({"to": "dan"}, "to"),
        ({"to": "ida"}, "to"),
        ({"reason": "  "}, "reason"),
        ({"reason": f"Om {CPR}"}, "reason"),
        ({"until": NOW}, "until"),
        ({"until": NOW + timedelta(days=367)}, "until"),
        ({"instance_id": 10**9}, "instance"),
    ],
)
def test_a_loan_that_cannot_be(
    store: Store, as_: As, ward: Any, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        lent(store, as_, ward, **wrong)
    assert list(refused.value.fields) == [field]
    assert rows_of(store, loan) == 0


# ---- emergencies -------------------------------------------------------------------------
HELP = "Han er fundet bevidstløs; vi skal kende hans medicin og hvem der følger ham."


def rows_of(store: Store, table: Any) -> int:
    with store.read() as db:
        return int(db.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.parametrize("whom", [CPR, "7003781016", SIGNE])
def test_the_glass_opens_all_of_the_case_to_read_for_some_hours(
    store: Store, as_: As, ward: Any, whom: str
) -> None:
    actions.start(store, as_("ida"), ward["case"], "samtykke", {}, now=NOW)
    opened_ = actions.break_glass(store, as_("sia"), whom, HELP, hours=2, now=NOW)
    assert opened_ == [ward["case"]]
    assert reads(store, as_("sia"), ward) == ALL
    shown = queries.case(store, as_("sia"), ward["case"], now=LATER)
    assert shown["lent"] == {
        "emergency": True, "until": NOW + timedelta(hours=2), "instance": None,
    }  # fmt: skip
    assert len(shown["instances"]) == 2
    assert len(shown["parties"]) == 4
    with pytest.raises(Forbidden):
        actions.start(store, as_("sia"), ward["case"], "planrunde", {}, now=LATER)
    with pytest.raises(NotFound):
        queries.task(store, as_("sia"), open_task(store, ward["walk"], "accepter_plan"), now=LATER)
    assert reads(store, as_("sia", NOW + timedelta(hours=2)), ward) == set()


def test_leaders_of_the_parties_and_of_the_person_are_told_and_look_at_it(
    store: Store, as_: As, ward: Any
) -> None:
    with store.write() as db:
        job = {"person_id": 8, "unit_id": 7, "role": "databeskyttelse", "valid_from": SINCE}
        db.execute(insert(membership).values(**job))
    actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW)
    queries.case(store, as_("sia"), ward["case"], now=LATER)
    waits = {
        who: queries.waiting(store, as_(who), now=LATER)
        for who in ("anna", "jens", "dan", "ida", "sia")
    }
    assert waits == {"anna": 1, "jens": 1, "dan": 1, "ida": 0, "sia": 0}
    (told,) = queries.emergencies(store, as_("anna"), now=LATER)
    assert (told["by"], told["reason"], told["citizen"], told["looks"]) == ("sia", HELP, SIGNE, 1)
    # Sia's own unit is no party: it learns what she did, not whom it was about.
    (own,) = queries.emergencies(store, as_("dan"), now=LATER)
    assert (own["by"], own["citizen"], own["unit_name"]) == ("sia", None, "Bostøtten")
    with pytest.raises(Forbidden):
        queries.emergencies(store, as_("ida"), now=LATER)
    with pytest.raises(NotFound):
        actions.reviewed(store, as_("jens"), told["id"], "Set.", now=LATER)
    with pytest.raises(Invalid):
        actions.reviewed(store, as_("anna"), told["id"], " ", now=LATER)
    actions.reviewed(store, as_("anna"), told["id"], "Talt med Sia: det var rigtigt.", now=LATER)
    with pytest.raises(Conflict):
        actions.reviewed(store, as_("anna"), told["id"], "Igen.", now=LATER)
    (after,) = queries.emergencies(store, as_("anna"), now=LATER)
    assert (after["note"], after["reviewed_by"]) == (
        "Talt med Sia: det var rigtigt.",
        "Anna Aagaard",
    )
    assert queries.waiting(store, as_("anna"), now=LATER) == 0
    assert queries.waiting(store, as_("jens"), now=LATER) == 1
    # Whoever answers for the citizen's case reads in the log what was done with it.
    log = queries.seen(store, as_("anna"), case_id=ward["case"], limit=200, now=LATER).items
    mine = [row["what"] for row in log if row["by"] and row["by"]["login"] == "sia"]
    assert mine == ["saw_case", "glass_broken"]
    assert audit.verify(store).ok


def test_where_a_unit_has_nobody_who_may_look_the_operators_are_told(
    store: Store, as_: As, ward: Any
) -> None:
    """Anna and Jens lead two of the parties; the municipality, the GP and Sia's own unit have nobody."""
    actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW)
    found = queries.emergencies(store, as_("ole"), now=LATER)
    assert {each["unit_name"] for each in found} == {"Myndighed Aarhus", "Lægehuset", "Bostøtten"}
    # Free text may say whom it is about: the operators see who, when and how much, and ask the unit.
    assert {(each["citizen"], each["unled"], each["reason"]) for each in found} == {
        (None, True, None)
    }
    assert queries.emergencies(store, as_("anna"), now=LATER)[0]["reason"] == HELP
    assert queries.waiting(store, as_("ole"), now=LATER) == 3
    assert not queries.emergencies(store, as_("anna"), now=LATER)[0]["unled"]
    actions.reviewed(store, as_("ole"), found[0]["id"], "Talt med kommunen.", now=LATER)
    assert queries.waiting(store, as_("ole"), now=LATER) == 2
    notes = [each["note"] for each in queries.emergencies(store, as_("ole"), now=LATER)]
    assert sorted(notes) == ["", "", "Talt med kommunen."]
    with store.write() as db:
        for unit in (3, 4):
            job = {"person_id": 3, "unit_id": unit, "role": "leder", "valid_from": SINCE}
            db.execute(insert(membership).values(**job))
        job = {"person_id": 6, "unit_id": 7, "role": "leder", "valid_from": SINCE}
        db.execute(insert(membership).values(**job))
    # The municipality and the GP have a leader now; Sia leads her unit, and cannot look at herself.
    (own,) = queries.emergencies(store, as_("ole"), now=LATER)
    assert own["unit_name"] == "Bostøtten"
    for login in ("dan", "ida"):
        with pytest.raises(Forbidden):
            queries.emergencies(store, as_(login), now=LATER)


def test_a_leader_whose_account_or_time_is_over_is_none(store: Store, as_: As, ward: Any) -> None:
    actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW)
    before = queries.waiting(store, as_("ole"), now=LATER)
    with store.write() as db:
        db.execute(update(person).where(person.c.login == "anna").values(active=False))
        over = update(membership).where(membership.c.person_id == 4, membership.c.role == "leder")
        db.execute(over.values(valid_to=SINCE))
    assert queries.waiting(store, as_("ole"), now=LATER) == before + 2


def test_nobody_looks_at_what_he_opened_himself(store: Store, as_: As, ward: Any) -> None:
    with store.write() as db:
        job = {"person_id": 6, "unit_id": 7, "role": "leder", "valid_from": SINCE}
        db.execute(insert(membership).values(**job))
    actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW)
    (told,) = queries.emergencies(store, as_("sia"), now=LATER)
    with pytest.raises(Forbidden):
        actions.reviewed(store, as_("sia"), told["id"], "Det var i orden.", now=LATER)


def test_the_house_breaks_no_glass(store: Store, as_: As, ward: Any) -> None:
    for login in ("ole", "dan"):
        for whom in (CPR, "210396-1234", "Ingen Kendt"):
            with pytest.raises(Forbidden):
                actions.break_glass(store, as_(login), whom, HELP, now=NOW)
    assert rows_of(store, loan) == rows_of(store, glass_try) == 0


def test_whatever_is_not_found_is_answered_alike(store: Store, as_: As, ward: Any) -> None:
    # Two of one name; nobody; a number that is none.
    opened(store, cpr="810590-2018", name="Bo Dam", parties={"Regionspsykiatrien": "Afsnit R1"})
    opened(store, cpr="720685-1033", name="Bo Dam", parties={"Regionspsykiatrien": "Afsnit R1"})
    said = set()
    for whom in ("Bo Dam", "Ingen Kendt", "641190-1010", "123"):
        with pytest.raises(NobodyFound) as refused:
            actions.break_glass(store, as_("sia"), whom, HELP, now=NOW)
        said.add((refused.value.sentence, refused.value.code, refused.value.status))
    assert len(said) == 1
    assert rows_of(store, loan) == rows_of(store, review) == 0
    with store.read() as db:
        missed = db.execute(select(chain).where(chain.c.what == "glass_missed")).all()
    assert len(missed) == 4
    assert all(row.person_id == 6 and row.citizen_id is None for row in missed)
    assert not any("Bo Dam" in row.facts or "641190" in row.facts for row in missed)


def test_who_tries_too_often_must_wait(store: Store, as_: As, ward: Any) -> None:
    for _ in range(MOST):
        with pytest.raises(NobodyFound):
            actions.break_glass(store, as_("sia"), "Ingen Kendt", HELP, now=NOW)
    with pytest.raises(TooFast):
        actions.break_glass(store, as_("sia"), CPR, HELP, now=LATER)
    assert rows_of(store, loan) == 0
    assert actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW + WINDOW) == [ward["case"]]


def test_what_is_open_already_is_not_broken_again(store: Store, as_: As, ward: Any) -> None:
    assert actions.break_glass(store, as_("ida"), CPR, HELP, now=NOW) == [ward["case"]]
    assert rows_of(store, loan) == rows_of(store, review) == 0
    actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW)
    actions.break_glass(store, as_("sia"), CPR, HELP, now=LATER)
    assert rows_of(store, loan) == 1


def test_reasons_are_sealed_and_the_log_holds_no_text(store: Store, as_: As, ward: Any) -> None:
    lent(store, as_, ward)
    actions.break_glass(store, as_("karin"), CPR, HELP, now=NOW)
    actions.break_glass(store, as_("sia"), CPR, HELP, now=NOW + WEEK)
    with store.read() as db:
        sealed = list(db.scalars(select(loan.c.reason)))
        facts = list(db.scalars(select(chain.c.facts)))
    assert not any(text.encode() in blob for blob in sealed for text in (WHY, HELP))
    assert not any(text in each for each in facts for text in (WHY, HELP, SIGNE, CPR))
