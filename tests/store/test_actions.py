"""The only writer, on both databases: what each act changes, and what each refusal leaves as it was."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import actions, audit, queries
from engine import pathway as steps
from engine.actions import grounds
from engine.actions import walk as walks
from engine.actions.record import Event, record
from engine.errors import (
    ActionNotOpen,
    Conflict,
    CprInvalid,
    Forbidden,
    FormInvalid,
    Invalid,
    NotFound,
    PartyMissing,
    StafetError,
    TaskNotOpen,
    TaskTaken,
    UnknownAgreement,
    UnknownPathway,
    UnknownUnit,
)
from engine.model import Actor
from engine.seals import draft_place
from engine.store import Store
from engine.tables import (
    answer,
    case,
    case_party,
    citizen,
    consent,
    deadline,
    history,
    incident,
    instance,
    job,
    message,
    notice,
    pathway,
    task,
    worker,
)
from tests.store.cast import (
    AGREEMENT,
    CPR,
    NOW,
    PARTIES,
    SIGNE,
    asked,
    done,
    open_task,
    opened,
    started,
)

As = Callable[[str], Actor]
REUSE = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}
TABLES = (
    case,
    case_party,
    citizen,
    instance,
    task,
    deadline,
    job,
    message,
    history,
    answer,
    notice,
    incident,
)


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows of what an act may write."""
    with store.read() as db:
        return {t.name: sorted(map(repr, db.execute(select(t)))) for t in TABLES}


def rows(store: Store, wanted: Any) -> list[Any]:
    with store.read() as db:
        return list(db.execute(wanted))


# ---- cases -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"agreement": "fyn"}, UnknownAgreement),
        ({"cpr": "310278-1016"}, CprInvalid),
        ({"cpr": "1016"}, CprInvalid),
        ({"name": "  "}, Invalid),
        ({"parties": {"Månen": "Afsnit R1"}}, PartyMissing),
        ({"parties": {"Regionspsykiatrien": "Afsnit på månen"}}, UnknownUnit),
        ({"parties": {"Regionspsykiatrien": "Lægehuset"}}, UnknownUnit),
    ],
)
def test_a_case_that_cannot_be_is_refused_and_nothing_is_kept(
    store: Store, as_: As, given: dict[str, Any], refusal: type[StafetError]
) -> None:
    before = everything(store)
    right: dict[str, Any] = {"agreement": AGREEMENT, "cpr": CPR, "name": SIGNE, "parties": PARTIES}
    with pytest.raises(refusal):
        actions.open_case(store, as_("ida"), **{**right, **given}, now=NOW)
    assert everything(store) == before


def test_who_has_no_part_in_the_agreement_opens_no_case(store: Store, as_: As) -> None:
    for stranger in ("ole", "dan"):
        with pytest.raises(Forbidden):
            actions.open_case(store, as_(stranger), AGREEMENT, CPR, SIGNE, PARTIES, now=NOW)


def test_the_standing_parties_join_a_case_without_names(store: Store, as_: As) -> None:
    number = actions.open_case(store, as_("ida"), AGREEMENT, CPR, SIGNE, {}, now=NOW)
    found = rows(store, select(case_party.c.party).where(case_party.c.case_id == number))
    assert {row.party for row in found} == {
        "Regionspsykiatrien",
        "Kriminalforsorgen",
        "Kommunens myndighed",
    }


def test_the_opener_joins_where_he_was_not_named(store: Store, as_: As) -> None:
    number = actions.open_case(
        store, as_("karin"), AGREEMENT, CPR, SIGNE, {"Regionspsykiatrien": "Afsnit R1"}, now=NOW
    )
    found = rows(store, select(case_party.c.party).where(case_party.c.case_id == number))
    assert {row.party for row in found} == {"Regionspsykiatrien", "Egen læge"}


