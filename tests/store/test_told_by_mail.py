"""Who is told by mail: whoever may take a task, in time, once, never who is away or has no part in it any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from engine import actions
from engine.model import UNDO, Actor
from engine.store import Store
from engine.tables import deadline, mail_choice, membership, outbox, person, task
from tests.store.cast import NOW, SINCE, done, open_task, opened, started

As = Callable[[str], Actor]
DAY = timedelta(days=1)
REUSE = {"justering_indsats": False, "justering_plan": False, "begrundelse": "Virker."}


@pytest.fixture
def wants(store: Store, as_: As) -> Callable[..., None]:
    """`wants("anna", "daily")`: as if she had confirmed her address."""

    def choose(login: str, how: str = "at_once") -> None:
        who = as_(login)
        actions.choose(store, who, how, f"{login}@region.example", now=NOW - 9 * DAY)
        with store.write() as db:
            db.execute(update(mail_choice).values(confirmed_at=NOW - 8 * DAY))
            db.execute(delete(outbox))

    return choose


def told(store: Store) -> list[tuple[str, int]]:
    """What is written, by kind and person."""
    with store.read() as db:
        rows = db.execute(select(outbox.c.kind, outbox.c.person_id).order_by(outbox.c.id)).all()
    return sorted((row.kind, row.person_id) for row in rows)


def leaving(store: Store, now: datetime = NOW + UNDO) -> list[tuple[str, str | None]]:
    """What goes out now, by kind and address."""
    found = []
    while it := actions.take(store, ["mail"], now=now):
        found.append((it.kind, it.to))
        actions.sent(store, it, now=now)
    return sorted(found)


def joins(store: Store, who: int, unit: int, role: str) -> None:
    with store.write() as db:
        row = {"person_id": who, "unit_id": unit, "role": role, "valid_from": SINCE}
        db.execute(insert(membership).values(**row))


def away(store: Store, who: str, to: str, as_: As, *, power: bool = True) -> None:
    actions.appoint(store, as_(who), to, NOW.date(), NOW.date(), power=power, now=NOW)


def test_a_new_task_is_told_to_whoever_may_take_it_and_nobody_else(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    for login in ("ida", "anna", "jens", "bo", "ole"):
        wants(login)
    done(store, "ida", walk, "vurder_behov", REUSE)
    opened_now = told(store)
    # Ida's own step opens the next task for the ward: she sees it herself, her colleague is told.
    assert opened_now == [("new", as_("anna").id)]
    assert leaving(store) == [("new", "anna@region.example")]
    sent = {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]}
    done(store, "ida", walk, "send_plan", sent)
    assert leaving(store) == [("new", "jens@region.example")]
    with store.read() as db:
        facts = db.scalars(select(outbox.c.facts)).all()
    assert all(set(each) == {"due"} for each in facts)


def test_without_a_choice_nobody_is_told(store: Store) -> None:
    walk = started(store, opened(store))
    done(store, "ida", walk, "vurder_behov", REUSE)
    assert told(store) == []


def test_what_was_rolled_back_is_not_told(
    store: Store, wants: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = started(store, opened(store))
    wants("anna")

    def broken(*_args: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(store.chains, "record", broken)
    with pytest.raises(ZeroDivisionError):
        done(store, "ida", walk, "vurder_behov", REUSE)
    assert told(store) == []


def test_a_task_that_a_colleague_took_meanwhile_is_not_told(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    wants("anna")
    done(store, "ida", walk, "vurder_behov", REUSE)
    number = open_task(store, walk, "send_plan")
    actions.claim(store, as_("ida"), number, now=NOW)
    assert leaving(store) == []
    actions.unclaim(store, as_("ida"), number, now=NOW)
    actions.delegate(store, as_("ida"), number, "anna", now=NOW)
    assert leaving(store) == [("given", "anna@region.example")]


def test_who_has_left_the_unit_gets_nothing_that_was_meant_for_him(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    wants("anna")
    done(store, "ida", walk, "vurder_behov", REUSE)
    with store.write() as db:
        over = update(membership).where(membership.c.person_id == as_("anna").id)
        db.execute(over.values(valid_to=NOW.date() - DAY))
    assert leaving(store) == []
    with store.read() as db:
        assert db.scalar(select(outbox.c.error)) == "no_access"


def test_who_stands_in_is_told_and_who_is_away_is_not(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    wants("anna")
    wants("ida")
    away(store, "anna", "ida", as_)
    done(store, "anna", walk, "vurder_behov", REUSE)
    assert leaving(store) == [("new", "ida@region.example")]
    number = open_task(store, walk, "send_plan")
    actions.delegate(store, as_("ida"), number, "anna", now=NOW)
    assert leaving(store) == [("given", "ida@region.example")]


def question(store: Store, as_: As, number: int, text: str = "Kender du ham?") -> int:
    return actions.comment_on(store, as_("ida"), number, text, to="anna", now=NOW)


def test_a_question_is_told_to_who_is_asked_and_its_answer_to_who_asked(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    for login in ("ida", "anna", "jens"):
        wants(login)
    first = question(store, as_, number)
    assert leaving(store) == [("question", "anna@region.example")]
    assert leaving(store) == []
    actions.comment_on(store, as_("anna"), number, "Jeg ser på det.", now=NOW)
    assert leaving(store) == []
    actions.answer(store, as_("anna"), first, "Ja, fra før.", now=NOW)
    assert leaving(store) == [("answered", "ida@region.example")]
    with store.read() as db:
        facts = db.scalars(select(outbox.c.facts)).all()
    assert all(set(each) == {"comment"} for each in facts)


def test_a_question_that_is_answered_or_nobodys_to_know_is_not_told(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    wants("anna")
    actions.answer(store, as_("anna"), question(store, as_, number), "Ja.", now=NOW)
    assert leaving(store) == [], "she has answered, and who asked has not chosen mail"
    question(store, as_, number, "Og hans søn?")
    with store.write() as db:
        over = update(membership).where(membership.c.person_id == as_("anna").id)
        db.execute(over.values(valid_to=NOW.date() - DAY))
    assert leaving(store) == []


def test_a_question_to_who_is_away_is_told_to_who_stands_in_and_the_answer_is_not(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    number = open_task(store, started(store, opened(store)), "vurder_behov")
    for login in ("ida", "anna"):
        wants(login)
    away(store, "ida", "anna", as_)
    actions.comment_on(store, as_("anna"), number, "Kender du ham?", to="ida", now=NOW)
    assert leaving(store) == [("question", "anna@region.example")]
    asked = question(store, as_, number)
    assert leaving(store) == [("question", "anna@region.example")]
    actions.answer(store, as_("anna"), asked, "Ja.", now=NOW)
    assert leaving(store) == []


def test_the_days_letter_counts_questions_and_answers(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    number = open_task(store, walk, "vurder_behov")
    wants("anna", "daily")
    wants("ida", "daily")
    first = question(store, as_, number)
    question(store, as_, number, "Og hans søn?")
    actions.answer(store, as_("anna"), first, "Ja.", now=NOW)
    with store.write() as db:
        db.execute(update(task).where(task.c.instance_id == walk).values(roles=["ingen"]))
    assert [kind for kind, _who in told(store)] == [], "not at once"
    actions.digests(store, now=NOW)
    with store.read() as db:
        rows = db.execute(select(outbox.c.person_id, outbox.c.facts)).all()
    counted = {row.person_id: (row.facts["asked"], row.facts["answered"]) for row in rows}
    assert counted == {as_("anna").id: (1, 0), as_("ida").id: (0, 1)}
    # No task is theirs; what was asked and heard is a letter all the same.
    assert leaving(store, NOW) == [
        ("digest", "anna@region.example"),
        ("digest", "ida@region.example"),
    ]


def run(store: Store, until: datetime) -> None:
    while actions.run_due(store, 50, now=until):
        pass


def test_reminders_and_dates_that_passed_are_told_once_and_then_the_leader(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    done(store, "ida", walk, "vurder_behov", REUSE)
    done(store, "ida", walk, "send_plan", {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]})
    joins(store, as_("sia").id, 2, "leder")
    wants("jens")
    wants("sia")
    with store.read() as db:
        row = db.execute(select(deadline).where(deadline.c.unit_id == 2)).first()
    assert row is not None
    assert row.reminder_at is not None
    run(store, row.reminder_at)
    run(store, row.reminder_at)
    assert leaving(store, row.reminder_at) == [("reminder", "jens@region.example")]
    run(store, row.overdue_at)
    run(store, row.overdue_at + DAY)
    assert leaving(store, row.overdue_at) == [
        ("escalation", "sia@region.example"),
        ("overdue", "jens@region.example"),
    ]
    ole = as_("ole")
    later = row.overdue_at + 2 * DAY
    actions.remind(store, ole, walk, "Ring til dem", now=later)
    actions.remind(store, ole, walk, "Ring igen", now=later + DAY)
    assert len(leaving(store, later + DAY)) == 4
    run(store, later + DAY)
    assert leaving(store, later + 2 * DAY) == []


def test_a_reminder_of_what_was_done_meanwhile_is_not_sent(
    store: Store, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    done(store, "ida", walk, "vurder_behov", REUSE)
    done(store, "ida", walk, "send_plan", {"plan_ref": "Plan 7", "parter": ["Kriminalforsorgen"]})
    wants("jens")
    with store.read() as db:
        row = db.execute(select(deadline).where(deadline.c.unit_id == 2)).first()
    assert row is not None
    run(store, row.overdue_at)
    assert ("overdue", 4) in told(store)
    done(store, "jens", walk, "accepter_plan", {"accept": True}, now=row.overdue_at)
    assert leaving(store, row.overdue_at) == []


@pytest.mark.parametrize(
    ("at", "comes"),
    [
        ("2024-03-26T06:59+01:00", False),
        ("2024-03-26T07:00+01:00", True),
        ("2024-03-26T16:00+01:00", True),
        ("2024-03-28T07:00+01:00", False),  # skærtorsdag
        ("2024-03-30T09:00+01:00", False),  # a Saturday
        ("2024-04-02T05:00+00:00", True),  # summer time: seven in Denmark
    ],
)
def test_the_days_letter_comes_from_seven_on_hverdage(
    store: Store, as_: As, wants: Callable[..., None], at: str, comes: bool
) -> None:
    now = datetime.fromisoformat(at)
    walk = started(store, opened(store), now=NOW - 9 * DAY)
    wants("anna", "daily")
    for _ in range(3):
        actions.digests(store, now=now)
    assert leaving(store, now) == ([("digest", "anna@region.example")] if comes else [])
    with store.write() as db:
        db.execute(update(task).where(task.c.instance_id == walk).values(roles=["ingen"]))
    # Tomorrow there is nothing for her: noted, and not sent.
    for day in (7, 8, 9):
        later = datetime.combine(date(2024, 4, day), datetime.min.time(), NOW.tzinfo) + timedelta(
            hours=8
        )
        actions.digests(store, now=later)
        assert leaving(store, later) == []


def test_the_days_letter_counts_what_is_hers(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    started(store, opened(store), now=NOW - 5 * DAY)
    wants("anna", "daily")
    joins(store, as_("anna").id, 1, "leder")
    with store.write() as db:
        past = {"status": "overdue", "overdue_at": NOW - DAY, "due_at": NOW - DAY}
        db.execute(update(deadline).values(**past))
        db.execute(update(task).values(overdue_at=NOW - DAY, due_at=NOW - DAY))
    actions.digests(store, now=NOW)
    with store.read() as db:
        facts = db.scalar(select(outbox.c.facts))
        led = len(db.execute(select(deadline).where(deadline.c.unit_id == 1)).all())
    none = {"asked": 0, "answered": 0, "next": None}
    assert facts == {"open": 1, "new": 1, "overdue": 1, "led": led, **none}
    with store.write() as db:
        db.execute(update(person).where(person.c.id == as_("anna").id).values(active=False))
    assert leaving(store) == []


def test_a_step_that_is_undone_told_nobody(
    store: Store, as_: As, wants: Callable[..., None]
) -> None:
    walk = started(store, opened(store))
    wants("anna")
    number = done(store, "ida", walk, "vurder_behov", REUSE)
    assert leaving(store, NOW + UNDO / 2) == []
    actions.reopen(store, as_("ida"), number, now=NOW + UNDO / 2)
    assert told(store) == []
    assert leaving(store) == []