def test_a_citizen_is_one_in_all_cases_and_may_change_name(store: Store) -> None:
    first, second = opened(store), opened(store, name="Signe Sø")
    found = rows(store, select(case.c.citizen_id).where(case.c.id.in_((first, second))))
    assert len({row.citizen_id for row in found}) == 1
    (row,) = rows(store, select(citizen))
    assert row.name_index == store.keyring.index("citizen.name", "signe  SØ")
    assert b"Signe" not in bytes(row.name)
    assert b"7003781016" not in bytes(row.cpr)


# ---- starting and reporting --------------------------------------------------------------
def test_only_the_starting_party_starts(store: Store, as_: As) -> None:
    number = opened(store)
    before = everything(store)
    for login, refusal in (("bo", Forbidden), ("sia", NotFound), ("ole", NotFound)):
        with pytest.raises(refusal):
            actions.start(store, as_(login), number, "planrunde", {}, now=NOW)
    with pytest.raises(UnknownPathway):
        actions.start(store, as_("ida"), number, "maanerejse", {}, now=NOW)
    assert everything(store) == before


@pytest.mark.parametrize(
    "data", [{"ukendt": 1}, {"adspurgte": ["Månen"]}, {"adspurgte": "Kriminalforsorgen"}]
)
def test_what_the_pathway_does_not_read_is_refused(
    store: Store, as_: As, data: dict[str, Any]
) -> None:
    number = opened(store)
    with pytest.raises(FormInvalid) as said:
        actions.start(store, as_("ida"), number, "planrunde", data, now=NOW)
    assert set(said.value.fields) == set(data)


def test_a_name_or_the_key_starts_the_same_pathway(store: Store, as_: As) -> None:
    number = opened(store)
    for name in ("planrunde", "midtjylland-planrunde"):
        moved = actions.start(store, as_("ida"), number, name, {}, now=NOW)
        assert moved.instance["pathway"] == "midtjylland-planrunde"
        assert [each["element"] for each in moved.tasks] == ["vurder_behov"]


def test_what_nobody_offers_cannot_be_done(store: Store, as_: As) -> None:
    with pytest.raises(ActionNotOpen):
        actions.act(store, as_("ida"), opened(store), "maanerejse", {}, now=NOW)


# ---- completing --------------------------------------------------------------------------
def test_a_completion_is_one_commit_and_the_next_task_is_there(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    moved = actions.complete(store, as_("ida"), number, REUSE, now=NOW)
    assert [each["element"] for each in moved.tasks] == ["send_plan"]
    (row,) = rows(store, select(task).where(task.c.id == number))
    assert (row.status, row.closed_by, row.closed_at) == ("completed", as_("ida").id, NOW)
    kept = rows(store, select(instance.c.state).where(instance.c.id == walk))[0].state
    assert "Virker" not in kept, "free text is case data and never enters the state"
    (written,) = rows(store, select(answer).where(answer.c.task_id == number))
    assert b"Virker" not in bytes(written.values)
    assert audit.verify(store).ok


@pytest.mark.parametrize(
    ("login", "refusal"), [("bo", NotFound), ("sia", NotFound), ("ole", NotFound)]
)
def test_a_task_of_another_unit_is_not_there(
    store: Store, as_: As, login: str, refusal: type[StafetError]
) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    before = everything(store)
    for act in (
        lambda: actions.complete(store, as_(login), number, REUSE, now=NOW),
        lambda: actions.claim(store, as_(login), number, now=NOW),
        lambda: actions.unclaim(store, as_(login), number, now=NOW),
        lambda: actions.delegate(store, as_(login), number, "ida", now=NOW),
        lambda: actions.draft(store, as_(login), number, {}, now=NOW),
    ):
        with pytest.raises(refusal):
            act()
    assert everything(store) == before


def test_a_second_click_changes_nothing(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = done(store, "ida", walk, "vurder_behov", REUSE)
    before = everything(store)
    with pytest.raises(TaskNotOpen):
        actions.complete(store, as_("ida"), number, REUSE, now=NOW)
    assert everything(store) == before


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {**REUSE, "justering_plan": "31.02."},
        {**REUSE, "ukendt": 1},
        {**REUSE, "justering_plan": None},
    ],
)
def test_answers_that_the_form_refuses_change_nothing(
    store: Store, as_: As, answers: dict[str, Any]
) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    before = everything(store)
    with pytest.raises(FormInvalid) as said:
        actions.complete(store, as_("ida"), number, answers, now=NOW)
    assert said.value.fields
    assert everything(store) == before


def test_who_comes_second_to_the_same_version_loses(store: Store, as_: As) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    with pytest.raises(Conflict):
        _overtaken(store, as_("ida"), walk, number)
    assert open_task(store, walk, "vurder_behov") == number


def _overtaken(store: Store, ida: Actor, walk: int, number: int) -> None:
    """Ida loads the instance, somebody else moves it, Ida writes."""
    with store.write() as db:
        mine, row = walks.by_task(db, store, number, NOW)
        step = steps.complete(mine.pathway, mine.state, row.ref, REUSE, NOW)
        moved = update(instance).where(instance.c.id == walk)
        db.execute(moved.values(version=instance.c.version + 1))
        event = Event("completed", ida, row.element, row.party, row.id, row.ref)
        record(db, store, mine, step, event, NOW)


def test_a_party_joins_with_its_first_task_and_not_before(store: Store, as_: As) -> None:
    number = opened(store)
    walk = asked(store, number, "Kriminalforsorgen")
    joined = select(case_party.c.party).where(case_party.c.case_id == number)
    assert "Tværsektoriel ledelse" not in {row.party for row in rows(store, joined)}
    done(store, "jens", walk, "accepter_plan", {"accept": False}, party="Kriminalforsorgen")
    while actions.run_due(store, 20, now=NOW):
        pass
    (_, disagreement) = rows(
        store, select(instance).where(instance.c.case_id == number).order_by(instance.c.id)
    )
    assert disagreement.parent_id == walk
    assert disagreement.status in ("running", "waiting")


def test_a_party_that_nobody_can_be_stops_the_step(store: Store) -> None:
    walk = started(store, opened(store), adspurgte=["Politi"])
    done(store, "ida", walk, "vurder_behov", REUSE)
    before = everything(store)
    with pytest.raises(PartyMissing) as said:
        done(store, "ida", walk, "send_plan", {"plan_ref": "Plan 7", "parter": ["Politi"]})
    assert set(said.value.fields) == {"Politi"}
    assert everything(store) == before


# ---- who has it --------------------------------------------------------------------------
def test_taken_given_back_and_handed_on(store: Store, as_: As) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    holder = select(task.c.assignee_id).where(task.c.id == number)
    actions.claim(store, as_("ida"), number, now=NOW)
    assert rows(store, holder)[0].assignee_id == as_("ida").id
    for act in (
        lambda: actions.claim(store, as_("anna"), number, now=NOW),
        lambda: actions.complete(store, as_("anna"), number, REUSE, now=NOW),
    ):
        with pytest.raises(TaskTaken):
            act()
    actions.delegate(store, as_("ida"), number, "anna", now=NOW)
    assert rows(store, holder)[0].assignee_id == as_("anna").id
    for strange in ("bo", "nobody"):
        with pytest.raises(Invalid) as said:
            actions.delegate(store, as_("anna"), number, strange, now=NOW)
        assert set(said.value.fields) == {"to"}
    actions.unclaim(store, as_("anna"), number, now=NOW)
    assert rows(store, holder)[0].assignee_id is None


def test_a_draft_is_kept_sealed_and_goes_with_the_task(store: Store, as_: As) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    actions.draft(store, as_("ida"), number, {"begrundelse": "Halvt skrevet"}, now=NOW)
    kept = rows(store, select(task.c.draft).where(task.c.id == number))[0].draft
    assert b"Halvt" not in bytes(kept)
    assert store.keyring.open_json(kept, draft_place(number)) == {"begrundelse": "Halvt skrevet"}
    with pytest.raises(Invalid):
        actions.draft(store, as_("ida"), number, {"begrundelse": "x" * 500_000}, now=NOW)
    actions.complete(store, as_("ida"), number, REUSE, now=NOW)
    assert rows(store, select(task.c.draft).where(task.c.id == number))[0].draft is None


# ---- messages ----------------------------------------------------------------------------
def test_a_message_that_nobody_waits_for_is_kept(store: Store, as_: As) -> None:
    number = opened(store)
    first = actions.send(store, as_("ida"), "flytning", number, {"til": "Vejle"}, "epj-1", now=NOW)
    again = actions.send(store, as_("ida"), "flytning", number, {"til": "Vejle"}, "epj-1", now=NOW)
    assert first == again
    (row,) = rows(store, select(message))
    assert (row.status, row.channel) == ("unmatched", "udefra")
    assert b"Vejle" not in bytes(row.body)
    with pytest.raises(NotFound):
        actions.send(store, as_("sia"), "flytning", number, {}, now=NOW)


def test_what_a_sender_calls_a_message_is_sealed_where_no_diagram_knows_it(
    store: Store, as_: As
) -> None:
    number, ida = opened(store), as_("ida")
    strange = actions.send(store, ida, "Signe er syg", number, {"a": 1}, "Signes brev", now=NOW)
    known = actions.send(store, ida, "samtykke_trukket", number, {}, now=NOW)
    found = {row.id: row for row in rows(store, select(message))}
    assert (found[strange].name, found[strange].title) == ("ukendt", "ukendt")
    assert "Signe" not in found[strange].key
    assert b"Signe" not in bytes(found[strange].body)
    assert found[known].name == "samtykke_trukket"
    shown = queries.message(store, ida, strange, now=NOW)
    assert shown["body"] == {"a": "1", "beskedens navn": "Signe er syg"}


def test_a_repeat_of_what_was_sent_before_the_upgrade_is_known(store: Store, as_: As) -> None:
    """Older rows have the sender's id as it came."""
    number, ida = opened(store), as_("ida")
    first = actions.send(store, ida, "flytning", number, {}, "epj-1", now=NOW)
    with store.write() as db:
        db.execute(update(message).values(key=f"in:{number}:epj-1"))
    assert actions.send(store, ida, "flytning", number, {}, "epj-1", now=NOW) == first


def test_a_receipt_is_given_once_by_the_receiving_unit(store: Store, as_: As) -> None:
    asked(store, opened(store), "Kriminalforsorgen")
    (letter,) = rows(store, select(message).where(message.c.to_party == "Kriminalforsorgen"))
    with pytest.raises(NotFound):
        actions.open_message(store, as_("ida"), letter.id, now=NOW)
    for later in (timedelta(hours=1), timedelta(hours=2)):
        actions.open_message(store, as_("jens"), letter.id, now=NOW + later)
    (letter,) = rows(store, select(message).where(message.c.id == letter.id))
    assert (letter.status, letter.opened_at, letter.opened_by) == (
        "opened",
        NOW + timedelta(hours=1),
        as_("jens").id,
    )


def test_without_a_basis_nothing_leaves_until_the_citizen_says_yes(store: Store, as_: As) -> None:
    store.demo = False
    number = opened(store)
    asked(store, number, "Kriminalforsorgen")
    letters = select(message).where(message.c.to_party == "Kriminalforsorgen")
    (letter,) = rows(store, letters)
    assert (letter.status, letter.received_at) == ("refused", None)
    later = NOW + timedelta(minutes=5)
    run(store, later)
    finding = _consent_walk(store, number)
    done(store, "ida", finding, "vurder_hjemmel", {"hjemmel": None}, now=later)
    about = {"omfang": "Planen", "parter": ["Kriminalforsorgen"]}
    done(store, "ida", finding, "informer_borger", about, now=later)
    done(
        store,
        "ida",
        finding,
        "svar",
        {"svar": "giver", "dato": "2024-03-26", "maade": "skriftligt"},
        now=later,
    )
    assert rows(store, letters)[0].status == "refused", "said, but not yet documented"
    done(
        store,
        "ida",
        finding,
        "dokumenter",
        {"dokumenteret": True, "gaelder_til": "2024-12-31"},
        now=later,
    )
    (letter,) = rows(store, letters)
    assert (letter.status, letter.received_at, letter.basis) == ("received", later, "skriftligt")
    (given,) = rows(store, select(consent))
    assert (given.kind, given.parties, given.given_at) == ("samtykke", ["Kriminalforsorgen"], later)
    assert given.valid_to == datetime.fromisoformat("2025-01-01T00:00+01:00")


def test_a_consent_that_is_withdrawn_closes_the_gate_again(store: Store, as_: As) -> None:
    store.demo = False
    number = opened(store)
    with store.write() as db:
        given = {
            "case_id": number,
            "kind": "samtykke",
            "basis": "mundtligt",
            "parties": [],
            "given_at": NOW,
        }
        db.execute(consent.insert().values(**given))
    first = asked(store, number, "Kriminalforsorgen", now=NOW)
    finding = int(actions.start(store, as_("ida"), number, "samtykke", {}, now=NOW).instance["id"])
    assert finding != first
    actions.send(store, as_("ida"), "samtykke_trukket", number, {}, now=NOW + timedelta(hours=1))
    asked(store, number, "Kriminalforsorgen", now=NOW + timedelta(hours=2))
    letters = (
        select(message.c.status)
        .where(message.c.to_party == "Kriminalforsorgen")
        .order_by(message.c.id)
    )
    assert [row.status for row in rows(store, letters)] == ["received", "refused"]


@pytest.mark.parametrize(
    ("parties", "over"),
    [
        (["A"], [["A"]]),
        (["B"], []),
        (["B", "A"], [["A"], ["A", "B"]]),
        ([], [["A"], ["A", "B"], []]),
    ],
)
def test_what_is_withdrawn_for_all_whom_it_covered_says_so(
    store: Store, parties: list[str], over: list[list[str]]
) -> None:
    store.demo = False
    number, later = opened(store), NOW + timedelta(hours=1)
    given = {"case_id": number, "kind": "samtykke", "basis": "skriftligt", "given_at": NOW}
    with store.write() as db:
        for whom in (["A"], ["A", "B"], []):
            db.execute(consent.insert().values(**given, parties=whom))
        db.execute(consent.insert().values(**{**given, "kind": "hjemmel"}, parties=["A"]))
        grounds.end(db, number, frozenset(parties), later)
    ended = select(consent).where(consent.c.withdrawn_at.is_not(None)).order_by(consent.c.id)
    found = rows(store, ended)
    assert [row.parties for row in found] == over
    assert {(row.kind, row.withdrawn_at) for row in found} <= {("samtykke", later)}


def _consent_walk(store: Store, number: int) -> int:
    """The instance of `faelles-samtykke` on this case."""
    found = select(instance.c.id).join(pathway, pathway.c.id == instance.c.pathway_id)
    (row,) = rows(
        store, found.where(instance.c.case_id == number, pathway.c.key == "faelles-samtykke")
    )
    return int(row.id)


# ---- what falls due ----------------------------------------------------------------------
def run(store: Store, now: datetime) -> int:
    return actions.run_due(store, 100, now=now)


def test_silence_is_reminded_noted_and_followed_up(store: Store, as_: As) -> None:
    walk = asked(store, opened(store), "Kriminalforsorgen")
    run(store, NOW)
    (owed,) = rows(store, select(deadline).where(deadline.c.element == "accepter_plan"))
    assert run(store, owed.reminder_at - timedelta(seconds=1)) == 0
    assert run(store, owed.reminder_at) == 1
    assert run(store, owed.reminder_at) == 0
    run(store, owed.overdue_at)
    kinds = {
        row.kind
        for row in rows(store, select(notice.c.kind).where(notice.c.deadline_id == owed.id))
    }
    assert kinds == {"reminder", "overdue"}
    assert open_task(store, walk, "foelg_op")
    (owed,) = rows(store, select(deadline).where(deadline.c.id == owed.id))
    assert owed.status == "overdue"
    (mine,) = rows(store, select(notice).where(notice.c.kind == "reminder"))
    with pytest.raises(NotFound):
        actions.read_notice(store, as_("ida"), mine.id, now=NOW)
    actions.read_notice(store, as_("jens"), mine.id, now=NOW)
    done(
        store,
        "jens",
        walk,
        "accepter_plan",
        {"accept": True},
        party="Kriminalforsorgen",
        now=owed.overdue_at,
    )
    (owed,) = rows(store, select(deadline).where(deadline.c.id == owed.id))
    assert owed.status == "late"


def test_a_week_of_standing_still_fires_each_thing_once(store: Store) -> None:
    walk = asked(store, opened(store), "Kriminalforsorgen")
    late = NOW + timedelta(days=30)
    while run(store, late):
        pass
    fired = (
        select(func.count())
        .select_from(history)
        .where(history.c.what == "fired", history.c.instance_id == walk)
    )
    assert rows(store, fired)[0][0] == 1
    assert len(rows(store, select(notice))) == len(
        set(rows(store, select(notice.c.kind, notice.c.deadline_id)))
    )


def test_one_bad_instance_does_not_stop_the_others(store: Store, as_: As) -> None:
    number = opened(store)
    bad, good = asked(store, number, "Kriminalforsorgen"), asked(store, number, "Kriminalforsorgen")
    run(store, NOW)
    with store.write() as db:
        db.execute(update(instance).where(instance.c.id == bad).values(state="nonsense"))
    (owed,) = rows(
        store,
        select(deadline).where(
            deadline.c.element == "accepter_plan", deadline.c.instance_id == good
        ),
    )
    run(store, owed.overdue_at)
    assert open_task(store, good, "foelg_op")
    (stuck,) = rows(store, select(incident))
    assert (stuck.instance_id, stuck.code) == (bad, "state_unreadable")
    assert (
        rows(store, select(instance.c.status).where(instance.c.id == bad))[0].status == "incident"
    )
    (kept,) = rows(store, select(job).where(job.c.instance_id == bad, job.c.kind == "timer"))
    assert kept.attempts == 1
    assert kept.due_at > owed.overdue_at
    assert run(store, owed.overdue_at) == 0, "what failed is not tried again at once"


def test_only_operators_wake_an_instance(store: Store, as_: As) -> None:
    walk = asked(store, opened(store), "Kriminalforsorgen")
    with pytest.raises(Forbidden):
        actions.wake(store, as_("ida"), walk, now=NOW)
    actions.wake(store, as_("ole"), walk, now=NOW + timedelta(days=30))
    assert open_task(store, walk, "foelg_op")


def test_a_worker_that_beats_is_seen(store: Store) -> None:
    actions.beat(store, "worker@a", done=1, failed=0, now=NOW)
    actions.beat(store, "worker@a", done=4, failed=1, now=NOW + timedelta(seconds=10))
    (row,) = rows(store, select(worker))
    assert (row.started_at, row.beat_at, row.done, row.failed) == (
        NOW,
        NOW + timedelta(seconds=10),
        4,
        1,
    )


def test_the_same_form_pressed_twice_at_once_begins_one_walk(store: Store, as_: As) -> None:
    case_id, ida, start = opened(store), as_("ida"), Barrier(2)

    def press() -> int:
        start.wait(30)
        return actions.act_once(store, ida, case_id, "midtjylland-planrunde", {}, "m", now=NOW)

    with ThreadPoolExecutor(2) as both:
        pressed = [both.submit(press) for _ in range(2)]
    assert len({each.result() for each in pressed}) == 1
    with store.read() as db:
        here = select(func.count()).where(instance.c.case_id == case_id)
        assert db.scalar(here) == 1
